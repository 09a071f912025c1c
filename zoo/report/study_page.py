"""The page of a study: its table, the plot over its axes, and the ways of points where cells have some."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from zoo.report.parts import Link, Page, Picture, Section, Table, picture
from zoo.report.read import Table as Facts
from zoo.report.read_study import StudyRecord
from zoo.report.run_page import command_of
from zoo.report.study_figures import gridded, quantity_label, study_plot
from zoo.report.text import duration, machine, moment, number, with_spread
from zoo.report.trajectory import Landscape, read_landscape, read_way, ways_on_surface

MOST_AXES = 3  # of a plot
MOST_WAYS = 14  # on one surface
MOST_ROWS = 400
LONGEST = 60  # characters of an error in the table


def study_page(record: StudyRecord) -> Page:
    """Compose the page of a study, figures rendered."""
    finished = record.status == "finished"
    return Page(
        name=record.name,
        subtitle=f"study · {record.facts.get('id', record.folder.name)}",
        status=record.status,
        verdict=None,
        mood="plain",
        sentences=tuple(study_sentences(record)),
        command=None if finished else f"zoo resume {shlex.quote(str(record.folder))}",
        notes=(),
        sections=tuple(
            section
            for section in (
                *_plots(record),
                _cells(record),
                *_ways(record),
                _failed(record),
                _recipe(record),
                _how(record),
            )
            if section.filled
        ),
        wide=True,
    )


def study_lines(record: StudyRecord) -> list[str]:
    """What the command line prints at the end of a study: what came out, and the table."""
    seconds = record.facts.get("seconds")
    lines = [f"{record.name}, study: {record.status} after {duration(seconds)}"]
    lines += [f"  {sentence}" for sentence in study_sentences(record)]
    if record.cells:
        header, rows = table_of(record)
        lines += ["", *_columns([header, *rows]), ""]
    if record.status != "finished":
        lines.append(f"  next: zoo resume {record.folder}")
    if (record.folder / "report.html").is_file():
        lines.append(f"  report: {record.folder / 'report.html'}")
    return lines


def study_sentences(record: StudyRecord) -> list[str]:
    """What came of a study, in plain words."""
    facts, seeds = record.facts, record.seeds
    cells = len(facts.get("grid") or ())
    each = f"{len(seeds)} seeds" if len(seeds) > 1 else f"seed {seeds[0]}"
    done = facts.get("runs_finished")
    told = f"{cells} cells with {each} each"
    if done is not None:
        left, failed = facts.get("runs_left") or 0, facts.get("runs_failed") or 0
        told += (
            f": {done} runs finished" + (f", {failed} failed" if failed else "") + (f", {left} left" if left else "")
        )
    sentences = [told + "."]
    error = facts.get("error")
    if error:
        sentences.append(f"{str(error.get('message', '')).rstrip('.')}.")
    best = record.best
    if best is not None:
        chosen = record.value(best, f"validation_{record.metric}")
        value, spread = (record.value(best, record.metric, which) for which in ("mean", "spread"))
        where = ", ".join(f"{axis['name']} {label}" for axis, label in zip(record.axes, best["labels"], strict=True))
        sentences.append(
            f"Best on the validation split: {where} ({quantity_label(record.metric)} {number(chosen)} there). "
            f"Its test split, measured once by each run at its end: {with_spread(value, spread)}; "
            f"trivial baseline {number(best.get('baseline'))}."
        )
    return sentences


def table_of(record: StudyRecord) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of the table of cells."""
    names = [str(axis["name"]).rpartition(".")[2] for axis in record.axes]
    quantities = list((record.cells[0].get("quantities") or {}) if record.cells else ())
    heads = [f"{quantity_label(name)} (test)" if name == record.metric else quantity_label(name) for name in quantities]
    header = (*names, *heads, "baseline", "runs")
    rows = []
    for cell in record.cells:
        values = [with_spread(record.value(cell, name), record.value(cell, name, "spread")) for name in quantities]
        rows.append((*cell["labels"], *values, number(cell.get("baseline")), _runs(cell)))
    return header, rows


def _runs(cell: Facts) -> str:
    """How many runs of a cell finished, and what became of the others."""
    states = [str(run["status"]) for run in cell["runs"]]
    finished = states.count("finished")
    others = {state: states.count(state) for state in dict.fromkeys(states) if state != "finished"}
    return ", ".join([str(finished), *(f"{count} {state}" for state, count in others.items())])


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _plots(record: StudyRecord) -> list[Section]:
    axes = [axis for axis in record.axes if len(axis["labels"]) > 1] or record.axes[:1]
    if not any(record.value(cell, str(record.facts["plot"])) is not None for cell in record.cells):
        return []
    if len(axes) > MOST_AXES:
        return [
            Section("Plot", (f"A plot shows {MOST_AXES} axes at most; this study has {len(axes)}: see the table.",))
        ]
    kept = [k for k, axis in enumerate(record.axes) if axis in axes]
    cells = [{**cell, "place": [cell["place"][k] for k in kept]} for cell in record.cells]
    sections = []
    for quantity in dict.fromkeys((str(record.facts["plot"]), record.metric)):
        data = gridded(axes, cells, quantity, record.metric)
        told = "Mean over the seeds; bars and bands: standard deviation." if len(record.seeds) > 1 else "One seed."
        if data.baseline is not None:
            told += f" Dashed, where it is in reach: the trivial baseline, {number(data.baseline)}."
        split = " on the test split" if quantity == record.metric else ""
        title = f"{data.label[:1].upper()}{data.label[1:]} over the axes"
        caption = f"{data.label[:1].upper()}{data.label[1:]}{split}. {told}"
        sections.append(Section(title, pictures=(picture(f"over_axes_{quantity}", title, caption, study_plot(data)),)))
    return sections


def _cells(record: StudyRecord) -> Section:
    if not record.cells:
        return Section("Cells")
    header, rows = table_of(record)
    linked: list[tuple[str | Link, ...]] = []
    for cell, row in zip(record.cells[:MOST_ROWS], rows, strict=False):
        page = Path("cells") / str(cell["name"]) / f"seed-{record.seeds[0]}" / "report.html"
        there = (record.folder / page).is_file()
        linked.append((*row, Link("page", str(page))) if there else row)
    heads = (*header, "first run") if any(len(row) > len(header) for row in linked) else header
    told = (
        "Mean ± standard deviation over the seeds. The test split is measured once by each run, at its end; nothing "
        "was chosen on it. A page of a single run: zoo report followed by its folder, such as "
        f"{record.folder.name}/cells/{record.cells[0]['name']}/seed-{record.seeds[0]}."
    )
    padded = tuple(row if len(row) == len(heads) else (*row, "") for row in linked)
    more = f" The first {MOST_ROWS} of {len(rows)} cells." if len(rows) > MOST_ROWS else ""
    return Section("Cells", (told + more,), table=Table(heads, padded))


def _ways(record: StudyRecord) -> list[Section]:
    """The ways of the first seeds' points: one figure for each surface and value of a first axis."""
    varying = [k for k, axis in enumerate(record.axes) if len(axis["labels"]) > 1]
    groups: dict[tuple[str, str], tuple[Landscape, dict[str, np.ndarray]]] = {}
    for cell, run in record.first_runs():
        way, landscape = read_way(run), read_landscape(run)
        if way is None or landscape is None:
            continue
        surface = json.dumps([run.recipe.get("hyperparameters"), run.recipe.get("dataset")], sort_keys=True)
        of_first, own = (varying[0], varying[1:]) if len(varying) > 1 else (None, varying)
        heading = "" if of_first is None else f": {_axis_name(record, of_first)} {cell['labels'][of_first]}"
        name = ", ".join(str(cell["labels"][k]) for k in own) or str(cell["name"])
        groups.setdefault((surface, heading), (landscape, {}))[1][name] = way
    sections = []
    for count, ((_, heading), (landscape, ways)) in enumerate(groups.items(), 1):
        shown = dict(list(ways.items())[:MOST_WAYS])
        left = len(ways) - len(shown)
        caption = f"Seed {record.seeds[0]}. Ring: where all begin; crosses: where each ends."
        caption += f" {left} more ways are not drawn." if left else ""
        title = f"Trajectories{heading}"
        drawn: Picture = picture(f"trajectories_{count}", title, caption, ways_on_surface(landscape, shown))
        sections.append(Section(title, pictures=(drawn,)))
    return sections


def _axis_name(record: StudyRecord, index: int) -> str:
    return str(record.axes[index]["name"]).rpartition(".")[2]


def _failed(record: StudyRecord) -> Section:
    rows = tuple(
        (str(cell["name"]), str(run["seed"]), str(run.get("error") or ""))
        for cell in record.cells
        for run in cell["runs"]
        if run["status"] == "failed"
    )
    return Section("Failed runs", table=Table(("cell", "seed", "error"), rows, words=True) if rows else None)


def _recipe(record: StudyRecord) -> Section:
    return Section("Recipe", ("What all cells share, and the table [study].",), code=record.recipe_text or None)


def _how(record: StudyRecord) -> Section:
    facts: Mapping[str, object] = record.facts
    versions = record.facts.get("versions") or {}
    told = (
        ("command", command_of(record.facts.get("argv") or ())),
        ("workers", number(record.facts.get("workers"))),
        ("started", moment(facts.get("started"))),
        ("ended", moment(facts.get("ended"))),
        ("took", duration(record.facts.get("seconds"))),
        ("host", machine(facts.get("host"))),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
    )
    return Section("How it was run", facts=tuple((term, value) for term, value in told if value))
