"""Reads what a run left behind: recipe.toml, run.json, metrics.jsonl and predictions.npz, and nothing else."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.report.errors import BrokenRunFolder, NewerRunFolder, NotARunFolder
from zoo.report.predictions import Predictions

if TYPE_CHECKING:
    import numpy as np

FORMAT = 1
STATUSES = ("running", "finished", "interrupted", "failed")

Table = Mapping[str, Any]


@dataclass(frozen=True)
class RunRecord:
    """One run, as its folder tells it.

    Args:
        folder: the run folder.
        facts: run.json.
        recipe: recipe.toml, parsed.
        recipe_text: recipe.toml as it stands in the folder.
        rows: metrics.jsonl, one table an epoch.
        notes: what the reader of a report must know about the files themselves.
    """

    folder: Path
    facts: Table
    recipe: Table
    recipe_text: str
    rows: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the recipe."""
        return str(self.facts["name"])

    @property
    def status(self) -> str:
        """One of running, finished, interrupted, failed."""
        return str(self.facts["status"])

    @property
    def primary(self) -> str:
        """Name of the metric that model selection and the promise are about."""
        return str(self.facts.get("primary") or (self.promise or {}).get("metric") or "loss")

    @property
    def promise(self) -> Table | None:
        """The recipe's promise, None where it makes none."""
        return self.facts.get("promise") or None

    @property
    def task(self) -> str:
        """Classification, regression, or another task of the family."""
        return str(self.recipe.get("task") or self.spec.get("task") or "")

    @property
    def spec(self) -> Table:
        """The data specification: kind, shape, classes, feature names, value range."""
        return self.table("data").get("spec") or {}

    def table(self, key: str) -> Table:
        """A table of run.json, empty where the run ended before it was known."""
        return self.facts.get(key) or {}

    def metric(self, split: str, name: str) -> float | None:
        """Value of a metric on a split, None where it was not measured."""
        return _value((self.table("metrics").get(split) or {}).get(name))

    def baseline(self, name: str, split: str = "test") -> float | None:
        """The trivial baseline's value of a metric, None where it was not measured."""
        return _value((self.table("baseline").get(split) or {}).get(name))

    @property
    def last_row(self) -> Table:
        """The last complete row of metrics.jsonl, empty where no epoch was completed."""
        return self.rows[-1] if self.rows else {}

    @property
    def step(self) -> int | None:
        """The step at which the run ended, None where that is not known."""
        step = self.table("error").get("step", self.facts.get("steps"))
        return None if step is None else int(step)

    def curves(self) -> dict[str, np.ndarray]:
        """The columns of metrics.jsonl.

        Returns:
            Name to float array (epochs,); NaN where a row lacks the value.
        """
        import numpy as np

        names = dict.fromkeys(key for row in self.rows for key in row)
        values = {name: [_value(row.get(name)) for row in self.rows] for name in names}
        return {name: np.array(column, dtype=float) for name, column in values.items()}

    @cached_property
    def predictions(self) -> Predictions | None:
        """The stored outputs, None where the run left none."""
        path = self.folder / "predictions.npz"
        return Predictions(path) if path.is_file() else None


@dataclass(frozen=True)
class ReproductionRecord:
    """The runs of one recipe over its seeds.

    Args:
        folder: the multi-seed folder.
        facts: its run.json.
        runs: the seeds' runs that are there, in the order of the seeds.
        missing: names of seed folders that are not there (yet).
    """

    folder: Path
    facts: Table
    runs: tuple[RunRecord, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the recipe."""
        return str(self.facts["name"])

    @property
    def status(self) -> str:
        """One of running, finished, interrupted, failed."""
        return str(self.facts["status"])

    @property
    def primary(self) -> str:
        """Name of the metric that the promise is about."""
        return str(self.facts.get("primary") or (self.promise or {}).get("metric") or "loss")

    @property
    def promise(self) -> Table | None:
        """The recipe's promise, None where it makes none."""
        return self.facts.get("promise") or None

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds asked for."""
        return tuple(int(seed) for seed in self.facts.get("seeds") or ())

    @property
    def values(self) -> tuple[float, ...]:
        """Test value of the primary metric, one a finished seed."""
        numbers = (_value(value) for value in self.facts.get("values") or ())
        return tuple(math.nan if number is None else number for number in numbers)

    def number(self, key: str) -> float | None:
        """A number of run.json (mean, spread, baseline, seconds), None where it is not known."""
        return _value(self.facts.get(key))


def read_folder(folder: str | Path) -> RunRecord | ReproductionRecord:
    """Read a run folder of either kind.

    Raises:
        NotARunFolder: there is no run.json, or one of a kind that has no report.
        BrokenRunFolder: a file is damaged.
        NewerRunFolder: a newer keras-zoo wrote it.
    """
    kind = read_facts(Path(folder)).get("kind")
    return read_reproduction(folder) if kind == "reproduce" else read_run(folder)


def read_run(folder: str | Path) -> RunRecord:
    """Read the folder of one run, finished or not.

    Args:
        folder: runs/<family>/<recipe>/<time>-<id>, or seed-N of a reproduction.

    Returns:
        The record; predictions are read when asked for.

    Raises:
        NotARunFolder: there is no run.json, or it is not that of a single run.
        BrokenRunFolder: a file is damaged.
        NewerRunFolder: a newer keras-zoo wrote it.
    """
    folder = Path(folder)
    facts = read_facts(folder)
    _check_kind(folder, facts, "run")
    recipe_text, recipe = read_recipe_file(folder / "recipe.toml")
    rows, notes = read_metrics(folder / "metrics.jsonl")
    record = RunRecord(folder, facts, recipe, recipe_text, rows, notes)
    if record.status == "finished" and record.predictions is None:
        note = "predictions.npz is not in the folder: the figures and tables drawn from it are left out."
        return RunRecord(folder, facts, recipe, recipe_text, rows, (*notes, note))
    return record


def read_reproduction(folder: str | Path) -> ReproductionRecord:
    """Read a multi-seed folder and the runs in it.

    Raises:
        NotARunFolder: there is no run.json, or it is not that of a reproduction.
        BrokenRunFolder: a file is damaged, here or in a seed's folder.
        NewerRunFolder: a newer keras-zoo wrote it.
    """
    folder = Path(folder)
    facts = read_facts(folder)
    _check_kind(folder, facts, "reproduce")
    names = [str(name) for name in facts.get("runs") or ()]
    there = [name for name in names if (folder / name / "run.json").is_file()]
    missing = tuple(name for name in names if name not in there)
    return ReproductionRecord(folder, facts, tuple(read_run(folder / name) for name in there), missing)


def read_metrics(path: Path) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Read metrics.jsonl.

    Args:
        path: the file; one that is not there has no rows (a closed-form model has no epochs).

    Returns:
        The rows, and notes about what was left out: a last line cut off in the middle, as a killed process leaves it.

    Raises:
        BrokenRunFolder: any other line is not a JSON object with an epoch; the message names it.
    """
    if not path.is_file():
        return (), ()
    lines = path.read_bytes().split(b"\n")
    rows: list[Table] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _row(line)
        if row is not None:
            rows.append(row)
        elif number == len(lines):
            return tuple(rows), (
                f"Line {number} of metrics.jsonl was cut off and is left out: the process was killed.",
            )
        else:
            raise BrokenRunFolder(
                "every line of metrics.jsonl must be a JSON object with an epoch",
                received=line[:60].decode("utf-8", "replace"),
                where=f"{path}:{number}",
                hint=f"remove line {number}, or train again",
            )
    return tuple(rows), ()


def read_recipe_file(path: Path) -> tuple[str, dict[str, Any]]:
    """Read the recipe.toml of a run folder.

    Returns:
        The text, and the text parsed.

    Raises:
        BrokenRunFolder: it is not there, or not TOML.
    """
    if not path.is_file():
        raise BrokenRunFolder(
            "a run folder must hold recipe.toml, which is written before training", where=str(path.parent)
        )
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except ValueError as error:
        raise BrokenRunFolder(f"recipe.toml must be valid TOML: {error}", where=str(path)) from error


def _row(line: bytes) -> Table | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and isinstance(row.get("epoch"), int) else None


def read_facts(folder: Path) -> dict[str, Any]:
    """Read and check run.json, of whatever kind.

    Raises:
        NotARunFolder: it is not there.
        BrokenRunFolder, NewerRunFolder: it cannot be read.
    """
    path = folder / "run.json"
    if not path.is_file():
        near = sorted(str(found.parent) for found in folder.glob("*/run.json"))[-3:] if folder.is_dir() else []
        raise NotARunFolder(
            "a run folder must hold run.json" if folder.is_dir() else "the run folder must exist",
            received=str(folder),
            near=near,
            hint="the folder that zoo train or zoo reproduce named at its end",
        )
    try:
        facts = json.loads(path.read_bytes())
    except ValueError as error:
        raise BrokenRunFolder(f"run.json must be valid JSON: {error}", where=str(path)) from error
    if not isinstance(facts, dict):
        raise BrokenRunFolder("run.json must hold one JSON object", received=type(facts).__name__, where=str(path))
    _check_format(path, facts)
    _check_facts(path, facts)
    return facts


def _check_format(path: Path, facts: Table) -> None:
    version = facts.get("format", FORMAT)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise BrokenRunFolder("format in run.json must be a whole number from 1 on", received=version, where=str(path))
    if version > FORMAT:
        raise NewerRunFolder(
            f"this keras-zoo reads run folders up to format {FORMAT}",
            received=f"format {version}",
            where=str(path),
            hint="pip install --upgrade keras-zoo",
        )


def _check_facts(path: Path, facts: Table) -> None:
    for key in ("name", "kind", "status"):
        if not isinstance(facts.get(key), str):
            raise BrokenRunFolder(f"run.json must hold {key!r}, a text", received=facts.get(key), where=str(path))
    if facts["status"] not in STATUSES:
        raise BrokenRunFolder(f"status must be one of {', '.join(STATUSES)}", received=facts["status"], where=str(path))
    for key in ("data", "metrics", "baseline", "promise", "error", "versions", "devices", "parameters", "weights"):
        # A reproduction's baseline is a number, a run's is a table.
        if (
            facts.get(key) is not None
            and not isinstance(facts[key], dict)
            and not (key == "baseline" and facts["kind"] != "run")
        ):
            raise BrokenRunFolder(
                f"{key!r} in run.json must be a table", received=type(facts[key]).__name__, where=str(path)
            )


def _check_kind(folder: Path, facts: Table, expected: str) -> None:
    if facts["kind"] != expected:
        raise NotARunFolder(
            f"run.json must be of kind {expected!r}", received=facts["kind"], where=str(folder / "run.json")
        )


def _value(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
