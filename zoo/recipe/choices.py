"""Names that hyperparameters choose from, in Keras' own spelling."""

from __future__ import annotations

from typing import Literal

Activation = Literal[
    "linear", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "silu", "gelu", "softplus", "softsign", "mish"
]
Initializer = Literal[
    "zeros",
    "random_uniform",
    "random_normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
    "variance_scaling",
]
