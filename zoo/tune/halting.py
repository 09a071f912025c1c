"""Who ends a trial early: hyperband's rounds, the search's time, and the median of the trials before."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from zoo.run.extent import Halt, Row
from zoo.run.folder import RunFolder
from zoo.run.verdict import advantage, direction_of
from zoo.tune.objective import Objective
from zoo.tune.trial import BASE, OVER, read_trials

LEAST_TRIALS = 4  # that must have come as far before one is called poor
LEAST_EPOCHS = 2


@dataclass
class Halting:
    """Says of a trial, after each of its epochs, whether to go on.

    The median rule (Golovin et al. 2017, Google Vizier, section 3.4.2): a trial ends when its best value so far is
    worse than the median, over the completed trials that came as far, of their mean values up to that epoch.

    Attributes:
        folder: Of the search.
        objective: What it is for; where epochs do not measure it, their validation loss stands in.
        over: Whether the search's time is over.
        median: Whether the median rule holds.
        rounds: Last epoch of trials by number, as hyperband deals them out.
    """

    folder: Path
    objective: Objective
    over: Callable[[], bool]
    median: bool
    rounds: dict[str, int] = field(default_factory=dict)
    _means: dict[str, list[float]] = field(default_factory=dict)

    def __call__(self, number: str) -> Halt | None:
        """Who may end a trial."""
        if number == BASE:
            return None
        return lambda rows: self._reason(number, rows)

    def _reason(self, number: str, rows: Sequence[Row]) -> str | None:
        last = self.rounds.get(number)
        if last is not None and rows[-1]["epoch"] >= last:
            return f"round of {last} epochs"
        if self.over():
            return OVER
        if self.median and self._is_poor(rows):
            return f"worse than the median after {int(rows[-1]['epoch'])} epochs"
        return None

    def _is_poor(self, rows: Sequence[Row]) -> bool:
        quantity = self.objective.name if self.objective.name in rows[0] else "validation_loss"
        if quantity not in rows[0] or len(rows) < LEAST_EPOCHS:
            return False
        direction = direction_of(quantity.removeprefix("validation_"))
        self._read(quantity)
        others = [means[len(rows) - 1] for means in self._means.values() if len(means) >= len(rows)]
        if len(others) < LEAST_TRIALS:
            return False
        values = [row[quantity] for row in rows]
        best = min(values) if direction == "smaller" else max(values)
        return advantage(best, statistics.median(others), direction) < 0

    def _read(self, quantity: str) -> None:
        """Take in the rows of the trials that have completed since, of their first seed: means up to each epoch."""
        for trial in read_trials(self.folder):
            if trial.number in self._means or not trial.completed or trial.number == BASE:
                continue
            runs = sorted((self.folder / "trials" / trial.number).glob("seed-*"))
            rows = RunFolder(runs[0]).rows() if runs else []
            total, means = 0.0, []
            for count, row in enumerate(row for row in rows if quantity in row):
                total += row[quantity]
                means.append(total / (count + 1))
            self._means[trial.number] = means
