"""Multilayer perceptron: dense layers from raw pictures, vectors or series to class logits or numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import Family

if TYPE_CHECKING:
    from registry import Registry


def register(registry: Registry) -> None:
    """Register the family `mlp`."""
    registry.add_family(
        Family(
            name="mlp",
            summary="Multilayer perceptron: dense layers with dropout, for pictures, vectors and series",
            tasks=("classification", "regression", "forecasting"),
            learning="gradient",
            builder="zoo.families.mlp.model:build",
            dataset="digits",
            hyperparameters="zoo.families.mlp.hyperparameters:Hyperparameters",
            source="Rumelhart, Hinton, Williams 1986, Learning representations by back-propagating errors, Nature 323",
        )
    )
