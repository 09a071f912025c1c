"""Sets runs and reproductions side by side, from their folders alone: what came out, and which settings differ."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any

from zoo.report.errors import InvalidComparison
from zoo.report.read import ReproductionRecord, RunRecord, Table, read_folder, read_recipe_file
from zoo.report.text import Measured, Record, duration, measured, number, sentences, with_spread
from zoo.run.verdict import advantage, direction_of, metric_label

DESCRIPTION = ("summary", "promise")  # of a recipe: what is said about it, not what was set
MOST_SEEDS = 5  # that are listed one by one


@dataclass(frozen=True)
class Compared:
    """One run or reproduction of a comparison.

    Args:
        number: its place in the comparison, from 1; tables and curves name it by this.
        record: its folder, read.
        recipe: its recipe.toml, parsed.
    """

    number: int
    record: Record
    recipe: Table

    @property
    def label(self) -> str:
        """Place and name, which no other run of the comparison shares."""
        return f"{self.number} {self.record.name}"

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """The run itself, or the seeds' runs of a reproduction that are there."""
        return self.record.runs if isinstance(self.record, ReproductionRecord) else (self.record,)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds asked for."""
        if isinstance(self.record, ReproductionRecord):
            return self.record.seeds
        seed = self.record.facts.get("seed")
        return () if seed is None else (int(seed),)

    @cached_property
    def result(self) -> Measured:
        """What it is judged by on the test split."""
        return measured(self.record)

    @property
    def spread(self) -> float | None:
        """Standard deviation of the test values over the seeds, None for one seed."""
        return self.record.number("spread") if isinstance(self.record, ReproductionRecord) else None

    @property
    def validation(self) -> float | None:
        """Value of the metric on the validation split, the mean over the seeds that have one."""
        values = [run.metric("validation", self.result.metric) for run in self.runs]
        there = [value for value in values if value is not None]
        return fmean(there) if there else None

    @property
    def parameters(self) -> int | None:
        """Trainable and non-trainable parameters together, None where the network was not built."""
        counts = next((run.table("parameters") for run in self.runs if run.table("parameters")), None)
        return None if counts is None else sum(int(count) for count in counts.values())

    @property
    def dataset(self) -> str:
        """Name of the data set."""
        named = (run.table("data").get("name") for run in self.runs)
        return str(next((name for name in named if name), self.recipe.get("dataset", "")))

    @property
    def test_hash(self) -> str | None:
        """sha256 of the test split, None where the data were not read."""
        hashes = ((run.table("data").get("hashes") or {}).get("test") for run in self.runs)
        return next((str(one) for one in hashes if one), None)

    def of_each(self, key: str) -> list[Any]:
        """A value of run.json for each seed that knows it."""
        values = (run.facts.get(key) for run in self.runs)
        return [value for value in values if value is not None]

    def facts(self) -> dict[str, Any]:
        """The row as JSON values; lists have one value a seed."""
        result = self.result
        return {
            "run": self.number,
            "name": self.record.name,
            "folder": str(self.record.folder),
            "kind": self.record.facts["kind"],
            "status": self.record.status,
            "seeds": list(self.seeds),
            "dataset": self.dataset,
            "metric": result.metric,
            "test": _finite(result.value),
            "spread": _finite(self.spread),
            "baseline": _finite(result.baseline),
            "validation": _finite(self.validation),
            "parameters": self.parameters,
            "best_epoch": self.of_each("best_epoch"),
            "epochs": self.of_each("epochs"),
            "seconds": self.of_each("seconds"),
        }


@dataclass(frozen=True)
class Comparison:
    """Runs side by side; printed, it is the table of `zoo compare`.

    Args:
        rows: the runs, in the order in which they were given.
        settings: the settings in which they differ: dotted key to one value a run, None where a recipe lacks it.
    """

    rows: tuple[Compared, ...]
    settings: Mapping[str, tuple[Any, ...]]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The different metrics by which the runs are judged."""
        return tuple(dict.fromkeys(row.result.metric for row in self.rows))

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What must be known before two values are held against each other."""
        return (*self._about_data(), *self._about_metrics(), *self._about_ends())

    @property
    def sentence(self) -> str | None:
        """Which run is best and by how much; None where the values are not of one metric on the same examples."""
        ranked = [(row, row.result.value) for row in self.rows if row.result.value is not None]
        ranked = [(row, value) for row, value in ranked if math.isfinite(value)]
        if self._about_data() or len(self.metrics) > 1 or len(ranked) < 2:
            return None
        metric = self.metrics[0]
        direction = direction_of(metric)
        ranked.sort(key=lambda pair: pair[1], reverse=direction == "larger")
        (best, value), (second, other) = ranked[:2]
        ahead = advantage(value, other, direction)
        of = f"Best {metric_label(metric)} on the test split"
        if ahead == 0:
            return f"{of}: {value_of(best)}, by {best.label} and {second.label} alike."
        told = f"{of}: {value_of(best)}, by {best.label}; {number(ahead)} better than {second.label}."
        spreads = [row.spread for row in (best, second) if row.spread is not None]
        if spreads and ahead <= 2 * max(spreads):
            told += " That is within twice the spread over the seeds: it may be chance."
        return told

    def facts(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        return {
            "runs": [row.facts() for row in self.rows],
            "settings": {key: [_finite(value) for value in values] for key, values in self.settings.items()},
            "notes": list(self.notes),
        }

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Head and rows of what came out, ready to show."""
        several = len(self.metrics) > 1
        word = metric_label(self.metrics[0])
        values = ("metric", "test") if several else (f"{word} (test)",)
        return (
            "run",
            "seed",
            "status",
            *values,
            "baseline",
            "validation",
            "parameters",
            "best epoch",
            "time a seed",
        ), [
            (
                row.label,
                _seeds(row.seeds),
                row.record.status,
                *((metric_label(row.result.metric),) if several else ()),
                value_of(row),
                number(row.result.baseline),
                number(row.validation),
                number(row.parameters),
                _best_epoch(row),
                duration(fmean(row.of_each("seconds")) if row.of_each("seconds") else None),
            )
            for row in self.rows
        ]

    def settings_table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Head and rows of the settings that differ, a column a run, ready to show."""
        header = ("setting", *(str(row.number) for row in self.rows))
        return header, [(key, *(shown_setting(value) for value in values)) for key, values in self.settings.items()]

    def __str__(self) -> str:
        header, rows = self.table()
        folders = [str(row.record.folder) for row in self.rows]
        lines = _aligned((*header, "folder"), [(*row, folder) for row, folder in zip(rows, folders, strict=True)])
        header, rows = self.settings_table()
        lines += ["", *_aligned(header, rows)] if rows else ["", "The recipes are equal in every setting."]
        told = [*self.notes, *filter(None, [self.sentence])]
        return "\n".join([*lines, *([""] if told else []), *told])

    def _about_data(self) -> list[str]:
        sets = {row.label: row.dataset for row in self.rows}
        if len(set(sets.values())) > 1:
            return [
                f"The data sets differ: {_groups(sets)}. A value on one says nothing about a value on the other: "
                "compare each with its own baseline."
            ]
        hashes = {row.label: row.test_hash for row in self.rows if row.test_hash}
        if len(set(hashes.values())) > 1:
            short = {label: f"sha256 {digest[:8]}" for label, digest in hashes.items()}
            return [f"The test splits hold different examples: {_groups(short)}. A difference may be theirs."]
        return []

    def _about_metrics(self) -> list[str]:
        metrics = {row.label: metric_label(row.result.metric) for row in self.rows}
        return [f"The primary metrics differ: {_groups(metrics)}."] if len(self.metrics) > 1 else []

    def _about_ends(self) -> list[str]:
        return [f"{row.label}: {sentences(row.record)[0]}" for row in self.rows if row.record.status != "finished"]


def compare_runs(folders: Sequence[str | os.PathLike[str]]) -> Comparison:
    """Read runs and reproductions and set them side by side.

    Args:
        folders: at least two run folders, runs and reproductions mixed, none of them twice.

    Returns:
        The comparison.

    Raises:
        InvalidComparison: there are fewer than two folders, or one is given twice.
        NotARunFolder, BrokenRunFolder, NewerRunFolder: a folder cannot be read.
    """
    paths = [Path(folder) for folder in folders]
    if len(paths) < 2:
        received = ", ".join(map(str, paths)) or "no run folder"
        raise InvalidComparison("a comparison needs at least two runs", received=received, hint="zoo compare RUN RUN")
    places = [path.resolve() for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            raise InvalidComparison("a run is compared with others, not with itself", received=f"{path}, twice")
    rows = []
    for number_of, path in enumerate(paths, start=1):
        record = read_folder(path)
        recipe = record.recipe if isinstance(record, RunRecord) else _recipe_of(record)
        rows.append(Compared(number_of, record, recipe))
    return Comparison(tuple(rows), differing_settings([row.recipe for row in rows]))


def differing_settings(recipes: Sequence[Table]) -> dict[str, tuple[Any, ...]]:
    """The settings in which recipes differ.

    Returns:
        Dotted key to one value a recipe, None where a recipe lacks it; in the order in which the recipes have them.

    >>> differing_settings([{"training": {"epochs": 3, "seed": 0}}, {"training": {"epochs": 5, "seed": 0}}])
    {'training.epochs': (3, 5)}
    """
    flat = [_flat({key: value for key, value in recipe.items() if key not in DESCRIPTION}) for recipe in recipes]
    tables = dict.fromkeys(key.rpartition(".")[0] for one in flat for key in one)
    keys = sorted(dict.fromkeys(key for one in flat for key in one), key=lambda key: [*tables].index(_table(key)))
    columns = {key: tuple(one.get(key) for one in flat) for key in keys}
    return {key: values for key, values in columns.items() if any(value != values[0] for value in values)}


def value_of(row: Compared) -> str:
    """The test value with its spread, as one cell."""
    return with_spread(row.result.value, row.spread)


def shown_setting(value: object) -> str:
    """A setting as a recipe file writes it; a dash where the recipe lacks it.

    >>> shown_setting(True), shown_setting([32, 64]), shown_setting(0.001), shown_setting("adam")
    ('true', '[32, 64]', '0.001', 'adam')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(shown_setting(one) for one in value)}]"
    return number(None) if value is None else str(value)


def _recipe_of(record: ReproductionRecord) -> Table:
    return record.runs[0].recipe if record.runs else read_recipe_file(record.folder / "recipe.toml")[1]


def _table(key: str) -> str:
    return key.rpartition(".")[0]


def _flat(table: Table, prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _finite(value: Any) -> Any:
    """JSON has no NaN: a value that is no number is not there; the status and the notes say why."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _groups(values: Mapping[str, str]) -> str:
    """`digits (1 mlp/digits, 2 cnn/digits), moons (3 mlp/moons)`."""
    return ", ".join(
        f"{value} ({', '.join(label for label, one in values.items() if one == value)})"
        for value in dict.fromkeys(values.values())
    )


def _seeds(seeds: tuple[int, ...]) -> str:
    if len(seeds) > MOST_SEEDS:
        consecutive = seeds == tuple(range(seeds[0], seeds[0] + len(seeds)))
        return f"{seeds[0]} to {seeds[-1]}" if consecutive else f"{len(seeds)} seeds"
    return ", ".join(map(str, seeds)) or number(None)


def _best_epoch(row: Compared) -> str:
    best, epochs = row.of_each("best_epoch"), row.of_each("epochs")
    return f"{_range(best)} of {_range(epochs)}" if best and epochs else number(None)


def _range(values: list[int]) -> str:
    low, high = min(values), max(values)
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def _aligned(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
