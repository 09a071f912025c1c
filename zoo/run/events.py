"""What the runner tells whoever listens; it does not know who does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RunStarted:
    """Data, model and devices are ready; training begins."""

    folder: Path
    name: str
    seed: int
    epochs: int
    steps_per_epoch: int
    first_step: int
    parameters: int
    devices: dict[str, Any]


@dataclass(frozen=True)
class StepsDone:
    """An execution ended: steps of the whole run done so far, and the running loss of the epoch, where there is one."""

    step: int
    loss: float | None


@dataclass(frozen=True)
class EpochEnded:
    """An epoch ended: its row of metrics.jsonl and how long it took."""

    row: dict[str, float]
    epochs: int
    seconds: float
    best: bool


@dataclass(frozen=True)
class Noted:
    """Something that the user should read, such as a checkpoint that could not be read."""

    message: str


@dataclass(frozen=True)
class TrialEnded:
    """A trial of a search ended: its score, None of a failed one, and the best one so far, of which trial."""

    number: str
    ended: int
    of: int | None
    objective: str
    score: float | None
    best_number: str | None
    best: float | None
    seconds: float
    settings: dict[str, Any]
    note: str | None


@dataclass(frozen=True)
class CellEnded:
    """A cell of a study ended with one of its seeds: its metric on the validation split, None of a failed one."""

    name: str
    ended: int
    of: int
    metric: str
    value: float | None
    seconds: float
    error: str | None


@dataclass(frozen=True)
class RunEnded:
    """The run ended, well or not; the folder says how. `hurried`: whoever asked it to end waits for nothing long."""

    folder: Path
    status: str
    hurried: bool = False


Event = RunStarted | StepsDone | EpochEnded | Noted | TrialEnded | CellEnded | RunEnded
Subscriber = Callable[[Event], None]


def emitter(subscribers: tuple[Subscriber, ...]) -> Subscriber:
    """One function that tells all subscribers, in order."""

    def emit(event: Event) -> None:
        for subscriber in subscribers:
            subscriber(event)

    return emit
