"""What `zoo evaluate` costs: a run of cnn/mnist against bare `model.evaluate` on arrays of the same network.

Every call has a network of its own, as the verb has, so the tracing of its function is in both. The zoo computes more:
scikit-learn's metrics over the outputs, the trivial baseline and the hashes of the data. Reading data and weights is
given apart. The run has one epoch: how long an evaluation takes does not depend on how well the network was trained.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import keras

from benchmarks.pairs import Clock, Seconds, alternate, ratio_line, seconds_line
from registry import default
from zoo import jobs
from zoo.data.catalogue import load as load_data
from zoo.recipe import bind
from zoo.run.outputs import outputs_of
from zoo.run.tasks import task_of
from zoo.use.predict import load as load_model

NAME = "cnn/mnist"
BATCH = 1024
LABELS = {
    "verb": "zoo.evaluate, all of it",
    "network": "  of it: build the network, verify and load its weights",
    "data": "  of it: read the data",
    "ours": "  of it: outputs and metrics of the test split",
    "bare": "model.evaluate on arrays of the test split",
}


def run(rounds: int = 9) -> None:
    """Print seconds, the ratio of the evaluations alone, and the whole verb from the shell."""
    with tempfile.TemporaryDirectory() as root:
        folder = jobs.train(default(), NAME, {"epochs": 1}, runs=root).folder
        times = alternate(_ways(folder), rounds)
        for name, label in LABELS.items():
            print(seconds_line(f"{label}, wall", times[name].wall))
            print(seconds_line(f"{label}, CPU", times[name].cpu))
        print(ratio_line("outputs and metrics / model.evaluate, wall", times["ours"].wall, times["bare"].wall))
        print(ratio_line("outputs and metrics / model.evaluate, CPU", times["ours"].cpu, times["bare"].cpu))
        clock = Clock()
        subprocess.run([sys.executable, "-m", "zoo", "evaluate", folder], check=True, capture_output=True)
        print(f"{'the verb from the shell, once':<58} {clock.read().wall:.1f} s")


def _ways(folder: Path) -> dict[str, Callable[[], object]]:
    loaded = load_model(default(), folder)
    bound = bind(default(), loaded.recipe)
    options = bound.data_options.model_dump()
    task = task_of(loaded.data_spec)
    test = load_data(default(), bound.dataset.name, options).test

    def ours() -> Seconds:
        network = load_model(default(), folder).network
        clock = Clock()
        task.score(loaded.data_spec, outputs_of(network, loaded.data_spec, test.features), test.targets)
        return clock.read()

    def bare() -> Seconds:
        network = load_model(default(), folder).network
        network.compile(
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.SparseCategoricalAccuracy()],
        )
        clock = Clock()
        network.evaluate(test.features, test.targets, batch_size=BATCH, verbose=0)
        return clock.read()

    return {
        "verb": lambda: jobs.evaluate(default(), folder),
        "network": lambda: load_model(default(), folder),
        "data": lambda: load_data(default(), bound.dataset.name, options),
        "ours": ours,
        "bare": bare,
    }
