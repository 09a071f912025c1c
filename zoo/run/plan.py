"""The numbers that a run is conducted by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Lengths, intervals, and what tells one run from another.

    Attributes:
        epochs: Epochs, if nothing stops the run early.
        steps_per_epoch: Steps in each.
        steps_per_execution: Steps in one compiled call.
        checkpoint_seconds: Least seconds between two checkpoints.
        recipe_hash: Of the resolved recipe.
        seed: Of the run.
    """

    epochs: int
    steps_per_epoch: int
    steps_per_execution: int
    checkpoint_seconds: float
    recipe_hash: str
    seed: int = 0
