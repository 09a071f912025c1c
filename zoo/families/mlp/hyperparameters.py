"""Hyperparameters of the multilayer perceptron; TensorFlow-free."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from zoo.layers.penalties import require_consistent
from zoo.recipe.choices import Activation, Initializer, Regularizer
from zoo.recipe.fields import Settings, setting


class Hyperparameters(Settings):
    """What can be set of a multilayer perceptron."""

    units: tuple[Annotated[int, Field(ge=1, le=65536)], ...] = setting(
        (128, 64),
        "units of each hidden layer; none for a linear model",
        max_length=64,
        search=[[64], [128, 64], [256, 128]],
    )
    activation: Activation = setting("relu", "activation of the hidden layers", search=["relu", "tanh", "gelu"])
    dropout: float = setting(
        0.2, "share of each hidden layer's outputs dropped in training", ge=0.0, lt=1.0, search=[0.0, 0.2, 0.5]
    )
    batch_norm: bool = setting(False, "batch normalisation after each hidden layer, before its activation")
    initializer: Initializer = setting("glorot_uniform", "initialiser of the hidden layers' kernels")
    regularizer: Regularizer | None = setting(
        None, "penalty on the hidden layers' kernels by name: l1, l2 or both; what l1 and l2 say if not given"
    )
    l1: float = setting(0.0, "L1 penalty on the hidden layers' kernels", ge=0.0)
    l2: float = setting(
        0.0, "L2 penalty on the hidden layers' kernels", ge=0.0, search={"low": 1e-6, "high": 1e-2, "log": True}
    )
    input_noise: float = setting(0.0, "standard deviation of Gaussian noise on the scaled inputs in training", ge=0.0)
    ensemble: int = setting(
        1, "networks that start differently and learn each by itself; a forecast is their mean", ge=1, le=64
    )
    standardize: bool = setting(True, "standardise vectors and series with statistics of the training split")
    steps: int = setting(
        0,
        "numbers of vectors and tables also as so many steps between quantiles of the training split; 0: none",
        ge=0,
        le=256,
    )

    @model_validator(mode="after")
    def _the_penalty_has_its_sizes(self) -> Hyperparameters:
        require_consistent(self.regularizer, self.l1, self.l2)
        return self
