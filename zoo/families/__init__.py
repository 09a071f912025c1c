"""Table of contents of the families: one line each; a family is the folder of the same name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry import Registry

FAMILIES = (
    "classical",  # sixteen baselines of scikit-learn, one name each
    "objective",  # a point on a function's surface, or a linear regression by gradient
    "perceptron",  # one step unit
    "mlp",  # dense networks on pictures and vectors
    "cnn",  # convolutional networks on pictures
    "rnn",  # recurrent networks that forecast series
    "rbf",  # radial basis functions around centres, least squares or gradient
    "lstm_text",  # recurrent networks that write text
    "gan",  # adversarial networks that make pictures: gan and dcgan
    "som",  # self-organising maps, online or batch rule
)


def register(registry: Registry) -> None:
    """Register every family of the table; importing their folders never imports TensorFlow."""
    for family in FAMILIES:
        import_module(f"zoo.families.{family}").register(registry)
