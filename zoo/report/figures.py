"""The figures of a report, by name: arrays in, a matplotlib Figure out. A family's own figures build on these."""

from __future__ import annotations

from zoo.report.classification import confusion_matrix, decision_boundary, misclassified_grid
from zoo.report.curves import compared_curves, learning_curves, overlaid_curves, per_seed
from zoo.report.forecasting import error_by_horizon, forecast
from zoo.report.regression import predicted_against_true, residual_surface, residuals, surface
from zoo.report.style import to_png

__all__ = [
    "compared_curves",
    "confusion_matrix",
    "decision_boundary",
    "error_by_horizon",
    "forecast",
    "learning_curves",
    "misclassified_grid",
    "overlaid_curves",
    "per_seed",
    "predicted_against_true",
    "residual_surface",
    "residuals",
    "surface",
    "to_png",
]
