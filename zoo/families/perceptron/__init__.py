"""Perceptron: a step unit that learns one example after the other, for two classes that a plane separates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import Family

if TYPE_CHECKING:
    from registry import Registry


def register(registry: Registry) -> None:
    """Register the family `perceptron`."""
    registry.add_family(
        Family(
            name="perceptron",
            summary="Perceptron: one step unit and Rosenblatt's rule, for two classes that a plane separates",
            tasks=("classification",),
            learning="own_rule",
            builder="zoo.families.perceptron.model:build",
            dataset="gates",
            hyperparameters="zoo.families.perceptron.hyperparameters:Hyperparameters",
            figures=("zoo.families.perceptron.figures:errors_per_epoch",),
            source="Rosenblatt 1958, The perceptron: a probabilistic model for information storage, Psychol. Review 65",
        )
    )
