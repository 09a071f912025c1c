"""What the runner costs: an epoch of `zoo.train` of cnn/mnist against one of bare `fit`, by turns in one process.

All three train the same network with the same compiled step, batch, epochs, settings and steps in a compiled call, and
validate after every epoch. An epoch of `zoo.train` has its row of metrics, its best weights and its checkpoints in it.
Augmentation is off, since arrays given to `fit` cannot have it. The first epoch, in which functions are traced, is
given apart, and so is what `zoo.train` does besides: reading the data and building before, scores and report after.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any

import keras

from benchmarks.pairs import Legs, NextLeg, ratio_line, seconds_line, take_turns
from registry import default
from zoo import jobs
from zoo.data.batches import evaluation_batches, training_batches
from zoo.recipe import bind, read_recipe
from zoo.run.events import EpochEnded, Event, RunStarted
from zoo.run.preparation import Prepared, prepare

NAME = "cnn/mnist"
LABELS = {"zoo": "zoo.train", "pipeline": "fit on the same tf.data pipeline", "arrays": "fit on NumPy arrays"}


class OneEpoch(keras.callbacks.Callback):
    """Ends a leg with every epoch; it asks nothing of single steps, so `fit` is as fast as without it."""

    def __init__(self, next_leg: NextLeg) -> None:
        super().__init__()
        self.next_leg = next_leg

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self.next_leg()


def run(rounds: int = 9) -> None:
    """Print seconds and ratios; the bounds are 1.03 on the same pipeline and 1.00 on arrays."""
    none = {f"training.augmentation.{key}": 0.0 for key in ("shift", "rotation", "zoom")}
    changes: dict[str, Any] = {"epochs": rounds + 1, **none}
    bound = bind(default(), read_recipe(default(), NAME, changes))
    training = bound.recipe.training

    def zoo_train(next_leg: NextLeg) -> None:
        def listen(event: Event) -> None:
            if isinstance(event, RunStarted | EpochEnded):
                next_leg()

        with tempfile.TemporaryDirectory() as folder:
            jobs.train(default(), NAME, changes, runs=folder, subscribers=[listen])

    def bare(ready: Prepared, next_leg: NextLeg, **arguments: Any) -> None:
        next_leg()
        ready.model.fit(**arguments, epochs=training.epochs, callbacks=[OneEpoch(next_leg)], verbose=0)

    def on_pipeline(next_leg: NextLeg) -> None:
        ready = prepare(default(), bound, seed=0)
        bare(
            ready,
            next_leg,
            x=training_batches(ready.data.train, batch_size=training.batch_size, seed=0),
            steps_per_epoch=ready.plan.steps_per_epoch,
            validation_data=evaluation_batches(ready.data.validation),
            shuffle=False,
        )

    def on_arrays(next_leg: NextLeg) -> None:
        ready = prepare(default(), bound, seed=0)
        train, validation = ready.data.train, ready.data.validation
        bare(
            ready,
            next_leg,
            x=train.features,
            y=train.targets,
            batch_size=training.batch_size,
            validation_data=(validation.features, validation.targets),
            validation_batch_size=1024,
        )

    plan = prepare(default(), bound, seed=0).plan
    print(
        f"{NAME}: batches of {training.batch_size}, {plan.steps_per_epoch} steps an epoch, {plan.steps_per_execution} "
        f"steps in a compiled call, {rounds} epochs after the first"
    )
    _print(take_turns({"zoo": zoo_train, "pipeline": on_pipeline, "arrays": on_arrays}, training.epochs))


def _print(legs: dict[str, Legs]) -> None:
    times = {name: legs[name].counted() for name in legs}
    for name, label in LABELS.items():
        print(seconds_line(f"{label}: an epoch, wall", times[name].wall))
        print(seconds_line(f"{label}: an epoch, CPU", times[name].cpu))
    for name in ("pipeline", "arrays"):
        print(ratio_line(f"zoo.train / {LABELS[name]}, wall", times["zoo"].wall, times[name].wall))
        print(ratio_line(f"zoo.train / {LABELS[name]}, CPU", times["zoo"].cpu, times[name].cpu))
    for name, label in LABELS.items():
        before, first, *_, after = legs[name].cpu
        print(f"{label + ': CPU once':<58} before {before:.1f} s, first epoch {first:.1f} s, after {after:.1f} s")
