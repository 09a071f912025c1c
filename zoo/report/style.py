"""The look that all figures share: light, colour-blind safe, legible at 720 px wide."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

# 7.2 in wide and shown 720 px wide: a 10 pt letter is about 14 px high. Drawn 1.5 times as dense, for sharp screens.
WIDTH = 7.2
DPI = 150

INK = "#222222"
GREY = "#6b6b6b"
FAINT = "#d9d9d9"
# Okabe and Ito (2008), "Color universal design": told apart by colour-blind readers; yellow last, it is weak on white.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#f0e442")
TRAIN, VALIDATION = PALETTE[0], PALETTE[1]

_SETTINGS = {
    "font.family": ["DejaVu Sans"],
    "font.size": 10.0,
    "axes.titlesize": 11.0,
    "axes.titlelocation": "left",
    "axes.labelsize": 10.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e8e8e8",
    "grid.linewidth": 0.8,
    "figure.facecolor": "white",
    "text.color": INK,
    # A class may be called "US$ or CA$": that is a name, not a formula.
    "text.parse_math": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
}

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def styled(draw: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Draw with the common style, and leave the caller's matplotlib settings as they were."""

    @functools.wraps(draw)
    def drawn(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with matplotlib.rc_context(_SETTINGS):
            return draw(*args, **kwargs)

    return drawn


def new_figure(height: float, width: float = WIDTH, constrained: bool = True) -> Figure:
    """Make an empty figure; sizes in inches. It belongs to no pyplot state and needs no display."""
    return Figure(figsize=(width, height), layout="constrained" if constrained else None)


def to_png(figure: Figure) -> bytes:
    """Render a figure; equal figures give equal bytes."""
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    with matplotlib.rc_context(_SETTINGS):
        canvas.draw()  # once; `savefig` draws it a first time for the layout alone
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(canvas.buffer_rgba())).save(buffer, format="png", dpi=(DPI, DPI))
    return buffer.getvalue()


def legend_on_top(figure: Figure, handles: Sequence[Any], columns: int) -> None:
    """Put one legend above all panels, read row by row (matplotlib fills it column by column)."""
    columns = min(columns, len(handles))
    ordered = [handle for column in range(columns) for handle in handles[column::columns]]
    figure.legend(handles=ordered, loc="outside upper left", ncols=columns, columnspacing=1.4, handletextpad=0.5)


def legend_above(axis: Any) -> None:
    """Put a panel's legend above its right end, beside the title, where it hides no data."""
    axis.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, borderaxespad=0.2)


def colours(count: int) -> list[str]:
    """Colours for so many classes: the palette, then matplotlib's tab20, then again from the start."""
    if count <= len(PALETTE):
        return list(PALETTE[:count])
    wheel = [matplotlib.colors.to_hex(colour) for colour in matplotlib.colormaps["tab20"](range(20))]
    return [wheel[k % len(wheel)] for k in range(count)]


def rgb(colour: str) -> np.ndarray:
    """The red, green and blue parts of a colour, float (3,) in 0..1."""
    return np.array(matplotlib.colors.to_rgb(colour))


def shortened(text: str, length: int = 18) -> str:
    """Cut a long name so that it fits beside its neighbours.

    >>> shortened("a rather long class name", 10)
    'a rather …'
    """
    return text if len(text) <= length else text[: length - 1] + "…"
