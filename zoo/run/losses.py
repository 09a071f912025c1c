"""Losses by name: which task each suits, and why not the others."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from registry.names import near
from zoo.data.spec import Data, DataSpec
from zoo.layers.class_losses import OfClasses, PoissonOfRates
from zoo.layers.losses import HalfMeanSquaredError, Value
from zoo.layers.series import InSpreads
from zoo.recipe import RecipeError, Training

Maker = Callable[[], keras.losses.Loss]


def _log_loss() -> keras.losses.Loss:
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


OF_CLASSES: dict[str, Maker] = {
    "sparse_categorical_crossentropy": _log_loss,
    "categorical_crossentropy": lambda: OfClasses(keras.losses.CategoricalCrossentropy(from_logits=True), "logits"),
    "binary_crossentropy": lambda: OfClasses(keras.losses.BinaryCrossentropy(from_logits=True), "margin"),
    "kl_divergence": lambda: OfClasses(keras.losses.KLDivergence(), "probabilities"),
    "categorical_hinge": lambda: OfClasses(keras.losses.CategoricalHinge(), "logits"),
    "hinge": lambda: OfClasses(keras.losses.Hinge(), "margin"),
    "squared_hinge": lambda: OfClasses(keras.losses.SquaredHinge(), "margin"),
    "mean_squared_error": lambda: OfClasses(keras.losses.MeanSquaredError(), "probabilities"),
    "poisson": lambda: OfClasses(keras.losses.Poisson(), "probabilities"),
    "cosine_similarity": lambda: OfClasses(keras.losses.CosineSimilarity(), "probabilities"),
}
OF_TWO_CLASSES = {
    "binary_crossentropy": "categorical_crossentropy",
    "hinge": "categorical_hinge",
    "squared_hinge": "categorical_hinge",
}
OF_NUMBERS: dict[str, Maker] = {
    "mean_squared_error": keras.losses.MeanSquaredError,
    "mean_absolute_error": keras.losses.MeanAbsoluteError,
    "huber": keras.losses.Huber,
    "log_cosh": keras.losses.LogCosh,
}
# task -> name -> loss; the first one is the task's own
LOSSES: dict[str, dict[str, Maker]] = {
    "classification": OF_CLASSES,
    "regression": {
        **OF_NUMBERS,
        "half_mean_squared_error": HalfMeanSquaredError,
        "poisson": PoissonOfRates,
        "cosine_similarity": keras.losses.CosineSimilarity,
    },
    "forecasting": OF_NUMBERS,
    "minimisation": {"value": Value},
    "text_generation": {"sparse_categorical_crossentropy": _log_loss},
}
OF_NO_DATA = "it is for numbers that are a loss already"
REASONS = {
    "classification": "it is for numbers: probabilities that are right do not make it least",
    "regression": "it is for classes",
    "forecasting": "a forecast is one number, in units of the spread about the mean: neither a class nor a count",
    "minimisation": "the function is the loss",
    "text_generation": "a text is learned by the log loss of its units",
}


def make_loss(training: Training, data_spec: DataSpec, *, spread: float = 1.0) -> keras.losses.Loss:
    """The recipe's loss, or the task's own; of forecasts in units of the series' spread.

    Args:
        training: Names the loss, or none.
        data_spec: The task.
        spread: Standard deviation of the training targets of a series.

    Raises:
        RecipeError: The loss does not suit the task.
    """
    task = data_spec.task
    losses = LOSSES[task]
    name = training.loss or next(iter(losses))
    if name not in losses:
        reason = OF_NO_DATA if name == "value" else REASONS[task]
        raise RecipeError(
            f"training.loss must be a loss for {task}; {name} is not: {reason}",
            received=name,
            near=near(name, list(losses)),
            hint=f"one of: {', '.join(losses)}",
        )
    classes = data_spec.num_classes if task == "classification" else 2
    if name in OF_TWO_CLASSES and classes != 2:
        instead = OF_TWO_CLASSES[name]
        raise RecipeError(
            f"training.loss = {name} is for two classes",
            received=f"{classes} classes",
            near=[instead],
            hint=f"training.loss={instead}",
        )
    if task == "regression" and name == "cosine_similarity" and data_spec.target_shape in ((), (1,)):
        raise RecipeError(
            "training.loss = cosine_similarity is for two or more numbers: one alone has no direction",
            received="one target",
            hint="training.loss=mean_squared_error",
        )
    loss = losses[name]()
    return InSpreads(loss, spread) if task == "forecasting" else loss


def require_targets(training: Training, data: Data) -> None:
    """Refuse targets that the loss has no meaning for, before the first step.

    Raises:
        RecipeError: A count is below zero.
    """
    if training.loss != "poisson" or data.spec.task != "regression":
        return
    least = float(np.min(data.train.targets))
    if least < 0.0:
        raise RecipeError(
            "training.loss = poisson is for counts, which are not below zero",
            received=f"a target of {least:g} in the training split",
            hint="training.loss=mean_squared_error",
        )
