"""The page that sets runs side by side: what came out, which settings differ, their validation curves overlaid."""

from __future__ import annotations

import os
from pathlib import Path

from zoo.report.compare import Comparison
from zoo.report.curves import compared_curves
from zoo.report.errors import InvalidComparison
from zoo.report.page import put, render
from zoo.report.parts import Page, Section, Table, picture


def write_comparison(comparison: Comparison, path: str | os.PathLike[str]) -> Path:
    """Write the page of a comparison: one file that needs no other.

    Args:
        comparison: runs side by side.
        path: the file to write, ending in .html; one that is there is replaced.

    Returns:
        The path.

    Raises:
        InvalidComparison: the path does not end in .html, or its folder does not exist.
        ReportNotWritten: the disk is full, or the place read-only; an earlier page is left as it was.
    """
    path = Path(path)
    _check(path)
    return put(path, render(comparison_page(comparison)).encode(), hint="zoo compare RUN RUN --page FILE.html")


def comparison_page(comparison: Comparison) -> Page:
    """Compose the page of a comparison, figures rendered."""
    rows = comparison.rows
    header, cells = comparison.table()
    results = Section("Results", table=Table(header, tuple(cells)))
    header, cells = comparison.settings_table()
    labels = ("setting", *(row.label for row in rows))
    told = "Read from each run's own recipe; all other settings are equal."
    settings = Section("Settings that differ", (told,), table=Table(labels, tuple(cells), words=True))
    if not cells:
        settings = Section("Settings", ("The recipes are equal in every setting.",))
    folders = Section("Run folders", facts=tuple((row.label, str(row.record.folder)) for row in rows))
    best = comparison.sentence
    why = "the note says why" if comparison.notes else "fewer than two have a value on the test split"
    return Page(
        name=f"{len(rows)} runs compared",
        subtitle=" · ".join(row.label for row in rows),
        status=None,
        verdict=None,
        mood="plain",
        sentences=(best or f"No run is called the best: {why}.",),
        command=None,
        notes=comparison.notes,
        sections=(results, *_curves(comparison), settings, folders),
        wide=True,
    )


def _check(path: Path) -> None:
    if path.suffix != ".html":
        raise InvalidComparison("the page must be a file that ends in .html", received=str(path))
    if not path.parent.is_dir():
        raise InvalidComparison("the page's folder must exist", received=str(path), hint=f"mkdir -p {path.parent}")


def _curves(comparison: Comparison) -> list[Section]:
    groups = {row.label: [run.curves() for run in row.runs if run.rows] for row in comparison.rows}
    drawn = {label: seeds for label, seeds in groups.items() if seeds}
    names = {name for seeds in drawn.values() for curves in seeds for name in curves}
    wanted = dict.fromkeys(("loss", *(row.record.primary for row in comparison.rows)))
    metrics = [name for name in wanted if name in names or f"validation_{name}" in names]
    if not metrics:
        return []
    caption = "Validation loss and primary metric over the epochs; of a reproduction one line a seed."
    without = [label for label, seeds in groups.items() if not seeds]
    if without:
        caption += f" Without epochs, and so without a curve: {', '.join(without)}."
    figure = compared_curves(drawn, metrics)
    curves = picture("compared_curves", "Learning curves", caption, figure)
    return [Section("Learning curves", pictures=(curves,))]
