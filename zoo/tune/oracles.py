"""KerasTuner's oracles, who propose settings; their state is one file, so that a search killed at any moment goes on.

KerasTuner keeps a file for the oracle and one for each trial, written one after the other in place. A kill between two
of them loses a trial or runs one twice, and its grid cannot go on at all; hence the one file here, renamed into place.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
from keras_tuner.engine.trial import Trial
from keras_tuner.oracles import BayesianOptimizationOracle, HyperbandOracle, RandomSearchOracle

from zoo.data.atomic import write_json
from zoo.run.errors import RunFolderError
from zoo.run.verdict import Direction
from zoo.tune.space import Choice, Range, Space

COMPLETED, FAILED, RUNNING, STOPPED, IDLE = "COMPLETED", "FAILED", "RUNNING", "STOPPED", "IDLE"
OBJECTIVE = "objective"

# KerasTuner gives up after three failures in a row; here the search counts, and fails only if nothing succeeded
NEVER = 10**9


class _OneFile(keras_tuner.Oracle):
    """What all oracles here do alike: keep their whole state in one file."""

    path: Path
    ongoing_trials: dict[str, Any]
    _retry_queue: list[str]

    def _save_trial(self, trial: Trial) -> None:
        """Nothing: the one file is written when a trial begins and when it ends."""

    def save(self) -> None:
        trials = [trial.get_state() for trial in self.trials.values()]
        write_json(self.path, {"oracle": self.get_state(), "trials": trials})

    def reload(self) -> None:
        """Take up the state of the file; trials that were running are given out again, under their own numbers."""
        try:
            state = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunFolderError(
                "the state of a search must be a readable JSON file", received=str(error), where=str(self.path)
            ) from None
        for one in state["trials"]:
            trial = Trial.from_state(one)
            self.trials[trial.trial_id] = trial
        self.set_state(state["oracle"])
        waiting = [trial.trial_id for trial in self.ongoing_trials.values() if trial.status == RUNNING]
        # given out from the end: the one that began first goes first
        self._retry_queue = sorted({*self._retry_queue, *waiting}, key=int, reverse=True)
        self.ongoing_trials = {}

    @keras_tuner.synchronized
    def give_out_again(self, tuner_id: str) -> str | None:
        """Take the trial of a worker that is gone, for the next worker that asks; its number, if it had one."""
        self.tuner_ids.discard(tuner_id)
        trial = self.ongoing_trials.pop(tuner_id, None)
        if trial is None or trial.status != RUNNING:
            return None
        self._retry_queue.append(trial.trial_id)
        self.save()
        return str(trial.trial_id)


class Random(_OneFile, RandomSearchOracle):
    """Settings drawn one by one (Bergstra and Bengio 2012)."""


class Hyperband(_OneFile, HyperbandOracle):
    """Many trials of few epochs, of which the better ones go on (Li et al. 2018)."""


class Bayesian(_OneFile, BayesianOptimizationOracle):
    """Settings where a Gaussian process over the trials so far expects most (upper confidence bound)."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        # KerasTuner does not keep the state of this generator; drawn anew for each trial, a resumed search is the same
        self._random_state = np.random.RandomState([self.seed, len(self.trials)])
        proposed: dict[str, Any] = super().populate_space(trial_id)
        return proposed


class Grid(_OneFile):
    """All settings of a grid in order; which one comes next follows from the number of trials."""

    space: Space

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        position = len(self.trials)
        if position >= self.space.size():
            return {"status": STOPPED, "values": None}
        return {"status": RUNNING, "values": encoded(self.space, self.space.at(position))}


def make_oracle(
    tuner: str, space: Space, path: Path, *, trials: int, direction: Direction, seed: int, epochs: int
) -> _OneFile:
    """The oracle of a search, with the state that its file has, if there is one.

    Args:
        tuner: random, grid, bayesian or hyperband.
        space: What is tried.
        path: The file of its state.
        trials: At most so many; hyperband deals out as many as its brackets have.
        direction: Which way the objective improves.
        seed: Of what it draws; 0 is as good as any other.
        epochs: Of the longest trial of hyperband.
    """
    common = {
        "objective": keras_tuner.Objective(OBJECTIVE, "min" if direction == "smaller" else "max"),
        "hyperparameters": hyperparameters(space, grid=tuner == "grid"),
        "seed": seed + 1,  # KerasTuner takes 0 for none
        "max_consecutive_failed_trials": NEVER,
    }
    oracle: _OneFile
    match tuner:
        case "random":
            oracle = Random(max_trials=trials, **common)
        case "bayesian":
            oracle = Bayesian(max_trials=trials, **common)
        case "hyperband":
            oracle = Hyperband(max_epochs=epochs, **common)
        case _:
            oracle = Grid(max_trials=trials, **common)
            oracle.space = space
    oracle.path = path
    oracle.verbose = 0
    if path.exists():
        oracle.reload()
    else:
        oracle.save()
    return oracle


def hyperparameters(space: Space, *, grid: bool = False) -> keras_tuner.HyperParameters:
    """A space in KerasTuner's words: choices by their JSON text, since it takes neither lists nor tables."""
    found = keras_tuner.HyperParameters()
    for key, axis in space.axes.items():
        if isinstance(axis, Choice) or grid:
            found.Choice(key, [json.dumps(value) for value in axis.points()])
            continue
        sampling = "log" if axis.log else "linear"
        if axis.whole:
            step = None if axis.log else int(axis.step or 1)
            found.Int(key, int(axis.low), int(axis.high), step=step, sampling=sampling)
        else:
            found.Float(key, axis.low, axis.high, step=axis.step, sampling=sampling)
    return found


def encoded(space: Space, values: dict[str, Any]) -> dict[str, Any]:
    """Settings of a grid as KerasTuner keeps them."""
    return {key: json.dumps(values[key]) for key in space.axes}


def decoded(space: Space, values: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `encoded`; what hyperband keeps for itself is left out.

    Numbers stay within their range: KerasTuner draws whole ones up to one more than the largest, and the proposals of a
    Gaussian process lie on that end often.
    """
    settings = {}
    for key, axis in space.axes.items():
        value = values[key]
        if isinstance(value, str):
            settings[key] = json.loads(value)
        else:
            assert isinstance(axis, Range)
            settings[key] = axis.nearest(value)
    return settings
