"""The batch rule of a map, 25 by 15 cells and 100 passes, against MiniSom, TorchSOM and the least that a pass can take.

All start from a principal plane. The peers' widths fall asymptotically from 3 cells, as they do by themselves, to 1;
ours from 14, about half the longer side of the grid, to 0.98: a pass over all examples can afford to order the map
first. MiniSom learns online, 100 epochs; TorchSOM in batches of 64; each runs once a case, ours and the bare product in
alternating rounds. The bare product is (matrix product, argmin) over the same array, 100 times in one compiled call of
the same process. Tracing is not in the seconds and is stated apart. Errors are measured on all examples by the same
plain NumPy functions.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.datasets import make_blobs

from benchmarks.pairs import alternate, ratio_line, seconds_line
from zoo.families.som.batch_rule import train_batch
from zoo.families.som.decay import decayed
from zoo.families.som.grid import Grid
from zoo.families.som.initialization import Spread, pca_codebook
from zoo.families.som.measures import quantization_error, topographic_error

GRID, PASSES, SIGMA, RATE = Grid(25, 15), 100, 3.0, 0.5
FIRST_SIGMA, LAST_SIGMA = 14.0, 0.98
CASES = ((4_000, 50), (16_000, 300))
SIZES = (4_000, 16_000, 64_000)  # rows, 1x 4x 16x
SIGMAS = decayed("asymptotic", FIRST_SIGMA, LAST_SIGMA, np.linspace(0.0, 1.0, PASSES))


def run(rounds: int = 9) -> None:
    """Print seconds, ratios and errors; the bounds are 40 (MiniSom) and 8 (TorchSOM) times ours, 5 (ours / product)."""
    for rows, features in CASES:
        _against_others(rows, features, rounds)
    _linear_in_rows(rounds)


def blobs(rows: int, features: int) -> np.ndarray:
    """Twenty clouds, standardised, float32 (rows, features)."""
    examples, _ = make_blobs(rows, features, centers=20, random_state=0)
    return np.asarray((examples - examples.mean(axis=0)) / examples.std(axis=0), np.float32)


def _against_others(rows: int, features: int, rounds: int) -> None:
    examples = blobs(rows, features)
    start = pca_codebook(Spread.of([examples]), GRID).astype(np.float32)
    label = f"{rows:,} x {features}"
    began = time.perf_counter()
    codebook = _ours(examples, start)
    first = time.perf_counter() - began
    product = _bare_product(examples, start)
    times = alternate({"ours": lambda: _discard(_ours(examples, start)), "product": product}, rounds)
    ours = statistics.median(times["ours"].wall)
    print(seconds_line(f"{label}: batch rule, {PASSES} passes", times["ours"].wall))
    print(f"{label + ': first call, tracing included':<58} {first:.3f} s, tracing about {first - ours:.3f} s")
    print(seconds_line(f"{label}: matrix product and argmin, {PASSES} times", times["product"].wall))
    print(ratio_line(f"{label}: batch rule / bare product (wall)", times["ours"].wall, times["product"].wall))
    print(ratio_line(f"{label}: batch rule / bare product (CPU)", times["ours"].cpu, times["product"].cpu))
    print(_errors(f"{label}: batch rule", examples, codebook))
    for name, learn in (("TorchSOM", _torchsom), ("MiniSom", _minisom)):
        try:
            learned = learn(examples, start)
        except ModuleNotFoundError as missing:
            print(f"{label}: {name} is not installed ({missing.name}): pip install 'keras-zoo[bench]'")
            continue
        theirs, theirs_cpu, other = learned
        ratio, ratio_cpu = theirs / ours, theirs_cpu / statistics.median(times["ours"].cpu)
        print(f"{f'{label}: {name}':<58} {theirs:.3f} s, once; {ratio:.1f} times ours (CPU seconds {ratio_cpu:.1f})")
        print(_errors(f"{label}: {name}", examples, other))


def _linear_in_rows(rounds: int) -> None:
    ways: dict[str, Callable[[], float | None]] = {}
    for rows in SIZES:
        examples = blobs(rows, CASES[0][1])
        start = pca_codebook(Spread.of([examples]), GRID).astype(np.float32)
        _ours(examples, start)
        ways[str(rows)] = lambda examples=examples, start=start: _discard(_ours(examples, start))  # type: ignore[misc]
    times = alternate(ways, rounds)
    base = times[str(SIZES[0])]
    for rows in SIZES:
        own = times[str(rows)]
        print(seconds_line(f"{rows:,} x {CASES[0][1]}: batch rule, {PASSES} passes", own.wall))
        print(ratio_line(f"{rows // SIZES[0]} times the rows, times the time (CPU)", own.cpu, base.cpu))


def _ours(examples: np.ndarray, start: np.ndarray) -> np.ndarray:
    return train_batch(examples, start, GRID, SIGMAS)


def _discard(result: Any) -> None:
    """`alternate` takes a returned number for seconds."""


def _bare_product(examples: np.ndarray, start: np.ndarray) -> Callable[[], None]:
    @tf.function
    def repeated(rows: tf.Tensor, codebook: tf.Tensor) -> tf.Tensor:
        def once(turn: Any, codebook: Any) -> tuple[Any, Any]:
            best = tf.argmin(tf.matmul(rows, codebook, transpose_b=True), axis=1)
            return turn + 1, codebook + 0.0 * tf.cast(best[0], tf.float32)  # the next product waits for this one

        return tf.while_loop(lambda turn, _: turn < PASSES, once, (tf.constant(0), codebook))[1]

    arrays = tf.constant(examples), tf.constant(start)
    repeated(*arrays)
    return lambda: _discard(repeated(*arrays).numpy())


def _minisom(examples: np.ndarray, start: np.ndarray) -> tuple[float, float, np.ndarray]:
    from minisom import MiniSom

    peer = MiniSom(GRID.rows, GRID.columns, examples.shape[1], sigma=SIGMA, learning_rate=RATE, random_seed=0)
    peer.pca_weights_init(examples)
    seconds = _timed(lambda: peer.train(examples, PASSES, random_order=True, use_epochs=True))
    return (*seconds, peer.get_weights().reshape(GRID.cells, -1))


def _torchsom(examples: np.ndarray, start: np.ndarray) -> tuple[float, float, np.ndarray]:
    import torch
    from torchsom import SOM

    peer = SOM(
        x=GRID.rows, y=GRID.columns, num_features=examples.shape[1], epochs=PASSES, batch_size=64, sigma=SIGMA,
        learning_rate=RATE, initialization_mode="pca", device="cpu",
    )  # fmt: skip
    rows = torch.tensor(examples)
    peer.initialize_weights(rows)
    seconds = _timed(lambda: peer.fit(rows, verbose=False))
    return (*seconds, peer.weights.detach().numpy().reshape(GRID.cells, -1))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    began, began_cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - began_cpu


def _errors(label: str, examples: np.ndarray, codebook: np.ndarray) -> str:
    first, second = quantization_error(examples, codebook), topographic_error(examples, codebook, GRID)
    return f"{label + ': errors':<58} quantisation {first:.4f}  topographic {second:.4f}"
