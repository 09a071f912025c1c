"""How much an example of each class counts in training."""

from __future__ import annotations

import numpy as np

from registry.names import near
from zoo.data.spec import DataSpec
from zoo.recipe import RecipeError


def class_weights(
    data_spec: DataSpec, targets: np.ndarray, wanted: str | dict[str, float] | None
) -> dict[int, float] | None:
    """Weights by class number.

    Args:
        data_spec: The classes.
        targets: int (n,), class numbers of the training split.
        wanted: "balanced", which gives each class the same total weight, or a weight by class name; classes that are
            not named weigh 1. None for no weights.

    Raises:
        RecipeError: A class name is unknown, a weight negative, or the task has no classes.
    """
    if wanted is None:
        return None
    if data_spec.classes is None:
        raise RecipeError("training.class_weight is for tasks with classes", received=data_spec.task)
    if isinstance(wanted, str):
        counts = np.bincount(targets, minlength=len(data_spec.classes))
        return {number: len(targets) / (len(counts) * max(1, int(count))) for number, count in enumerate(counts)}
    weights = dict.fromkeys(range(len(data_spec.classes)), 1.0)
    for name, weight in wanted.items():
        if name not in data_spec.classes:
            raise RecipeError(
                "training.class_weight names classes of the data set",
                received=name,
                near=near(name, list(data_spec.classes)),
                hint=f"one of: {', '.join(data_spec.classes)}",
            )
        if weight < 0.0:
            raise RecipeError(f"training.class_weight.{name} must not be negative", received=weight)
        weights[data_spec.classes.index(name)] = float(weight)
    return weights
