"""The trials of a search for TensorBoard's HParams page, and for MLflow where it is installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorboard.plugins.hparams import api as hparams

from zoo.run.events import Noted
from zoo.tune.search import Search
from zoo.tune.trial import Trial

TENSORBOARD, MLFLOW = "tensorboard", "mlruns.db"


def track(search: Search, trials: Sequence[Trial]) -> None:
    """Write all completed trials; what an earlier process had written of them is written again."""
    completed = [trial for trial in trials if trial.completed]
    _tensorboard(search, completed)
    if importlib.util.find_spec("mlflow") is not None:
        _mlflow(search, completed)


def _tensorboard(search: Search, trials: Sequence[Trial]) -> None:
    root = search.folder.path / TENSORBOARD
    shutil.rmtree(root, ignore_errors=True)
    for trial in trials:
        writer = tf.summary.create_file_writer(str(root / trial.number))
        with writer.as_default():
            hparams.hparams(_plain(trial.settings), trial_id=trial.number)
            tf.summary.scalar(search.objective.name, trial.score, step=trial.epochs or 0)
            tf.summary.scalar("seconds", trial.seconds, step=trial.epochs or 0)
        writer.close()


def _mlflow(search: Search, trials: Sequence[Trial]) -> None:
    """One MLflow run a trial, in an experiment of the recipe's name: at MLFLOW_TRACKING_URI, or in the folder."""
    address = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(search.folder.path / MLFLOW).absolute()}"
    try:
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=address)
        found = client.get_experiment_by_name(search.bound.name)
        experiment = client.create_experiment(search.bound.name) if found is None else found.experiment_id
        search_filter = f"tags.search = '{search.folder.name}'"
        there = {run.info.run_name for run in client.search_runs([experiment], search_filter, max_results=50_000)}
        for trial in trials:
            if f"{search.folder.name}/{trial.number}" in there:
                continue
            tags = {"mlflow.runName": f"{search.folder.name}/{trial.number}", "search": search.folder.name}
            run = client.create_run(experiment, tags=tags).info.run_id
            for key, value in _plain(trial.settings).items():
                client.log_param(run, key, value)
            client.log_metric(run, search.objective.name, float(trial.score or 0.0))
            client.set_terminated(run)
    except Exception as error:  # a server of somebody else's: the search does not depend on it, and its user is told
        search.emit(Noted(f"MLflow at {address} did not take the trials: {type(error).__name__}: {error}"))


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    """Lists and tables as text: HParams takes numbers, text and truth values."""
    return {
        key: value if isinstance(value, bool | int | float | str) else str(value) for key, value in settings.items()
    }
