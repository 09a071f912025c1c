"""The page over the seeds of a recipe: is the promise kept, and what does one of the runs look like."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.report.curves import overlaid_curves, per_seed
from zoo.report.parts import Link, Page, Picture, Section, Table, picture
from zoo.report.read import ReproductionRecord
from zoo.report.run_page import command_of, verdict_of
from zoo.report.text import (
    duration,
    machine,
    measured,
    metric_label,
    moment,
    next_command,
    number,
    promised,
    seeds_of,
    sentences,
    with_spread,
)
from zoo.run.verdict import direction_of, statistic_of


def reproduction_page(record: ReproductionRecord, first: Iterable[Section] = ()) -> Page:
    """Compose the page of a reproduction.

    Args:
        record: the multi-seed folder.
        first: sections of the first seed's page, figures rendered; shown below the seeds.

    Returns:
        The page, figures rendered.
    """
    verdict, mood = verdict_of(record)
    notes = [f"{run.folder.name}: {note}" for run in record.runs for note in run.notes]
    notes += [f"{name} is not in the folder: this seed has not been run." for name in record.missing]
    return Page(
        name=record.name,
        subtitle=f"{seeds_of(record)} · {record.facts.get('id', record.folder.name)}",
        status=record.status,
        verdict=verdict,
        mood=mood,
        sentences=tuple(sentences(record)),
        command=next_command(record),
        notes=tuple(notes),
        sections=(_seeds(record), *_curves(record), *first, _how(record)),
    )


def _seeds(record: ReproductionRecord) -> Section:
    result = measured(record)
    metric = result.metric
    word = metric_label(metric)
    header = ("seed", f"{word} (test)", "validation", "train", "best epoch", "time", "report")
    rows: list[tuple[str | Link, ...]] = [
        (
            number(run.facts.get("seed")),
            number(run.metric("test", metric)) if run.status == "finished" else run.status,
            number(run.metric("validation", metric)),
            number(run.metric("train", metric)),
            number(run.facts.get("best_epoch")),
            duration(run.facts.get("seconds")),
            Link(run.folder.name, f"{run.folder.name}/report.html"),
        )
        for run in record.runs
    ]
    statistic = statistic_of(record.promise)
    facts = [(f"mean {word}", _mean(record))]
    if statistic != "mean":
        facts.insert(0, (f"{statistic} {word}", number(result.value)))
    if record.promise is not None:
        facts.append((f"promised {statistic}", promised(record.promise, metric)))
        facts += [(f"promised {key}", number(record.promise.get(key))) for key in ("spread", "tolerance")]
    facts.append(("trivial baseline", number(result.baseline)))
    pictures: tuple[Picture, ...] = ()
    if record.values and result.value is not None:
        band = None
        if record.promise is not None and result.verdict is not None:
            band = float(record.promise["mean"]), result.verdict.allowed
        figure = per_seed(record.values, record.seeds, metric, direction_of(metric), band, result.baseline, statistic)
        caption = "Test value of each seed."
        if band is not None:
            caption += f" The promise is kept where the {statistic} lies on the shaded side of the dotted limit."
        pictures = (picture("seeds", "Values over the seeds", caption, figure),)
    return Section("Seeds", facts=tuple(facts), table=Table(header, tuple(rows)), pictures=pictures)


def _mean(record: ReproductionRecord) -> str:
    mean, spread = record.number("mean"), record.number("spread")
    if spread is None:
        return f"{number(mean)}, spread not measured"
    return f"{with_spread(mean, spread)} (standard deviation)"


def _curves(record: ReproductionRecord) -> list[Section]:
    runs = {f"seed {run.facts.get('seed')}": run.curves() for run in record.runs if run.rows}
    if not runs:
        return []
    caption = "Learning curves of all seeds over one another."
    drawn = picture("overlaid_curves", "Learning curves of all seeds", caption, overlaid_curves(runs, record.primary))
    return [Section("Learning curves of all seeds", pictures=(drawn,))]


def _how(record: ReproductionRecord) -> Section:
    facts = record.facts
    versions = ", ".join(f"{name} {version}" for name, version in (facts.get("versions") or {}).items())
    told = (
        ("command", command_of(facts.get("argv") or ())),
        ("started", moment(facts.get("started"))),
        ("ended", moment(facts.get("ended"))),
        ("took", duration(record.number("seconds"))),
        ("host", machine(facts.get("host"))),
        ("versions", versions),
    )
    return Section("How it was run", facts=tuple((term, value) for term, value in told if value))
