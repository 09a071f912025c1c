"""A search: KerasTuner proposes settings, the shared runner tries them, and the best ones become a recipe."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from registry import Registry
from zoo.recipe import BoundRecipe
from zoo.run import trainer
from zoo.run.errors import RunFailed
from zoo.run.events import Subscriber, TrialEnded, emitter
from zoo.run.folder import RunFolder
from zoo.run.folds import Folding
from zoo.run.signals import Signals
from zoo.tune.halting import Halting
from zoo.tune.objective import Objective
from zoo.tune.oracles import COMPLETED, FAILED, IDLE, OBJECTIVE, STOPPED, decoded, make_oracle
from zoo.tune.settings import Settings
from zoo.tune.space import space_of
from zoo.tune.trial import BASE, SharedData, Trial, TrialRunner, lighten, order, read_trials

ORACLE = "oracle.json"
IDLE_SECONDS = 0.2

# bytes that a process may grow by over its first trial before a fresh one takes over
MOST_GROWTH = 2**30


class Search:
    """One search at work.

    Args:
        registry: Where names are looked up.
        bound: The recipe that is tuned.
        folder: Of the search, begun before.
        subscribers: Who is told of events.
    """

    def __init__(
        self, registry: Registry, bound: BoundRecipe, folder: RunFolder, subscribers: tuple[Subscriber, ...] = ()
    ) -> None:
        table = folder.read()
        self.registry, self.bound, self.folder = registry, bound, folder
        self.table, self.subscribers, self.emit = table, subscribers, emitter(subscribers)
        self.settings = Settings(**table["settings"])
        # as it was begun: what the recipe's [tuning] table adds was settled then
        untuned = bound.recipe.model_copy(update={"tuning": None})
        self.space = space_of(registry, untuned, table["space"], only=True)
        self.objective = Objective(self.settings.objective)
        self.placement = trainer.placed_in(table)
        self.began = time.monotonic()
        self.before = float(table["seconds"])

    @property
    def seconds(self) -> float:
        """That the search took so far, over all its processes."""
        return self.before + time.monotonic() - self.began

    def is_over(self) -> bool:
        """Whether its time is over."""
        return self.settings.max_minutes is not None and self.seconds > 60 * self.settings.max_minutes

    def oracle(self) -> Any:
        """Who proposes settings, with its state."""
        return make_oracle(
            self.settings.tuner,
            self.space,
            self.folder.path / ORACLE,
            trials=self.settings.trials,
            direction=self.objective.direction,
            seed=self.settings.seed,
            epochs=self.bound.recipe.training.epochs,
        )

    def runner(self, signals: Signals, subscribers: tuple[Subscriber, ...] = ()) -> TrialRunner:
        """What runs trials in this process."""
        settings = self.settings
        folding = None if settings.folding is None else Folding.parse(settings.folding)
        halting = Halting(self.folder.path, self.objective, self.is_over, settings.median)
        return TrialRunner(
            self.registry,
            self.bound.recipe,
            self.space,
            self.objective,
            self.folder.path,
            tuple(range(settings.seed, settings.seed + settings.executions)),
            folding,
            self.placement,
            tuple(self.table["argv"]),
            signals,
            halting,
            subscribers,
            SharedData(self.registry),
        )

    def best(self, trials: Sequence[Trial]) -> list[Trial]:
        """The completed trials, the best first; equal ones in their order. The recipe as it stands is not one."""
        found = [trial for trial in trials if trial.completed and trial.number != BASE]
        sign = 1.0 if self.objective.direction == "smaller" else -1.0
        return sorted(found, key=lambda trial: (sign * (trial.score or 0.0), order(trial.number)))

    def told(self, trial: Trial) -> None:
        """Tell of a trial that ended, and remove the weights of those that are no longer among the best."""
        self.folder.update(seconds=round(self.seconds, 3))  # a process that comes after a kill counts on from here
        trials = read_trials(self.folder.path)
        best = self.best(trials)
        kept = {one.number for one in best[: self.settings.keep]} | {BASE}
        if self.settings.tuner != "hyperband":  # whose trials begin where others were halted
            self._lighten(trials, kept)
        note = trial.halted if trial.error is None else f"{trial.error['type']}: {trial.error['message']}"
        self.emit(
            TrialEnded(
                trial.number,
                sum(one.number != BASE for one in trials),
                None if self.settings.tuner == "hyperband" else min(self.settings.trials, self._most()),
                self.objective.name,
                trial.score,
                best[0].number if best else None,
                best[0].score if best else None,
                trial.seconds,
                trial.settings,
                note,
            )
        )

    def _most(self) -> int:
        return self.space.size() if self.settings.tuner == "grid" else self.settings.trials

    def _lighten(self, trials: Sequence[Trial], kept: set[str]) -> None:
        for trial in trials:
            if trial.number not in kept:
                lighten(self.folder.path / "trials" / trial.number)

    def close_trials(self) -> list[Trial]:
        """Remove what only trials at work need.

        Returns:
            The completed trials, the best first.

        Raises:
            RunFailed: There is none.
        """
        trials = read_trials(self.folder.path)
        best = self.best(trials)
        self._lighten(trials, {one.number for one in best[: self.settings.keep]} | {BASE})
        if best:
            return best
        failed = [trial for trial in trials if trial.error is not None]
        why = f"; the last one: {failed[-1].error['message']}" if failed and failed[-1].error else ""
        raise RunFailed(
            "a search needs a trial that completes",
            received=f"{len(failed)} failed{why}" if failed else "no trial ended",
            where=str(self.folder.path),
            hint="a narrower space, or --max-minutes more" if failed else "--max-minutes more, or fewer epochs",
        )


@contextmanager
def modules_set_aside() -> Iterator[None]:
    """Within the block the garbage collector leaves out what is there already, a million objects of imported modules.

    Keras collects garbage before every model; that takes 0.3 s a trial, a tenth of a small one, and 0.02 s so.
    What a caller had set aside before stays so afterwards.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def run_here(search: Search, signals: Signals, grown: Callable[[], bool]) -> bool:
    """Run trials in this process until there are no more.

    Args:
        search: What is searched.
        signals: Obeyed between two compiled calls.
        grown: Whether the process has become too large for another trial.

    Returns:
        Whether the search has come to its end; False where a fresh process should go on.
    """
    runner = search.runner(signals)
    if search.settings.base:
        search.told(runner.run(BASE, {}))
    oracle = search.oracle()
    return ask(oracle, "worker-0", runner, search.is_over, search.told, grown)


def ask(
    oracle: Any,
    worker: str,
    runner: TrialRunner,
    is_over: Callable[[], bool],
    told: Callable[[Trial], None],
    grown: Callable[[], bool],
) -> bool:
    """Ask an oracle, here or at another process, for trials and run them, until there are no more.

    Returns:
        Whether there are no more; False where the process has grown too large.
    """
    with modules_set_aside():
        return _ask(oracle, worker, runner, is_over, told, grown)


def _ask(
    oracle: Any,
    worker: str,
    runner: TrialRunner,
    is_over: Callable[[], bool],
    told: Callable[[Trial], None],
    grown: Callable[[], bool],
) -> bool:
    while not is_over():
        proposed = oracle.create_trial(worker)
        if proposed.status == STOPPED:
            return True
        if proposed.status == IDLE:
            runner.waits()
            time.sleep(IDLE_SECONDS)
            continue
        values = proposed.hyperparameters.values
        number = str(proposed.trial_id)
        if "tuner/epochs" in values:
            runner.halt.rounds[number] = int(values["tuner/epochs"])  # type: ignore[attr-defined]
        trial = runner.run(number, decoded(runner.space, values), goes_on_from=values.get("tuner/trial_id"))
        if trial.completed:
            oracle.update_trial(number, {OBJECTIVE: trial.score})
        proposed.status = COMPLETED if trial.completed else FAILED
        proposed.message = None if trial.error is None else str(trial.error["message"])
        oracle.end_trial(proposed)
        told(trial)
        if grown():
            return False
    return True


def resident_bytes() -> int:
    """Memory that this process holds, in bytes; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


class Growth:
    """Whether this process has grown too large: by more than 1 GiB since its second trial ended."""

    def __init__(self) -> None:
        self.trials, self.first = 0, 0

    def __call__(self) -> bool:
        self.trials += 1
        if self.trials <= 2:
            self.first = resident_bytes()
        return resident_bytes() - self.first > MOST_GROWTH
