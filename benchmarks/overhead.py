"""What the runner costs: `zoo.train` of cnn/mnist against bare `model.fit`, same model, batch, epochs and settings.

Augmentation is off, since arrays given to `fit` cannot have it. The time of `zoo.train` is taken from the first step to
the end of the last epoch, its validation, metrics row and best weights included; reading the data and the final scores
are not training and are given apart.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable

from benchmarks.pairs import alternate, ratio_line, seconds_line
from registry import default
from zoo import jobs
from zoo.data.batches import evaluation_batches, training_batches
from zoo.recipe import bind, read_recipe
from zoo.run.events import EpochEnded, Event, RunStarted
from zoo.run.trainer import Prepared, prepare

NAME = "cnn/mnist"
CHANGES = {"epochs": 1, **{f"training.augmentation.{key}": 0.0 for key in ("shift", "rotation", "zoom")}}


class Stopwatch:
    """Listens to a run and keeps the time between the start of training and the end of the last epoch."""

    def __init__(self) -> None:
        self.began = self.ended = 0.0

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.began = time.perf_counter()
        if isinstance(event, EpochEnded):
            self.ended = time.perf_counter()


def run(rounds: int = 9) -> None:
    """Print seconds and ratios; the bounds are 1.03 on the same pipeline and 1.00 on arrays."""
    bound = bind(default(), read_recipe(default(), NAME, CHANGES))
    training = bound.recipe.training

    def ours() -> float:
        watch = Stopwatch()
        with tempfile.TemporaryDirectory() as folder:
            jobs.train(default(), NAME, CHANGES, runs=folder, subscribers=[watch])
        return watch.ended - watch.began

    def bare(fit: Callable[[Prepared], None]) -> float:
        ready = prepare(default(), bound, seed=0)
        began = time.perf_counter()
        fit(ready)
        return time.perf_counter() - began

    def on_pipeline(ready: Prepared) -> None:
        data, plan = ready.data, ready.plan
        batches = training_batches(data.train, batch_size=training.batch_size, seed=0)
        validation = evaluation_batches(data.validation)
        ready.model.fit(
            batches,
            epochs=plan.epochs,
            steps_per_epoch=plan.steps_per_epoch,
            validation_data=validation,
            verbose=0,
            shuffle=False,
        )

    def on_arrays(ready: Prepared) -> None:
        data = ready.data
        validation = (data.validation.features, data.validation.targets)
        ready.model.fit(
            data.train.features,
            data.train.targets,
            batch_size=training.batch_size,
            epochs=training.epochs,
            validation_data=validation,
            validation_batch_size=1024,
            verbose=0,
        )

    times = alternate({"zoo": ours, "pipeline": lambda: bare(on_pipeline), "arrays": lambda: bare(on_arrays)}, rounds)
    for name, label in (
        ("zoo", "zoo.train, training alone"),
        ("pipeline", "fit on the pipeline"),
        ("arrays", "fit on arrays"),
    ):
        print(seconds_line(f"{NAME}: {label}", times[name].wall))
    print(ratio_line("zoo.train / fit on the same tf.data pipeline (wall)", times["zoo"].wall, times["pipeline"].wall))
    print(ratio_line("zoo.train / fit on NumPy arrays (wall)", times["zoo"].wall, times["arrays"].wall))
    print(
        ratio_line(
            "the whole of zoo.train / read data and fit on the pipeline (CPU)", times["zoo"].cpu, times["pipeline"].cpu
        )
    )
