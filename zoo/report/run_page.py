"""The page of one run: what it came to, its curves, its mistakes, and all that is needed to repeat it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from zoo.report.classification import confusion_matrix, decision_boundary, misclassified_grid
from zoo.report.curves import learning_curves
from zoo.report.forecasting_sections import forecasting_sections
from zoo.report.parts import Extra, Page, Section, Table, drawn_extras, picture
from zoo.report.predictions import Predictions
from zoo.report.read import RunRecord
from zoo.report.regression import predicted_against_true, residual_surface, residuals, surface
from zoo.report.scores import class_names, class_scores, confusion_counts, worst_mistakes
from zoo.report.text import (
    Record,
    duration,
    machine,
    measured,
    metric_label,
    moment,
    next_command,
    number,
    promise_words,
    promised,
    seeds_of,
    sentences,
)
from zoo.report.two_class_sections import two_class_sections

SPLITS = ("train", "validation", "test")
MOST_CLASSES = 30  # of a confusion matrix that can be read at 720 px
MOST_ROWS = 10  # of the table of mistakes
MOST_PICTURES = 24  # of the grid of mistakes
TERMS = {"onednn": "oneDNN", "jit": "XLA", "level": "determinism"}  # facts whose names are not words
HOW_MEASURED = (
    "Training values are means over the steps of an epoch, with dropout and augmentation where there are any; "
    "validation is measured after it, without."
)


def run_page(record: RunRecord, extra: Iterable[Extra] = ()) -> Page:
    """Compose the page of a run.

    Args:
        record: the run, finished or not.
        extra: figures that only this family has.

    Returns:
        The page, figures rendered.
    """
    pictures, notes = drawn_extras(record, extra)
    verdict, mood = verdict_of(record)
    sections = (
        *_metrics(record),
        *figure_sections(record),
        *(Section(one.title, pictures=(one,)) for one in pictures),
        Section("Recipe", ("As it was resolved before training: every value that was used.",), code=record.recipe_text),
        _how(record),
        _data(record),
        Section("Versions", facts=_facts(record.table("versions"))),
    )
    return Page(
        name=record.name,
        subtitle=f"{seeds_of(record)} · {record.facts.get('id', record.folder.name)}",
        status=record.status,
        verdict=verdict,
        mood=mood,
        sentences=tuple(sentences(record)),
        command=next_command(record),
        notes=record.notes + notes,
        sections=tuple(section for section in sections if section.filled),
    )


def verdict_of(record: Record) -> tuple[str | None, str]:
    """The verdict in two or three words, and its mood: good, bad or plain."""
    if record.status != "finished":
        return {"failed": "Failed", "interrupted": "Interrupted", "running": "Not ended"}[record.status], (
            "bad" if record.status == "failed" else "plain"
        )
    verdict = measured(record).verdict
    if verdict is None:
        return None, "plain"
    return promise_words(record, verdict), "good" if verdict.kept else "bad"


def figure_sections(record: RunRecord) -> list[Section]:
    """The sections that hold figures: learning curves, and what the stored outputs show."""
    sections = []
    if len(record.rows) > 1:  # what is learned all at once has no curve
        figure = learning_curves(record.curves(), record.primary, record.facts.get("best_epoch"))
        dotted = "; dotted: the epoch whose weights were kept" if record.facts.get("best_epoch") else ""
        caption = f"Loss and primary metric over the epochs{dotted}."
        if any(key.startswith("validation_") for key in record.last_row):
            caption += f" {HOW_MEASURED}"
        curves = picture("learning_curves", "Learning curves", caption, figure)
        sections.append(Section("Learning curves", pictures=(curves,)))
    if record.predictions is not None and record.predictions.split("test") is not None:
        if record.task == "classification":
            sections += _classification(record, record.predictions)
        elif record.task == "regression":
            sections += _regression(record, record.predictions)
        elif record.task == "forecasting":
            sections += forecasting_sections(record, record.predictions)
    return sections


def _classification(record: RunRecord, predictions: Predictions) -> list[Section]:
    outputs, targets = predictions.array("test_outputs"), predictions.array("test_targets")
    names = class_names(record.spec.get("classes"), outputs.shape[1])
    predicted = outputs.argmax(axis=1)
    counts = confusion_counts(targets, predicted, len(names))
    sections = []
    if len(names) <= MOST_CLASSES:
        caption = "Test split. A row is a true class, a column what it was taken for; shades are shares of the row."
        matrix = confusion_matrix(targets, predicted, names)
        sections.append(
            Section("Confusion matrix", pictures=(picture("confusion_matrix", "Confusion matrix", caption, matrix),))
        )
    sections.append(Section("Classes", ("Test split.",), table=_class_table(counts, names)))
    if "grid_outputs" in predictions.keys and outputs.shape[1] == predictions.array("grid_outputs").shape[-1]:
        grid, train, features = _plane(predictions)
        figure = decision_boundary(
            grid, train, (features, targets, predicted), names, record.spec.get("feature_names") or ()
        )
        caption = "Shades: class probabilities over the plane. Circles: training examples; triangles: test examples."
        sections.append(
            Section("Decision boundary", pictures=(picture("decision_boundary", "Decision boundary", caption, figure),))
        )
    sections += two_class_sections(predictions, names)
    sections.append(_mistakes(record, predictions, names))
    return sections


def _class_table(counts: np.ndarray, names: tuple[str, ...]) -> Table:
    scores = class_scores(counts, names)
    rows = [(s.name, number(s.precision), number(s.recall), number(s.f1), number(s.support)) for s in scores]
    means = [number(float(np.mean([getattr(s, key) for s in scores]))) for key in ("precision", "recall", "f1")]
    rows.append(("mean over classes", means[0], means[1], means[2], number(int(counts.sum()))))
    return Table(("class", "precision", "recall", "F1", "examples"), tuple(rows), last=1)


def _mistakes(record: RunRecord, predictions: Predictions, names: tuple[str, ...]) -> Section:
    outputs, targets = predictions.array("test_outputs"), predictions.array("test_targets")
    wrong = int((outputs.argmax(axis=1) != targets).sum())
    if not wrong:
        return Section("Misclassified", (f"None: all {len(targets):,} test examples are classified correctly.",))
    told = f"{wrong:,} of {len(targets):,} test examples are misclassified ({100 * wrong / len(targets):.1f} %)."
    features = predictions.array("test_features") if "test_features" in predictions.keys else None
    if features is not None and features.ndim >= 3:
        value_range = record.spec.get("value_range")
        limits = (float(value_range[0]), float(value_range[1])) if value_range else None
        figure = misclassified_grid(features, targets, outputs, names, limits, MOST_PICTURES)
        which = "All, the surest first" if wrong <= MOST_PICTURES else "Those of which the model was most certain"
        caption = f"{which}: true class, predicted class and its probability."
        return Section("Misclassified", (told,), pictures=(picture("misclassified", "Misclassified", caption, figure),))
    chosen = worst_mistakes(targets, outputs, MOST_ROWS)
    rows = tuple(
        (
            f"{index}",
            names[int(targets[index])],
            names[label := int(outputs[index].argmax())],
            number(float(outputs[index, label])),
        )
        for index in chosen
    )
    header = ("row of the test split", "true class", "predicted class", "its probability")
    told = f"{told} Those of which the model was most certain:"
    return Section("Misclassified", (told,), table=Table(header, rows))


def _regression(record: RunRecord, predictions: Predictions) -> list[Section]:
    outputs, targets = predictions.array("test_outputs"), predictions.array("test_targets")
    unit = f" ({record.spec['unit']})" if record.spec.get("unit") else ""
    columns = outputs.reshape(len(outputs), -1).shape[1]
    target = str(record.spec.get("target_name") or "target")
    names = [f"{target}{unit}"] if columns == 1 else [f"{target} {k + 1}{unit}" for k in range(columns)]
    pictures = [
        picture(
            "predicted_against_true",
            "Predicted against true",
            "Test split: on the dashed line the prediction is exact.",
            predicted_against_true(targets, outputs, names),
        ),
        picture(
            "residuals", "Residuals", "Test split: what the prediction misses.", residuals(targets, outputs, names)
        ),
    ]
    if "grid_outputs" in predictions.keys:
        grid, _, features = _plane(predictions)
        figure = surface(grid, features, targets, record.spec.get("feature_names") or ())
        caption = "Predicted value over the plane; triangles: test examples in the colour of their true value."
        pictures.append(picture("surface", "Surface", caption, figure))
        figure = residual_surface(features, targets, outputs, record.spec.get("feature_names") or ())
        caption = "What the prediction misses over the plane: at the test examples (dots), and interpolated between."
        pictures.append(picture("residual_surface", "Residual surface", caption, figure))
    return [Section(one.title, pictures=(one,)) for one in pictures]


def _plane(predictions: Predictions) -> tuple[Any, Any, np.ndarray]:
    grid = tuple(predictions.array(key) for key in ("grid_x", "grid_y", "grid_outputs"))
    train = predictions.array("train_features"), predictions.array("train_targets")
    return grid, train, predictions.array("test_features")


def _metrics(record: RunRecord) -> list[Section]:
    metric = measured(record).metric
    tables = [record.table("metrics").get(split) or {} for split in SPLITS]
    names = dict.fromkeys([metric, *(name for table in reversed(tables) for name in table)])
    if not any(tables):
        return [_so_far(record)] if record.rows else []
    baseline = record.table("baseline")
    title = str(baseline.get("name", "")).replace("_", " ")
    header: tuple[str, ...] = ("metric", *SPLITS, f"trivial baseline{f' ({title})' if title else ''}")
    rows: list[tuple[str, ...]] = [
        (metric_label(name), *(number(table.get(name)) for table in tables), number(record.baseline(name)))
        for name in names
    ]
    if record.promise:
        header = (*header, "promised")
        rows = [
            (*row, promised(record.promise, metric) if name == metric else "")
            for row, name in zip(rows, names, strict=True)
        ]
    also = " and promise are" if record.promise else " is"
    told = f"The weights that were kept. The baseline{also} about the test split, {_chosen_by(record)}."
    return [Section("Metrics", (told,), table=Table(header, tuple(rows)))]


def _chosen_by(record: RunRecord) -> str:
    """What the best epoch was chosen by, as far as it touches the test split."""
    if record.table("data").get("splitting") == "exhaustive":
        return "which holds every case there is and is the validation split as well"
    return "on which no choice was made"


def _so_far(record: RunRecord) -> Section:
    row = record.last_row
    skipped = ("epoch", "step", "learning_rate", "seconds")
    names = dict.fromkeys(key.removeprefix("validation_") for key in row if key not in skipped)
    rows = tuple((metric_label(name), number(row.get(name)), number(row.get(f"validation_{name}"))) for name in names)
    told = f"As of epoch {row['epoch']}, the last complete one; nothing was measured on the test split yet."
    return Section("Metrics", (told,), table=Table(("metric", "train", "validation"), rows))


def _how(record: RunRecord) -> Section:
    facts = record.facts
    parameters, weights, began = (record.table(name) for name in ("parameters", "weights", "pretrained"))
    fresh = ", ".join(f"{place} ({why})" for place, why in began.get("fresh", {}).items())
    differ = began.get("other_hyperparameters", {})
    told: list[tuple[str, str]] = [
        ("command", command_of(facts.get("argv") or ())),
        ("started", moment(facts.get("started"))),
        ("ended", moment(facts.get("ended"))),
        ("took", duration(facts["seconds"]) if facts.get("seconds") is not None else ""),
        ("seed", _plain(facts.get("seed"))),
        ("began with", f"{began['weights']}, sha256 {began['sha256'][:12]}..." if began else ""),
        ("begun fresh", fresh),
        ("other than there", ", ".join(f"{name} = {one['here']} ({one['there']})" for name, one in differ.items())),
        ("epochs", _plain(facts.get("epochs"))),
        ("best epoch", _plain(facts.get("best_epoch"))),
        ("steps", _plain(record.step)),
        ("parameters", ", ".join(f"{number(n)} {kind.replace('_', '-')}" for kind, n in parameters.items())),
        ("host", machine(facts.get("host"))),
        *_facts({**record.table("devices"), **record.table("determinism")}),
        ("git", _plain(facts.get("git") or {})),
        ("weights", f"{weights['file']}, {number(weights.get('bytes'))} bytes" if weights.get("file") else ""),
        ("weights sha256", str(weights.get("sha256") or "")),
    ]
    return Section("How it was run", facts=tuple((term, value) for term, value in told if value))


def _data(record: RunRecord) -> Section:
    data = record.table("data")
    sizes, hashes = data.get("sizes") or {}, data.get("hashes") or {}
    rows = tuple((split, number(sizes.get(split)), str(hashes.get(split, ""))) for split in SPLITS if split in sizes)
    spec = record.spec
    shape = " by ".join(str(size) for size in spec.get("shape") or ())
    example = " of ".join(filter(None, (str(spec.get("kind", "")), shape)))
    facts = [("data set", str(data["name"]))] if data.get("name") else []
    if data.get("splitting"):
        facts.append(("split", str(data["splitting"])))
    if shape:
        facts.append(("one example", ", ".join(filter(None, (example, str(spec.get("dtype", "")))))))
    table = Table(("split", "examples", "sha256"), rows, words=True, hashes=True) if rows else None
    return Section("Data", facts=tuple(facts), table=table)


def command_of(argv: Iterable[Any]) -> str:
    """The command as it would be typed: the program by its name, arguments quoted."""
    words = [str(word) for word in argv]
    return shlex.join([Path(words[0]).name, *words[1:]]) if words else ""


def _facts(table: Any) -> tuple[tuple[str, str], ...]:
    return tuple((TERMS.get(key, str(key).replace("_", " ")), _plain(value)) for key, value in table.items())


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_plain(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{str(key).replace('_', ' ')} {_plain(one)}" for key, one in value.items())
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else number(value)
