"""Figures of a forecaster's outputs; what its columns are, `zoo.run.forecasting_scores` says."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from zoo.report.style import GREY, INK, PALETTE, legend_on_top, new_figure, styled

# More steps than this cannot be told apart at 720 px.
MOST_STEPS = 300
_NAIVE = {"mean": (PALETTE[3], ":"), "persistence": (PALETTE[4], "-."), "seasonal": (PALETTE[2], "--")}


@styled
def forecast(
    known: np.ndarray,
    targets: np.ndarray,
    outputs: np.ndarray,
    naive: Mapping[str, np.ndarray],
    horizon: int,
    name: str = "value",
) -> Figure:
    """Draw what was forecast over what came, from the end of the known values on.

    Args:
        known: (lag,) values before the continuation.
        targets: (n,) the continuation.
        outputs: (n, 2), one step and closed loop.
        naive: name to closed-loop forecasts (n,) without a model.
        horizon: steps of a closed loop; only the first is drawn.
        name: name of the values, with their unit.

    Returns:
        Two panels of the same steps: the closed loop with the naive forecasts thin behind it, and one step.
    """
    count = min(horizon, len(targets), MOST_STEPS)
    before, after = np.arange(1 - len(known), 1)[-count:], np.arange(1, count + 1)
    true = np.concatenate([known[-count:], targets[:count]])
    figure = new_figure(5.4)
    axes = figure.subplots(2, 1, sharex=True, sharey=True)
    for axis, column, title in (
        (axes[0], 1, "closed loop: from its own forecasts"),
        (axes[1], 0, "one step: from true values"),
    ):
        axis.plot(np.concatenate([before, after]), true, color=INK, linewidth=1.5, label="true")
        axis.axvline(0.5, color=GREY, linewidth=1.0, linestyle=":")
        if column == 1:
            for label, forecasts in naive.items():
                colour, line = _NAIVE.get(label, (GREY, "-"))
                axis.plot(after, forecasts[:count], color=colour, linestyle=line, linewidth=1.1, label=label)
        axis.plot(after, outputs[:count, column], color=PALETTE[1], linewidth=1.6, label="forecast")
        axis.set_title(title)
        axis.set_ylabel(name)
    low, high = float(true.min()), float(true.max())
    room = 0.35 * (high - low) or 1.0  # a loop that runs away must not flatten what came
    axes[0].set_ylim(low - room, high + room)
    axes[1].set_xlabel("steps after the last known value")
    axes[1].xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_on_top(figure, axes[0].get_legend_handles_labels()[0], 5)
    return figure


@styled
def error_by_horizon(targets: np.ndarray, closed: np.ndarray, naive: Mapping[str, np.ndarray], horizon: int) -> Figure:
    """Draw how the error of closed-loop forecasts grows with the steps.

    Args:
        targets: (n,) the continuation.
        closed: (n,) closed-loop forecasts, which start again after every `horizon` steps.
        naive: name to closed-loop forecasts (n,) without a model.
        horizon: steps of a closed loop.

    Returns:
        Dots: root mean squared error at a step over all starts, of one start the size of the error; lines: of all
        steps so far.
    """
    figure = new_figure(3.2)
    axis = figure.subplots()
    for label, forecasts in {**naive, "forecast": closed}.items():
        at, so_far = _errors(forecasts, targets, horizon)
        steps = np.arange(1, len(at) + 1)
        colour, line = _NAIVE.get(label, (PALETTE[1], "-"))
        if label == "forecast":
            axis.scatter(steps, at, s=11, color=colour, alpha=0.6, linewidths=0, zorder=3)
        axis.plot(steps, so_far, color=colour, linestyle=line, label=label)
    axis.set_xlabel("step of the closed loop")
    axis.set_ylabel("root mean squared error")
    axis.set_ylim(bottom=0)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_on_top(figure, axis.get_legend_handles_labels()[0], 4)
    return figure


def _errors(forecasts: np.ndarray, targets: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Error at each step, and of all steps up to it, over all starts."""
    steps = np.arange(len(targets)) % horizon
    squares, starts = np.bincount(steps, weights=np.square(forecasts - targets)), np.bincount(steps)
    return np.sqrt(squares / starts), np.sqrt(np.cumsum(squares) / np.cumsum(starts))
