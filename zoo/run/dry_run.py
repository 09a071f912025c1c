"""What a run would take: shapes, parameters, memory and time, from three real steps."""

from __future__ import annotations

import resource
import statistics
import sys
import time
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from registry import Registry
from zoo.layers.adversarial import AdversarialModel
from zoo.recipe import BoundRecipe, RecipeError, Training
from zoo.run import lbfgs
from zoo.run.checkpoint import optimizers_of
from zoo.run.devices import find_devices, suited_to
from zoo.run.feeding import examples, training_batches
from zoo.run.placement import Placement
from zoo.run.preparation import Prepared, augmentation, prepare

MEASURED_STEPS = 3


class _Clock(keras.callbacks.Callback):
    """Seconds of each step; the first one is left out because it traces the graph."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._began = 0.0

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.seconds.append(time.perf_counter() - self._began)


def dry_run(registry: Registry, bound: BoundRecipe, *, seed: int, placement: Placement | None = None) -> dict[str, Any]:
    """Build, adapt and compile the recipe's model and time a few steps; nothing is written.

    Returns:
        name, layers (name, kind, output shape, parameters), parameters, bytes of weights, optimiser and data, peak
        memory of the process so far (bytes), steps, seconds per step (median of three), tracing seconds, projected
        seconds of training without validation.

    Raises:
        RecipeError: The family does not learn in steps.
    """
    if bound.learning not in ("gradient", "adversarial"):
        raise RecipeError(
            "a dry run times the steps of a family that learns by gradient, adversarial or not",
            received=f"{bound.family.name} learns by {bound.learning}",
            hint=f"zoo train {bound.name} epochs=1",
        )
    training = bound.recipe.training
    single = bound.recipe.model_copy(update={"training": training.model_copy(update={"steps_per_execution": 1})})
    ready = prepare(
        registry, replace(bound, recipe=single), seed, None, find_devices(suited_to(bound, placement or Placement()))
    )
    seconds = _seconds_of_steps(ready, training, seed)
    per_step = statistics.median(seconds[1:])
    steps = ready.plan.epochs * ready.plan.steps_per_epoch
    unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, KiB elsewhere
    return {
        "name": bound.name,
        "layers": [_layer(layer) for layer in ready.model.layers],
        "parameters": ready.model.count_params(),
        "weights_bytes": _bytes(ready.model.weights),
        "optimizer_bytes": sum(_bytes(one.variables) for one in optimizers_of(ready.stepped)),
        "data_bytes": sum(split.features.nbytes + split.targets.nbytes for split in ready.data.splits.values()),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
        "devices": ready.devices.facts(ready.global_batch, training),
        "batch_shape": _batch_shape(ready),
        "steps_per_epoch": ready.plan.steps_per_epoch,
        "steps": steps,
        "seconds_per_step": per_step,
        "tracing_seconds": seconds[0] - per_step,
        "projected_seconds": seconds[0] + per_step * steps,
    }


def _batch_shape(ready: Prepared) -> list[int]:
    """Shape of what a step takes; a generator's pictures are no inputs of its model."""
    if isinstance(ready.model, AdversarialModel):
        return [ready.global_batch * ready.model.critic_steps, *ready.data.spec.shape]
    return list(examples(ready.model, ready.data.train, ready.global_batch)[0].shape)


def _seconds_of_steps(ready: Prepared, training: Training, seed: int) -> list[float]:
    """Seconds of a first step, which traces the graph, and of three more."""
    if training.optimizer == lbfgs.NAME:
        return lbfgs.seconds_of_evaluations(ready.model, ready.data, training, 1 + MEASURED_STEPS)
    augment = augmentation(training, ready.data.spec)
    devices = ready.devices
    batches = training_batches(
        ready.stepped,
        ready.data.train,
        batch_size=training.batch_size,
        seed=seed,
        augment=augment,
        share=devices.share,
    )
    clock = _Clock()
    ready.stepped.fit(
        devices.distribute(batches), steps_per_epoch=1 + MEASURED_STEPS, callbacks=[clock], verbose=0, shuffle=False
    )
    return clock.seconds


def _layer(layer: keras.Layer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "kind": type(layer).__name__,
        # a recurrent layer has its states as further outputs
        "output_shape": list((layer.output[0] if isinstance(layer.output, list) else layer.output).shape),
        "parameters": layer.count_params(),
    }


def _bytes(variables: list[Any]) -> int:
    return sum(np.asarray(variable).nbytes for variable in variables)
