"""Which epoch is the best so far, and when to stop: a small state that a checkpoint can hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from registry.names import near
from zoo.recipe import RecipeError, Training
from zoo.run.verdict import advantage, direction_of


def advantage_of(quantity: str, value: float, reference: float) -> float:
    """How much better a quantity of metrics.jsonl is than a reference; negative where it is worse."""
    return advantage(value, reference, direction_of(quantity.removeprefix("validation_")))


@dataclass
class Monitor:
    """Follows one quantity over the epochs and keeps the weights of the best one.

    Attributes:
        quantity: Name in the rows of metrics.jsonl, such as `validation_loss`; None where the last epoch is kept.
        patience: Epochs without improvement after which to stop, or None.
        min_delta: Smallest change that counts as improvement.
        best: Best value so far, None before the first epoch.
        best_epoch: Its epoch, counted from 1.
        waited: Epochs since then.
        weights: The network's weights at the best epoch.
    """

    quantity: str | None
    patience: int | None
    min_delta: float
    best: float | None = None
    best_epoch: int = 0
    waited: int = 0
    weights: list[np.ndarray] = field(default_factory=list)

    @classmethod
    def of(cls, training: Training, *, learning: str = "gradient") -> Monitor:
        """The monitor that a recipe asks for; of adversarial families one that chooses no epoch."""
        quantity = None if learning == "adversarial" else training.monitor or "validation_loss"
        return cls(quantity, training.patience, training.min_delta)

    def is_better(self, row: dict[str, float]) -> bool:
        """Whether a row is better than the best so far.

        Raises:
            RecipeError: The row has no such quantity.
        """
        if self.quantity is None:
            return False
        if self.quantity not in row:
            known = [key for key in row if key not in ("epoch", "step")]
            raise RecipeError(
                "training.monitor must be a quantity of metrics.jsonl",
                received=self.quantity,
                near=near(self.quantity, known),
                hint=f"one of: {', '.join(known)}",
            )
        if self.best is None:
            return True
        return advantage_of(self.quantity, row[self.quantity], self.best) > self.min_delta

    def update(self, row: dict[str, float], weights: list[np.ndarray]) -> None:
        """Take in the row of an epoch that `is_better` was asked about; `weights` are kept when it was."""
        if weights and self.quantity is not None:
            self.best, self.best_epoch, self.waited, self.weights = row[self.quantity], int(row["epoch"]), 0, weights
        else:
            self.waited += 1

    @property
    def exhausted(self) -> bool:
        """Whether patience has run out."""
        return self.patience is not None and self.waited >= self.patience

    def state(self) -> dict[str, Any]:
        """The numbers a checkpoint keeps; the weights go beside them as arrays."""
        return {"quantity": self.quantity, "best": self.best, "best_epoch": self.best_epoch, "waited": self.waited}

    def restore(self, state: dict[str, Any], weights: list[np.ndarray]) -> None:
        """The inverse of `state`."""
        self.best, self.best_epoch, self.waited = state["best"], state["best_epoch"], state["waited"]
        self.weights = weights
