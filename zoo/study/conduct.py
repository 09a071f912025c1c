"""A study from its beginning, or from where it was stopped, to its table."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

from registry import Registry
from zoo.data.atomic import write_text
from zoo.recipe import BoundRecipe, resolved, write_recipe
from zoo.recipe.seeds import check_seeds
from zoo.recipe.study import Grid, grid
from zoo.run import determinism as determinisms
from zoo.run import trainer
from zoo.run.errors import Interrupted, RunFailed, RunFolderError
from zoo.run.events import CellEnded, RunEnded, Subscriber, emitter
from zoo.run.folder import RunFolder, now
from zoo.run.head import head
from zoo.run.placement import Placement
from zoo.run.signals import Signals
from zoo.run.workers import Crew
from zoo.study.result import summarise, value_of
from zoo.study.units import Runner, Unit, forget_deaths, units_of
from zoo.tune.trial import SharedData

LOOK_SECONDS = 0.3


def begin(
    registry: Registry,
    bound: BoundRecipe,
    folder: RunFolder,
    *,
    seeds: Sequence[int] | None,
    workers: int,
    deadline_minutes: float,
    argv: Sequence[str],
    determinism: str | None = None,
    placement: Placement | None = None,
) -> None:
    """Write what a study is going to do; `go_on` does it."""
    study = bound.recipe.study
    assert study is not None
    repeats = determinisms.enter(determinism)
    spread = grid(registry, bound)
    write_text(folder.path / "recipe.toml", write_recipe(resolved(bound)))
    folder.write(
        {
            **head(bound, folder, "study", argv, repeats=repeats, placement=placement),
            "seeds": list(check_seeds(seeds or study.seeds)),
            "workers": workers,
            "deadline_minutes": deadline_minutes,
            "axes": [axis.to_json() for axis in spread.axes],
            "grid": {cell.name: dict(cell.settings) for cell in spread.cells},
            "metric": spread.metric,
            "show": list(spread.show),
            "plot": spread.plot,
            "primary": spread.metric,
        }
    )


def go_on(
    registry: Registry, bound: BoundRecipe, folder: RunFolder, *, subscribers: tuple[Subscriber, ...]
) -> dict[str, Any]:
    """Run what has not ended yet, then write the table of all cells.

    Returns:
        The table of run.json.

    Raises:
        RunFolderError: The study is finished, has other cells than it began with, or a process is working on it.
        RunFailed: No run finished, or the disk is full.
        Interrupted: A signal came; the study can be resumed.
    """
    began = time.monotonic()
    with folder.held():
        table = folder.read()
        if table["status"] == "finished":
            raise RunFolderError("only a study that has not finished can be resumed", received=str(folder.path))
        trainer.require_same_recipe(table, bound, folder)
        cells = grid(registry, bound)
        if table["grid"] != {cell.name: dict(cell.settings) for cell in cells.cells}:
            raise RunFolderError("a study goes on with the cells that it began with", where=str(folder.path))
        units = units_of(cells, folder.path, tuple(table["seeds"]))
        forget_deaths(units)
        table = folder.update(status="running", ended=None, error=None)

        def close(status: str, *, hurried: bool = False, **facts: Any) -> dict[str, Any]:
            seconds = round(float(table["seconds"]) + time.monotonic() - began, 3)
            closed = folder.update(status=status, ended=now(), seconds=seconds, **summarise(cells, units), **facts)
            emitter(subscribers)(RunEnded(folder.path, status, hurried))
            return closed

        def late(number: int) -> None:
            """Said by another thread, before it ends the process: a run obeyed no signal in time."""
            folder.update(status="interrupted", ended=now())

        with Signals() as signals, signals.telling(late):
            try:
                _run_all(registry, folder, table, _Teller(cells, units, subscribers), signals)
                if not any((unit.facts() or {}).get("status") == "finished" for unit in units):
                    raise _nothing_finished(units, folder)
            except BaseException as error:
                stopped = isinstance(error, Interrupted | KeyboardInterrupt)
                try:
                    status, hurried = "interrupted" if stopped else "failed", trainer.is_hurried(error)
                    close(status, hurried=hurried, error=trainer.error_facts(error))
                except Exception as second:
                    error.add_note(f"and the folder could not be told: {second}")
                raise
            return close("finished")


class _Teller:
    """Tells the subscribers once of every unit that ends, whichever process ran it."""

    def __init__(self, cells: Grid, units: Sequence[Unit], subscribers: tuple[Subscriber, ...]) -> None:
        self.units, self.metric, self.emit = units, cells.metric, emitter(subscribers)
        self.ended = {unit.path for unit in units if unit.ended}

    def look(self) -> None:
        """Tell of the units that have ended since the last look."""
        for unit in self.units:
            if unit.path not in self.ended and unit.ended:
                self.ended.add(unit.path)
                facts = unit.facts() or {}
                finished = facts["status"] == "finished"
                self.emit(
                    CellEnded(
                        unit.name,
                        len(self.ended),
                        len(self.units),
                        self.metric,
                        value_of(facts, f"validation_{self.metric}") if finished else None,
                        float(facts.get("seconds") or 0.0),
                        None if finished else str((facts.get("error") or {}).get("message")),
                    )
                )


def _run_all(registry: Registry, folder: RunFolder, table: dict[str, Any], teller: _Teller, signals: Signals) -> None:
    """Run all units that are left: here, or in worker processes."""
    if table["workers"] > 1:
        _run_crew(folder, table, teller, signals)
        return
    runner = Runner(registry, table, signals, SharedData(registry))
    for unit in teller.units:
        if signals.received is not None:
            raise _stopped(signals.received, folder)
        try:
            runner.run(unit)
        except Interrupted as error:
            raise _stopped(error.signal_number, folder) from error
        teller.look()


def _run_crew(folder: RunFolder, table: dict[str, Any], teller: _Teller, signals: Signals) -> None:
    crew = Crew(
        min(table["workers"], len(teller.units)),
        lambda index: [sys.executable, "-m", "zoo.study.worker", str(folder.path.absolute())],
        logs=folder.path / "workers",
        deadline_seconds=60.0 * table["deadline_minutes"],
        # a unit that ends its process is given up after as many deaths; this is for what dies before any
        deaths=5,
        signals=signals,
        hint=f"zoo resume {folder.path}",
    )
    with crew:
        while crew.tick():
            teller.look()
            time.sleep(LOOK_SECONDS)
    teller.look()


def _stopped(number: int, folder: RunFolder) -> Interrupted:
    name = signal.Signals(number).name
    return Interrupted(
        f"{name} stopped the study; it can be resumed", signal_number=number, hint=f"zoo resume {folder.path}"
    )


def _nothing_finished(units: Sequence[Unit], folder: RunFolder) -> RunFailed:
    first = next(unit for unit in units)
    error = (first.facts() or {}).get("error") or {}
    return RunFailed(
        f"none of the {len(units)} runs of the study finished; the first one says: {error.get('message')}",
        where=str(folder.path),
        hint=str(error.get("hint") or "zoo train, with the settings of one cell"),
    )
