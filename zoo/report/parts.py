"""The parts that a page is made of; what they look like is the template's business."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FunctionType

from matplotlib.figure import Figure

from zoo.report.read import RunRecord
from zoo.report.style import to_png

Extra = Callable[[RunRecord], tuple[str, str, Figure] | None]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Link:
    """A cell of a table that leads to another page, by a relative address."""

    text: str
    address: str


@dataclass(frozen=True)
class Table:
    """A table: the first column names the row, the others hold numbers and stand to the right.

    Args:
        header: heads of the columns.
        rows: cells, ready to show; `last` of them stand below a line.
        last: number of closing rows (averages).
        words: whether all columns hold words and stand to the left.
        hashes: whether the last column holds checksums: small, of letters of one width, and broken anywhere.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str | Link, ...], ...]
    last: int = 0
    words: bool = False
    hashes: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure, rendered: `name`.png in the folder figures, and inline in the page, so many CSS pixels wide."""

    name: str
    title: str
    caption: str
    width: int
    png: bytes = field(repr=False)

    @property
    def address(self) -> str:
        """The picture itself as an address, so that the page needs no other file."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode('ascii')}"


@dataclass(frozen=True)
class Section:
    """A part of a page under one heading; every part but the heading may be missing."""

    title: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    table: Table | None = None
    pictures: tuple[Picture, ...] = ()
    code: str | None = None

    @property
    def filled(self) -> bool:
        """Whether there is anything under the heading: a run that failed early knows neither data nor devices."""
        return bool(self.paragraphs or self.facts or self.table or self.pictures or self.code)

    @property
    def anchor(self) -> str:
        """The section's name in an address."""
        return slug(self.title)


@dataclass(frozen=True)
class Page:
    """A whole report.

    Args:
        name: name of the recipe, or what else the page is about.
        subtitle: seeds and time.
        status: running, finished, interrupted or failed; None of a page about several runs.
        verdict: the one thing to read from across the room, None where there is none.
        mood: good, bad or plain; the colour of the verdict, which the words say too.
        sentences: what it came to, in plain words.
        command: what to type next, None for a finished record.
        notes: what the reader must know about the files.
        sections: the rest.
        wide: whether its tables need more room than a page of text.
    """

    name: str
    subtitle: str
    status: str | None
    verdict: str | None
    mood: str
    sentences: tuple[str, ...]
    command: str | None
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
    wide: bool = False

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures of the page, in order."""
        return tuple(picture for section in self.sections for picture in section.pictures)


def picture(name: str, title: str, caption: str, figure: Figure) -> Picture:
    """Render a figure."""
    return Picture(name, title, caption, round(100 * figure.get_figwidth()), to_png(figure))


def drawn_extras(record: RunRecord, extra: Iterable[Extra]) -> tuple[tuple[Picture, ...], tuple[str, ...]]:
    """Draw the figures that only this family has.

    Args:
        record: the run.
        extra: functions of the family or the plugin; one that returns None has nothing to show for this run.

    Returns:
        The pictures, and a note for each function that failed: the rest of the report does not depend on it.
    """
    pictures, notes = [], []
    for draw in extra:
        try:
            result = draw(record)
            if result is not None:
                title, caption, figure = result
                pictures.append(picture(slug(title), title, caption, figure))
        except Exception as error:  # a plugin's function may raise anything; the reader is told
            name = f"{draw.__module__}:{draw.__qualname__}" if isinstance(draw, FunctionType) else str(draw)
            notes.append(f"The figure of {name} could not be drawn: {type(error).__name__}: {error}")
            logger.warning(notes[-1], exc_info=True)
    return tuple(pictures), tuple(notes)


def slug(title: str) -> str:
    """Make a file name or an anchor from a title.

    >>> slug("Confusion matrix (test)")
    'confusion_matrix_test'
    """
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "figure"
