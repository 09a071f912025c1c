"""Figures of a classifier's outputs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zoo.report.scores import confusion_counts, worst_mistakes
from zoo.report.style import GREY, INK, WIDTH, colours, legend_on_top, new_figure, rgb, shortened, styled
from zoo.report.text import percent

LETTER = 0.075  # inches that a letter of a class name is wide, on average


@styled
def confusion_matrix(targets: np.ndarray, predicted: np.ndarray, classes: Sequence[str]) -> Figure:
    """Draw how often each true class was taken for each class.

    Args:
        targets: int (n,), true classes.
        predicted: int (n,), predicted classes.
        classes: class names, 2 to 30 for a readable figure.

    Returns:
        Counts as numbers (with the share of the row below, up to 12 classes), shares of the row as shades.
    """
    count = len(classes)
    counts = confusion_counts(targets, predicted, count)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(WIDTH, max(4.4, 1.6 + 0.52 * count))
    names = [shortened(name) for name in classes]
    longest = max(len(name) for name in names)
    # as wide as cells, names and bar need: a wider figure would stand in the middle of white
    width = WIDTH if count > 6 else min(WIDTH, side + 0.2 + LETTER * longest)
    figure = new_figure(side * (0.84 if count > 2 else 0.78), width=width)
    axis = figure.subplots()
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto" if count > 6 else "equal")
    letters = len("100 %") if count <= 12 else len(str(counts.max()))
    size = float(np.clip(72 * 4.8 / count / (0.62 * letters + 0.3), 5.5, 10.0))
    for row, column in zip(*np.nonzero(counts), strict=True):
        share = f"\n{percent(shares[row, column])}" if count <= 12 else ""
        colour = "white" if shares[row, column] > 0.55 else INK
        axis.text(
            column,
            row,
            f"{counts[row, column]}{share}",
            ha="center",
            va="center",
            color=colour,
            fontsize=size,
            linespacing=1.15,
        )
    cell = (5.0 if count > 6 else 3.1) / count
    turned = longest > max(3.0, cell / LETTER)
    axis.set_xticks(
        range(count),
        names,
        rotation=(45 if count <= 15 else 90) if turned else 0,
        ha="right" if turned and count <= 15 else "center",
        rotation_mode="anchor" if turned and count <= 15 else None,
    )
    axis.set_yticks(range(count), names)
    axis.tick_params(length=0, labelsize=9 if count <= 20 else 8)
    axis.grid(False)
    axis.spines[:].set_visible(False)
    axis.set_xlabel("predicted class")
    axis.set_ylabel("true class")
    bar = figure.colorbar(image, ax=axis, shrink=0.8, aspect=28, ticks=[0, 0.5, 1])
    bar.ax.set_yticklabels(["0 %", "50 %", "100 %"])
    bar.set_label("share of the true class")
    bar.outline.set_visible(False)
    return figure


@styled
def decision_boundary(
    grid: tuple[np.ndarray, np.ndarray, np.ndarray],
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray, np.ndarray],
    classes: Sequence[str],
    feature_names: Sequence[str] = (),
) -> Figure:
    """Draw a classifier's probabilities over the plane, with the examples on top.

    Args:
        grid: x (width,), y (height,) and class probabilities (height, width, classes).
        train: features (n, 2) and true classes (n,).
        test: features (m, 2), true classes (m,) and predicted classes (m,).
        classes: class names.
        feature_names: names of the two features.

    Returns:
        Shades of the classes' colours, the boundary as a line, training examples as circles, test examples as
        triangles, misclassified test examples ringed.
    """
    x, y, outputs = grid
    wheel = colours(len(classes))
    figure = new_figure(5.8)
    axis = figure.subplots()
    _shade(axis, x, y, outputs, wheel)
    test_features, test_targets, predicted = test
    # Full size up to 150 test examples, a fifth of the area from 750 on; the rarer kind lies on top.
    scale = float(np.clip(150 / max(len(test_features), 1), 0.2, 1.0))
    train_order = 3 if len(train[0]) < len(test_features) else 2
    for k, colour in enumerate(wheel):
        here = train[0][train[1] == k]
        look: dict[str, Any] = {"edgecolors": "white", "linewidths": 0.5, "zorder": train_order}
        axis.scatter(here[:, 0], here[:, 1], s=16 if scale == 1 else 22, c=colour, **look)
        here = test_features[test_targets == k]
        # small ones are all edge: the edge has their colour too, darker
        look = {"edgecolors": [0.5 * rgb(colour)], "linewidths": 0.8 * scale, "zorder": 2.5}
        axis.scatter(here[:, 0], here[:, 1], s=40 * scale, c=[0.85 * rgb(colour)], marker="^", **look)
    wrong = test_features[predicted != test_targets]
    axis.scatter(
        wrong[:, 0],
        wrong[:, 1],
        s=150 * scale,
        facecolors="none",
        edgecolors=INK,
        linewidths=1.4 * scale**0.3,
        zorder=4,
    )
    handles: list[Any] = [
        Line2D([], [], linestyle="", marker="s", markersize=8, color=colour, label=shortened(name))
        for colour, name in zip(wheel, classes, strict=True)
    ]
    handles += [_key("o", "train", 5, GREY), _key("^", "test", 7, GREY, INK)]
    if len(wrong):
        handles.append(_key("o", "misclassified", 11, "none", INK))
    letters = sum(len(handle.get_label()) + 5 for handle in handles)
    legend_on_top(figure, handles, len(handles) if letters <= 90 else 5)
    _plane(axis, x, y, feature_names)
    return figure


@styled
def misclassified_grid(
    pictures: np.ndarray,
    targets: np.ndarray,
    outputs: np.ndarray,
    classes: Sequence[str],
    value_range: tuple[float, float] | None = None,
    limit: int = 24,
) -> Figure:
    """Draw the misclassified pictures of which the model was most certain.

    Args:
        pictures: (n, height, width), (n, height, width, 1) or (n, height, width, 3), raw values.
        targets: int (n,), true classes.
        outputs: float (n, classes), class probabilities.
        classes: class names.
        value_range: lowest and highest raw value; those of the pictures where it is not given.
        limit: at most so many pictures.

    Returns:
        Pictures by falling probability of the wrong class, each with true class, predicted class and probability.

    Raises:
        ValueError: no picture is misclassified.
    """
    chosen = worst_mistakes(targets, outputs, limit)
    if not len(chosen):
        raise ValueError("no picture is misclassified: there is nothing to draw")
    low, high = value_range or (float(pictures.min()), float(pictures.max()))
    # "predicted T-shirt/top" is as wide as a fifth of the figure, "predicted 7" as a sixth.
    columns = 5 if max(len(name) for name in classes) > 6 else 6
    rows = math.ceil(len(chosen) / columns)
    side, words, gap = 0.88 * WIDTH / columns, 0.56, 0.1
    height = rows * (side + words + gap)
    figure = new_figure(height, constrained=False)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    figure.subplots_adjust(0.01, gap / height, 0.99, 1 - words / height, wspace=0.1, hspace=(words + gap) / side)
    for axis in axes:
        axis.set_axis_off()
    for axis, index in zip(axes, chosen, strict=False):
        picture = np.clip((pictures[index].astype(float) - low) / max(high - low, 1e-12), 0, 1)
        picture = picture[..., 0] if picture.ndim == 3 and picture.shape[-1] == 1 else picture
        axis.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        taken = int(outputs[index].argmax())
        words_above = (
            f"true {shortened(classes[int(targets[index])], 14)}\n"
            f"predicted {shortened(classes[taken], 11)}\n{percent(outputs[index, taken])}"
        )
        axis.set_title(words_above, fontsize=9, pad=3, loc="center", linespacing=1.2)
    return figure


def _shade(axis: Any, x: np.ndarray, y: np.ndarray, outputs: np.ndarray, wheel: Sequence[str]) -> None:
    """Mix the classes' colours by their probabilities; over white, so that the examples stand out."""
    tints = np.stack([1 - 0.42 * (1 - rgb(colour)) for colour in wheel])
    extent = (float(x[0]), float(x[-1]), float(y[0]), float(y[-1]))
    picture = np.clip(outputs @ tints, 0, 1)
    axis.imshow(picture, origin="lower", extent=extent, aspect="auto", interpolation="bilinear")
    winner = outputs.argmax(axis=-1)
    # Every stretch of the boundary has two sides, so that one class may be left out.
    for k in np.unique(winner)[1:]:
        lead = outputs[..., k] - np.delete(outputs, k, axis=-1).max(axis=-1)
        axis.contour(x, y, lead, levels=[0.0], colors=[INK], linewidths=1.3)


def _plane(axis: Any, x: np.ndarray, y: np.ndarray, feature_names: Sequence[str]) -> None:
    names = list(feature_names) if len(feature_names) == 2 else ["feature 1", "feature 2"]
    axis.set_xlabel(names[0])
    axis.set_ylabel(names[1])
    axis.set_xlim(float(x[0]), float(x[-1]))
    axis.set_ylim(float(y[0]), float(y[-1]))
    axis.grid(False)


def _key(marker: str, label: str, size: float, face: str, edge: str = "white") -> Line2D:
    return Line2D(
        [], [], linestyle="", marker=marker, markersize=size, markerfacecolor=face, markeredgecolor=edge, label=label
    )
