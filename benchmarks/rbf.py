"""rbf/bank_marketing_book against the handbook's double loop and against scikit-learn's k-means with NumPy.

All start from the same raw rows, place 8 centres by k-means from one start, compute the output weights from 25,770 rows
and decide on 14,920 others. Ours is the warm network, preprocessing, calibration and all; tracing, which a process pays
once, is told apart. NumPy is run twice: with the recipe's preprocessing as scikit-learn's transformer (missing cells,
unseen codes), and with a bare StandardScaler. The double loop is run on every tenth training and test row, and the
seconds of its loops are scaled up; its k-means is on all rows. "Given" is what the loops are about, without what all
have before them: from encoded rows and centres to output weights and classes.
"""

from __future__ import annotations

import math
import random
import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

from benchmarks.pairs import alternate, ratio_line, seconds_line
from registry import default
from zoo.data.spec import Data
from zoo.families.rbf.solve import Accumulator, in_order
from zoo.layers.table import table_transformer
from zoo.recipe import Training, bind, read_recipe
from zoo.run.preparation import prepare

NAME = "rbf/bank_marketing_book"
CENTRES, PASSES, SEED = 8, 100, 0
START = random.Random(SEED).randrange(2**31)  # what the layer draws for its k-means from that seed
SHARE = 10  # the double loop takes every tenth row
REPEATS = 10  # of what takes 5 ms: one call alone would measure the caches that the double loop leaves behind
LABELS = {
    "zoo": "fit + predict, traced before",
    "numpy": "k-means and NumPy, the recipe's preprocessing",
    "bare": "k-means and NumPy, a bare StandardScaler",
    "handbook": f"the handbook's double loop, rows x {SHARE}",
    "zoo, given": "units, output weights, classes",
    "handbook, given": f"units, output weights, classes, rows x {SHARE}",
}
PAIRS = (("zoo", "handbook"), ("zoo", "numpy"), ("zoo", "bare"), ("zoo, given", "handbook, given"))


def run(rounds: int = 9) -> None:
    """Print seconds and ratios; the bounds are 0.01 beside the double loop and 1.00 beside NumPy."""
    bound = bind(default(), read_recipe(default(), NAME))
    began = time.perf_counter()
    ready = prepare(default(), bound, seed=SEED)
    data: Data = ready.data
    ours = Network(ready.model, data, bound.recipe.training)
    first = ours()
    print(seconds_line("reading, building, tracing and the first fit + predict", (time.perf_counter() - began,)))
    given = Given(ours)
    results = {
        "zoo, given": given(),
        "zoo": first,
        "numpy": in_numpy(data, StandardScaler()),
        "handbook": double_loop(data)[1],
    }
    for name, decided in results.items():
        rows = data.test.targets[:: SHARE if name == "handbook" else 1]
        print(f"{name:<58} accuracy {np.mean(decided == rows):.4f}")
    times = alternate(
        {
            "zoo": lambda: timed(ours),
            "numpy": lambda: timed(lambda: in_numpy(data, table_transformer(data.spec.columns))),
            "bare": lambda: timed(lambda: in_numpy(data, StandardScaler())),
            "handbook": lambda: double_loop(data)[0],
            "zoo, given": lambda: timed(given, REPEATS),
            "handbook, given": lambda: double_loop(data)[2],
        },
        rounds,
    )
    for name, label in LABELS.items():
        print(seconds_line(f"{name}: {label}", times[name].wall))
    for name, other in PAIRS:
        print(ratio_line(f"{name} / {other} (wall)", times[name].wall, times[other].wall))
    for other in ("numpy", "bare"):
        print(ratio_line(f"zoo / {other} (CPU)", times["zoo"].cpu, times[other].cpu))


def timed(work: Any, repeats: int = 1) -> float:
    """Wall seconds of one call, the mean of so many."""
    began = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - began) / repeats


class Network:
    """The recipe's network, fitted anew at each call by the same compiled functions."""

    def __init__(self, model: keras.Model, data: Data, training: Training) -> None:
        self.model, self.data, self.training = model, data, training
        self.table, self.hidden = model.get_layer("table"), model.get_layer("hidden")
        self.encode = tf.function(keras.Model(model.inputs, self.hidden.input))
        self.logits = tf.function(model)

    def __call__(self) -> np.ndarray:
        """Preprocessing, centres, widths, output weights, calibration; then classes of the test rows."""
        data = self.data
        random.seed(SEED)  # what the centres are drawn by; TensorFlow's own seed would empty its caches
        self.table.adapt(data.train.features)
        self.hidden.adapt(self.encode(tf.constant(data.train.features)).numpy())
        next(iter(self.model.learn(data.train, data.validation, self.training, seed=SEED, first=0)))
        return np.asarray(self.logits(tf.constant(data.test.features)).numpy().argmax(axis=1))


class Given:
    """The hidden layer, the output weights and the decisions, from encoded rows and the network's centres."""

    def __init__(self, network: Network) -> None:
        data, hidden = network.data, network.hidden
        rows, new = (network.encode(tf.constant(part.features)).numpy() for part in (data.train, data.test))
        self.rows, self.new, self.targets = rows, tf.constant(new), data.train.targets[:, None].astype(np.float64)
        self.ones = np.ones(len(rows))
        self.accumulate = Accumulator(hidden, units=CENTRES, targets=1, bias=False)
        self.decide = tf.function(lambda new, weights: tf.matmul(hidden(new), weights)[:, 0] > 0.5)

    def __call__(self) -> np.ndarray:
        """Classes of the test rows."""
        batches = in_order(self.rows, self.targets, self.ones, batch_size=len(self.rows))
        weights = self.accumulate(batches).solve(ridge=0.0)
        return np.asarray(self.decide(self.new, tf.constant(weights)))


def in_numpy(data: Data, scaler: Any) -> np.ndarray:
    """The same algebra by matrix products, after a scikit-learn transformer."""
    rows, new = scaler.fit_transform(data.train.features), scaler.transform(data.test.features)
    centres = KMeans(CENTRES, n_init=1, max_iter=PASSES, random_state=START).fit(rows).cluster_centers_
    double_width = 2.0 * sigma_of(centres)

    def hidden(examples: np.ndarray) -> np.ndarray:
        squares = (examples**2).sum(axis=1)[:, None] - 2.0 * examples @ centres.T + (centres**2).sum(axis=1)
        return np.asarray(np.exp(-np.maximum(squares, 0.0) / double_width**2))

    units = hidden(rows)
    weights = np.linalg.solve(units.T @ units, units.T @ data.train.targets)
    return np.asarray(hidden(new) @ weights > 0.5)


def double_loop(data: Data) -> tuple[float, np.ndarray, float]:
    """The handbook's listing, mended only where it does not run.

    Returns:
        Seconds for all rows, classes of some, and the seconds of the loops alone.
    """
    began = time.perf_counter()
    scaler = StandardScaler()
    rows, new = scaler.fit_transform(data.train.features), scaler.transform(data.test.features)
    centres = KMeans(CENTRES, n_init=1, max_iter=PASSES, random_state=START).fit(rows).cluster_centers_
    sigma = sigma_of(centres)
    whole = time.perf_counter() - began
    began = time.perf_counter()
    units = loop(rows[::SHARE], centres, sigma)
    weights = np.linalg.inv(units.T @ units) @ units.T @ data.train.targets[::SHARE]
    numbers = loop(new[::SHARE], centres, sigma) @ weights
    decided = 0.5 * (np.sign(numbers - 0.5) + 1.0)
    loops = SHARE * (time.perf_counter() - began)
    return whole + loops, np.asarray(decided), loops


def loop(rows: np.ndarray, centres: np.ndarray, sigma: float) -> np.ndarray:
    """The hidden layer of the listing, one number at a time."""
    hidden = np.empty((len(rows), len(centres)))
    for i in range(len(rows)):
        for j in range(len(centres)):
            distance = np.linalg.norm(rows[i] - centres[j])
            hidden[i, j] = math.exp(-math.pow(distance, 2) / math.pow(2.0 * sigma, 2))
    return hidden


def sigma_of(centres: np.ndarray) -> float:
    """Largest distance between two centres / sqrt(2K)."""
    largest = max(float(np.linalg.norm(one - other)) for one in centres for other in centres)
    return largest / math.sqrt(2 * len(centres))
