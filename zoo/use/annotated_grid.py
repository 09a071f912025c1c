"""Pictures with what a model says of them written underneath, as one picture."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIDE = 160  # dots of the square that a picture stands in
MOST = 1_024  # pictures
GAP, MARGIN = 28, 40  # dots between cells and around all of them
BAR = 6  # dots that the bar of a probability is high
# what is under a picture, from its lower edge: the label, the bar with the probability, the file
LABEL_TOP, BAR_TOP, NAME_TOP, CELL_HEIGHT = SIDE + 10, SIDE + 40, SIDE + 58, SIDE + 78
TITLE_HEIGHT = 84
SHAPE = 4 / 3  # width to height that the whole comes near to
INK, GREY, FAINT, GROUND, BEHIND = "#222222", "#6b6b6b", "#d9d9d9", "#ffffff", "#f3f3f3"
# told apart by colour-blind readers: Okabe and Ito (2008), as in the report
SURE, LIKELY, UNSURE = "#0072b2", "#e69f00", "#d55e00"
LEGEND = ((SURE, "0.9 or more"), (LIKELY, "0.5 or more"), (UNSURE, "less"))
Font = ImageFont.FreeTypeFont


@dataclass(frozen=True)
class Cell:
    """One picture.

    Attributes:
        picture: uint8 (height, width, 3), no side longer than `SIDE`.
        label: The class, or the number.
        detail: What stands under it, such as the probability; "" for nothing.
        share: The probability as a number, which is drawn as a bar; None for none.
        name: The file.
    """

    picture: np.ndarray
    label: str
    detail: str
    share: float | None
    name: str


def cell_of(picture: np.ndarray, row: dict[str, Any], name: str) -> Cell:
    """A cell of what `zoo.use.predict_files.facts` says of a picture."""
    if "label" in row:
        share = float(row["probability"])
        cell = f"  cell {row['cell']}" if "cell" in row else ""
        return Cell(picture, str(row["label"]), f"{share:.3f}{cell}", share, name)
    if "cell" in row:
        return Cell(picture, f"cell {row['cell']}", f"{row['anomaly_score']:.4g} away", None, name)
    return Cell(picture, ", ".join(f"{value:.4g}" for value in row["values"]), "", None, name)


def draw_grid(cells: Sequence[Cell], *, title: str) -> bytes:
    """Draw pictures with their labels.

    Args:
        cells: At least one and at most `MOST`.
        title: What stands above them all.

    Returns:
        The content of a PNG file; equal cells give equal bytes.
    """
    columns = columns_of(len(cells))
    across = max(columns * (SIDE + GAP) - GAP, math.ceil(_font(26, bold=True).getlength(title)))
    legend = any(cell.share is not None for cell in cells)
    if legend:
        across = max(across, _legend(None, 0, 0))
    rows = -(-len(cells) // columns)
    size = 2 * MARGIN + across, 2 * MARGIN + TITLE_HEIGHT + rows * (CELL_HEIGHT + GAP) - GAP
    grid = Image.new("RGB", size, GROUND)
    pen = ImageDraw.Draw(grid)
    pen.text((MARGIN, MARGIN - 4), title, INK, _font(26, bold=True))
    if legend:
        _legend(pen, MARGIN, MARGIN + 38)
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        _draw(grid, pen, cell, MARGIN + column * (SIDE + GAP), MARGIN + TITLE_HEIGHT + row * (CELL_HEIGHT + GAP))
    content = io.BytesIO()
    grid.save(content, "PNG")
    return content.getvalue()


def columns_of(count: int) -> int:
    """Pictures in a row, so that the whole is about as wide as a screen is to its height.

    Example:
        >>> [columns_of(count) for count in (1, 2, 12, 100)]
        [1, 2, 5, 14]
    """
    return min(count, math.ceil(math.sqrt(count * SHAPE * (CELL_HEIGHT + GAP) / (SIDE + GAP))))


def _draw(grid: Image.Image, pen: ImageDraw.ImageDraw, cell: Cell, left: int, top: int) -> None:
    height, width, _ = cell.picture.shape
    pen.rectangle((left, top, left + SIDE - 1, top + SIDE - 1), BEHIND)
    grid.paste(Image.fromarray(cell.picture), (left + (SIDE - width) // 2, top + (SIDE - height) // 2))
    label = _font(20, bold=True)
    pen.text((left, top + LABEL_TOP), shortened(cell.label, SIDE, label.getlength), INK, label)
    small = _font(14)
    if cell.share is None:
        pen.text((left, top + BAR_TOP - 5), shortened(cell.detail, SIDE, small.getlength), GREY, small)
    else:
        said = small.getlength(cell.detail)
        end = left + SIDE - math.ceil(said) - 8
        bar = (left, top + BAR_TOP, end, top + BAR_TOP + BAR - 1)
        pen.rectangle(bar, FAINT)
        filled = left + round((end - left) * min(1.0, max(0.0, cell.share)))
        if filled > left:
            pen.rectangle((bar[0], bar[1], filled, bar[3]), _colour(cell.share))
        pen.text((left + SIDE - said, top + BAR_TOP + BAR / 2), cell.detail, INK, small, anchor="lm")
    name = _font(12)
    pen.text((left, top + NAME_TOP), shortened(cell.name, SIDE, name.getlength, head=False), GREY, name)


def _legend(pen: ImageDraw.ImageDraw | None, left: float, top: float) -> int:
    """Draw what the colours of the bars mean, with a pen; how many dots it is wide."""
    font = _font(14)
    place = left
    for text, colour in (("probability", None), *((said, colour) for colour, said in LEGEND)):
        if colour is not None:
            if pen is not None:
                pen.rectangle((place, top + 6, place + 21, top + 6 + BAR - 1), colour)
            place += 29
        if pen is not None:
            pen.text((place, top), text, GREY, font)
        place += font.getlength(text) + 18
    return math.ceil(place - left - 18)


def _colour(share: float) -> str:
    return SURE if share >= 0.9 else LIKELY if share >= 0.5 else UNSURE


def shortened(text: str, width: float, length_of: Callable[[str], float], *, head: bool = True) -> str:
    """A text that is no longer than a width, cut at its end; or in its middle, so that the end of a name is seen.

    Example:
        >>> shortened("photographs/rose.png", 12, len, head=False)
        'photo…se.png'
    """
    text = " ".join(text.split())  # a name may hold line ends
    if length_of(text) <= width:
        return text
    for kept in range(len(text) - 1, 0, -1):
        behind = 0 if head else -(-kept // 2)
        cut = text[: kept - behind] + "…" + text[len(text) - behind :]
        if length_of(cut) <= width:
            return cut
    return "…"


@functools.cache
def _font(size: int, *, bold: bool = False) -> Font:
    """DejaVu Sans, which matplotlib brings and the report is drawn with."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(folder / f"DejaVuSans{'-Bold' if bold else ''}.ttf", size)
