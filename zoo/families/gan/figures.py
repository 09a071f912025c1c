"""What only generated pictures show: grids over training, both losses, ways between latents, copies, classes.

All figures are drawn from the run folder, without TensorFlow.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.ticker import MaxNLocator, PercentFormatter

from zoo.data.picture_grid import tiled
from zoo.report.read import RunRecord
from zoo.report.scores import class_names
from zoo.report.style import GREY, PALETTE, WIDTH, legend_above, new_figure, shortened, styled

Drawn = tuple[str, str, Figure] | None

GENERATOR, DISCRIMINATOR = PALETTE[0], PALETTE[1]
GRIDS = 6  # of the run, evenly spaced
_EPOCH = re.compile(r"epoch-(\d+)-grid\.png")


def samples_over_training(record: RunRecord) -> Drawn:
    """Draw some of the grids that the run left, always of the same latents.

    Args:
        record: A run of this family.

    Returns:
        Title, caption and figure; None where the run has left no grid yet.
    """
    found = sorted((int(match[1]), path) for path in _grids(record) if (match := _EPOCH.fullmatch(path.name)))
    if not found:
        return None
    places = np.unique(np.linspace(0, len(found) - 1, min(GRIDS, len(found))).round().astype(int))
    caption = "Pictures that the generator makes of the same latents, after more and more epochs."
    return "Samples over training", caption, grids([found[place] for place in places])


def losses(record: RunRecord) -> Drawn:
    """Draw the losses of both networks and how the discriminator judges; None before the second epoch."""
    if len(record.rows) < 2 or "generator_loss" not in record.last_row:
        return None
    caption = (
        "Means over the steps of an epoch. Below: shares of real and of generated pictures that the discriminator "
        "judges right, and how much generated pictures differ from one another, real ones being 1."
    )
    return "Losses of both networks", caption, loss_curves(record.curves())


def interpolation(record: RunRecord) -> Drawn:
    """Draw pictures on the way from one latent to another; None for a run that has not finished."""
    strips = _array(record, "interpolation")
    if strips is None:
        return None
    caption = (
        "Each row leads from one latent to another, along the arc between them. Smooth changes speak against a "
        "generator that knows single pictures by heart."
    )
    return "Between two latents", caption, as_one(strips.reshape(-1, *strips.shape[2:]), strips.shape[1], record)


def nearest_neighbours(record: RunRecord) -> Drawn:
    """Draw generated pictures above the training pictures nearest to them; as `interpolation`."""
    generated, training = _array(record, "nearest_generated"), _array(record, "nearest_training")
    if generated is None or training is None:
        return None
    columns = -(-len(generated) // 2)
    halves = [part[first : first + columns] for first in (0, columns) for part in (generated, training)]
    ratio = record.metric("test", "nearest_ratio")
    caption = "First and third row: generated; below each the training picture nearest to it, pixel by pixel."
    if ratio is not None:
        caption += (
            f" Over {2_000:,} pictures the median distance is {ratio:.2f} times that of test pictures, in the "
            "principal directions; far below 1 the generator copies."
        )
    return "Nearest training pictures", caption, as_one(np.concatenate(halves), columns, record)


def modes(record: RunRecord) -> Drawn:
    """Draw how often each class is generated, as the judge sees it; None of a run without a judge."""
    shares, real = _array(record, "mode_shares"), _array(record, "mode_shares_real")
    if shares is None or real is None:
        return None
    judge = (record.recipe.get("hyperparameters") or {}).get("judge", "the judge")
    names = class_names(record.spec.get("classes"), len(shares))
    caption = (
        f"Classes of generated and of test pictures, as {judge} sees them. The rarest is "
        f"{names[int(shares.argmin())]}, {shares.min():.1%} of the generated ones."
    )
    return "Classes of the samples", caption, mode_bars(shares, real, names)


@styled
def grids(found: list[tuple[int, Path]]) -> Figure:
    """Draw grids (epoch, PNG file) side by side."""
    pictures = [(epoch, imread(path)) for epoch, path in found]
    height, width = pictures[0][1].shape[:2]
    columns = min(len(pictures), 2 if width > 1.5 * height else 3)
    rows = -(-len(pictures) // columns)
    figure = new_figure(rows * (WIDTH / columns * height / width + 0.3))
    for axis in (axes := figure.subplots(rows, columns, squeeze=False).ravel()):
        axis.axis("off")
    for axis, (epoch, picture) in zip(axes, pictures, strict=False):
        axis.imshow(picture, cmap="gray", vmin=0.0, vmax=1.0)
        axis.set_title(f"epoch {epoch}", fontsize=9)
    return figure


@styled
def loss_curves(curves: dict[str, np.ndarray]) -> Figure:
    """Draw losses above, shares below."""
    shares = {
        "real judged right": ("real_judged_right", PALETTE[2]),
        "generated judged right": ("fake_judged_right", PALETTE[1]),
        "diversity": ("diversity", GREY),
    }
    figure = new_figure(5.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.3, 1.0])
    epochs = curves["epoch"]
    marker = "o" if len(epochs) <= 12 else None
    for label, colour in (("generator", GENERATOR), ("discriminator", DISCRIMINATOR)):
        above.plot(epochs, curves[f"{label}_loss"], color=colour, label=label, marker=marker, markersize=3.5)
    above.set_title("loss")
    legend_above(above)
    for label, (name, colour) in shares.items():
        if name in curves:
            below.plot(epochs, curves[name], color=colour, label=label, marker=marker, markersize=3.5)
    below.set_ylim(bottom=0.0)
    below.yaxis.set_major_formatter(PercentFormatter(1.0))
    below.set_xlabel("epoch")
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_above(below)
    return figure


@styled
def mode_bars(shares: np.ndarray, real: np.ndarray, names: tuple[str, ...]) -> Figure:
    """Draw two bars a class: generated and real."""
    places = np.arange(len(shares))
    figure = new_figure(2.8)
    axis = figure.subplots()
    axis.bar(places - 0.2, shares, 0.38, color=GENERATOR, label="generated")
    axis.bar(places + 0.2, real, 0.38, color=GREY, label="test pictures")
    long = max(map(len, names)) > 3
    axis.set_xticks(
        places, [shortened(name, 12) for name in names], rotation=40 if long else 0, ha="right" if long else "center"
    )
    axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.grid(visible=False, axis="x")
    legend_above(axis)
    return figure


@styled
def as_one(pictures: np.ndarray, columns: int, record: RunRecord) -> Figure:
    """Draw pictures (n, height, width, channels) as one grid, from edge to edge."""
    low, high = record.spec["value_range"]
    grid = tiled(pictures, columns=columns, value_range=(float(low), float(high)))
    figure = new_figure(WIDTH * grid.shape[0] / grid.shape[1], constrained=False)
    axis = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axis.axis("off")
    axis.imshow(
        grid.squeeze(-1) if grid.shape[-1] == 1 else grid, cmap="gray", vmin=0, vmax=255, interpolation="nearest"
    )
    return figure


def _grids(record: RunRecord) -> list[Path]:
    return list((record.folder / "samples").glob("epoch-*-grid.png"))


def _array(record: RunRecord, key: str) -> np.ndarray | None:
    predictions = record.predictions
    return predictions.array(key) if predictions is not None and key in predictions.keys else None
