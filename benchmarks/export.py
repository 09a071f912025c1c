"""What `zoo export` writes: size, time of one raw example against Keras, largest difference on real samples.

Keras' time is `predict_on_batch`, compiled before; a runtime's is its own call from NumPy array to NumPy array, the
file already open. Models whose data are not here (TFDS_DATA_DIR) are left out with a line. The int8 files' difference
is the root of the mean square over the validation split, and their accuracy stands beside that of the floats.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.pairs import alternate
from registry import ZooError, default
from zoo.use.exporting.export import Exported, export
from zoo.use.exporting.formats import RUNNERS
from zoo.use.exporting.request import FORMATS, check_request
from zoo.use.exporting.subject import Subject, subject_of
from zoo.weights.load import load_network

NAMES = ("mlp/digits", "cnn/digits", "cnn/mnist", "cnn/fashion_mnist", "gan/digits", "lstm_text/python_docs")
CALLS = 50  # in one round: one call is too short for the clock of a busy machine


def run(rounds: int = 9) -> None:
    """Print one line a model and format."""
    print(f"{'model':<24}{'format':<14}{'bytes':>11}  {'ms':>8}  {'ratio':>6}  {'difference':>10}  accuracy")
    for name in NAMES:
        try:
            subject = subject_of(default(), load_network(default(), name))
        except ZooError as error:
            print(f"{name:<24}left out: {error.message}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            _model(name, subject, Path(folder), rounds)


def _model(name: str, subject: Subject, folder: Path, rounds: int) -> None:
    one = {key: rows[:1] for key, rows in subject.samples.items()}
    listed = list(one.values())
    fed = listed if len(listed) > 1 else listed[0]
    ways: dict[str, Callable[[], object]] = {"predict_on_batch": _many(lambda: subject.network.predict_on_batch(fed))}
    written: dict[str, Exported] = {}
    for label in (*FORMATS, "litert int8"):
        format, _, int8 = label.partition(" ")
        target = folder / f"{label.replace(' ', '-')}{FORMATS[format].suffix}"
        try:
            written[label] = export(default(), check_request(default(), name, format, target, int8=bool(int8)))
        except ZooError as error:
            print(f"{name:<24}{label:<14}refused: {error.message}")
            continue
        ways[label] = _many(_call(RUNNERS[format](target), one))
    times = alternate(ways, rounds)
    keras = times.pop("predict_on_batch").wall
    print(f"{name:<24}{'(Keras)':<14}{'':>11}  {_milliseconds(keras):>8.3f}")
    for label, taken in times.items():
        result = written[label]
        ratio = statistics.median(own / their for own, their in zip(taken.wall, keras, strict=True))
        accuracy = ""
        if result.metrics is not None:
            accuracy = " float, ".join(f"{result.metrics[kind]['accuracy']:.4f}" for kind in ("float", "int8"))
            accuracy += " int8"
        print(
            f"{name:<24}{label:<14}{result.bytes:>11,}  {_milliseconds(taken.wall):>8.3f}  {ratio:>6.3f}  "
            f"{result.difference:>10.2g}  {accuracy}"
        )


def _call(runner: Callable[[dict[str, np.ndarray]], np.ndarray], one: dict[str, np.ndarray]) -> Callable[[], object]:
    return lambda: runner(one)


def _many(call: Callable[[], object]) -> Callable[[], object]:
    def calls() -> None:
        for _ in range(CALLS):
            call()

    return calls


def _milliseconds(seconds: tuple[float, ...]) -> float:
    """Of one call."""
    return statistics.median(seconds) * 1000 / CALLS


if __name__ == "__main__":
    run()
