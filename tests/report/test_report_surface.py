"""Figures of a regression over the plane: the predicted surface, and what it misses."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.report.figures import residual_surface, surface, to_png

AXIS = np.linspace(0.0, 1.0, 20)


def heights(points: np.ndarray) -> np.ndarray:
    return points.sum(axis=1, keepdims=True)


def examples(count: int) -> np.ndarray:
    return np.random.default_rng(0).random((count, 2))


def grid(slope: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second = np.meshgrid(AXIS, AXIS)
    return AXIS, AXIS, slope * (first + second)[..., None]


@pytest.mark.parametrize("count", [5, 1000])
@pytest.mark.parametrize("slope", [1.0, 0.0])
def test_the_surface_has_axes_named_after_the_features_and_a_colour_bar(count: int, slope: float) -> None:
    figure = surface(grid(slope), examples(count), heights(examples(count)), ("age", "income"))
    axis, bar = figure.axes
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("age", "income")
    assert "predicted value" in bar.get_ylabel()
    assert to_png(figure).startswith(b"\x89PNG")


def test_surface_and_examples_share_one_colour_scale() -> None:
    axis = surface(grid(), examples(50), 3.0 * heights(examples(50))).axes[0]
    assert axis.images[0].norm is axis.collections[-1].norm
    assert axis.images[0].norm.vmax == (3.0 * heights(examples(50))).max()


def test_residuals_are_predicted_minus_true_on_a_scale_about_zero() -> None:
    points = examples(100)
    missed = np.linspace(-0.1, 0.4, 100)[:, None]
    figure = residual_surface(points, heights(points), heights(points) + missed)
    drawn, dots = figure.axes[0].collections
    assert np.asarray(drawn.get_array()) == pytest.approx(missed[:, 0])
    assert (dots.norm.vmin, dots.norm.vmax) == pytest.approx((-0.4, 0.4))
    assert figure.axes[1].get_ylabel() == "predicted − true"  # noqa: RUF001 - a minus sign


@pytest.mark.parametrize("count", [1, 2, 50])
def test_examples_on_a_line_are_drawn_without_anything_between_them(count: int) -> None:
    line = np.stack([np.arange(count), 2.0 * np.arange(count)], axis=1)
    figure = residual_surface(line, heights(line), heights(line) + 1.0)
    assert len(figure.axes[0].collections) == 1
    assert to_png(figure).startswith(b"\x89PNG")


def test_a_perfect_prediction_is_drawn() -> None:
    points = examples(30)
    assert to_png(residual_surface(points, heights(points), heights(points))).startswith(b"\x89PNG")
