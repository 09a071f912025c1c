"""Two or more ways to do the same, by turns: wall and CPU seconds of each, and their ratios."""

from __future__ import annotations

import queue
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

NextLeg = Callable[[], None]


@dataclass(frozen=True)
class Times:
    """Seconds of each round of one way."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...]


@dataclass(frozen=True)
class Seconds:
    """How long one call took, on the clock and on all processors together."""

    wall: float
    cpu: float


class Clock:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Seconds:
        """What has gone by."""
        return Seconds(time.perf_counter() - self._wall, time.process_time() - self._cpu)


@dataclass
class Legs:
    """Wall and CPU seconds of the legs of one way: what comes before the first, the legs, what comes after the last."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def counted(self) -> Times:
        """All legs but the first, in which functions are traced and memory is touched for the first time."""
        return Times(tuple(self.wall[2:-1]), tuple(self.cpu[2:-1]))


def alternate(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Times]:
    """Run every way once a round, the order turned from round to round, after one round that is not counted.

    A way may return its own `Seconds`, or wall seconds as a float, where only a part of what it does is to be measured.
    """
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name in _order(ways, number):
            clock = Clock()
            own = ways[name]()
            taken = own if isinstance(own, Seconds) else clock.read()
            if number:
                wall[name].append(own if isinstance(own, float) else taken.wall)
                cpu[name].append(taken.cpu)
    return {name: Times(tuple(wall[name]), tuple(cpu[name])) for name in ways}


def take_turns(ways: Mapping[str, Callable[[NextLeg], None]], legs: int) -> dict[str, Legs]:
    """Run all ways at once, of which only one works at a time: each waits while another makes a leg.

    So every way has the same neighbours, the same memory and the same noise of the machine, leg by leg, and nothing is
    built or thrown away between two legs.

    Args:
        ways: Each runs in a thread of its own and calls what it is given before its first leg and after every leg.
        legs: Legs of each way.
    """
    turns = {name: threading.Semaphore(0) for name in ways}
    handed_back: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    measured = {name: Legs() for name in ways}

    def next_leg(name: str) -> None:
        handed_back.put(None)
        turns[name].acquire()

    def work(name: str) -> None:
        turns[name].acquire()
        try:
            ways[name](partial(next_leg, name))
        except BaseException as error:
            handed_back.put(error)
        else:
            handed_back.put(None)

    for name in ways:
        threading.Thread(target=work, args=(name,), daemon=True).start()
    for number in range(legs + 2):  # what comes before the first leg, the legs, what comes after the last
        for name in _order(ways, number):
            clock = Clock()
            turns[name].release()
            error = handed_back.get()
            taken = clock.read()
            measured[name].wall.append(taken.wall)
            measured[name].cpu.append(taken.cpu)
            if error is not None:
                raise error
    return measured


def _order(ways: Mapping[str, object], number: int) -> list[str]:
    names = list(ways)
    return names[number % len(names) :] + names[: number % len(names)]


def ratio_line(label: str, ours: tuple[float, ...], theirs: tuple[float, ...]) -> str:
    """Median and quartiles of the round-by-round ratios."""
    ratios = sorted(our / their for our, their in zip(ours, theirs, strict=True))
    lower, middle, upper = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3
    return f"{label:<58} median {middle:.3f}  quartiles {lower:.3f} .. {upper:.3f}  rounds {len(ratios)}"


def seconds_line(label: str, seconds: tuple[float, ...]) -> str:
    """Median and range of seconds."""
    return f"{label:<58} median {statistics.median(seconds):.3f} s  range {min(seconds):.3f} .. {max(seconds):.3f}"
