"""How a search is made, as run.json keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """How a search is made; `deciding` says what of it must stay as it was when the search goes on.

    Attributes:
        tuner: random, grid, bayesian or hyperband.
        objective: Metric on the validation split.
        seed: Of the search, and the first one of every trial.
        executions: Runs of each trial, with seeds one after the other; the mean is its score.
        folding: How a cross-validation divides the rows, as `--cv` takes it; None for the validation split.
        median: Whether trials worse than the median of those before end early.
        base: Whether the recipe is scored as it stands, too.
        trials: At most so many; of hyperband its brackets decide.
        max_minutes: After so long no trial begins, and those at work end after their epoch.
        keep: Trials whose weights are kept.
        retrain: Runs of the winner, measured on the test split; none leaves the test split alone.
        workers: Processes that run trials.
        deadline_minutes: A worker without a sign of life for so long is started again.
    """

    tuner: str
    objective: str
    seed: int = 0
    executions: int = 1
    folding: str | None = None
    median: bool = False
    base: bool = True
    trials: int = 20
    max_minutes: float | None = None
    keep: int = 3
    retrain: int = 3
    workers: int = 1
    deadline_minutes: float = 30.0

    def deciding(self) -> dict[str, Any]:
        """What must be as it was when a search goes on: it may be given more trials, time or workers."""
        names = ("tuner", "objective", "seed", "executions", "folding", "median", "base")
        return {name: getattr(self, name) for name in names}
