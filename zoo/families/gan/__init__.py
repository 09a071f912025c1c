"""Generative adversarial networks: a generator and a discriminator that learn from each other, to make pictures.

Two families of one idea: `gan` has a dense discriminator (`zoo.families.gan.model`), `dcgan` is convolutional all
through (`zoo.families.gan.dcgan`). Both are stepped by `zoo.layers.adversarial`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import Family

if TYPE_CHECKING:
    from registry import Registry

FIGURES = (
    "zoo.families.gan.figures:samples_over_training",
    "zoo.families.gan.figures:losses",
    "zoo.families.gan.figures:interpolation",
    "zoo.families.gan.figures:nearest_neighbours",
    "zoo.families.gan.figures:modes",
)


def register(registry: Registry) -> None:
    """Register the families `gan` and `dcgan`."""
    registry.add_family(
        Family(
            name="gan",
            summary="Generative adversarial network: makes pictures; convolutional or dense generator, dense critic",
            tasks=("picture_generation",),
            learning="adversarial",
            builder="zoo.families.gan.model:build",
            dataset="digits",
            hyperparameters="zoo.families.gan.hyperparameters:Hyperparameters",
            figures=FIGURES,
            source="Goodfellow et al. 2014, Generative adversarial nets, arXiv:1406.2661",
        )
    )
    registry.add_family(
        Family(
            name="dcgan",
            summary="Deep convolutional adversarial network: makes pictures; transposed convolutions and a mirror",
            tasks=("picture_generation",),
            learning="adversarial",
            builder="zoo.families.gan.dcgan:build",
            dataset="fashion_mnist",
            hyperparameters="zoo.families.gan.hyperparameters:ConvolutionalHyperparameters",
            figures=FIGURES,
            source="Radford, Metz and Chintala 2015, Unsupervised representation learning, arXiv:1511.06434",
        )
    )
