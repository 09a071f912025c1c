"""Numbers as steps between quantiles: an encoding that lets a dense layer bend wherever the examples are dense."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

# narrower steps, as between equal quantiles, are jumps
NARROWEST = 1e-6


@keras.saving.register_keras_serializable("zoo")
class QuantileSteps(keras.layers.Layer):
    """The first columns of a row once more, each as `steps` numbers that rise from 0 to 1 one after the other.

    Step i of a number is 0 below quantile i of the training split, 1 above quantile i + 1, linear between them. A dense
    layer behind it fits any function that is linear between the quantiles.

    Shapes: (n, columns) -> (n, columns + numbers * steps).

    Source: Gorishniy, Rubachev, Babenko 2022, On embeddings for numerical features, arXiv:2203.05556, section 3.1.

    Args:
        numbers: How many columns, from the first on.
        steps: Steps of each.

    Example:
        >>> layer = QuantileSteps(numbers=1, steps=2)
        >>> layer.adapt(np.array([[0.0], [10.0], [20.0]], "float32"))
        >>> np.asarray(layer(np.array([[5.0], [15.0], [99.0]], "float32"))).tolist()
        [[5.0, 0.5, 0.0], [15.0, 1.0, 0.5], [99.0, 1.0, 1.0]]
    """

    def __init__(self, numbers: int, steps: int, **kwargs: Any) -> None:
        super().__init__(trainable=False, **kwargs)
        self.numbers, self.steps = numbers, steps

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights: the quantiles."""
        self.quantiles = self.add_weight(
            shape=(self.steps + 1, self.numbers), initializer="zeros", trainable=False, name="quantiles"
        )
        self.built = True

    def adapt(self, rows: np.ndarray) -> None:
        """Learn the quantiles of rows (n, columns), those of the training split."""
        if not self.built:
            self.build((None, *np.shape(rows)[1:]))
        shares = np.linspace(0.0, 1.0, self.steps + 1)
        self.quantiles.assign(np.quantile(np.asarray(rows, np.float64)[:, : self.numbers], shares, axis=0))

    def call(self, rows: Any) -> Any:
        """Append the steps."""
        low, high = self.quantiles[:-1], self.quantiles[1:]
        width = ops.maximum(high - low, NARROWEST)
        risen = ops.clip((rows[:, None, : self.numbers] - low) / width, 0.0, 1.0)
        return ops.concatenate([rows, ops.reshape(risen, (-1, self.numbers * self.steps))], axis=1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """(n, columns) -> (n, columns + numbers * steps)."""
        return (input_shape[0], int(input_shape[-1] or 0) + self.numbers * self.steps)

    def get_config(self) -> dict[str, Any]:
        """Sizes; the quantiles are weights."""
        config: dict[str, Any] = super().get_config()
        config.pop("trainable", None)
        return config | {"numbers": self.numbers, "steps": self.steps}
