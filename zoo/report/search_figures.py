"""Figures of a search: the objective over time, the trials as lines, and what each setting does to the score."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from zoo.report.style import FAINT, GREY, INK, PALETTE, legend_above, new_figure, styled
from zoo.run.verdict import metric_label

MOST_AXES = 8  # of parallel coordinates
BINS = 4  # of a numeric setting, when its share of the spread is taken
_PLAIN = FuncFormatter(lambda value, _: f"{value:g}")


@styled
def over_time(
    minutes: Sequence[float],
    scores: Sequence[float],
    metric: str,
    sign: float,
    base: float | None,
    halted: Sequence[bool],
) -> Figure:
    """Draw the score of every trial and the best one so far.

    Args:
        minutes: from the beginning of the search to the end of each trial.
        scores: of each trial.
        metric: what they are.
        sign: 1 where small scores are good, -1 where large ones are.
        base: score of the recipe as it stands.
        halted: whether a trial was ended early.
    """
    order = np.argsort(minutes, kind="stable")
    x, y = np.array(minutes)[order], np.array(scores)[order]
    early = np.array(halted, bool)[order]
    figure = new_figure(3.0)
    axis = figure.subplots()
    best = sign * np.minimum.accumulate(sign * y)
    axis.step(np.append(x, x[-1]), np.append(best, best[-1]), where="post", color=PALETTE[1], label="best so far")
    axis.plot(x[~early], y[~early], "o", color=PALETTE[0], markersize=4.5, label="trial")
    if early.any():
        axis.plot(x[early], y[early], "o", color=PALETTE[0], markersize=4.5, mfc="white", label="trial ended early")
    if base is not None:
        axis.axhline(base, color=GREY, linestyle="--", linewidth=1.2, label="the recipe as it stood")
    axis.set_xlabel("minutes since the search began")
    axis.set_ylabel(f"{metric_label(metric)} (validation)")
    _scale(axis, [*y, *([] if base is None else [base])], sign)
    legend_above(axis)
    return figure


def _scale(axis: Any, values: Sequence[float], sign: float) -> None:
    """Errors that lie decades apart go on a logarithmic scale: of few bad trials the rest would be one line."""
    finite = [value for value in values if math.isfinite(value)]
    if sign > 0 and min(finite) > 0 and max(finite) > 30 * min(finite):
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0), numticks=6))
        axis.yaxis.set_major_formatter(_PLAIN)
        axis.yaxis.set_minor_formatter(NullFormatter())


@styled
def parallel_coordinates(
    settings: Sequence[Mapping[str, Any]], scores: Sequence[float], space: Mapping[str, Any], metric: str, sign: float
) -> Figure:
    """Draw each trial as a line over its settings, the better the darker, and the score as the last axis.

    Args:
        settings: of each trial, by key.
        scores: of each trial.
        space: the ranges, by key; those that explain most of the scores are drawn, at most eight.
        metric: what the scores are.
        sign: 1 where small scores are good.
    """
    from scipy.stats import rankdata  # it takes 0.6 s, which no other report needs

    keys = [key for key, _ in effects(settings, scores, space)][:MOST_AXES]
    columns = [[_place(space[key], one[key]) for one in settings] for key in keys]
    ranks = (rankdata(sign * np.array(scores), method="min") - 1) / max(1, len(scores) - 1)
    low, high = min(scores), max(scores)
    columns.append([0.5 if high == low else (score - low) / (high - low) for score in scores])
    figure = new_figure(3.6)
    axis = figure.subplots()
    axis.grid(False)
    for line in np.argsort(-ranks):
        best = ranks[line] == 0
        colour = PALETTE[1] if best else _blend(PALETTE[0], float(ranks[line]))
        heights = [column[line] for column in columns]
        axis.plot(range(len(columns)), heights, color=colour, linewidth=2.4 if best else 1.1, zorder=3 if best else 2)
    for position, key in enumerate(keys):
        axis.axvline(position, color=FAINT, zorder=1)
        for height, text in _ticks(space[key]):
            axis.text(position + 0.03, height, text, fontsize=8, va="center", color=INK, zorder=4, bbox=_paper())
    axis.axvline(len(keys), color=FAINT, zorder=1)
    for height, score in ((0.0, low), (1.0, high)):
        axis.text(len(keys) + 0.03, height, f"{score:.4g}", fontsize=8, va="center", bbox=_paper())
    axis.set_xticks(range(len(columns)), [_short(key) for key in keys] + [metric_label(metric)], fontsize=8.5)
    for number, label in enumerate(axis.get_xticklabels()):
        if len(columns) > 5 and number % 2:
            label.set_y(-0.045)  # neighbours stand on two lines
    axis.set_yticks([])
    axis.set_xlim(-0.1, len(keys) + 0.35)
    axis.spines[["left", "bottom"]].set_visible(False)
    axis.tick_params(length=0)
    return figure


@styled
def effect_panels(
    settings: Sequence[Mapping[str, Any]],
    scores: Sequence[float],
    space: Mapping[str, Any],
    metric: str,
    sign: float,
) -> Figure:
    """Draw the scores over each setting, the one that explains most of them first.

    Args:
        settings: of each trial, by key.
        scores: of each trial.
        space: the ranges, by key.
        metric: what the scores are.
        sign: 1 where small scores are good.
    """
    found = effects(settings, scores, space)
    rows = -(-len(found) // 3)
    figure = new_figure(0.4 + 2.1 * rows)
    axes = figure.subplots(rows, 3, squeeze=False, sharey=True)
    for axis, (key, share) in zip(axes.flat, found, strict=False):
        values, axis_of = [one[key] for one in settings], space[key]
        axis.set_title(f"{_short(key)}  {share:.0%}", fontsize=9)
        if isinstance(axis_of, list):
            places = [axis_of.index(value) for value in values]
            shift = np.random.default_rng(0).uniform(-0.13, 0.13, len(places))
            axis.plot(np.array(places) + shift, scores, "o", color=PALETTE[0], markersize=3.5, alpha=0.75)
            for place in sorted(set(places)):
                middle = np.median([score for score, own in zip(scores, places, strict=True) if own == place])
                axis.plot([place - 0.28, place + 0.28], [middle, middle], color=PALETTE[1], linewidth=2)
            axis.set_xticks(range(len(axis_of)), [_text(value) for value in axis_of], fontsize=7.5)
            axis.set_xlim(-0.5, len(axis_of) - 0.5)
        else:
            axis.plot(values, scores, "o", color=PALETTE[0], markersize=3.5, alpha=0.75)
            if axis_of.get("log"):
                axis.set_xscale("log")
                axis.xaxis.set_major_locator(LogLocator(10, numticks=5))
                axis.xaxis.set_major_formatter(_PLAIN)
                axis.xaxis.set_minor_formatter(NullFormatter())
            else:
                axis.xaxis.set_major_locator(MaxNLocator(4))
            axis.tick_params(axis="x", labelsize=7.5)
        _scale(axis, scores, sign)
    for axis in axes.flat[len(found) :]:
        axis.set_visible(False)
    for row in axes:
        row[0].set_ylabel(metric_label(metric))
    return figure


def effects(
    settings: Sequence[Mapping[str, Any]], scores: Sequence[float], space: Mapping[str, Any]
) -> list[tuple[str, float]]:
    """How much of the spread of the scores each setting explains by itself, the most first.

    The share of the variance of the scores' ranks that lies between groups: of equal values, or of four ranges of
    equally many trials of a numeric setting (eta squared, less what as many groups of chance explain). Ranks, because
    one trial that went wrong would decide the rest.

    Returns:
        Keys with shares from 0 to 1.
    """
    from scipy.stats import rankdata  # as above

    ranks = rankdata(scores)  # equal scores have one rank: accuracies tie often
    shares = {}
    for key, axis in space.items():
        values = [one[key] for one in settings]
        if isinstance(axis, list):
            groups = np.array([axis.index(value) for value in values])
        else:
            places = np.argsort(np.argsort(np.array(values, float), kind="stable"), kind="stable")
            groups = places * min(BINS, max(2, len(values) // 3)) // len(values)
        shares[key] = _share(ranks, groups)
    return sorted(shares.items(), key=lambda item: -item[1])


def _share(ranks: np.ndarray, groups: np.ndarray) -> float:
    """Epsilon squared (Kelley 1935): eta squared corrected for chance, at least 0."""
    total = float(((ranks - ranks.mean()) ** 2).sum())
    count, kinds = len(ranks), np.unique(groups)
    if total == 0 or len(kinds) < 2 or count <= len(kinds):
        return 0.0
    within = sum(float(((ranks[groups == kind] - ranks[groups == kind].mean()) ** 2).sum()) for kind in kinds)
    return max(0.0, 1.0 - (within / (count - len(kinds))) / (total / (count - 1)))


def _place(axis: Any, value: Any) -> float:
    """Where a value stands on its axis, from 0 to 1."""
    if isinstance(axis, list):
        return 0.5 if len(axis) == 1 else axis.index(value) / (len(axis) - 1)
    low, high = axis["low"], axis["high"]
    if axis.get("log"):
        return math.log(value / low) / math.log(high / low)
    return float((value - low) / (high - low))


def _ticks(axis: Any) -> list[tuple[float, str]]:
    values = axis if isinstance(axis, list) else [axis["low"], axis["high"]]
    return [(_place(axis, value), _text(value)) for value in values]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value).replace(" ", "")


def _short(key: str) -> str:
    return key.rpartition(".")[2]


def _paper() -> dict[str, Any]:
    return {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}


def _blend(colour: str, share: float) -> tuple[float, ...]:
    """A colour made lighter: by nothing at share 0, nearly to the paper at share 1."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return tuple(part + (0.92 - part) * (0.15 + 0.75 * share) for part in parts)
