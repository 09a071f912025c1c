"""What the first convolution looks for: its kernels, drawn from the weights of a run without TensorFlow."""

from __future__ import annotations

import math

import h5py
import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from zoo.report.read import RunRecord
from zoo.report.style import FAINT, new_figure, rgb, styled

WEIGHTS = "model.weights.h5"
# Keras names what is in the file by class and order, not by the layer's own name: the first convolution is this one.
FIRST_CONVOLUTION = "layers/conv2d/vars/0"
MOST = 64  # kernels in one figure
DOTS = 24  # of a kernel's side in the canvas
SHADES = colormaps["RdBu_r"]
GAP = 3  # dots between kernels
WIDTH, LARGEST = 5.8, 0.95  # inches: of all columns together, and of a kernel at most


def learned_filters(record: RunRecord) -> tuple[str, str, Figure] | None:
    """Draw the kernels of the first convolution.

    Args:
        record: a run of this family.

    Returns:
        Title, caption and figure; None for a run that left no weights, and for kernels of one pixel.

    Raises:
        FileNotFoundError: the run is finished and its weights are gone.
    """
    path = record.folder / WEIGHTS
    if record.status != "finished" and not path.is_file():
        return None
    with h5py.File(path, "r") as file:
        kernels = file[FIRST_CONVOLUTION][()].astype(float)
    height, width, channels, count = kernels.shape
    if height * width == 1:
        return None
    which = f"The {count}" if count <= MOST else f"The first {MOST} of {count}"
    caption = f"{which} kernels of the first convolution, {height}x{width} weights each"
    if channels == 3:
        caption += "; red, green and blue weights as one colour, mid-grey is zero, one scale for all."
    elif channels == 1:
        caption += "; one colour scale for all."
    else:
        caption += f", the mean over {channels} channels; one colour scale for all."
    return "Learned filters", caption, kernel_grid(kernels[..., :MOST])


@styled
def kernel_grid(kernels: np.ndarray) -> Figure:
    """Draw kernels in a grid, all on one scale that is symmetric about zero.

    Args:
        kernels: float (height, width, channels, count). Three channels are drawn as one colour each weight, any
            other number as their mean, red above zero and blue below.

    Returns:
        The grid, read row by row.
    """
    weights = np.moveaxis(kernels, 3, 0)
    coloured = weights.shape[3] == 3
    if not coloured:
        weights = weights.mean(axis=3)
    largest = float(np.abs(weights).max()) or 1.0
    shares = 0.5 + 0.5 * weights / largest  # 0.5 is a weight of zero
    canvas, columns, rows = _canvas(shares if coloured else SHADES(shares)[..., :3])
    cell = min(LARGEST, WIDTH / columns)
    figure = new_figure(cell * rows + 0.1, width=cell * columns + (0.1 if coloured else 1.2))
    axis = figure.subplots()
    axis.imshow(canvas, interpolation="nearest")
    axis.set_axis_off()
    if not coloured:
        scale = ScalarMappable(Normalize(-largest, largest), SHADES)
        bar = figure.colorbar(scale, ax=axis, aspect=max(6, 7 * rows), ticks=[-largest, 0, largest], fraction=0.08)
        bar.ax.set_yticklabels([f"{-largest:.2g}", "0", f"{largest:.2g}"])
        bar.set_label("weight")
        bar.outline.set_visible(False)
    return figure


def _canvas(tiles: np.ndarray) -> tuple[np.ndarray, int, int]:
    """Lay tiles (count, height, width, 3) out with thin frames; places without a tile stay white."""
    count, height, width, _ = tiles.shape
    columns = _columns(count)
    rows = math.ceil(count / columns)
    scale = max(1, round(DOTS / max(height, width)))
    step = np.array([height, width]) * scale + 2 + GAP  # a frame of one dot on either side
    canvas = np.ones((*(step * [rows, columns] - GAP), 3))
    for index, tile in enumerate(tiles):
        top, left = step * divmod(index, columns)
        canvas[top : top + step[0] - GAP, left : left + step[1] - GAP] = rgb(FAINT)
        large = tile.repeat(scale, axis=0).repeat(scale, axis=1)
        canvas[top + 1 : top + 1 + len(large), left + 1 : left + 1 + large.shape[1]] = large
    return canvas, columns, rows


def _columns(count: int) -> int:
    """Columns of full rows where there are any from 4 to 12, else of rows as equal as they can be."""
    full = next((columns for columns in range(12, 3, -1) if count % columns == 0), None)
    return full or math.ceil(count / math.ceil(count / 12))
