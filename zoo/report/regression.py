"""Figures of a regressor's outputs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from zoo.report.style import GREY, PALETTE, WIDTH, legend_above, new_figure, shortened, styled

# More targets than this are a table's work; the first ones are drawn, and the title says so.
MOST_TARGETS = 6
# So many points of a plane are drawn large; more would hide what is under them.
FEW = 200


@styled
def predicted_against_true(targets: np.ndarray, predictions: np.ndarray, names: Sequence[str] = ()) -> Figure:
    """Draw each prediction over its true value; a perfect model lies on the diagonal.

    Args:
        targets: float (n, k), true values.
        predictions: float (n, k), predicted values.
        names: names of the k targets, with their unit.

    Returns:
        One panel a target, at most six.
    """
    targets, predictions = _columns(targets), _columns(predictions)
    figure, axes = _grid(targets.shape[1], height=4.6, width=4.8)
    for k, axis in enumerate(axes):
        true, predicted = targets[:, k], predictions[:, k]
        ends = [float(min(true.min(), predicted.min())), float(max(true.max(), predicted.max()))]
        axis.plot(ends, ends, color=GREY, linestyle="--", linewidth=1.2, label="perfect")
        axis.scatter(true, predicted, s=14, color=PALETTE[0], alpha=0.55, linewidths=0)
        axis.set_aspect("equal", adjustable="box")
        _name(axis, names, k, len(axes), targets.shape[1])
        axis.set_xlabel("true value")
        axis.set_ylabel("predicted value")
    legend_above(axes[0])
    return figure


@styled
def residuals(targets: np.ndarray, predictions: np.ndarray, names: Sequence[str] = ()) -> Figure:
    """Draw what the predictions miss (predicted minus true) over the predicted value.

    Args:
        targets: float (n, k), true values.
        predictions: float (n, k), predicted values.
        names: names of the k targets, with their unit.

    Returns:
        One panel a target, at most six; the band holds the middle 90 % of the residuals.
    """
    targets, predictions = _columns(targets), _columns(predictions)
    figure, axes = _grid(targets.shape[1], height=3.2)
    for k, axis in enumerate(axes):
        missed = predictions[:, k] - targets[:, k]
        low, high = np.quantile(missed, [0.05, 0.95])
        axis.axhspan(low, high, color=PALETTE[1], alpha=0.12, linewidth=0, label="middle 90 %")
        axis.axhline(0, color=GREY, linestyle="--", linewidth=1.2)
        axis.scatter(predictions[:, k], missed, s=14, color=PALETTE[0], alpha=0.55, linewidths=0)
        _name(axis, names, k, len(axes), targets.shape[1])
        axis.set_xlabel("predicted value")
        axis.set_ylabel("predicted − true")  # noqa: RUF001 - a minus sign
    legend_above(axes[0])
    return figure


@styled
def surface(
    grid: tuple[np.ndarray, np.ndarray, np.ndarray],
    features: np.ndarray,
    targets: np.ndarray,
    feature_names: Sequence[str] = (),
) -> Figure:
    """Draw a regressor's predictions over the plane, with the test examples in the colour of their true value.

    Args:
        grid: x (width,), y (height,) and predictions (height, width, k); the first target is drawn.
        features: float (n, 2), test examples.
        targets: float (n, k), their true values.
        feature_names: names of the two features.

    Returns:
        The predicted surface as colour, with contour lines; a good model's points vanish in it.
    """
    x, y, outputs = grid
    height = outputs.reshape(len(y), len(x), -1)[..., 0]
    true = _columns(targets)[:, 0]
    limits = Normalize(float(min(height.min(), true.min())), float(max(height.max(), true.max())))
    figure, axis = _plane(feature_names)
    extent = (float(x[0]), float(x[-1]), float(y[0]), float(y[-1]))
    look: dict[str, Any] = {"cmap": "viridis", "norm": limits}
    image = axis.imshow(height, origin="lower", extent=extent, aspect="auto", interpolation="bilinear", **look)
    if height.min() < height.max():
        axis.contour(x, y, height, levels=10, colors="white", linewidths=0.6, alpha=0.7, linestyles="solid")
    few = len(true) <= FEW
    look |= {"marker": "^", "edgecolors": "white", "linewidths": 0.7 if few else 0.3}
    axis.scatter(features[:, 0], features[:, 1], c=true, s=26 if few else 12, **look)
    figure.colorbar(image, ax=axis, label="predicted value (triangles: true value)")
    return figure


@styled
def residual_surface(
    features: np.ndarray, targets: np.ndarray, predictions: np.ndarray, feature_names: Sequence[str] = ()
) -> Figure:
    """Draw over the plane what the predictions miss: predicted minus true, from test example to test example.

    Args:
        features: float (n, 2), test examples.
        targets: float (n, k), their true values; the first target is drawn.
        predictions: float (n, k), predicted values.
        feature_names: names of the two features.

    Returns:
        White is exact, red too high, blue too low. Between the examples, which are the dots, the colour is
        interpolated; where all lie on a line there is nothing between them.
    """
    missed = _columns(predictions)[:, 0] - _columns(targets)[:, 0]
    size = float(np.abs(missed).max()) or 1.0
    figure, axis = _plane(feature_names)
    look: dict[str, Any] = {"cmap": "RdBu_r", "norm": Normalize(-size, size)}
    x, y = features[:, 0].astype(float), features[:, 1].astype(float)
    if np.linalg.matrix_rank(np.stack([x - x.mean(), y - y.mean()])) == 2:
        axis.tripcolor(x, y, missed, shading="gouraud", **look)
    few = len(missed) <= FEW
    dots = axis.scatter(x, y, c=missed, s=26 if few else 7, edgecolors=GREY, linewidths=0.6 if few else 0.25, **look)
    figure.colorbar(dots, ax=axis, label="predicted − true")  # noqa: RUF001 - a minus sign
    return figure


def _plane(feature_names: Sequence[str]) -> tuple[Figure, Any]:
    """An empty figure whose axes are two features."""
    figure = new_figure(5.4)
    axis = figure.subplots()
    names = list(feature_names) if len(feature_names) == 2 else ["feature 1", "feature 2"]
    axis.set_xlabel(names[0])
    axis.set_ylabel(names[1])
    axis.grid(False)
    return figure, axis


def _columns(values: np.ndarray) -> np.ndarray:
    return values.reshape(len(values), -1)


def _grid(count: int, height: float, width: float = WIDTH) -> tuple[Figure, list[Any]]:
    shown = min(count, MOST_TARGETS)
    columns = min(shown, 2)
    rows = math.ceil(shown / columns)
    figure = new_figure(height * (1 if columns == 1 else 0.82) * rows, width=width if columns == 1 else WIDTH)
    axes = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for axis in axes[shown:]:
        axis.remove()
    return figure, axes[:shown]


def _name(axis: Any, names: Sequence[str], k: int, shown: int, count: int) -> None:
    if count == 1 and not names:
        return
    name = shortened(names[k], 30) if len(names) == count else f"target {k + 1}"
    axis.set_title(f"{name} (the first {shown} of {count} targets)" if k == 0 and shown < count else name)
