"""Run a recipe's seeds one after the other and judge its promise."""

from __future__ import annotations

import signal
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from registry import Registry
from zoo.data.atomic import write_text
from zoo.recipe import BoundRecipe, resolved, write_recipe
from zoo.run import determinism as determinisms
from zoo.run import trainer
from zoo.run.errors import Interrupted, RunFolderError
from zoo.run.events import RunEnded, Subscriber, emitter
from zoo.run.folder import RunFolder, make_folder, now
from zoo.run.head import head
from zoo.run.placement import Placement
from zoo.run.signals import Signals
from zoo.run.tasks import TASKS
from zoo.run.verdict import direction_of, judge, statistic_of

FRESH_SEEDS = (0, 1, 2)


def begin(
    bound: BoundRecipe,
    folder: RunFolder,
    *,
    seeds: Sequence[int] | None,
    argv: Sequence[str],
    determinism: str | None = None,
    placement: Placement | None = None,
    primary: str | None = None,
) -> None:
    """Write what a reproduction is going to do; `go_on` does it.

    Args:
        bound: The recipe.
        folder: An empty folder.
        seeds: Seeds to run; the promise's own if not given, 0, 1 and 2 for a recipe without a promise.
        argv: The command, for the record.
        determinism: A level of `zoo.run.determinism`; the process's own if not given.
        placement: Where every seed runs.
        primary: The metric that is told; the promise's, or the task's first if not given.
    """
    repeats = determinisms.enter(determinism)
    promise = bound.recipe.promise
    chosen = list(seeds or (promise.seeds if promise else FRESH_SEEDS))
    write_text(folder.path / "recipe.toml", write_recipe(resolved(bound)))
    folder.write(
        {
            **head(bound, folder, "reproduce", argv, repeats=repeats, placement=placement),
            "seeds": chosen,
            "runs": [f"seed-{seed}" for seed in chosen],
            "primary": primary or (promise.metric if promise else TASKS[bound.recipe.task].primary),
            "promise": promise.model_dump(mode="json") if promise else None,
        }
    )


def go_on(
    registry: Registry, bound: BoundRecipe, folder: RunFolder, *, subscribers: tuple[Subscriber, ...]
) -> dict[str, Any]:
    """Run the seeds that are not finished yet, then write mean, spread and verdict.

    Returns:
        The table of run.json.

    Raises:
        RunFolderError: The reproduction is finished, or another process is working on it.
        Otherwise as `trainer.start`: a seed that fails ends the reproduction.
    """
    began = time.monotonic()
    with folder.held():
        table = folder.read()
        if table["status"] == "finished":
            raise RunFolderError("only a reproduction that has not finished can be resumed", received=str(folder.path))
        trainer.require_same_recipe(table, bound, folder)
        table = folder.update(status="running", ended=None, error=None)

        def close(status: str, *, hurried: bool = False, **facts: Any) -> dict[str, Any]:
            seconds = round(float(table["seconds"]) + time.monotonic() - began, 3)
            closed = folder.update(status=status, ended=now(), seconds=seconds, **facts)
            emitter(subscribers)(RunEnded(folder.path, status, hurried))
            return closed

        def late(number: int) -> None:
            """Said by another thread, before it ends the process: a seed obeyed no signal in time."""
            folder.update(status="interrupted", ended=now())

        with Signals() as signals, signals.telling(late):
            try:
                for seed, name in zip(table["seeds"], table["runs"], strict=True):
                    _stop_if_asked(signals, folder)
                    _run_seed(registry, bound, folder.path / name, seed, table, signals, subscribers)
                verdict = _verdict(table, folder.path)
            except BaseException as error:
                stopped = isinstance(error, Interrupted | KeyboardInterrupt)
                try:
                    status, hurried = "interrupted" if stopped else "failed", trainer.is_hurried(error)
                    close(status, hurried=hurried, error=trainer.error_facts(error))
                except Exception as second:
                    error.add_note(f"and the folder could not be told: {second}")
                raise
            return close("finished", **verdict)


def _stop_if_asked(signals: Signals, folder: RunFolder) -> None:
    """Between two seeds: stop when a signal came."""
    if signals.received is not None:
        raise Interrupted(
            f"{signal.Signals(signals.received).name} stopped the reproduction between two seeds; it can be resumed",
            signal_number=signals.received,
            hint=f"zoo resume {folder.path}",
        )


def _run_seed(
    registry: Registry,
    bound: BoundRecipe,
    path: Path,
    seed: int,
    whole: Mapping[str, Any],
    signals: Signals,
    subscribers: tuple[Subscriber, ...],
) -> None:
    """One seed of a whole reproduction: started, resumed, or left alone when it is finished."""
    run = RunFolder(path)
    if not (path / "run.json").exists():
        path = path if path.is_dir() else make_folder(path)
        trainer.start(
            registry,
            bound,
            run,
            seed=seed,
            argv=whole["argv"],
            subscribers=subscribers,
            signals=signals,
            determinism=whole.get("determinism", {}).get("level"),
            placement=trainer.placed_in(whole),
        )
        return
    table = run.read()
    trainer.require_same_recipe(table, bound, run)
    if table["status"] != "finished":
        trainer.go_on(registry, bound, run, subscribers=subscribers, signals=signals)


def _verdict(table: dict[str, Any], path: Path) -> dict[str, Any]:
    """Mean, median, spread and verdict over the finished seeds.

    A promise is kept when the mean, or the median where it says so, is inside what it allows and beats the trivial
    baseline.
    """
    metric = table["primary"]
    runs = [RunFolder(path / name).read() for name in table["runs"]]
    values = [float(run["metrics"]["test"][metric]) for run in runs]
    mean = statistics.fmean(values)
    baselines = [run["baseline"]["test"][metric] for run in runs if metric in run["baseline"]["test"]]
    baseline = statistics.fmean(baselines) if baselines else None
    facts: dict[str, Any] = {
        "values": values,
        "mean": mean,
        "median": statistics.median(values),
        "spread": statistics.stdev(values) if len(values) > 1 else None,
        "baseline": baseline,
        "kept": None,
        "margin": None,
    }
    if table["promise"] is not None:
        verdict = judge(facts[statistic_of(table["promise"])], table["promise"], direction_of(metric), baseline)
        facts |= {"kept": verdict.kept, "margin": verdict.margin}
    return facts
