"""One trial: a recipe with some settings, trained by the shared runner once a seed, or over folds, and scored."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from registry import Registry, ZooError
from zoo.data.atomic import write_json
from zoo.data.spec import Data
from zoo.recipe import BoundRecipe, Recipe
from zoo.run import trainer
from zoo.run.cross_validate import cross_validate
from zoo.run.errors import Interrupted, RunFolderError, WorkerLost
from zoo.run.events import StepsDone, Subscriber
from zoo.run.extent import Extent, Halt
from zoo.run.folder import RunFolder, make_folder, now
from zoo.run.folds import Folding
from zoo.run.placement import Placement
from zoo.run.preparation import load_data
from zoo.run.signals import Signals
from zoo.tune.objective import InvalidObjective, Objective
from zoo.tune.space import Space, changed

COMPLETED, FAILED = "completed", "failed"
OVER = "the search's time was over"
FILE = "trial.json"
BASE = "base"  # the recipe as it stands, which nobody ends early

HELD_SECONDS = 30.0  # a worker whose search was killed ends within 10

# what a trial leaves beside its rows and its record; of all but the best ones it is removed
HEAVY = ("checkpoint", "figures", "samples", "model.json", "predictions.npz", "model.weights.h5", "model.skops")


@dataclass(frozen=True)
class Trial:
    """What came of a trial, as its file trial.json keeps it.

    Attributes:
        number: Its name, `0007`, or `base` of the recipe as it stands.
        settings: What differs from the recipe.
        status: "completed" or "failed".
        score: Mean of the objective over the seeds, or over the folds; None of a failed one.
        scores: Of each seed.
        seconds: That it took.
        parameters: Of the model.
        epochs: That the first seed made.
        halted: Why it was ended early, or None.
        error: Type and message of what it failed with, or None.
        ended: When, in UTC, ISO 8601.
    """

    number: str
    settings: dict[str, Any]
    status: str
    score: float | None = None
    scores: tuple[float, ...] = ()
    seconds: float = 0.0
    parameters: int | None = None
    epochs: int | None = None
    halted: str | None = None
    error: dict[str, Any] | None = None
    ended: str | None = None

    @property
    def completed(self) -> bool:
        """Whether it has a score."""
        return self.status == COMPLETED

    def write(self, path: Path) -> None:
        """Write the trial's file."""
        write_json(path / FILE, self.__dict__ | {"scores": list(self.scores)})


def read_trial(path: Path) -> Trial | None:
    """The trial of a folder; None of one that has not ended."""
    try:
        table = json.loads((path / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Trial(**table | {"scores": tuple(table["scores"])})


def order(number: str) -> int:
    """Where a trial stands: by its number, of however many digits; the recipe as it stands before all."""
    return -1 if number == BASE else int(number)


def ended(folder: Path) -> list[str]:
    """The numbers of all trials of a search that have ended, in their order."""
    return sorted((path.parent.name for path in (folder / "trials").glob(f"*/{FILE}")), key=order)


def read_trials(folder: Path) -> list[Trial]:
    """All trials of a search that have ended, in their order."""
    found = [read_trial(folder / "trials" / number) for number in ended(folder)]
    return [trial for trial in found if trial is not None]


@dataclass
class SharedData:
    """The data of the trials of a process: read once for equal options, the last few kept."""

    registry: Registry
    kept: dict[str, Data] = field(default_factory=dict)
    most: int = 2

    def of(self, bound: BoundRecipe) -> Data:
        """The recipe's data, under its task."""
        key = f"{bound.dataset.name} {bound.recipe.task} {bound.data_options.model_dump_json()}"
        if key not in self.kept:
            while len(self.kept) >= self.most:
                del self.kept[next(iter(self.kept))]
            self.kept[key] = load_data(self.registry, bound)
        return self.kept[key]


Halts = Callable[[str], Halt | None]


@dataclass(frozen=True)
class TrialRunner:
    """Runs the trials of a search in this process, one after the other.

    Attributes:
        registry: Where names are looked up.
        recipe: What is tuned.
        space: What is tried.
        objective: What a trial is scored by.
        folder: Of the search.
        seeds: Of every trial.
        folding: How a cross-validation divides the rows; None where the validation split scores.
        placement: Where trials run.
        argv: The command, for the record.
        signals: Obeyed between two compiled calls.
        halt: From a trial's number to who may end it early.
        subscribers: Told of the events of each run.
        data: Shared by the trials.
    """

    registry: Registry
    recipe: Recipe
    space: Space
    objective: Objective
    folder: Path
    seeds: tuple[int, ...]
    folding: Folding | None
    placement: Placement
    argv: tuple[str, ...]
    signals: Signals
    halt: Halts
    subscribers: tuple[Subscriber, ...]
    data: SharedData

    def run(self, number: str, settings: Mapping[str, Any], *, goes_on_from: str | None = None) -> Trial:
        """Run a trial to its end, or go on with it; one that has ended is only read.

        Args:
            number: Its name in the folder `trials`.
            settings: What differs from the recipe.
            goes_on_from: Another trial of the same settings, whose last checkpoint it begins with.

        Returns:
            What came of it; an error of its own is kept in it.

        Raises:
            Interrupted, KeyboardInterrupt: The search is to stop.
            RunFailed, OSError: The disk is full or cannot be written: no other trial would fare better.
        RunFolderError: Another process works on the trial, or it began with other data.
        InvalidObjective: The objective is not measured.
        """
        path = self.folder / "trials" / number
        ended = read_trial(path)
        if ended is not None:
            return ended
        path.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        before = _seconds_before(path)
        try:
            bound = changed(self.registry, self.recipe, settings)
            if self.folding:
                facts = self._run_folds(bound, path)
            else:
                facts = self._run_seeds(_unseen(bound), path, goes_on_from)
            trial = Trial(number, dict(settings), COMPLETED, **facts)
        except (Interrupted, WorkerLost, RunFolderError, InvalidObjective):
            raise
        except Exception as error:
            if isinstance(error, OSError) or isinstance(error.__cause__, OSError):
                raise
            trial = Trial(number, dict(settings), FAILED, error=_error_facts(error))
        trial = Trial(**trial.__dict__ | {"seconds": round(before + time.monotonic() - began, 3), "ended": now()})
        trial.write(path)
        return trial

    def waits(self) -> None:
        """Give a sign of life while there is no trial to run."""
        for subscriber in self.subscribers:
            subscriber(StepsDone(0, None))

    def _run_seeds(self, bound: BoundRecipe, path: Path, goes_on_from: str | None) -> dict[str, Any]:
        scores, halted = [], None
        runs = [path / f"seed-{seed}" for seed in self.seeds]
        for seed, run in zip(self.seeds, runs, strict=True):
            if goes_on_from is not None and not (run / "run.json").exists():
                _continue(self.folder / "trials" / goes_on_from / run.name, run)
            facts = self._run(bound, RunFolder(run), seed)
            scores.append(self.objective.of_run(facts, RunFolder(run).rows()))
            halted = halted or facts.get("halted")
            if facts.get("halted") == OVER:  # the other seeds would make one epoch each
                break
        first = RunFolder(runs[0]).read()
        return {
            "score": sum(scores) / len(scores),
            "scores": tuple(scores),
            "parameters": sum(first["parameters"].values()),
            "epochs": first["epochs"],
            "halted": halted,
        }

    def _run(self, bound: BoundRecipe, run: RunFolder, seed: int) -> dict[str, Any]:
        """One seed of a trial: begun, gone on with, or read."""
        extent = Extent(("validation",), halt=self.halt(run.path.parent.name), data=self.data.of(bound), outputs=False)
        common: dict[str, Any] = {
            "subscribers": self.subscribers,
            "signals": self.signals,
            "placement": self.placement,
            "extent": extent,
        }
        until = time.monotonic() + HELD_SECONDS
        while (run.path / "run.json").exists() and run.is_held() and time.monotonic() < until:
            time.sleep(0.5)
        if not (run.path / "run.json").exists():
            if not run.path.is_dir():
                make_folder(run.path)
            trainer.start(self.registry, bound, run, seed=seed, argv=self.argv, **common)
        elif run.read()["status"] != "finished":
            trainer.go_on(self.registry, bound, run, **common)
        return run.read()

    def _run_folds(self, bound: BoundRecipe, path: Path) -> dict[str, Any]:
        """A cross-validation for each seed, begun again where it was cut off."""
        scores = []
        for seed in self.seeds:
            run = path / f"seed-{seed}"
            if (run / "run.json").exists() and RunFolder(run).read()["status"] == "finished":
                facts = RunFolder(run).read()
            else:
                shutil.rmtree(run, ignore_errors=True)
                facts = cross_validate(
                    self.registry,
                    bound,
                    RunFolder(make_folder(run)),
                    self.folding,  # type: ignore[arg-type]
                    seed=seed,
                    argv=self.argv,
                    subscribers=self.subscribers,
                    signals=self.signals,
                    data=self.data.of(bound),
                )
            scores.append(self.objective.of_folds(facts))
        return {"score": sum(scores) / len(scores), "scores": tuple(scores)}


def _unseen(bound: BoundRecipe) -> BoundRecipe:
    """The recipe of an estimator that does not learn from the validation split, which is to score it."""
    if not getattr(bound.hyperparameters, "fit_on_validation", False):
        return bound
    return replace(bound, hyperparameters=bound.hyperparameters.model_copy(update={"fit_on_validation": False}))


def _continue(before: Path, run: Path) -> None:
    """Begin a run where another one of the same recipe and seed was halted: its copy, which then goes on."""
    aside = run.with_name(f".{run.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(before, aside, ignore=shutil.ignore_patterns(".lock", ".reserve.part", "model.*"))
    RunFolder(aside).update(status="interrupted", ended=None, halted=None)
    aside.rename(run)


def _seconds_before(path: Path) -> float:
    """Seconds that a trial took before it was cut off."""
    tables = [json.loads(file.read_text(encoding="utf-8")) for file in path.glob("seed-*/run.json")]
    return sum(float(table["seconds"]) for table in tables)


def _error_facts(error: Exception) -> dict[str, Any]:
    facts = trainer.error_facts(error)
    if not isinstance(error, ZooError):  # of TensorFlow and Keras: the first lines say what
        facts["message"] = "\n".join(facts["message"].strip().splitlines()[:6])
    return facts


def lighten(path: Path) -> None:
    """Remove weights and checkpoints of a trial that is not among the best; its record and rows stay."""
    for run in path.glob("seed-*"):
        for name in HEAVY:
            target = run / name
            if target.is_dir():
                shutil.rmtree(target, ignore_errors=True)
            else:
                target.unlink(missing_ok=True)
        shutil.rmtree(run / "folds", ignore_errors=True)
