"""Figures of values over epochs and over seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from zoo.report.style import (
    GREY,
    INK,
    PALETTE,
    TRAIN,
    VALIDATION,
    colours,
    legend_above,
    legend_on_top,
    new_figure,
    styled,
)
from zoo.run.verdict import Direction, direction_of, metric_label

Curves = Mapping[str, np.ndarray]
STEEP = 30  # times smaller at the end than at the beginning
_PLAIN = FuncFormatter(lambda value, _: f"{value:g}")


@styled
def learning_curves(curves: Curves, primary: str, best_epoch: int | None = None) -> Figure:
    """Draw loss and primary metric of training and validation over the epochs.

    Args:
        curves: columns of metrics.jsonl, each (epochs,): ``epoch``, ``loss``, ``validation_loss``, ...
        primary: name of the primary metric.
        best_epoch: the epoch whose weights were kept; marked.

    Returns:
        One panel a quantity, and a thin one for the learning rate where it varies.
    """
    names = _panels(curves, primary)
    rate = curves.get("learning_rate")
    varies = rate is not None and np.unique(rate[np.isfinite(rate)]).size > 1
    ratios = [1.0] * len(names) + ([0.34] if varies else [])
    figure = new_figure(0.7 + 2.3 * len(names) + (1.0 if varies else 0.0))
    axes = figure.subplots(len(ratios), 1, sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
    epochs = curves["epoch"]
    marker = "o" if len(epochs) <= 12 else None
    for axis, name in zip(axes, names, strict=False):
        for key, label, colour in ((name, "train", TRAIN), (f"validation_{name}", "validation", VALIDATION)):
            if key in curves:
                axis.plot(epochs, curves[key], color=colour, label=label, marker=marker, markersize=3.5)
        _mark_best(axis, curves, name, best_epoch)
        _finish_panel(axis, curves, name)
    if rate is not None and varies:
        axes[-1].plot(epochs, rate, color=GREY)
        axes[-1].set_title("learning rate")
        axes[-1].set_ylim(bottom=0)
        axes[-1].yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axes[-1].yaxis.set_major_formatter(_PLAIN)
    legend_above(axes[0])
    _epoch_axis(axes[-1], epochs)
    return figure


@styled
def overlaid_curves(runs: Mapping[str, Curves], primary: str) -> Figure:
    """Draw the learning curves of several runs over one another.

    Args:
        runs: label ("seed 0") to the columns of its metrics.jsonl.
        primary: name of the primary metric.

    Returns:
        One panel a quantity; validation solid, training thin and dashed, a colour a run.
    """
    names = _panels(next(iter(runs.values())), primary)
    figure = new_figure(0.9 + 2.3 * len(names))
    axes = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    for axis, name in zip(axes, names, strict=True):
        for colour, curves in zip(colours(len(runs)), runs.values(), strict=True):
            held_out = f"validation_{name}" in curves
            if name in curves:
                look = {"linewidth": 1.0, "linestyle": (0, (3, 2)), "alpha": 0.8} if held_out else {}
                axis.plot(curves["epoch"], curves[name], color=colour, **look)
            if held_out:
                axis.plot(curves["epoch"], curves[f"validation_{name}"], color=colour)
        longest = max(runs.values(), key=lambda curves: len(curves["epoch"]))
        _finish_panel(axis, longest, name)
    handles = [Line2D([], [], color=c, label=label) for c, label in zip(colours(len(runs)), runs, strict=True)]
    if any(key.startswith("validation_") for curves in runs.values() for key in curves):
        handles.append(Line2D([], [], color=GREY, label="validation"))
        handles.append(Line2D([], [], color=GREY, label="train", linewidth=1.0, linestyle=(0, (3, 2))))
    legend_on_top(figure, handles, 6)
    _epoch_axis(axes[-1], np.concatenate([curves["epoch"] for curves in runs.values()]))
    return figure


@styled
def compared_curves(groups: Mapping[str, Sequence[Curves]], metrics: Sequence[str]) -> Figure:
    """Draw the validation curves of different runs over one another.

    Args:
        groups: label of a run to the columns of its metrics.jsonl; of a reproduction, one a seed.
        metrics: the metrics to draw, a panel each: ``loss``, ``accuracy``, ...

    Returns:
        One panel a metric; a colour a group; a run without validation split has its training curve, dashed.
    """
    figure = new_figure(0.9 + 0.22 * len(groups) / 2 + 2.7 * len(metrics))
    axes = figure.subplots(len(metrics), 1, sharex=True, squeeze=False)[:, 0]
    wheel = dict(zip(groups, colours(len(groups)), strict=True))
    trained = False
    for axis, name in zip(axes, metrics, strict=True):
        drawn = []
        for label, seeds in groups.items():
            for curves in seeds:
                key = f"validation_{name}" if f"validation_{name}" in curves else name
                if key not in curves:
                    continue
                look: dict[str, Any] = {"alpha": 0.7, "linewidth": 1.3} if len(seeds) > 1 else {}
                if key == name:
                    look, trained = {**look, "linestyle": (0, (3, 2))}, True
                marker = "o" if len(curves["epoch"]) == 1 else None
                axis.plot(curves["epoch"], curves[key], color=wheel[label], marker=marker, **look)
                drawn.append(curves[key])
        axis.set_title(f"{metric_label(name)} on the validation split")
        _log_where_steep(axis, name, drawn)
    handles = [Line2D([], [], color=colour, label=label) for label, colour in wheel.items()]
    if trained:
        label = "training, where there is no validation"
        handles.append(Line2D([], [], color=GREY, label=label, linestyle=(0, (3, 2))))
    longest = max(len(str(handle.get_label())) for handle in handles)
    legend_on_top(figure, handles, max(1, 90 // (longest + 7)))  # about 90 letters go into a line
    _epoch_axis(axes[-1], np.concatenate([curves["epoch"] for seeds in groups.values() for curves in seeds]))
    return figure


@styled
def per_seed(
    values: Sequence[float],
    seeds: Sequence[int],
    metric: str,
    direction: Direction,
    promise: tuple[float, float] | None = None,
    baseline: float | None = None,
    statistic: str = "mean",
) -> Figure:
    """Draw the values of a metric over seeds beside what was promised.

    Args:
        values: test value of each seed.
        seeds: the seeds.
        metric: name of the metric.
        direction: which way the metric improves.
        promise: expected mean, and how much worse the mean may be.
        baseline: the trivial baseline's value; named at the edge where it lies far off.
        statistic: "mean", or "median" where that is what is promised.

    Returns:
        A strip: a point a seed, their mean or median, the side on which the promise is kept, the baseline.
    """
    figure = new_figure(2.0 + 0.18 * len(values))
    axis = figure.subplots()
    near = [value for value in values if math.isfinite(value)]
    limit = None
    if promise is not None:
        expected, allowed = promise
        limit = expected - allowed if direction == "larger" else expected + allowed
        near += [expected, limit]
    axis.scatter(values, range(len(values)), s=46, color=TRAIN, zorder=3, label="seed")
    if len(values) > 1:
        middle = float(np.median(values) if statistic == "median" else np.mean(values))
        label = f"{statistic} {middle:.4g}"
        axis.axvline(middle, color=TRAIN, linestyle="--", linewidth=1.4, zorder=2.5, label=label)
    low, high = (min(near), max(near)) if near else (0.0, 1.0)
    room = 0.12 * (high - low) or 0.01 * abs(high) or 0.01
    low, high = low - room, high + room
    reach = high - low
    beside = baseline is not None and low - 3 * reach <= baseline <= high + 3 * reach
    if baseline is not None and beside:
        low, high = min(low, baseline - 0.05 * reach), max(high, baseline + 0.05 * reach)
    if promise is not None and limit is not None:
        # broad and below the mean, which often lies on it
        axis.axvline(
            promise[0], color=PALETTE[2], linewidth=5, alpha=0.5, label=f"promised {statistic} {promise[0]:.4g}"
        )
        axis.axvline(limit, color=PALETTE[2], linestyle=":", label=f"limit {limit:.4g}")
        kept = (limit, high) if direction == "larger" else (low, limit)
        axis.axvspan(*kept, color=PALETTE[2], alpha=0.13, linewidth=0, label="promise kept")
    if baseline is not None:
        # One far off would squeeze the seeds into a few pixels: it is only named in the legend.
        far = "" if beside else f", far to the {'left' if baseline < low else 'right'}"
        label = f"trivial baseline {baseline:.4g}{far}"
        at = [baseline, baseline] if beside else []
        axis.plot(
            at,
            [0, 1] if beside else [],
            transform=axis.get_xaxis_transform(),
            color=PALETTE[1],
            linestyle="-.",
            label=label,
        )
    axis.set_xlim(low, high)
    axis.set_ylim(len(values) - 0.5, -0.5)
    axis.set_yticks(range(len(values)), [f"seed {seed}" for seed in seeds])
    axis.tick_params(axis="y", length=0)
    axis.grid(False, axis="y")
    axis.spines["left"].set_visible(False)
    axis.set_xlabel(f"{metric_label(metric)} on the test split ({direction} is better)")
    legend_on_top(figure, axis.get_legend_handles_labels()[0], 3)
    return figure


def _panels(curves: Curves, primary: str) -> list[str]:
    wanted = dict.fromkeys(("loss", primary))
    there = [name for name in wanted if name in curves or f"validation_{name}" in curves]
    return there or [name for name in curves if name not in ("epoch", "step", "learning_rate", "seconds")][:2]


def _mark_best(axis: Any, curves: Curves, name: str, best_epoch: int | None) -> None:
    if best_epoch is None:
        return
    at = np.flatnonzero(curves["epoch"] == best_epoch)
    key = f"validation_{name}" if f"validation_{name}" in curves else name
    axis.axvline(best_epoch, color=GREY, linestyle=":", linewidth=1.4, label=f"best epoch {best_epoch}", zorder=1)
    if at.size and key in curves:
        value = curves[key][at[-1]]
        axis.plot([best_epoch], [value], marker="o", markersize=8, markerfacecolor="none", markeredgecolor=INK)


def _finish_panel(axis: Any, curves: Curves, name: str) -> None:
    axis.set_title(metric_label(name))
    _log_where_steep(axis, name, [curves[key] for key in (name, f"validation_{name}") if key in curves])


def _log_where_steep(axis: Any, name: str, values: Sequence[np.ndarray]) -> None:
    """Draw a loss that falls far on a logarithmic scale: its end, which counts, is a flat line on a linear one."""
    drawn = np.concatenate([*values, np.empty(0)])
    drawn = drawn[np.isfinite(drawn)]
    if direction_of(name) == "smaller" and drawn.size and drawn.min() > 0 and drawn.max() / drawn.min() > STEEP:
        axis.set_yscale("log")
        few = drawn.max() / drawn.min() < 1000  # the powers of ten alone would be one or two numbers
        axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,)))
        axis.yaxis.set_major_formatter(_PLAIN)
        axis.yaxis.set_minor_formatter(NullFormatter())


def _epoch_axis(axis: Any, epochs: np.ndarray) -> None:
    axis.set_xlabel("epoch")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    first, last = float(epochs.min()), float(epochs.max())
    room = 1.0 if first == last else min(0.02 * (last - first), 0.9)  # no tick for an epoch before the first
    axis.set_xlim(first - room, last + room)
