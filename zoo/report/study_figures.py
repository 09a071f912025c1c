"""The plot that the axes of a study call for.

One axis of numbers: a line with its spread; of names: points with bars. Two axes: lines side by side where one of them
has numbers, else a map of cells. Three: a panel of these for each value of the first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, SymmetricalLogLocator

from zoo.report.style import FAINT, GREY, INK, PALETTE, colours, legend_on_top, new_figure, shortened, styled
from zoo.report.text import number
from zoo.run.verdict import direction_of, metric_label

FAR_APART = 30.0  # largest to smallest value from which a scale is logarithmic
MOST_PANELS = 6
MOST_LINES = 12


@dataclass(frozen=True)
class Gridded:
    """A quantity over the cells of a study.

    Attributes:
        names: Of the axes, short.
        labels: Of the values of each axis.
        numbers: The values of each axis, where they are numbers.
        means: float array with one dimension an axis; NaN where a cell has no value.
        spreads: Standard deviations over the seeds; NaN where there are none.
        baseline: The trivial baseline's value, None where another quantity is drawn.
        quantity: Its name.
    """

    names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    numbers: tuple[tuple[float, ...] | None, ...]
    means: np.ndarray
    spreads: np.ndarray
    baseline: float | None
    quantity: str

    def panel(self, index: int) -> Gridded:
        """Only the cells with one value of the first axis."""
        return Gridded(
            self.names[1:],
            self.labels[1:],
            self.numbers[1:],
            self.means[index],
            self.spreads[index],
            self.baseline,
            self.quantity,
        )

    @property
    def label(self) -> str:
        """The quantity in words."""
        return quantity_label(self.quantity)


def quantity_label(name: str) -> str:
    """The name of a quantity in a heading.

    >>> quantity_label("best_epoch"), quantity_label("validation_mse"), quantity_label("train_signal_to_noise")
    ('best epoch', 'validation MSE', 'train signal to noise, dB')
    """
    for prefix in ("train_", "validation_"):
        if name.startswith(prefix):
            return f"{prefix.rstrip('_')} {quantity_label(name.removeprefix(prefix))}"
    return "signal to noise, dB" if name == "signal_to_noise" else metric_label(name)


def gridded(
    axes: Sequence[Mapping[str, Any]], cells: Sequence[Mapping[str, Any]], quantity: str, metric: str
) -> Gridded:
    """Put the cells of a study into an array."""
    shape = tuple(len(axis["labels"]) for axis in axes)
    means, spreads = np.full(shape, np.nan), np.full(shape, np.nan)
    for cell in cells:
        found = cell["quantities"].get(quantity) or {}
        for array, key in ((means, "mean"), (spreads, "spread")):
            if found.get(key) is not None:
                array[tuple(cell["place"])] = found[key]
    baselines = [cell["baseline"] for cell in cells if cell.get("baseline") is not None]
    same = bool(baselines) and np.ptp(baselines) <= 1e-6 * max(1.0, abs(baselines[0]))
    return Gridded(
        tuple(str(axis["name"]).rpartition(".")[2].replace("_", " ") for axis in axes),
        tuple(tuple(axis["labels"]) for axis in axes),
        tuple(tuple(axis["numbers"]) if axis.get("numbers") else None for axis in axes),
        means,
        spreads,
        baselines[0] if same and quantity == metric else None,
        quantity,
    )


@styled
def study_plot(data: Gridded) -> Figure:
    """Draw a quantity over one, two or three axes."""
    depth = data.means.ndim
    if depth > 3:
        raise ValueError("a plot shows three axes at most")
    if depth == 3:
        return _panels(data)
    height = _height(data)
    figure = new_figure(height)
    axis = figure.subplots()
    handles = _draw(axis, data, _limits(data.means), figure)
    if handles:
        _legend(figure, handles)
    return figure


def _legend(figure: Figure, handles: list[Any]) -> None:
    """One legend for all panels, in as many columns as its words leave room for."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    legend_on_top(figure, handles, 4 if longest <= 13 else 3 if longest <= 20 else 2)


def _panels(data: Gridded) -> Figure:
    count = min(len(data.labels[0]), MOST_PANELS)
    columns = min(2, count)
    rows = math.ceil(count / columns)
    figure = new_figure(max(2.8, 0.85 * _height(data.panel(0))) * rows)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    handles: list[Any] = []
    for index, axis in enumerate(axes[:count]):
        handles = _draw(axis, data.panel(index), _limits(data.means), figure if index == 0 else None)
        axis.set_title(f"{data.names[0]} {shortened(data.labels[0][index].replace('_', ' '), 28)}")
    for axis in axes[count:]:
        axis.remove()
    if handles:
        _legend(figure, handles)
    return figure


def _height(data: Gridded) -> float:
    if data.means.ndim == 1:
        return 3.6 if data.numbers[0] else 1.1 + 0.34 * len(data.labels[0])
    return 4.2 if any(data.numbers) and not all(data.numbers) else 1.6 + 0.42 * len(data.labels[0])


def _limits(values: np.ndarray) -> tuple[float, float]:
    there = values[np.isfinite(values)]
    return (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)


def _draw(axis: Any, data: Gridded, limits: tuple[float, float], figure: Figure | None) -> list[Any]:
    if data.means.ndim == 1:
        (_along_numbers if data.numbers[0] else _along_names)(axis, data, limits)
        return []
    first, second = data.numbers
    if (first is None) == (second is None):
        _map(axis, data, limits)
        return []
    return _lines(axis, data if second is not None else _turned(data), limits)


def _turned(data: Gridded) -> Gridded:
    return Gridded(
        data.names[::-1],
        data.labels[::-1],
        data.numbers[::-1],
        data.means.T,
        data.spreads.T,
        data.baseline,
        data.quantity,
    )


def _along_numbers(axis: Any, data: Gridded, limits: tuple[float, float]) -> None:
    _line(axis, np.array(data.numbers[0]), data.means, data.spreads, PALETTE[0], "")
    _finish(axis, data, data.names[0], np.array(data.numbers[0]), limits)


def _lines(axis: Any, data: Gridded, limits: tuple[float, float]) -> list[Any]:
    x = np.array(data.numbers[1])
    shown = data.labels[0][:MOST_LINES]
    handles = [
        _line(axis, x, data.means[k], data.spreads[k], colour, shortened(label.replace("_", " "), 28))
        for k, (label, colour) in enumerate(zip(shown, colours(len(shown)), strict=True))
    ]
    _finish(axis, data, data.names[1], x, limits)
    return handles


def _line(axis: Any, x: np.ndarray, means: np.ndarray, spreads: np.ndarray, colour: str, label: str) -> Any:
    order = np.argsort(x)
    x, means, spreads = x[order], means[order], np.nan_to_num(spreads[order])
    (handle,) = axis.plot(x, means, "-o", color=colour, markersize=4.5, label=label)
    if spreads.any():
        axis.fill_between(x, means - spreads, means + spreads, color=colour, alpha=0.15, linewidth=0)
    return handle


def _finish(axis: Any, data: Gridded, name: str, x: np.ndarray, limits: tuple[float, float]) -> None:
    if x.min() > 0 and x.max() / x.min() >= FAR_APART:
        axis.set_xscale("log")
    axis.set_xticks(x, [f"{value:g}" for value in x])
    axis.minorticks_off()
    _scale(axis.yaxis, axis.set_yscale, data.means)
    _baseline(axis.axhline, data, limits)
    axis.set_xlabel(name)
    axis.set_ylabel(data.label)


def _scale(axis: Any, set_scale: Any, values: np.ndarray) -> None:
    """A logarithmic scale where sizes are far apart; with a linear part about zero where there are both signs."""
    there = values[np.isfinite(values)]
    sizes = np.abs(there[there != 0.0])
    positive = bool(sizes.size) and bool((there > 0).all())
    # of both signs only where a few would flatten all others
    smallest = sizes.min() if positive else np.median(sizes) if sizes.size else 1.0
    if not sizes.size or sizes.max() / smallest < FAR_APART:
        return
    if positive:
        set_scale("log")
        axis.set_major_locator(LogLocator(numticks=8))
    else:
        set_scale("symlog", linthresh=float(smallest))
        axis.set_major_locator(SymmetricalLogLocator(base=10.0, linthresh=float(smallest)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def _baseline(line: Any, data: Gridded, limits: tuple[float, float]) -> None:
    """The baseline, unless it lies so far off that the cells would all be one."""
    if data.baseline is None:
        return
    low, high = limits
    far = not low - 3 * (high - low) <= data.baseline <= high + 3 * (high - low)
    if not far:
        line(data.baseline, color=GREY, linestyle="--", linewidth=1.2)


def _along_names(axis: Any, data: Gridded, limits: tuple[float, float]) -> None:
    places = np.arange(len(data.labels[0]))
    spreads = np.nan_to_num(data.spreads)
    axis.errorbar(data.means, places, xerr=spreads, fmt="o", color=PALETTE[0], capsize=3, linewidth=1.2, markersize=6)
    for place, mean in zip(places, data.means, strict=True):
        if not np.isfinite(mean):
            axis.annotate("failed", (0.02, place), xycoords=("axes fraction", "data"), color=GREY, va="center")
    axis.set_yticks(places, [shortened(label, 34) for label in data.labels[0]])
    axis.set_ylim(len(places) - 0.5, -0.5)
    _scale(axis.xaxis, axis.set_xscale, data.means)
    _baseline(axis.axvline, data, limits)
    axis.set_xlabel(data.label)


def _map(axis: Any, data: Gridded, limits: tuple[float, float]) -> None:
    low, high = limits
    logarithmic = low > 0 and high / low >= FAR_APART
    norm = LogNorm(low, high) if logarithmic else Normalize(low, high if high > low else low + 1.0)
    bare = data.quantity.removeprefix("train_").removeprefix("validation_")
    name = "viridis_r" if direction_of(bare) == "smaller" else "viridis"
    cmap = matplotlib.colormaps[name].with_extremes(bad=FAINT)
    axis.imshow(np.ma.masked_invalid(data.means), cmap=cmap, norm=norm, aspect="auto", alpha=0.85)
    for (row, column), mean in np.ndenumerate(data.means):
        if not np.isfinite(mean):
            axis.text(column, row, "failed", ha="center", va="center", color=GREY, fontsize=9)
            continue
        red, green, blue, _ = cmap(norm(mean))
        dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
        axis.text(
            column, row, number(float(mean)), ha="center", va="center", color="white" if dark else INK, fontsize=9
        )
    axis.set_yticks(range(len(data.labels[0])), [shortened(label.replace("_", " "), 26) for label in data.labels[0]])
    crowded = sum(map(len, data.labels[1])) > 60
    names = [shortened(label.replace("_", " "), 14 if crowded else 26) for label in data.labels[1]]
    axis.set_xticks(range(len(names)), names, rotation=30 if crowded else 0, ha="right" if crowded else "center")
    axis.grid(False)
    axis.set_ylabel(data.names[0])
    axis.set_xlabel(f"{data.names[1]}   (in the cells: {data.label})")
