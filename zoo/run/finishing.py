"""What a run leaves when it has learned: scores on every split, outputs, weights and their record."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from zoo.data.atomic import write_bytes, write_json
from zoo.data.spec import SPLIT_NAMES, Data
from zoo.recipe import BoundRecipe, resolved
from zoo.run.conductor import Conductor
from zoo.run.folder import RunFolder
from zoo.run.generation_scores import Examination
from zoo.run.outputs import predictions
from zoo.run.preparation import Prepared, parameters_of
from zoo.run.tasks import baseline_scores, score, task_of
from zoo.weights.files import save_model
from zoo.weights.record import make_record


def finish(ready: Prepared, conductor: Conductor, bound: BoundRecipe, folder: RunFolder) -> None:
    """Score the kept weights on every split (the test split for the first time) and write what the run leaves."""
    data = ready.data
    found = examination(ready.model, data)
    weights = save_model(ready.model, folder.path)
    record = make_record(ready.bound, resolved(ready.bound), data, weights)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **found.arrays)
    write_bytes(folder.path / "predictions.npz", buffer.getvalue())
    write_json(folder.path / "model.json", record)
    last = conductor.position.rows
    folder.update(
        metrics=found.metrics,
        baseline=found.baseline,
        parameters=parameters_of(ready.model),
        best_epoch=_kept_epoch(conductor, bound),
        epochs=last,
        steps=conductor.global_step,
        weights=weights,
        checkpoints={"written": conductor.saved, "seconds": round(conductor.save_seconds, 3)},
    )


def examination(model: Any, data: Data) -> Examination:
    """What a run keeps of a trained model and its scores on all splits, as the task has it."""
    task = task_of(data.spec)
    if task.examine is not None:
        return task.examine(model, data, SPLIT_NAMES)
    arrays = predictions(model, data)
    outputs = {name: arrays[f"{name}_outputs"] for name in data.splits}
    scores = {name: score(data.spec, outputs[name], split.targets) for name, split in data.splits.items()}
    return Examination(arrays, scores, baseline_scores(data, outputs))


def _kept_epoch(conductor: Conductor, bound: BoundRecipe) -> int | None:
    """The epoch whose weights were kept; None of a model that learns by itself: no epoch of it was chosen."""
    if bound.learning != "gradient":
        return None
    return conductor.monitor.best_epoch if bound.recipe.training.restore_best else conductor.position.rows
