"""Cross-validation: every row of training and validation split is held out once; the test split is never touched."""

from __future__ import annotations

import signal
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from registry import Registry
from zoo.data.atomic import write_text
from zoo.data.spec import Data, Split
from zoo.recipe import BoundRecipe, resolved, write_recipe
from zoo.run import estimator, trainer
from zoo.run.errors import Interrupted
from zoo.run.events import Noted, Subscriber, emitter
from zoo.run.folder import RunFolder, make_folder, now
from zoo.run.folds import Folding, InvalidFolds, expanding_folds, fold_data, pooled
from zoo.run.head import head
from zoo.run.preparation import load_data, require_known_learning
from zoo.run.scores import baseline_outputs
from zoo.run.signals import Signals
from zoo.run.tasks import TASKS, task_of
from zoo.run.verdict import metric_label, shown

MOST_NOTES = 30  # folds that are told of one by one
Scores = dict[str, float]


def cross_validate(
    registry: Registry,
    bound: BoundRecipe,
    folder: RunFolder,
    folding: Folding,
    *,
    seed: int,
    argv: Sequence[str],
    subscribers: tuple[Subscriber, ...] = (),
    signals: Signals | None = None,
    data: Data | None = None,
) -> dict[str, Any]:
    """Hold out every fold once, and measure what was learned from the others.

    A network leaves a run for each fold in the folder `folds`; an estimator, which is fitted in no time, leaves none.

    Args:
        registry: Where data sets are looked up.
        bound: What to train.
        folder: An empty folder.
        folding: How the rows are divided.
        seed: Of the draw of the folds, and of every run.
        argv: The command, for the record.
        subscribers: Who is told of events.
        signals: Watched by the caller over several cross-validations; its own if not given.
        data: The recipe's own data, loaded before.

    Returns:
        The table of run.json: for each metric mean, spread (standard deviation over the folds) and values, beside the
        mean of the trivial baseline. Of leave-one-out all rows are scored together, since a metric of one row says
        little: there is no spread.

    Raises:
        InvalidFolds: The rows cannot be divided so.
        Interrupted: A signal came; nothing is resumed.
        UserError, ZooError: As training.
    """
    require_known_learning(bound)
    began = time.monotonic()

    def late(number: int) -> None:
        """Said by another thread, before it ends the process: a fold obeyed no signal in time."""
        folder.update(status="interrupted", ended=now())

    with folder.held(), nullcontext(signals) if signals else Signals() as watched, watched.telling(late):
        write_text(folder.path / "recipe.toml", write_recipe(resolved(bound)))
        folder.write(_head(bound, folder, folding, seed, argv))

        def close(status: str, **facts: Any) -> dict[str, Any]:
            return folder.update(status=status, ended=now(), seconds=round(time.monotonic() - began, 3), **facts)

        try:
            facts = _Folds(registry, bound, folder, folding, seed, tuple(argv), subscribers, watched, data).run()
        except BaseException as error:
            stopped = isinstance(error, Interrupted | KeyboardInterrupt)
            close("interrupted" if stopped else "failed", error=trainer.error_facts(error))
            raise
        return close("finished", **facts)


def _head(bound: BoundRecipe, folder: RunFolder, folding: Folding, seed: int, argv: Sequence[str]) -> dict[str, Any]:
    return {
        **head(bound, folder, "cross_validation", argv),
        "seed": seed,
        "folding": str(folding),
        "primary": TASKS[bound.recipe.task].primary,
    }


@dataclass(frozen=True)
class _Folds:
    """One cross-validation at work; the fields are the arguments of `cross_validate`."""

    registry: Registry
    bound: BoundRecipe
    folder: RunFolder
    folding: Folding
    seed: int
    argv: tuple[str, ...]
    subscribers: tuple[Subscriber, ...]
    signals: Signals
    data: Data | None

    def run(self) -> dict[str, Any]:
        """Learn and measure, fold by fold."""
        if self.bound.recipe.task == "text_generation":
            raise InvalidFolds("folds are drawn of rows; a text is divided by position", received=self.bound.name)
        if TASKS[self.bound.recipe.task].examine is not None:
            raise InvalidFolds("a model that makes pictures says nothing of single examples", received=self.bound.name)
        data = self.data or load_data(self.registry, self.bound)
        self.folding.require_for(data.spec.kind)
        if self.folding.kind == "expanding":
            return self._expanding(data)
        task, pool = task_of(data.spec), pooled(data)
        alone = self.folding.kind == "leave_one_out"
        if alone and task.name not in ("classification", "regression"):
            raise InvalidFolds("leave-one-out is for classification and regression", received=task.name, hint="--cv 5")
        classes = task.name == "classification"
        divided = list(self.folding.divide(pool.targets, classes=classes, seed=self.seed))
        by_fold, baselines, outputs, trivial = [], [], [], []
        for number, (learned, held) in enumerate(divided, 1):
            self._stop_if_asked()
            fold, said = self._fold(data, pool, learned, held, number)
            if alone:
                outputs.append(said)
                trivial.append(baseline_outputs(data.spec, fold.train, len(held)))
                continue
            by_fold.append(task.score(data.spec, said, fold.test.targets))
            baselines.append(task.baseline_score(fold, "test", said))
            self._tell(number, len(divided), by_fold[-1][task.primary])
        if alone:  # the rows are held out in their order
            by_fold = [task.score(data.spec, np.concatenate(outputs), pool.targets)]
            baselines = [task.score(data.spec, np.concatenate(trivial), pool.targets)]
        return self._facts(len(divided), len(pool), by_fold, baselines)

    def _expanding(self, data: Data) -> dict[str, Any]:
        """The same of a series."""
        task, folds = task_of(data.spec), expanding_folds(data, self.folding.count)
        by_fold, baselines = [], []
        for number, fold in enumerate(folds, 1):
            self._stop_if_asked()
            said = self._run_fold(fold, number)
            by_fold.append(task.score(data.spec, said, fold.test.targets))
            baselines.append(task.baseline_score(fold, "test", said))
            self._tell(number, len(folds), by_fold[-1][task.primary])
        return self._facts(len(folds), sum(len(fold.test) for fold in folds), by_fold, baselines)

    def _facts(self, folds: int, examples: int, by_fold: list[Scores], baselines: list[Scores]) -> dict[str, Any]:
        names = [name for name in by_fold[0] if all(name in scores for scores in by_fold)]
        return {
            "folds": folds,
            "examples": examples,
            "metrics": {name: _over_folds([scores[name] for scores in by_fold]) for name in names},
            "baseline": {"name": TASKS[self.bound.recipe.task].baseline, **_means(baselines)},
            "runs": [] if self.bound.learning == "estimator" else [_path(one) for one in range(1, folds + 1)],
        }

    def _fold(
        self, data: Data, pool: Split, learned: np.ndarray, held: np.ndarray, number: int
    ) -> tuple[Data, np.ndarray]:
        """The data of one fold, and what was said of its held-out rows."""
        if self.bound.learning == "estimator":
            return self._estimator_fold(data, pool, learned, held)
        fold = fold_data(data, pool, learned, held, seed=self.seed)
        return fold, self._run_fold(fold, number)

    def _run_fold(self, fold: Data, number: int) -> np.ndarray:
        """What a network that learned from a fold says of its held-out rows."""
        run = RunFolder(make_folder(self.folder.path / _path(number)))
        trainer.start(
            self.registry,
            self.bound,
            run,
            seed=self.seed,
            argv=self.argv,
            subscribers=self.subscribers,
            signals=self.signals,
            data=fold,
        )
        with np.load(run.path / "predictions.npz", allow_pickle=False) as arrays:
            said: np.ndarray = arrays["test_outputs"]
        return said

    def _estimator_fold(
        self, data: Data, pool: Split, learned: np.ndarray, held: np.ndarray
    ) -> tuple[Data, np.ndarray]:
        part, test = (Split(pool.features[rows], pool.targets[rows]) for rows in (learned, held))
        fold = Data(data.spec, train=part, validation=test, test=test, splitting=data.splitting)
        model = self.bound.family.builder.load()(self.bound.hyperparameters, data.spec)
        estimator.seed(model, self.seed)
        # what is held out is not learned from, whatever the hyperparameters say of the validation split
        own = self.bound.hyperparameters.model_copy(update={"fit_on_validation": False})
        estimator.fit(model, fold, replace(self.bound, hyperparameters=own))
        return fold, estimator.outputs(model, data.spec, test.features)

    def _stop_if_asked(self) -> None:
        if self.signals.received is not None:
            raise Interrupted(
                f"{signal.Signals(self.signals.received).name} stopped the cross-validation between two folds",
                signal_number=self.signals.received,
                hint=f"begin again: zoo train {self.bound.name} --cv {self.folding}",
            )

    def _tell(self, number: int, count: int, value: float) -> None:
        if count <= MOST_NOTES:
            metric = metric_label(TASKS[self.bound.recipe.task].primary)
            emitter(self.subscribers)(Noted(f"fold {number} of {count}: {metric} {shown(value)}"))


def _path(number: int) -> str:
    return f"folds/fold-{number}"


def _over_folds(values: list[float]) -> dict[str, Any]:
    if len(values) == 1:
        return {"mean": values[0], "spread": None, "values": []}
    return {"mean": statistics.fmean(values), "spread": statistics.stdev(values), "values": values}


def _means(baselines: list[Scores]) -> Scores:
    names = [name for name in baselines[0] if all(name in scores for scores in baselines)]
    return {name: statistics.fmean(scores[name] for scores in baselines) for name in names}


def table_lines(facts: Mapping[str, Any]) -> list[str]:
    """A cross-validation as a person reads it: one line a metric, mean and spread beside the trivial baseline."""
    baseline = facts["baseline"]
    spreads = any(metric["spread"] is not None for metric in facts["metrics"].values())
    what = "mean +- spread over the folds" if spreads else "over all rows, each held out once"
    lines = [
        f"{facts['name']}, {facts['folding']}, seed {facts['seed']}: {facts['folds']} folds of {facts['examples']:,} "
        f"examples, the test split left alone"
    ]
    lines.append(f"  {'metric':<24} {what:<32} trivial baseline ({baseline['name']})")
    for name, metric in facts["metrics"].items():
        value = shown(metric["mean"]) + (f" +- {shown(metric['spread'])}" if metric["spread"] is not None else "")
        beside = shown(baseline[name]) if name in baseline else ""
        lines.append(f"  {metric_label(name):<24} {value:<32} {beside}".rstrip())
    return lines
