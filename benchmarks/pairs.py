"""Alternating pairs: wall and CPU seconds of two or more ways to do the same, and their ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """Seconds of each round of one way."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...]


def alternate(ways: Mapping[str, Callable[[], float | None]], rounds: int) -> dict[str, Times]:
    """Run every way once a round, the order turned from round to round, after one round that is not counted.

    A way may return its own wall seconds, where only a part of what it does is to be measured.
    """
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            began, began_cpu = time.perf_counter(), time.process_time()
            own = ways[name]()
            if number:
                wall[name].append(own if own is not None else time.perf_counter() - began)
                cpu[name].append(time.process_time() - began_cpu)
    return {name: Times(tuple(wall[name]), tuple(cpu[name])) for name in names}


def ratio_line(label: str, ours: tuple[float, ...], theirs: tuple[float, ...]) -> str:
    """Median and quartiles of the round-by-round ratios."""
    ratios = sorted(our / their for our, their in zip(ours, theirs, strict=True))
    lower, middle, upper = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3
    return f"{label:<58} median {middle:.3f}  quartiles {lower:.3f} .. {upper:.3f}  rounds {len(ratios)}"


def seconds_line(label: str, seconds: tuple[float, ...]) -> str:
    """Median and range of seconds."""
    return f"{label:<58} median {statistics.median(seconds):.3f} s  range {min(seconds):.3f} .. {max(seconds):.3f}"
