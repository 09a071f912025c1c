"""The ways of points over a surface: of one run, or of many runs beside one another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from zoo.report.errors import BrokenRunFolder
from zoo.report.read import RunRecord
from zoo.report.style import GREY, INK, PALETTE, colours, legend_on_top, new_figure, styled

FILE = "trajectory.jsonl"
LEVELS = 18  # of the surface
MARKED = 40  # steps of a way that are marked one by one


@dataclass(frozen=True)
class Landscape:
    """The surface below a way.

    Attributes:
        lines: Coordinates along each of its one or two axes.
        values: (x,) or (y, x).
        axes: Which coordinates of the point they are.
    """

    lines: tuple[np.ndarray, ...]
    values: np.ndarray
    axes: tuple[int, ...]


def read_landscape(record: RunRecord) -> Landscape | None:
    """The surface that a run stored; None of a run without one."""
    stored = record.predictions
    if stored is None or "surface_values" not in stored.keys:
        return None
    names = [name for name in ("surface_x", "surface_y") if name in stored.keys]
    axes = tuple(int(axis) for axis in stored.array("surface_axes"))
    return Landscape(tuple(stored.array(name) for name in names), stored.array("surface_values"), axes)


def read_way(record: RunRecord) -> np.ndarray | None:
    """The points (steps + 1, d) that a run went through; None of a run that kept none.

    Raises:
        BrokenRunFolder: A line is damaged.
    """
    path = record.folder / FILE
    if not path.is_file():
        return None
    try:
        points = [json.loads(line)["point"] for line in path.read_text(encoding="utf-8").splitlines()]
        return np.array(points, np.float64)
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenRunFolder("each line must hold a step and a point", received=str(error), where=str(path)) from error


@styled
def ways_on_surface(landscape: Landscape, ways: Mapping[str, np.ndarray]) -> Figure:
    """Draw ways over their surface.

    Args:
        landscape: The surface; of one coordinate a curve, of two a map, darker where it is lower.
        ways: Name to points (steps + 1, d).

    Returns:
        Ring: the first point; cross: the last. What leaves the window is not shown.
    """
    figure = new_figure(3.6 if len(landscape.lines) == 1 else 5.2)
    axis = figure.subplots()
    draw = _on_curve if len(landscape.lines) == 1 else _on_map
    handles = draw(axis, landscape, ways)
    if len(ways) > 1:
        longest = max(map(len, ways))
        legend_on_top(figure, handles, 4 if longest <= 13 else 3 if longest <= 22 else 2)
    return figure


def _colours(count: int) -> list[str]:
    """As many colours that are told apart on a surface; the palette has eight."""
    more = (*PALETTE, "#8c564b", "#8a8a8a")
    return list(more[:count]) if count <= len(more) else colours(count)


def _on_curve(axis: Any, landscape: Landscape, ways: Mapping[str, np.ndarray]) -> list[Any]:
    (line,), (k,) = landscape.lines, landscape.axes
    axis.plot(line, landscape.values, color=GREY, linewidth=1.2, zorder=1)
    span = float(np.ptp(landscape.values)) or 1.0
    handles = []
    for number, ((name, points), colour) in enumerate(zip(ways.items(), _colours(len(ways)), strict=True)):
        # each way a little higher than the one before, so that none hides another
        lifted = np.interp(points[:, k], line, landscape.values) + 0.035 * span * number
        inside = (points[:, k] >= line[0]) & (points[:, k] <= line[-1])
        x, y = np.where(inside, points[:, k], np.nan), np.where(inside, lifted, np.nan)
        handles += axis.plot(x, y, "-o", color=colour, markersize=3.2, linewidth=0.9, alpha=0.85, label=name)
        _ends(axis, x, y, colour)
    axis.set_xlabel("x")
    axis.set_ylabel("value" if len(ways) == 1 else "value, each way lifted a little")
    return handles


def _on_map(axis: Any, landscape: Landscape, ways: Mapping[str, np.ndarray]) -> list[Any]:
    x, y = landscape.lines
    # levels close to one another near the bottom: a flat valley would be one colour otherwise
    levels = np.unique(np.quantile(landscape.values, np.linspace(0, 1, LEVELS) ** 1.5))
    axis.contourf(x, y, landscape.values, levels=levels, cmap="bone", alpha=0.55, norm=_by_rank(levels))
    axis.contour(x, y, landscape.values, levels=levels, colors="white", linewidths=0.5, linestyles="solid")
    handles = []
    for (name, points), colour in zip(ways.items(), _colours(len(ways)), strict=True):
        first, second = points[:, landscape.axes[0]], points[:, landscape.axes[1]]
        marked = {"marker": "o", "markersize": 2.8} if len(points) <= MARKED else {}
        handles += axis.plot(first, second, "-", color=colour, linewidth=1.4, label=name, **marked)
        _ends(axis, first, second, colour)
    axis.set_xlim(x[0], x[-1])
    axis.set_ylim(y[0], y[-1])
    axis.grid(False)
    names = ("x", "y") if max(landscape.axes) == 1 else tuple(f"coordinate {k}" for k in landscape.axes)
    axis.set_xlabel(names[0])
    axis.set_ylabel(names[1])
    return handles


def _by_rank(levels: np.ndarray) -> Any:
    from matplotlib.colors import BoundaryNorm

    return BoundaryNorm(levels, 256)


def _ends(axis: Any, x: np.ndarray, y: np.ndarray, colour: str) -> None:
    axis.plot(x[:1], y[:1], "o", color="white", markeredgecolor=INK, markersize=6.5, zorder=4)
    axis.plot(x[-1:], y[-1:], "X", color=colour, markeredgecolor="white", markersize=9, zorder=5)
