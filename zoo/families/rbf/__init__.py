"""Radial basis function networks: a hidden layer of Gaussians, or other kernels, around centres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import Family

if TYPE_CHECKING:
    from registry import Registry


def register(registry: Registry) -> None:
    """Register the family `rbf`."""
    registry.add_family(
        Family(
            name="rbf",
            summary="Radial basis function network: kernels around centres, output by least squares or gradient",
            tasks=("classification", "regression", "forecasting"),
            learning="closed_form",  # of the default settings; `Hyperparameters.learning` decides
            builder="zoo.families.rbf.model:build",
            dataset="digits",
            hyperparameters="zoo.families.rbf.hyperparameters:Hyperparameters",
            figures=("zoo.families.rbf.figures:centres", "zoo.families.rbf.figures:hidden_units"),
            source="Moody, Darken 1989, Fast learning in networks of locally-tuned processing units, Neural Comput. 1",
        )
    )
