"""Writes report.html and figures/*.png into a run folder, each whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import jinja2

from zoo.data.atomic import write_bytes
from zoo.report.errors import ReportNotWritten
from zoo.report.parts import Extra, Page, Section
from zoo.report.read import ReproductionRecord, RunRecord, read_facts, read_folder
from zoo.report.read_search import read_search
from zoo.report.read_study import read_study
from zoo.report.reproduction_page import reproduction_page
from zoo.report.run_page import run_page
from zoo.report.search_page import search_page
from zoo.report.study_page import study_page


def write_report(folder: str | Path, extra: Sequence[Extra] = ()) -> Path:
    """Write the report of a run, a reproduction or a search into its folder.

    Args:
        folder: a run folder, finished or not, or a multi-seed folder; a seed without a report gets its own too.
        extra: figures that only this family has: functions from the record of a run to title, caption and figure,
            or to None where there is nothing to show.

    Returns:
        Path of report.html; the figures lie in figures/ beside it.

    Raises:
        NotARunFolder, BrokenRunFolder, NewerRunFolder: the folder cannot be read.
        ReportNotWritten: the disk is full, or the place read-only; an earlier report is left as it was.
    """
    if read_facts(Path(folder))["kind"] == "search":
        search = read_search(folder)
        return _write(search.folder, search_page(search))
    if read_facts(Path(folder))["kind"] == "study":
        study = read_study(folder)
        return _write(study.folder, study_page(study))
    record = read_folder(folder)
    if isinstance(record, RunRecord):
        return _write(record.folder, run_page(record, extra))
    return _write(record.folder, reproduction_page(record, _first_seed(record, extra)))


def render(page: Page) -> str:
    """Render a page as one self-contained HTML document: no script, no other file, no address fetched."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(page=page)


def _first_seed(record: ReproductionRecord, extra: Sequence[Extra]) -> list[Section]:
    """Write the seeds' missing reports, so that every link leads somewhere; return the first seed's figures."""
    sections: list[Section] = []
    for position, run in enumerate(record.runs):
        there = (run.folder / "report.html").is_file()
        if there and position > 0:
            continue
        page = run_page(run, extra)
        if not there:
            _write(run.folder, page)
        if position == 0:
            sections = [
                replace(section, title=f"{section.title} (seed {run.facts.get('seed')})")
                for section in page.sections
                if section.pictures or section.title in ("Metrics", "Classes", "Misclassified", "Recipe", "Data")
            ]
    return sections


def _write(folder: Path, page: Page) -> Path:
    names: set[str] = set()
    for one in page.pictures:
        name = one.name if one.name not in names else f"{one.name}_{len(names)}"
        names.add(name)
        put(folder / "figures" / f"{name}.png", one.png)
    return put(folder / "report.html", render(page).encode())


def put(path: Path, content: bytes, hint: str = "zoo report RUN_FOLDER") -> Path:
    """Put a file in place whole: a reader finds the old file or the new one, never a half.

    Raises:
        ReportNotWritten: the disk is full, or the place read-only; an earlier file is left as it was.
    """
    try:
        path.parent.mkdir(exist_ok=True)
        write_bytes(path, content)
    except OSError as error:
        raise ReportNotWritten(
            f"the report must be written into its folder: {error.strerror or error}",
            where=str(path),
            hint=f"free space or make the folder writable, then: {hint}",
        ) from error
    return path
