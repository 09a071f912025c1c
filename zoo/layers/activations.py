"""Activations by name: Keras' own, and what it does not have."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("zoo")
def step(x: Any) -> Any:
    """1 where x >= 0, else 0; of x's shape and dtype. McCulloch and Pitts 1943, with the threshold at zero.

    Example:
        >>> step(ops.convert_to_tensor([-0.5, 0.0, 2.0])).numpy().tolist()
        [0.0, 1.0, 1.0]
    """
    x = ops.convert_to_tensor(x)
    return ops.cast(x >= 0, x.dtype)


def activation(name: str) -> layers.Layer:
    """A layer that applies an activation to (n, ..., units), elementwise or, of softmax, over the units.

    The slopes of `prelu` begin at 0.25 and are one for each unit, or for each channel of feature maps (n, height,
    width, channels): He, Zhang, Ren and Sun 2015, arXiv:1502.01852, section 2.1.

    Args:
        name: In Keras' own spelling.
    """
    return ChannelPReLU() if name == "prelu" else layers.Activation(name)


@keras.saving.register_keras_serializable("zoo")
class ChannelPReLU(layers.PReLU):
    """Keras' PReLU with slopes that begin at 0.25 and belong to a channel, wherever it stands in a picture."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"alpha_initializer": keras.initializers.Constant(0.25), **settings})

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the slopes (channels,), shared over all axes between the batch and the channels."""
        self.shared_axes = list(range(1, len(input_shape) - 1)) or None
        super().build(input_shape)
