"""Convolutional network: convolution and pooling blocks, then dense layers, from raw pictures to class logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import Family

if TYPE_CHECKING:
    from registry import Registry


def register(registry: Registry) -> None:
    """Register the family `cnn`."""
    registry.add_family(
        Family(
            name="cnn",
            summary="Convolutional network: convolution and pooling blocks, then dense layers, for pictures",
            tasks=("classification", "regression"),
            learning="gradient",
            builder="zoo.families.cnn.model:build",
            dataset="digits",
            hyperparameters="zoo.families.cnn.hyperparameters:Hyperparameters",
            source="LeCun, Bottou, Bengio, Haffner 1998, Gradient-based learning applied to document recognition",
            figures=("zoo.families.cnn.figures:learned_filters",),
        )
    )
