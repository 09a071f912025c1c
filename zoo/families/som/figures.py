"""What only a map shows: distances between neighbours, hits, classes, features over the grid, and what lies far off it.

All figures are drawn from the run folder, without TensorFlow. The first row of the grid is at the top.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection, PolyCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Wedge
from matplotlib.ticker import MaxNLocator

from zoo.data.columns import Column
from zoo.families.som.grid import Grid
from zoo.families.som.measures import distance_map as distances_between
from zoo.families.som.outliers import QUANTILE, Outlier, distance_limit, find_outliers
from zoo.families.som.stored import StoredMap, read_map
from zoo.report.read import RunRecord
from zoo.report.style import FAINT, GREY, INK, PALETTE, WIDTH, colours, legend_on_top, new_figure, shortened, styled
from zoo.run.mapping_scores import CELL, DISTANCE

Drawn = tuple[str, str, Figure] | None

TALLEST = 8.0  # inches, of a figure of one map
MARKED = 8  # classes told by markers; more are told by their names in the cells
SHAPES = "os^Dv<>P"
NUMBERED = 220  # cells that can hold a number each
PLANES = 12  # features in one figure
OUTLIERS = 15  # rows of the table
PICTURES = 12  # pairs of pictures


def distance_map(record: RunRecord) -> Drawn:
    """Draw the U-matrix with the commonest class of each cell.

    Args:
        record: A run of this family.

    Returns:
        Title, caption and figure; None for a run that has not finished.

    Raises:
        OSError: The run is finished and its weights are gone.
    """
    stored = _stored(record)
    if stored is None:
        return None
    caption = (
        "Shades: mean distance of a cell's codebook vector to those of its neighbours, in units of the encoded "
        "features; light ridges part groups, light cells stand alone."
    )
    if stored.class_shares is not None:
        caption += " Marked: the class of most training examples of the cell; cells without examples are not marked."
    return "U-matrix", caption, u_matrix(stored)


def hit_map(record: RunRecord) -> Drawn:
    """Draw how many training examples each cell has; as `distance_map`."""
    stored = _stored(record)
    if stored is None:
        return None
    empty = int((stored.hits == 0).sum())
    caption = f"Training examples whose best cell this is; {empty} of {stored.grid.cells} cells have none."
    return "Hit map", caption, hits(stored)


def class_map(record: RunRecord) -> Drawn:
    """Draw the class shares of each cell; as `distance_map`, and None where the data have no classes."""
    stored = _stored(record)
    if stored is None or stored.class_shares is None:
        return None
    caption = "Shares of the classes among the training examples of each cell; the area is the number of examples."
    return "Class shares", caption, class_shares(stored)


def component_planes(record: RunRecord) -> Drawn:
    """Draw each feature of the codebook over the grid, or the codebook itself if it is pictures; as `distance_map`."""
    stored = _stored(record)
    if stored is None:
        return None
    if stored.data_spec.kind == "picture":
        return "Codebook", "The codebook vector of each cell, as a picture.", codebook_pictures(stored)
    chosen, figure = planes(stored)
    count = len(stored.planes)
    which = "Each feature" if chosen == count else f"The {chosen} of {count} features that vary most"
    caption = f"{which} of the codebook over the grid, in original units; of categories, their shares."
    return "Component planes", caption, figure


def outliers(record: RunRecord) -> Drawn:
    """Draw the test examples that lie farthest from the map; as `distance_map`, and None where none lies far off."""
    stored, predictions = _stored(record), record.predictions
    if stored is None or predictions is None or "test_outputs" not in predictions.keys:
        return None
    outputs, features = predictions.array("test_outputs"), predictions.array("test_features")
    limit = distance_limit(predictions.array("train_outputs")[:, DISTANCE])
    found = find_outliers(
        outputs[:, DISTANCE],
        outputs[:, CELL],
        limit,
        values=features if features.ndim == 2 else None,
        columns=_columns(stored),
        identifiers=predictions.array("test_identifiers") if "test_identifiers" in predictions.keys else None,
    )
    if not found:
        return None
    classes, targets = stored.data_spec.classes, predictions.array("test_targets")
    labels = [classes[int(targets[one.row])] if classes else "" for one in found]
    caption = (
        f"{len(found)} of {len(outputs):,} test examples are farther from their cell than {QUANTILE:.0%} of the "
        f"training examples are ({limit:.3g}); "
    )
    if stored.data_spec.kind == "picture":
        caption += f"the farthest {min(PICTURES, len(found))}, each above the codebook vector of its cell."
        return "Outliers", caption, outlier_pictures(stored, found, labels, features)
    caption += f"the farthest {min(OUTLIERS, len(found))}, each with its rarest values in original units and the share "
    caption += "of the split that is as far out."
    return "Outliers", caption, outlier_table(stored, found, labels)


@styled
def u_matrix(stored: StoredMap) -> Figure:
    """Draw distances between neighbouring cells, in shades of bone, and the commonest class of each cell."""
    grid = stored.grid
    values = distances_between(stored.codebook, grid).ravel()
    figure, axis = _one_map(grid)
    low, high = float(values.min()), float(values.max())
    shades, scale = colormaps["bone"], Normalize(low, high if high > low else low + 1.0)
    _cells(axis, grid, values, shades, scale)
    _bar(figure, axis, shades, scale, "mean distance to neighbours")
    if stored.class_shares is None:
        return figure
    names = stored.data_spec.classes or ()
    commonest, filled = stored.class_shares.argmax(axis=1), stored.hits > 0
    size = _points(axis, grid)
    if len(names) > MARKED:
        for cell in np.flatnonzero(filled):
            colour = INK if sum(shades(scale(values[cell]))[:3]) > 1.6 else "white"
            text = shortened(names[commonest[cell]], 4)
            axis.text(*grid.positions[cell], text, ha="center", va="center", color=colour, fontsize=min(11, 0.5 * size))
        return figure
    wheel, handles = _wheel(stored), []
    for number, name in enumerate(names):
        look: dict[str, Any] = {
            "marker": SHAPES[number],
            "markersize": 0.5 * size,
            "markeredgewidth": 1.4,
            "linestyle": "none",
        }
        look |= {"markeredgecolor": "white", "markerfacecolor": wheel[number]}
        chosen = np.flatnonzero(filled & (commonest == number))
        axis.plot(*grid.positions[chosen].T, **look)
        handles.append(Line2D([], [], label=shortened(name), **(look | {"markersize": 9})))
    legend_on_top(figure, handles, 5)
    return figure


@styled
def hits(stored: StoredMap) -> Figure:
    """Draw the training examples of each cell, as shades and, where there is room, as numbers."""
    grid, counts = stored.grid, stored.hits
    figure, axis = _one_map(grid)
    shades, scale = colormaps["Blues"], Normalize(0.0, float(counts.max()) or 1.0)
    _cells(axis, grid, counts, shades, scale)
    _bar(figure, axis, shades, scale, "training examples")
    if grid.cells <= NUMBERED:
        size = min(9.0, 0.36 * _points(axis, grid))
        for position, count in zip(grid.positions, counts, strict=True):
            colour = "white" if scale(count) > 0.55 else INK
            axis.text(*position, f"{count:.0f}", ha="center", va="center", color=colour, fontsize=size)
    return figure


@styled
def class_shares(stored: StoredMap) -> Figure:
    """Draw a pie in each cell that has examples."""
    grid, names, counts = stored.grid, stored.data_spec.classes or (), stored.hits
    assert stored.class_shares is not None
    figure, axis = _one_map(grid)
    _cells(axis, grid, np.zeros(grid.cells), colormaps["Greys"], Normalize(0.0, 1.0))
    wheel, radii = _wheel(stored), 0.46 * np.sqrt(counts / max(1.0, counts.max()))
    wedges, faces = [], []
    for cell in np.flatnonzero(counts):
        ends = -90.0 + 360.0 * np.concatenate([[0.0], np.cumsum(stored.class_shares[cell])])
        for number in np.flatnonzero(stored.class_shares[cell]):
            wedges.append(Wedge(tuple(grid.positions[cell]), max(0.12, radii[cell]), ends[number], ends[number + 1]))
            faces.append(wheel[number])
    axis.add_collection(PatchCollection(wedges, facecolors=faces, edgecolors="none"))
    handles = [
        Line2D([], [], marker="o", markersize=8, linestyle="none", color=wheel[number], label=shortened(name))
        for number, name in enumerate(names)
    ]
    legend_on_top(figure, handles, 10)
    return figure


@styled
def planes(stored: StoredMap) -> tuple[int, Figure]:
    """Draw the features that vary most over the map, in the order of the columns; their number, and the figure."""
    names = list(stored.planes)
    spread = stored.codebook.std(axis=0)[: len(names)]
    chosen = sorted(np.argsort(-spread, kind="stable")[:PLANES])
    across = min(4, len(chosen))
    down = -(-len(chosen) // across)
    grid, units = stored.grid, {column.name: column.unit for column in stored.data_spec.columns}
    width, height = np.ptp(grid.positions, axis=0) + 1.0
    figure = new_figure(min(9.5, down * (WIDTH / across * min(1.4, height / width) * 0.72 + 0.55)))
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for axis in axes[len(chosen) :]:
        axis.set_visible(False)
    for axis, feature in zip(axes, chosen, strict=False):
        name = names[feature]
        values = stored.planes[name]
        low, high = float(values.min()), float(values.max())
        scale = Normalize(low, high if high > low else low + 1.0)
        _cells(axis, grid, values, colormaps["viridis"], scale)
        axis.set_axis_off()
        unit = f" ({units[name]})" if units.get(name) else ""
        axis.set_title(shortened(f"{name}{unit}", 22), fontsize=9)
        bar = figure.colorbar(ScalarMappable(scale, colormaps["viridis"]), ax=axis, fraction=0.06, pad=0.03)
        bar.locator = MaxNLocator(3)
        bar.update_ticks()
        bar.ax.tick_params(labelsize=7, length=0)
        bar.outline.set_visible(False)
    return len(chosen), figure


@styled
def codebook_pictures(stored: StoredMap) -> Figure:
    """Draw the codebook of a map of pictures, each picture in the place of its cell."""
    grid = stored.grid
    figure, axis = _one_map(grid, bar=False)
    pictures = _pictures(stored.codebook, stored)
    side = 0.47 if grid.topology == "rectangular" else 0.41
    _outline(axis, grid)
    for (x, y), one in zip(grid.positions, pictures, strict=True):
        axis.imshow(one, cmap="gray_r", vmin=0, vmax=1, extent=(x - side, x + side, y + side, y - side), zorder=2)
    _limits(axis, grid)
    return figure


@styled
def outlier_table(stored: StoredMap, found: list[Outlier], labels: list[str]) -> Figure:
    """Write the farthest outliers as a table."""
    shown = found[:OUTLIERS]
    named = shown[0].identifier is not None
    figure = new_figure(0.5 + 0.3 * len(shown), constrained=False)
    axis = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axis.set_axis_off()
    axis.set_xlim(0.0, 1.0)
    axis.set_ylim(len(shown) + 0.6, -1.1)
    heads = [("identifier" if named else "row", 0.01), ("cell", 0.15), ("distance", 0.25), ("class", 0.35)]
    heads.append(("rarest values (share as far out)", 0.47))
    for head, x in heads:
        if head != "class" or any(labels):
            axis.text(x, -0.4, head, color=GREY, fontsize=9, va="center")
    axis.axhline(0.05, 0.01, 0.99, color=GREY, linewidth=0.8)
    for place, (one, label) in enumerate(zip(shown, labels, strict=False)):
        row, column = divmod(one.cell, stored.grid.columns)
        unusual = [f"{shortened(value.name, 14)} {value.text} ({_share(value.rarity)})" for value in one.unusual]
        cells = [one.identifier or str(one.row), f"{row}, {column}", f"{one.distance:.2f}", label]
        cells.append("   ".join(unusual))
        for (_, x), text in zip(heads, cells, strict=True):
            axis.text(x, place + 0.6, text, fontsize=8.5, va="center")
        if place + 1 < len(shown):
            axis.axhline(place + 1.1, 0.01, 0.99, color=FAINT, linewidth=0.6)
    return figure


@styled
def outlier_pictures(stored: StoredMap, found: list[Outlier], labels: list[str], features: np.ndarray) -> Figure:
    """Draw the farthest outliers, each above the codebook vector of its cell."""
    shown = found[:PICTURES]
    across = min(6, len(shown))
    down = -(-len(shown) // across)
    figure = new_figure(down * 2.55, width=max(2.4, 1.2 * across))
    axes = figure.subplots(2 * down, across, squeeze=False)
    for axis in axes.ravel():
        axis.set_axis_off()
    low, high = stored.data_spec.value_range or (0.0, 1.0)
    pictures = _pictures(stored.codebook, stored)
    for place, (one, label) in enumerate(zip(shown, labels, strict=False)):
        down_at, across_at = divmod(place, across)
        above, below = axes[2 * down_at, across_at], axes[2 * down_at + 1, across_at]
        own = (features[one.row].astype(float) - low) / (high - low)
        above.imshow(own.squeeze(), cmap="gray_r", vmin=0, vmax=1)
        above.set_title(f"{shortened(label, 10)}\n{one.distance:.3g}".strip(), fontsize=8, loc="center")
        below.imshow(pictures[one.cell], cmap="gray_r", vmin=0, vmax=1)
        below.set_title(
            f"cell {one.cell // stored.grid.columns}, {one.cell % stored.grid.columns}", fontsize=8, loc="center"
        )
    return figure


def _stored(record: RunRecord) -> StoredMap | None:
    return read_map(record.folder) if record.status == "finished" else None


def _columns(stored: StoredMap) -> tuple[Column, ...]:
    if stored.data_spec.kind == "vector":
        return tuple(Column(name, "number") for name in stored.planes)
    return stored.data_spec.columns


def _share(rarity: float) -> str:
    return f"{100 * rarity:.0f} %" if rarity >= 0.01 else f"{100 * rarity:.1g} %"


def _pictures(codebook: np.ndarray, stored: StoredMap) -> np.ndarray:
    """Codebook vectors as pictures in 0 to 1, (cells, height, width) or (cells, height, width, 3)."""
    shape = stored.data_spec.shape
    pictures = np.clip(codebook.reshape(-1, *shape), 0.0, 1.0)
    return pictures if shape[2] == 3 else pictures.mean(axis=3)


def _wheel(stored: StoredMap) -> list[str]:
    """Colours of the classes; of two, red for what is refused or an anomaly, and green, told apart by all readers."""
    count, pair = len(stored.data_spec.classes or ()), [PALETTE[1], PALETTE[2]]
    if count == 2:
        return pair[::-1] if stored.data_spec.task == "anomaly_detection" else pair
    return colours(count)


def _one_map(grid: Grid, *, bar: bool = True) -> tuple[Figure, Any]:
    """A figure for one map, as wide as the page, and its axis."""
    width, height = np.ptp(grid.positions, axis=0) + 1.0
    room = WIDTH - (1.4 if bar else 0.7)
    tall = min(TALLEST, room * height / width + 1.0)
    figure = new_figure(tall)
    axis = figure.subplots()
    _limits(axis, grid)
    return figure, axis


def _limits(axis: Any, grid: Grid) -> None:
    """Cells of true shape, rows from the top, and numbers of rows and columns at the edge."""
    (left, top), (right, bottom) = grid.positions.min(axis=0), grid.positions.max(axis=0)
    axis.set_xlim(left - 0.62, right + 0.62)
    axis.set_ylim(bottom + 0.68, top - 0.68)
    axis.set_aspect("equal")
    axis.grid(False)
    for spine in axis.spines.values():
        spine.set_visible(False)
    axis.tick_params(length=0, labelsize=8)
    step = max(1, -(-max(grid.rows, grid.columns) // 12))
    rows, columns = range(0, grid.rows, step), range(0, grid.columns, step)
    axis.set_yticks([grid.positions[row * grid.columns, 1] for row in rows], [str(row) for row in rows])
    axis.set_xticks(list(columns), [str(column) for column in columns])
    axis.set_xlabel("column", fontsize=9)
    axis.set_ylabel("row", fontsize=9)


def _corners(grid: Grid) -> np.ndarray:
    """Outlines of all cells, (cells, corners, 2): squares, or hexagons that stand on a corner."""
    sides = 4 if grid.topology == "rectangular" else 6
    angles = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    corners = np.stack([np.cos(angles), np.sin(angles)], axis=1) / (2 * np.cos(np.pi / sides))
    return np.asarray(grid.positions[:, None] + corners)


def _cells(axis: Any, grid: Grid, values: np.ndarray, shades: Colormap, scale: Normalize) -> None:
    cells = PolyCollection(list(_corners(grid)), facecolors=shades(scale(values)), edgecolors="white", linewidths=0.5)
    axis.add_collection(cells)
    _limits(axis, grid)


def _outline(axis: Any, grid: Grid) -> None:
    axis.add_collection(PolyCollection(list(_corners(grid)), facecolors="none", edgecolors=FAINT, linewidths=0.5))


def _bar(figure: Figure, axis: Any, shades: Colormap, scale: Normalize, label: str) -> None:
    bar = figure.colorbar(ScalarMappable(scale, shades), ax=axis, fraction=0.05, pad=0.02, aspect=28)
    bar.set_label(label)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)


def _points(axis: Any, grid: Grid) -> float:
    """About how many points wide a cell is drawn."""
    width, height = np.ptp(grid.positions, axis=0) + 1.3
    inches = axis.figure.get_size_inches()
    return float(72 * min((inches[0] - 1.4) / width, (inches[1] - 1.0) / height))
