"""Hyperparameters of the perceptron; TensorFlow-free."""

from __future__ import annotations

from typing import Literal

from zoo.recipe.fields import Settings, setting


class Hyperparameters(Settings):
    """What can be set of a perceptron; the length of its steps is `training.learning_rate`."""

    activation: Literal["step"] | None = setting(None, "of the unit: step, the only one that its rule is for")
    shuffle: bool = setting(False, "another order of the examples in each epoch; without it the order of the split")
    stop_without_errors: bool = setting(
        False, "end with the first epoch without errors: nothing changes after it while the order is the same"
    )
    standardize: bool = setting(True, "standardise vectors with statistics of the training split")
