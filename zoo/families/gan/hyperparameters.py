"""Hyperparameters of the adversarial families; TensorFlow-free."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from zoo.layers.adversarial_settings import AdversarialSettings
from zoo.recipe.fields import setting


class Hyperparameters(AdversarialSettings):
    """What can be set of `gan`, a generator of pictures and a dense discriminator."""

    generator: Literal["convolutional", "dense"] = setting(
        "convolutional", "transposed convolutions from a quarter of the size, or dense layers"
    )
    generator_filters: tuple[int, ...] = setting(
        (128, 128, 64), "channels before the first transposed convolution, after it and after the second", min_length=3
    )
    generator_units: tuple[int, ...] = setting((256, 512), "units of the hidden layers of a dense generator")
    discriminator_units: tuple[int, ...] = setting((512, 256), "units of the discriminator's hidden layers")
    slope: float = setting(0.2, "slope of leaky ReLU below zero", ge=0.0, lt=1.0, search=[0.01, 0.2])
    dropout: float = setting(0.0, "share of the discriminator's hidden units dropped", ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _three_widths(self) -> Hyperparameters:
        if len(self.generator_filters) != 3 or min(self.generator_filters) < 1:
            raise ValueError(f"generator_filters must be three positive numbers, received {self.generator_filters}")
        for name in ("generator_units", "discriminator_units"):
            if any(units < 1 for units in getattr(self, name)):
                raise ValueError(f"{name} must be positive, received {getattr(self, name)}")
        return self


class ConvolutionalHyperparameters(AdversarialSettings):
    """What can be set of `dcgan`. As many stages as lead from 4 pixels to the picture's side, in powers of two."""

    filters: int = setting(
        64, "channels of the widest maps; each halving of the side doubles them", ge=1, search=[32, 64]
    )
    slope: float = setting(0.2, "slope of the discriminator's leaky ReLU below zero", ge=0.0, lt=1.0)
    discriminator_norm: Literal["batch", "layer", "none"] = setting(
        "batch", "normalisation in the discriminator; with a gradient penalty not over the batch"
    )
    initial_deviation: float = setting(0.02, "standard deviation of the first kernels", gt=0.0, le=1.0)

    @model_validator(mode="after")
    def _the_penalty_is_of_single_pictures(self) -> ConvolutionalHyperparameters:
        if self.penalty and self.discriminator_norm == "batch":
            raise ValueError(
                'a gradient penalty is of single pictures: it goes with discriminator_norm = "layer" or "none", '
                'received "batch"'
            )
        return self
