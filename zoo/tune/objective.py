"""What a search is for: one metric on the validation split, or over the folds of a cross-validation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from registry import UserError
from registry.names import near
from zoo.recipe import BoundRecipe
from zoo.recipe.choices import METRICS, TWO_CLASS_METRICS, as_metric
from zoo.run.verdict import Direction, direction_of

PREFIXES = ("validation_", "val_")


class InvalidObjective(UserError):
    """What a search cannot be for."""


@dataclass(frozen=True)
class Objective:
    """One metric on the validation split.

    Attributes:
        metric: Its name, as runs keep it: accuracy, auc, mse; or loss, which the network itself makes small.
    """

    metric: str

    @property
    def name(self) -> str:
        """As rows of metrics.jsonl and reports have it."""
        return f"validation_{self.metric}"

    @property
    def direction(self) -> Direction:
        """Which way it improves."""
        return direction_of(self.metric)

    @property
    def worst(self) -> float:
        """What any score is better than."""
        return math.inf if self.direction == "smaller" else -math.inf

    def of_run(self, facts: dict[str, Any], rows: list[dict[str, float]]) -> float:
        """The score of a run: of its kept weights, or the loss of the epoch whose weights were kept.

        Args:
            facts: Of run.json.
            rows: Of metrics.jsonl.
        """
        measured: dict[str, float] = facts["metrics"]["validation"]
        if self.metric in measured:
            return float(measured[self.metric])
        values = {int(row["epoch"]): row[self.name] for row in rows if self.name in row}
        if self.metric == "loss" and values:
            return float(values.get(facts.get("best_epoch") or max(values), values[max(values)]))
        raise InvalidObjective(
            "the objective must be measured on the validation split",
            received=self.name,
            near=near(self.metric, list(measured)),
            hint=f"one of: {', '.join(f'val_{name}' for name in measured)}",
        )

    def of_folds(self, facts: dict[str, Any]) -> float:
        """The mean over the folds of a cross-validation."""
        measured = facts["metrics"]
        if self.metric not in measured:
            raise InvalidObjective(
                "the objective of a cross-validation must be measured on every fold",
                received=self.name,
                hint=f"one of: {', '.join(f'val_{name}' for name in measured)}",
            )
        return float(measured[self.metric]["mean"])


def objective_of(bound: BoundRecipe, asked: str | None) -> Objective:
    """The objective that was asked for: `val_accuracy`, `validation_accuracy` or `accuracy`.

    Not given, it is that of the recipe's [tuning] table, else what the recipe promises, else its task's first metric.

    Raises:
        InvalidObjective: It is not measured for the task, or it is of another split.
    """
    recipe = bound.recipe
    classes = bound.dataset.classes if bound.data_options == type(bound.data_options)() else None
    metrics = METRICS.get(recipe.task, ())
    if classes not in (None, 2):
        metrics = tuple(metric for metric in metrics if metric not in TWO_CLASS_METRICS)
    known = (*metrics, "loss")
    if asked is None and recipe.tuning is not None:
        asked = recipe.tuning.objective
    if asked is None:
        return Objective(recipe.promise.metric if recipe.promise else known[0])
    name = asked
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    name = as_metric(name)
    if name.startswith(("test_", "train_")):
        raise InvalidObjective(
            "a search looks at the validation split: the test split is measured once, at the end",
            received=asked,
            hint=f"--objective val_{name.partition('_')[2]}",
        )
    if name not in known:
        raise InvalidObjective(
            f"the objective must be a metric of {recipe.task} on the validation split",
            received=asked,
            near=[f"val_{one}" for one in near(name, known)],
            hint=f"one of: {', '.join(f'val_{one}' for one in known)}",
        )
    if name == "loss" and bound.learning not in ("gradient", "adversarial", "own_rule") and "loss" not in known[:-1]:
        raise InvalidObjective(
            f"{recipe.family} has no loss over epochs", received=asked, hint=f"--objective val_{known[0]}"
        )
    return Objective(name)
