"""The first and the last layers of forecasters: values in units of the series' own spread, and back."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.data.spec import DataSpec
from zoo.recipe import RecipeError


@keras.saving.register_keras_serializable("zoo")
class SeriesScale(keras.layers.Layer):
    """Windows (n, lag) -> standardised windows (n, lag), mean (n, 1) and spread (n, 1), float64.

    There is one mean and one spread, learned from all values of all training windows, because a window's places hold
    the same quantity. They come out beside the windows, so that forecasts are brought back by the same two variables.

    Example:
        >>> scale = SeriesScale()
        >>> scale.adapt(np.array([[1.0, 3.0], [3.0, 5.0]]))
        >>> windows, mean, spread = scale(np.array([[3.0, 4.0]]))
        >>> float(mean[0, 0]), round(float(spread[0, 0]), 4), np.asarray(windows).round(4).tolist()
        (3.0, 1.4142, [[0.0, 0.7071]])
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(dtype="float64", trainable=False, **{key: kwargs[key] for key in kwargs if key == "name"})

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make mean and spread: 0 and 1 until they are learned."""
        self.input_spec = keras.layers.InputSpec(ndim=2, axes={-1: input_shape[-1]})
        self.mean = self.add_weight(shape=(), initializer="zeros", trainable=False, name="mean")
        self.spread = self.add_weight(shape=(), initializer="ones", trainable=False, name="spread")
        self.built = True

    def adapt(self, windows: np.ndarray) -> None:
        """Learn mean and spread from training windows (n, lag); a constant series keeps the spread 1."""
        if not self.built:
            self.build(windows.shape)
        self.mean.assign(np.mean(windows, dtype=np.float64))
        self.spread.assign(np.std(windows, dtype=np.float64) or 1.0)

    def call(self, windows: Any) -> tuple[Any, Any, Any]:
        """Standardised windows (n, lag), and mean and spread once for each, (n, 1)."""
        windows = ops.cast(windows, self.compute_dtype)
        alike = ops.zeros_like(windows[:, :1])
        return (windows - self.mean) / self.spread, alike + self.mean, alike + self.spread

    def compute_output_spec(self, windows: Any) -> tuple[keras.KerasTensor, ...]:
        """Shapes (n, lag), (n, 1) and (n, 1), float64."""
        count, lag = windows.shape
        return tuple(keras.KerasTensor((count, size), dtype="float64") for size in (lag, 1, 1))

    def get_config(self) -> dict[str, Any]:
        """The name; mean and spread are weights."""
        return {"name": self.name}


@keras.saving.register_keras_serializable("zoo")
class Members(keras.layers.Layer):
    """Forecasts of an ensemble's members (n, members) -> their mean (n, 1); in training they stay side by side.

    A loss that compares each with the same target then trains every member as if it were alone: the mean of their
    losses has in a member's weights the gradient of its own loss, divided by the number of members.
    """

    def call(self, forecasts: Any, training: bool = False) -> Any:
        """The mean (n, 1); in training all forecasts (n, members)."""
        return forecasts if training else ops.mean(forecasts, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """(n, members) -> (n, 1)."""
        return (input_shape[0], 1)


@keras.saving.register_keras_serializable("zoo")
class InSpreads(keras.losses.Loss):
    """A loss of differences, in units of the series' spread: as large for a series in volts as in microvolts.

    Learning rates, penalties and tolerances then mean the same for every series, and the mean squared error of the
    mean forecast is 1. Each of several forecasts of a value is compared with it, see `Members`.

    Args:
        loss: What is measured of (n, 1) and (n, members).
        spread: Of the training targets.
    """

    def __init__(self, loss: keras.losses.Loss, spread: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.loss, self.spread = loss, spread

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of targets (n,) and forecasts (n, 1) or (n, members): (n,)."""
        return self.loss.call(ops.reshape(y_true, (-1, 1)) / self.spread, y_pred / self.spread)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config: dict[str, Any] = super().get_config()
        return config | {"loss": keras.losses.serialize(self.loss), "spread": self.spread}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> InSpreads:
        """The inverse of `get_config`."""
        return cls(**{**config, "loss": keras.losses.deserialize(config["loss"])})


def spread_of(data_spec: DataSpec, targets: np.ndarray) -> float:
    """What losses are measured in: the standard deviation of a series' training targets, 1 of all else."""
    return float(targets.std()) or 1.0 if data_spec.task == "forecasting" else 1.0


def mean_absolute_errors(y_true: Any, y_pred: Any) -> Any:
    """Of targets (n,) and forecasts (n, 1) or (n, members), in the units of the series: (n,)."""
    return ops.mean(ops.abs(ops.cast(ops.reshape(y_true, (-1, 1)), y_pred.dtype) - y_pred), axis=-1)


@keras.saving.register_keras_serializable("zoo")
def mean_squared_errors(y_true: Any, y_pred: Any) -> Any:
    """The same of squares."""
    return ops.mean(ops.square(ops.cast(ops.reshape(y_true, (-1, 1)), y_pred.dtype) - y_pred), axis=-1)


def forecasts(
    members: list[keras.KerasTensor], mean: keras.KerasTensor, spread: keras.KerasTensor
) -> keras.KerasTensor:
    """Standardised forecasts (n, 1) of one or more members, in the units of the series: float32 (n, 1).

    Args:
        members: One tensor (n, 1) a member.
        mean: As `SeriesScale` gives it.
        spread: As `SeriesScale` gives it.
    """
    values = members[0] if len(members) == 1 else keras.layers.Concatenate(dtype="float32")(members)
    values = keras.layers.Multiply(dtype="float32", name="in_units")([values, spread])
    values = keras.layers.Add(dtype="float32", name="forecast")([values, mean])
    return values if len(members) == 1 else Members(dtype="float32", name="members")(values)


def require_series(data_spec: DataSpec, setting: str) -> None:
    """Refuse a setting that has a meaning for forecasters only.

    Raises:
        RecipeError: The data are no series.
    """
    if data_spec.kind != "series":
        raise RecipeError(f"hyperparameters.{setting} is for forecasting", received=f"{data_spec.kind} data")


def require_standardized(standardize: bool) -> None:
    """Refuse networks that would have to learn the units of a series.

    Raises:
        RecipeError: `standardize` is false.
    """
    if not standardize:
        raise RecipeError("hyperparameters.standardize must be true for series", received="standardize = false")
