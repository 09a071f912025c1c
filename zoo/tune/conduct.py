"""A search from its beginning, or from where it was stopped, to its winner."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from registry import Registry
from zoo.recipe import BoundRecipe
from zoo.run import trainer
from zoo.run.errors import Interrupted, RunFailed, RunFolderError, WorkerLost
from zoo.run.events import Event, Noted, RunEnded, Subscriber, TrialEnded
from zoo.run.folder import RunFolder, now
from zoo.run.signals import Signals
from zoo.tune.chief import Site, chief_answers, connect, post_of, run_chief, run_crew
from zoo.tune.search import Growth, Search, ask, run_here
from zoo.tune.tracking import track
from zoo.tune.trial import BASE, Trial, read_trial, read_trials
from zoo.tune.winner import FOLDER, retrain, winner_recipe, write_winner


def conduct(
    registry: Registry,
    bound: BoundRecipe,
    folder: RunFolder,
    *,
    subscribers: tuple[Subscriber, ...],
    place: Site | None = None,
) -> dict[str, Any]:
    """Search to the end, write the winner's recipe, train it again, and state all of it in run.json.

    Args:
        registry: Where names are looked up.
        bound: The recipe that is tuned.
        folder: Of the search, begun before; trials that have ended are not run again.
        subscribers: Who is told of trials, and of the runs of the winner.
        place: The chief's, where workers are on other hosts.

    Returns:
        The table of run.json.

    Raises:
        RunFailed: No trial completed, or the disk is full.
        Interrupted: A signal came; the search can be resumed.
    """
    with folder.held():
        if folder.read()["status"] == "finished":
            raise RunFolderError("only a search that has not finished can be resumed", received=str(folder.path))
        folder.remove_leftovers()
        folder.update(status="running", ended=None, error=None)
        search = Search(registry, bound, folder, subscribers)

        def close(status: str, *, hurried: bool = False, **facts: Any) -> dict[str, Any]:
            closed = folder.update(status=status, ended=now(), seconds=round(search.seconds, 3), **facts)
            search.emit(RunEnded(folder.path, status, hurried))
            return closed

        def late(number: int) -> None:
            """Said by another thread, before it ends the process: a trial obeyed no signal in time."""
            folder.update(status="interrupted", ended=now(), seconds=round(search.seconds, 3))

        with Signals() as signals, signals.telling(late):
            try:
                if not (folder.path / FOLDER / "run.json").exists():
                    _try_all(search, signals, place)
                _stop_if_asked(signals, folder)
                facts = _ended(registry, search, subscribers)
            except OSError as error:
                stated = RunFailed(
                    "the folder of a search must be writable until it ends",
                    received=str(error),
                    where=str(folder.path),
                    hint=f"free space, then zoo resume {folder.path}",
                )
                with suppress(OSError):
                    close("failed", error=trainer.error_facts(stated))
                raise stated from error
            except BaseException as error:
                stopped = isinstance(error, Interrupted | KeyboardInterrupt | WorkerLost)
                try:
                    status = "interrupted" if stopped else "failed"
                    close(status, hurried=trainer.is_hurried(error), error=trainer.error_facts(error))
                except Exception as second:
                    error.add_note(f"and the folder could not be told: {second}")
                raise
            return close("finished", **facts)


def _stop_if_asked(signals: Signals, folder: RunFolder) -> None:
    """Between the trials and the winner: stop when a signal came."""
    if signals.received is not None:
        raise Interrupted(
            f"{signal.Signals(signals.received).name} stopped the search after its last trial; it can be resumed",
            signal_number=signals.received,
            hint=f"zoo resume {folder.path}",
        )


def _try_all(search: Search, signals: Signals, place: Site | None) -> None:
    """Run all trials: here, in processes of this host, or on other hosts."""
    if place is not None:
        run_chief(search, place, signals)
    elif search.settings.workers > 1:
        run_crew(search, signals)
    elif not run_here(search, signals, Growth()):
        search.emit(Noted("this process has grown by 1 GiB; fresh ones run the trials that are left"))
        run_crew(search, signals)


def _ended(registry: Registry, search: Search, subscribers: tuple[Subscriber, ...]) -> dict[str, Any]:
    """The winner, trained again, and what run.json says of the search."""
    best = search.close_trials()
    trials = read_trials(search.folder.path)
    base = read_trial(search.folder.path / "trials" / BASE)
    own = [trial for trial in trials if trial.number != BASE]
    facts: dict[str, Any] = {
        "trials": {
            "completed": sum(trial.completed for trial in own),
            "failed": sum(not trial.completed for trial in own),
            "halted": sum(trial.halted is not None for trial in own),
        },
        "best": _facts_of(best[0]),
        "kept": [trial.number for trial in best[: search.settings.keep]],
        "base": base.score if base is not None and base.completed else None,
        "primary": search.objective.metric,
    }
    search.folder.update(**facts)
    told = search.table | facts | {"seconds": search.seconds}
    track(search, trials)
    bound = winner_recipe(registry, search.bound.recipe, best[0])
    path = write_winner(search.folder.path, bound, told, None)
    winner: dict[str, Any] = {"file": path.name, "name": bound.name}
    if search.settings.retrain:
        table = retrain(registry, search, best[0], told, tuple(_but_ends(one) for one in subscribers))
        winner |= {key: table[key] for key in ("primary", "values", "mean", "spread", "baseline", "seeds")}
    return {**facts, "winner": winner, "bytes": bytes_of(search.folder.path)}


def _but_ends(subscriber: Subscriber) -> Subscriber:
    """Told of everything but that a run of the winner ended: of the search's own end it is told once."""

    def tell(event: Event) -> None:
        if not isinstance(event, RunEnded):
            subscriber(event)

    return tell


def _facts_of(trial: Trial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "settings": trial.settings,
        "score": trial.score,
        "scores": list(trial.scores),
        "parameters": trial.parameters,
    }


def bytes_of(folder: Path) -> int:
    """Bytes of all files of a folder."""
    return sum((Path(place) / name).stat().st_size for place, _, names in os.walk(folder) for name in names)


def join(
    registry: Registry, bound: BoundRecipe, folder: RunFolder, place: Site, subscribers: tuple[Subscriber, ...]
) -> int:
    """Run trials for the chief on another host until it has no more; the number of trials run here."""
    search, count = Search(registry, bound, folder), 0
    post = post_of(folder.path, place.tuner_id)

    def told(trial: Trial) -> None:
        nonlocal count
        count += 1
        for subscriber in subscribers:
            subscriber(
                TrialEnded(
                    trial.number,
                    count,
                    None,
                    search.objective.name,
                    trial.score,
                    None,
                    None,
                    trial.seconds,
                    trial.settings,
                    trial.halted,
                )
            )

    with Signals() as signals:
        oracle = connect(place.address, place.tuner_id)
        runner = search.runner(signals, subscribers=(post,))
        if search.settings.base and _is_first(folder.path):
            runner.run(BASE, {})
        with chief_answers(place.address):
            ask(oracle, place.tuner_id, runner, search.is_over, told, lambda: False)
    return count


def _is_first(folder: Path) -> bool:
    """Whether no worker on another host has come to score the recipe as it stands."""
    try:
        (folder / "workers" / ".base").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
