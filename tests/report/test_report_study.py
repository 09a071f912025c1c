"""The plots that axes call for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zoo.report.study_figures import gridded, quantity_label, study_plot
from zoo.report.style import to_png

NAMES: dict[str, Any] = {"name": "training.optimizer", "labels": ["sgd", "adam", "lbfgs"], "numbers": None}
SIZES: dict[str, Any] = {"name": "hyperparameters.units", "labels": ["10", "50"], "numbers": [10.0, 50.0]}
NOISES: dict[str, Any] = {"name": "data.noise", "labels": ["0.1", "1", "10"], "numbers": [0.1, 1.0, 10.0]}


def cells(axes: list[dict[str, Any]], missing: tuple[int, ...] | None = None) -> list[dict[str, Any]]:
    shape = [len(axis["labels"]) for axis in axes]
    found = []
    for place in np.ndindex(*shape):
        mean = None if place == missing else 1.0 + sum(place)
        found.append(
            {"place": list(place), "baseline": 9.0, "quantities": {"mse": {"mean": mean, "spread": 0.1, "values": []}}}
        )
    return found


def kinds(axes: list[dict[str, Any]], missing: tuple[int, ...] | None = None) -> dict[str, int]:
    """What a plot is made of."""
    figure = study_plot(gridded(axes, cells(axes, missing), "mse", "mse"))
    assert len(to_png(figure)) > 5_000
    panel = figure.axes[0]
    lines = [line for line in panel.lines if line.get_marker() == "o" and line.get_linestyle() == "-"]
    return {"panels": len(figure.axes), "lines": len(lines), "maps": len(panel.images), "bars": len(panel.containers)}


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ([NOISES], {"panels": 1, "lines": 1, "maps": 0, "bars": 0}),
        ([NAMES], {"panels": 1, "lines": 0, "maps": 0, "bars": 1}),
        ([NAMES, SIZES], {"panels": 1, "lines": 3, "maps": 0, "bars": 0}),
        ([SIZES, NAMES], {"panels": 1, "lines": 3, "maps": 0, "bars": 0}),
        ([NOISES, SIZES], {"panels": 1, "lines": 0, "maps": 1, "bars": 0}),
        ([NAMES, NAMES], {"panels": 1, "lines": 0, "maps": 1, "bars": 0}),
        ([NAMES, SIZES, NOISES], {"panels": 3, "lines": 0, "maps": 1, "bars": 0}),
    ],
    ids=["numbers", "names", "names x numbers", "numbers x names", "numbers x numbers", "names x names", "three"],
)
def test_the_axes_call_for_a_plot(axes: list[dict[str, Any]], expected: dict[str, int]) -> None:
    assert kinds(axes) == expected


def test_a_cell_without_a_value_is_named() -> None:
    axes = [NOISES, SIZES]
    figure = study_plot(gridded(axes, cells(axes, (1, 1)), "mse", "mse"))
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts.count("failed") == 1
    assert len(texts) == 6


def test_sizes_far_apart_have_a_logarithmic_scale() -> None:
    found = cells([NOISES])
    for cell, mean in zip(found, (1e-6, 1e-2, 1.0), strict=True):
        cell["quantities"]["mse"]["mean"] = mean
    axis = study_plot(gridded([NOISES], found, "mse", "mse")).axes[0]
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    assert "$" not in "".join(label.get_text() for label in axis.get_yticklabels())


def test_quantities_have_names_in_words() -> None:
    assert quantity_label("validation_log_loss") == "validation log loss"
