"""What the hidden units stand for: centres in original units, widths and output weights, drawn without TensorFlow."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from zoo.data.columns import Column
from zoo.data.spec import DataSpec
from zoo.families.rbf.learned import Learned, read_learned
from zoo.report.read import RunRecord
from zoo.report.style import GREY, PALETTE, new_figure, styled

WEIGHTS = "model.weights.h5"
MOST = 10  # centres in a table
MOST_ROWS = 24  # features in a table
MOST_PICTURES = 40
MOST_BARS = 60  # output weights drawn one by one
SHADES = "RdBu_r"
Drawn = tuple[str, str, Figure] | None


def centres(record: RunRecord) -> Drawn:
    """Draw the centres: as pictures, or as a table in original units.

    Args:
        record: a run of this family.

    Returns:
        Title, caption and figure; None for a run that left no weights.

    Raises:
        FileNotFoundError: the run is finished and its weights are gone.
    """
    learned = _learned(record)
    if learned is None:
        return None
    spec, count = DataSpec.from_json(record.spec), len(learned.centres)
    most = MOST_PICTURES if spec.kind == "picture" else MOST
    which = (
        f"All {count} centres" if count <= most else f"The {most} of {count} centres with the largest output weights"
    )
    shown = learned.by_weight[:most]
    if spec.kind == "picture":
        return "Centres", f"{which}, as pictures.", picture_grid(learned.centres[shown], spec.shape)
    if spec.kind == "series":
        windows = np.stack(list(learned.original.values()), axis=1)
        return (
            "Centres",
            f"{which}, as windows of the series.",
            window_curves(windows[shown], learned.weights[shown, 0]),
        )
    rows = table_rows(learned.original, spec)
    more = "" if len(rows) <= MOST_ROWS else f" The first {MOST_ROWS} of {len(rows)} features."
    shares = " Categories: the commonest around the centre, and its share." if _categories(spec) else ""
    caption = (
        f"{which}, in original units; red is above, blue below the mean of all centres, in their standard "
        f"deviations.{shares}{more}"
    )
    return "Centres", caption, centre_table(dict(list(rows.items())[:MOST_ROWS]), learned, shown)


def hidden_units(record: RunRecord) -> Drawn:
    """Draw the output weights, and the widths where they differ.

    Args:
        record: a run of this family.

    Returns:
        Title, caption and figure; None for a run that left no weights.

    Raises:
        FileNotFoundError: the run is finished and its weights are gone.
    """
    learned = _learned(record)
    if learned is None:
        return None
    width = f"one width for all, {learned.widths[0]:.3g} in encoded units" if len(learned.widths) == 1 else ""
    caption = f"Output weights of the {len(learned.centres)} hidden units" + (
        f"; {width}." if width else ", and widths."
    )
    return "Hidden units", caption, unit_bars(learned)


def _learned(record: RunRecord) -> Learned | None:
    path = record.folder / WEIGHTS
    if record.status != "finished" and not path.is_file():
        return None
    return read_learned(path, DataSpec.from_json(record.spec), record.recipe["hyperparameters"])


def _categories(spec: DataSpec) -> list[Column]:
    return [column for column in spec.columns if column.role == "category"]


def table_rows(original: dict[str, np.ndarray], spec: DataSpec) -> dict[str, tuple[np.ndarray | None, list[str]]]:
    """The cells of the table: row -> numbers to colour by, or None, and texts, one a centre.

    Args:
        original: As of `Learned`.
        spec: Of the data; the shares of a category column become one row.
    """
    categories = _categories(spec)
    of_categories = {f"{column.name}={name}" for column in categories for name in column.categories}
    units = {column.name: "code" if column.role == "ordinal" else column.unit for column in spec.columns}
    rows: dict[str, tuple[np.ndarray | None, list[str]]] = {}
    for name, values in original.items():
        if name not in of_categories:
            label = f"{name} ({units[name]})" if units.get(name) else name
            rows[label] = (values, _short(values))
    for column in categories:
        shares = np.stack([original[f"{column.name}={name}"] for name in column.categories], axis=1)
        best = shares.argmax(axis=1)
        texts = [f"{column.categories[place]} {shares[row, place]:.2f}" for row, place in enumerate(best)]
        rows[column.name] = (None, texts)
    return rows


def _short(values: np.ndarray) -> list[str]:
    """Numbers of a row with three digits of the largest one."""
    decimals = 2 - math.floor(math.log10(max(float(np.abs(values).max()), 1e-9)))
    return [f"{round(value, decimals) + 0.0:.{max(0, decimals)}f}" for value in values]


@styled
def centre_table(rows: dict[str, tuple[np.ndarray | None, list[str]]], learned: Learned, shown: np.ndarray) -> Figure:
    """Draw centres as columns and features as rows, the output weight below.

    Args:
        rows: See `table_rows`.
        learned: For the output weights.
        shown: Numbers of the centres to show, in order.
    """
    cells = dict(rows)
    if learned.weights.shape[1] == 1:
        cells["output weight"] = (None, _short(learned.weights[:, 0]))
    shades = np.full((len(cells), len(shown)), np.nan)
    for row, (values, _) in enumerate(cells.values()):
        if values is not None and values.std() > 0.0:
            shades[row] = ((values - values.mean()) / values.std())[shown]
    figure = new_figure(0.8 + 0.26 * len(cells))
    axis = figure.subplots()
    axis.imshow(shades, cmap=SHADES, norm=Normalize(-3.5, 3.5), aspect="auto", alpha=0.7)
    for row, (_, texts) in enumerate(cells.values()):
        for column, centre in enumerate(shown):
            axis.text(column, row, _clipped(texts[centre], len(shown)), ha="center", va="center", fontsize=6.5)
    axis.set_yticks(range(len(cells)), list(cells), fontsize=8)
    axis.set_xticks(range(len(shown)), [str(number + 1) for number in shown], fontsize=8)
    axis.set_xlabel("centre")
    axis.xaxis.set_label_position("top")
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.grid(False)
    for side in axis.spines.values():
        side.set_visible(False)
    return figure


def _clipped(text: str, columns: int) -> str:
    """As much of a text as a cell holds: a word is cut, its number is not."""
    room = max(8, 105 // columns)
    word, space, share = text.rpartition(" ")
    if len(text) <= room or not word:
        return text
    return f"{word[: room - len(share) - 2]}.{space}{share}"


@styled
def picture_grid(pictures: np.ndarray, shape: tuple[int, ...]) -> Figure:
    """Draw centres as pictures, black 0 and white 1.

    Args:
        pictures: (count, height * width * channels).
        shape: Height, width and channels.
    """
    columns = min(10, len(pictures))
    lines = math.ceil(len(pictures) / columns)
    figure = new_figure(0.62 * lines + 0.1, width=0.62 * columns)
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for axis, values in zip(axes, pictures, strict=False):
        picture = np.clip(values.reshape(shape), 0.0, 1.0)
        picture = picture if shape[2] == 3 else picture.mean(axis=2)
        axis.imshow(picture, cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest")
    return figure


@styled
def window_curves(windows: np.ndarray, weights: np.ndarray) -> Figure:
    """Draw centres as windows, the colour that of their output weight's sign.

    Args:
        windows: (count, lag) in original units.
        weights: (count,) output weights.
    """
    columns = min(5, len(windows))
    lines = math.ceil(len(windows) / columns)
    figure = new_figure(1.3 * lines + 0.3)
    axes = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True).ravel()
    before = np.arange(-windows.shape[1], 0)
    for axis, window, weight in zip(axes, windows, weights, strict=False):
        axis.plot(before, window, color=PALETTE[0] if weight > 0 else PALETTE[1], linewidth=1.2)
        axis.set_title(f"weight {weight:.3g}", fontsize=8)
    for axis in axes[len(windows) :]:
        axis.set_axis_off()
    figure.supxlabel("steps before the forecast", fontsize=9)
    return figure


@styled
def unit_bars(learned: Learned) -> Figure:
    """Draw the output weights, one by one or as a histogram, and the widths where there are several."""
    several = len(learned.widths) > 1
    figure = new_figure(2.6)
    axes = figure.subplots(1, 2 if several else 1, squeeze=False)[0]
    _weights(axes[0], learned.weights)
    if several:
        axes[1].hist(learned.widths, bins=min(30, len(learned.widths)), color=PALETTE[2])
        axes[1].set(xlabel="width, encoded units", ylabel="hidden units")
    return figure


def _weights(axis: Axes, weights: np.ndarray) -> None:
    if weights.shape == (len(weights), 1) and len(weights) <= MOST_BARS:
        axis.bar(np.arange(1, len(weights) + 1), weights[:, 0], color=PALETTE[0])
        axis.axhline(0.0, color=GREY, linewidth=0.8)
        axis.set(xlabel="hidden unit", ylabel="output weight")
    else:
        axis.hist(weights.ravel(), bins=40, color=PALETTE[0])
        axis.set(xlabel="output weight", ylabel="weights")
