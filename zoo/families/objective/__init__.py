"""Objective: a point that goes downhill, on a function of its own or by the data of a linear regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import Family

if TYPE_CHECKING:
    from registry import Registry


def register(registry: Registry) -> None:
    """Register the family `objective`."""
    registry.add_family(
        Family(
            name="objective",
            summary="A point that an optimiser moves: to the minimum of a function, or of a linear regression's loss",
            tasks=("minimisation", "regression"),
            learning="gradient",
            builder="zoo.families.objective.model:build",
            dataset="nothing",
            hyperparameters="zoo.families.objective.hyperparameters:Hyperparameters",
            figures=("zoo.families.objective.figures:path",),
            source="Cauchy 1847, Méthode générale pour la résolution des systèmes d'équations simultanées",
        )
    )
