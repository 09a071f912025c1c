"""One unit of a study: a cell with a seed, a run like any other, taken by one process at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from filelock import FileLock, Timeout

from registry import Registry
from zoo.data.atomic import write_json
from zoo.recipe.study import Cell, Grid
from zoo.run import trainer
from zoo.run.errors import Interrupted, RunFailed
from zoo.run.events import Subscriber
from zoo.run.extent import Extent
from zoo.run.folder import RunFolder, make_folder
from zoo.run.signals import Signals
from zoo.tune.trial import SharedData

FOLDER = "cells"
# a process that dies so often in the same unit would do so for ever
MOST_DEATHS = 3
BEGUN = ".begun"
FAILURE = "failure.json"


class DiedRepeatedly(RunFailed):
    """The process that ran a unit was ended by the system again and again."""


@dataclass(frozen=True)
class Unit:
    """A cell with a seed.

    Attributes:
        cell: The cell.
        seed: The seed.
        path: Of its run folder.
    """

    cell: Cell
    seed: int
    path: Path

    @property
    def name(self) -> str:
        """As people read it: `03-adam-10, seed 0`."""
        return f"{self.cell.name}, seed {self.seed}"

    def facts(self) -> dict[str, Any] | None:
        """The table of its run.json, or what it failed with before there was one; None where it has not begun."""
        if (self.path / FAILURE).exists():
            return {"status": "failed", "error": json.loads((self.path / FAILURE).read_text(encoding="utf-8"))}
        return RunFolder(self.path).read() if (self.path / "run.json").exists() else None

    @property
    def ended(self) -> bool:
        """Whether it has come to its end, well or not."""
        return (self.facts() or {}).get("status") in ("finished", "failed")


def units_of(grid: Grid, folder: Path, seeds: tuple[int, ...]) -> list[Unit]:
    """All units of a study, cell by cell."""
    return [Unit(cell, seed, folder / FOLDER / cell.name / f"seed-{seed}") for cell in grid.cells for seed in seeds]


@contextmanager
def claimed(unit: Unit) -> Iterator[bool]:
    """Hold a unit while working on it; False where another process does. A process that dies holds nothing."""
    try:
        unit.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFailed(
            "the folder of a study must be in a place that can be written", received=str(error), where=str(unit.path)
        ) from error
    lock = FileLock(unit.path.parent / f".{unit.path.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


@dataclass(frozen=True)
class Runner:
    """Runs units in this process.

    Attributes:
        registry: Where data sets are looked up.
        table: run.json of the study.
        signals: Obeyed between two compiled calls.
        data: Read once for equal options.
        subscribers: Told of the events of every run.
    """

    registry: Registry
    table: Mapping[str, Any]
    signals: Signals
    data: SharedData
    subscribers: tuple[Subscriber, ...] = ()

    def run(self, unit: Unit) -> bool:
        """Begin a unit or go on with it, unless it has ended or another process works on it; whether it ended here.

        An error of the unit's own is kept in its folder.

        Raises:
            Interrupted, KeyboardInterrupt: The study is to stop.
            RunFailed: The disk is full or cannot be written: no other unit would fare better.
        """
        with claimed(unit) as mine:
            if not mine or unit.ended:
                return False
            deaths = _begin(unit.path)
            try:
                if deaths >= MOST_DEATHS:
                    raise DiedRepeatedly(f"the process that ran it was ended {deaths} times, with no error of its own")
                self._run(unit)
            except (Interrupted, KeyboardInterrupt):
                (unit.path / BEGUN).unlink(missing_ok=True)
                raise
            except Exception as error:
                if isinstance(error.__cause__, OSError):
                    raise
                _keep(unit, error)
            (unit.path / BEGUN).unlink(missing_ok=True)
            # what Keras keeps of every model by name; without it a process grows by some 10 MB a run
            keras.utils.clear_session(free_memory=True)
            return True

    def _run(self, unit: Unit) -> None:
        run, bound = RunFolder(unit.path), unit.cell.bound
        common: dict[str, Any] = {
            "subscribers": self.subscribers,
            "signals": self.signals,
            "placement": trainer.placed_in(self.table),
            "extent": Extent(data=self.data.of(bound)),
        }
        if (unit.path / "run.json").exists():
            trainer.go_on(self.registry, bound, run, **common)
            return
        if not unit.path.is_dir():
            make_folder(unit.path)
        level = self.table.get("determinism", {}).get("level")
        argv = self.table["argv"]
        trainer.start(self.registry, bound, run, seed=unit.seed, argv=argv, determinism=level, **common)


def forget_deaths(units: list[Unit]) -> None:
    """Begin to count anew how often units ended their process: a study that is resumed may have been killed itself."""
    for unit in units:
        (unit.path / BEGUN).unlink(missing_ok=True)


def _begin(path: Path) -> int:
    """Count that a unit begins; how often it began before without an end."""
    with open(path / BEGUN, "ab") as file:
        before = file.tell()
        file.write(b".")
    return before


def _keep(unit: Unit, error: Exception) -> None:
    """See to it that a unit's folder says that it failed, and with what."""
    facts = unit.facts()
    if facts is not None and facts["status"] == "failed":
        return
    stated = trainer.error_facts(error)
    if facts is None:
        write_json(unit.path / FAILURE, stated)
    else:
        RunFolder(unit.path).update(status="failed", error=stated)
