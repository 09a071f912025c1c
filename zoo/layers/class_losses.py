"""Losses by name where what is compared are class numbers and logits, or counts and their rates."""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import ops

Form = Literal["probabilities", "logits", "margin"]


@keras.saving.register_keras_serializable("zoo")
class OfClasses(keras.losses.Loss):
    """A Keras loss of indicators and numbers, for class numbers (n,) and logits (n, classes).

    Args:
        loss: The loss.
        form: What it is given: the indicators (n, classes) with probabilities or logits, or of two classes whether it
            is the second (n, 1), with how much larger its logit is.

    Raises:
        ValueError: There is no such form.

    Example:
        >>> brier = OfClasses(keras.losses.MeanSquaredError(), "probabilities")
        >>> float(brier(ops.convert_to_tensor([1]), ops.convert_to_tensor([[0.0, 0.0]])))
        0.25
    """

    def __init__(self, loss: keras.losses.Loss, form: Form, **settings: Any) -> None:
        super().__init__(**settings)
        if form not in ("probabilities", "logits", "margin"):
            raise ValueError(f"form must be probabilities, logits or margin. Received: form={form!r}")
        self.loss, self.form = loss, form

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of class numbers (n,) and logits (n, classes): (n,)."""
        numbers = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        if self.form == "margin":
            indicators = ops.cast(numbers, y_pred.dtype)[:, None]
            return self.loss.call(indicators, y_pred[:, 1:] - y_pred[:, :1])
        indicators = ops.one_hot(numbers, y_pred.shape[-1], dtype=y_pred.dtype)
        return self.loss.call(indicators, ops.softmax(y_pred) if self.form == "probabilities" else y_pred)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config: dict[str, Any] = super().get_config()
        return config | {"loss": keras.losses.serialize(self.loss), "form": self.form}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> OfClasses:
        """The inverse of `get_config`."""
        return cls(**{**config, "loss": keras.losses.deserialize(config["loss"])})


@keras.saving.register_keras_serializable("zoo")
class PoissonOfRates(keras.losses.Loss):
    """rate - count log(rate), where a network says the rate itself, which need not be positive.

    Below `smallest` the logarithm goes on as its tangent: the loss stays convex and finite, and its slope leads back.

    Args:
        smallest: Rate below which it does.
    """

    def __init__(self, smallest: float = 1e-3, **settings: Any) -> None:
        super().__init__(**settings)
        self.smallest = smallest

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of counts and rates (n, targets): (n,)."""
        counts = ops.reshape(y_true, ops.shape(y_pred))
        positive = ops.maximum(y_pred, self.smallest)
        logarithm = ops.log(positive) + (y_pred - positive) / self.smallest
        return ops.mean(y_pred - counts * logarithm, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        config: dict[str, Any] = super().get_config()
        return config | {"smallest": self.smallest}
