"""Losses that Keras does not have."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("zoo")
class Value(keras.losses.Loss):
    """The outputs themselves, whatever the targets: for what is a loss already, float64."""

    def __init__(self, name: str = "value", **settings: Any) -> None:
        super().__init__(name=name, **{"dtype": "float64", **settings})

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(n, 1) -> (n,)."""
        return ops.mean(y_pred, axis=-1)


@keras.saving.register_keras_serializable("zoo")
class HalfMeanSquaredError(keras.losses.Loss):
    """Half the mean squared error, float64: its gradient in linear outputs X w is X^T (X w - y) / n, without a 2.

    Source: Bishop 2006, Pattern recognition and machine learning, equation 3.12.
    """

    def __init__(self, name: str = "half_mean_squared_error", **settings: Any) -> None:
        super().__init__(name=name, **{"dtype": "float64", **settings})

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """(n, ...) -> (n,)."""
        difference = y_pred - ops.reshape(ops.cast(y_true, y_pred.dtype), ops.shape(y_pred))
        return 0.5 * ops.mean(ops.square(difference), axis=-1)
