"""The page of a search: its trials, what each setting does, and the recipe that it found."""

from __future__ import annotations

import json
from typing import Any

from zoo.report.parts import Link, Page, Section, Table, picture
from zoo.report.read import Table as Facts
from zoo.report.read_search import SearchRecord
from zoo.report.run_page import command_of
from zoo.report.search_figures import effect_panels, over_time, parallel_coordinates
from zoo.report.text import duration, machine, metric_label, moment, number, with_spread

MOST_ROWS = 100
FEWEST_FOR_EFFECTS = 5


def search_page(record: SearchRecord) -> Page:
    """Compose the page of a search, figures rendered."""
    finished = record.status == "finished"
    return Page(
        name=record.name,
        subtitle=f"search · {record.facts.get('id', record.folder.name)}",
        status=record.status,
        verdict=None,
        mood="plain",
        sentences=tuple(search_sentences(record)),
        command=None if finished else f"zoo resume {record.folder}",
        notes=(),
        sections=(_winner(record), *_figures(record), _trials(record), _space(record), _how(record)),
        wide=True,
    )


def search_lines(record: SearchRecord) -> list[str]:
    """The few lines that the command line prints at the end of a search."""
    seconds = record.facts.get("seconds")
    lines = [f"{record.name}, search: {record.status} after {duration(seconds)}"]
    lines += [f"  {sentence}" for sentence in search_sentences(record)]
    winner = record.facts.get("winner")
    if winner:
        lines.append(f"  recipe: {record.folder / winner['file']}")
    if record.status != "finished":
        lines.append(f"  next: zoo resume {record.folder}")
    if (record.folder / "report.html").is_file():
        lines.append(f"  report: {record.folder / 'report.html'}")
    return lines


def search_sentences(record: SearchRecord) -> list[str]:
    """What came of a search, in plain words: the best trial on validation, the winner trained again on test."""
    failed = sum(trial.get("score") is None for trial in record.trials)
    halted = sum(trial.get("halted") is not None for trial in record.trials)
    counted = f"{len(record.completed)} trials completed" + (f" ({halted} ended early)" if halted else "")
    sentences = [counted + (f", {failed} failed." if failed else ".")]
    if not record.ranked:
        return sentences
    word, best = metric_label(record.metric), record.ranked[0]
    said = f"Best trial {best['number']}: {word} {number(best['score'])} on {_scored_on(record)}"
    base = record.base.get("score") if record.base else None
    if base is not None:
        ahead = record.sign * (base - best["score"]) > 0
        same = base == best["score"]
        relation = "the same as" if same else "better than" if ahead else "not better than"
        said += f", {relation} the recipe as it stood ({number(base)})"
    sentences.append(said + ".")
    winner = record.facts.get("winner") or {}
    if winner.get("values"):
        count = len(winner["values"])
        spread = with_spread(winner["mean"], winner["spread"])
        again = (
            f"The winner trained again with {count} seed{'s' if count > 1 else ''}: {metric_label(winner['primary'])}"
        )
        sentences.append(
            f"{again} {spread} on the test split, measured once; trivial baseline {number(winner['baseline'])}."
        )
    elif record.status == "finished":
        sentences.append("The winner was not trained again; nobody looked at the test split.")
    size = record.facts.get("bytes")
    if size is not None:
        kept = len(record.facts.get("kept") or ())
        sentences.append(f"The folder takes {size / 2**20:.1f} MiB; the weights of {kept} trials are kept.")
    return sentences


def _scored_on(record: SearchRecord) -> str:
    settings = record.facts["settings"]
    where = f"folds ({settings['folding']})" if settings.get("folding") else "the validation split"
    runs = settings.get("executions", 1)
    return where if runs == 1 else f"{where}, mean of {runs} seeds"


def _winner(record: SearchRecord) -> Section:
    if not record.ranked:
        return Section("Winner")
    winner, best = record.facts.get("winner") or {}, record.ranked[0]
    before = _flat(record.facts.get("recipe") or {})
    rows = tuple((key, _text(value), _text(before.get(key))) for key, value in best["settings"].items())
    facts: list[tuple[str, str]] = [("chosen by", f"{metric_label(record.metric)} on {_scored_on(record)}")]
    if winner.get("values"):
        facts.append((f"{metric_label(winner['primary'])}, test", with_spread(winner["mean"], winner["spread"])))
        facts.append(("of seeds", ", ".join(f"{seed}: {number(value)}" for seed, value in _pairs(winner))))
    if winner:
        facts.append(("recipe", str(winner["file"])))
        facts.append(("try", f"zoo reproduce {record.folder / winner['file']}"))
    return Section(
        "Winner", facts=tuple(facts), table=Table(("setting", "winner", "the recipe as it stood"), rows, words=True)
    )


def _pairs(winner: Facts) -> list[tuple[Any, Any]]:
    return list(zip(winner["seeds"], winner["values"], strict=True))


def _figures(record: SearchRecord) -> list[Section]:
    done = record.completed
    if not done:
        return []
    scores = [float(trial["score"]) for trial in done]
    settings = [trial["settings"] for trial in done]
    base = record.base.get("score") if record.base else None
    halted = [trial.get("halted") is not None for trial in done]
    minutes = [record.minutes(trial) for trial in done]
    pictures = [
        picture(
            "objective_over_time",
            "Objective over time",
            "Score of each trial when it ended, and the best one so far.",
            over_time(minutes, scores, record.metric, record.sign, base, halted),
        )
    ]
    if len(done) >= FEWEST_FOR_EFFECTS:
        drawn = parallel_coordinates(settings, scores, record.space, record.metric, record.sign)
        caption = "One line a trial, the better the darker, the best one in orange; what explains most stands first."
        pictures.append(picture("parallel_coordinates", "Trials over their settings", caption, drawn))
        panels = effect_panels(settings, scores, record.space, record.metric, record.sign)
        caption = (
            "Score over each setting, all others varying too; medians in orange. Above it stands the share "
            "of the spread of the ranks that it explains by itself (epsilon squared); of few trials that is uncertain."
        )
        pictures.append(picture("effects", "What each setting does", caption, panels))
    return [Section("Trials and settings", pictures=tuple(pictures))]


def _trials(record: SearchRecord) -> Section:
    keys = list(record.space)
    header = ("trial", f"{metric_label(record.metric)} (validation)", *[key.rpartition(".")[2] for key in keys])
    header += ("epochs made", "parameters", "time", "note")
    ended = [*record.ranked, *(trial for trial in record.trials if trial.get("score") is None)]
    rows = [_row(trial, keys) for trial in ended[:MOST_ROWS]]
    left = len(ended) - len(rows)
    if record.base is not None:
        rows.append(_row(record.base, keys))
    told = (f"{left} more trials are in the folder trials.",) if left > 0 else ()
    return Section("Trials", told, table=Table(header, tuple(rows), last=int(record.base is not None), words=True))


def _row(trial: Facts, keys: list[str]) -> tuple[str | Link, ...]:
    error = trial.get("error")
    why = "" if error is None else f"{error['type']}: {(error['message'].splitlines() or [''])[0]}"
    note = trial.get("halted") or why
    return (
        "as it stood" if trial["number"] == "base" else str(trial["number"]),
        "failed" if trial.get("score") is None else number(trial["score"]),
        *[_text(trial["settings"].get(key)) for key in keys],
        number(trial.get("epochs")),
        number(trial.get("parameters")),
        duration(trial.get("seconds")),
        note if len(note) <= 120 else f"{note[:117]}...",
    )


def _space(record: SearchRecord) -> Section:
    rows = tuple((key, _range(axis)) for key, axis in record.space.items())
    return Section("Space", table=Table(("setting", "tried"), rows, words=True))


def _range(axis: Any) -> str:
    if isinstance(axis, list):
        return ", ".join(_text(value) for value in axis)
    suffix = ", logarithmic" if axis.get("log") else f", steps of {axis['step']:g}" if axis.get("step") else ""
    return f"{axis['low']:g} to {axis['high']:g}{suffix}"


def _how(record: SearchRecord) -> Section:
    facts, settings = record.facts, record.facts["settings"]
    versions = ", ".join(f"{name} {version}" for name, version in (facts.get("versions") or {}).items())
    told = (
        ("command", command_of(facts.get("argv") or ())),
        ("tuner", settings["tuner"]),
        ("seed", str(settings["seed"])),
        ("workers", str(settings["workers"])),
        ("started", moment(facts.get("started"))),
        ("ended", moment(facts.get("ended"))),
        ("took", duration(facts.get("seconds"))),
        ("TensorBoard", f"tensorboard --logdir {record.folder / 'tensorboard'}"),
        ("host", machine(facts.get("host"))),
        ("versions", versions),
    )
    return Section("How it was run", facts=tuple((term, value) for term, value in told if value))


def _flat(table: Facts, prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _text(value: Any) -> str:
    if value is None:
        return "–"  # noqa: RUF001 - the dash of an empty cell
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value)
