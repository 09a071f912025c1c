"""What a run leaves when it has learned: scores on every split, outputs, weights and their record."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from zoo.data.atomic import write_bytes, write_json
from zoo.data.spec import SPLIT_NAMES, Data
from zoo.recipe import BoundRecipe, resolved
from zoo.run.conductor import Conductor
from zoo.run.extent import WHOLE, Extent
from zoo.run.folder import RunFolder
from zoo.run.generation_scores import Examination
from zoo.run.minimisation import Moves
from zoo.run.outputs import measured_outputs, predictions
from zoo.run.preparation import Prepared, parameters_of
from zoo.run.tasks import baseline_scores, score, task_of
from zoo.weights.files import save_model
from zoo.weights.record import make_record


def finish(
    ready: Prepared, conductor: Conductor, bound: BoundRecipe, folder: RunFolder, extent: Extent = WHOLE
) -> None:
    """Score the kept weights on every split (the test split for the first time) and write what the run leaves.

    Args:
        ready: What has learned.
        conductor: How far it came.
        bound: The recipe.
        folder: The run folder.
        extent: Which splits are scored, and whether the outputs are kept.
    """
    data = ready.data
    found = examination(ready.model, data, extent.measure)
    weights = save_model(ready.model, folder.path)
    record = make_record(ready.bound, resolved(ready.bound), data, weights)
    if extent.outputs:
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
        halted=conductor.halted,
        checkpoints={"written": conductor.saved, "seconds": round(conductor.save_seconds, 3)},
    )


def examination(model: Any, data: Data, splits: Sequence[str] = SPLIT_NAMES) -> Examination:
    """What a run keeps of a trained model and its scores on some or all splits, as the task has it."""
    task = task_of(data.spec)
    surface = model.landscape(data) if isinstance(model, Moves) else {}
    if task.examine is not None:
        found = task.examine(model, data, splits)
        return replace(found, arrays=found.arrays | surface)
    if tuple(splits) == SPLIT_NAMES:
        arrays = predictions(model, data) | surface
        outputs = {name: arrays[f"{name}_outputs"] for name in splits}
    else:
        arrays, measured = {}, measured_outputs(model, data.spec)
        outputs = {name: measured(data.splits[name]) for name in splits}
    scores = {name: score(data.spec, outputs[name], data.splits[name].targets) for name in splits}
    return Examination(arrays, scores, baseline_scores(data, outputs))


def _kept_epoch(conductor: Conductor, bound: BoundRecipe) -> int | None:
    """The epoch whose weights were kept; None of a model that learns by itself: no epoch of it was chosen."""
    if bound.learning != "gradient":
        return None
    return conductor.monitor.best_epoch if bound.recipe.training.restore_best else conductor.position.rows
