"""Kohonen's online rule: each example moves its best cell, and the cells near it, some way towards itself.

    w_i += rate(t) h_ic(t) (x - w_i),    c: the cell whose codebook vector is nearest to x

Source: Kohonen 1982, Self-organized formation of topologically correct feature maps, Biological Cybernetics 43;
Kohonen, Self-Organizing Maps, 3rd edition 2001, section 3.1, equations 3.1 to 3.4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from zoo.families.som.grid import Grid
from zoo.families.som.neighborhood import Neighborhood, apart, influence


def order_of(seed: int, epoch: int, examples: int) -> np.ndarray:
    """The order in which an epoch takes its examples, int32 (examples,): a function of (seed, epoch) alone."""
    return np.random.default_rng((seed, epoch)).permutation(examples).astype(np.int32)


def updated(codebook: Any, example: Any, rate: Any, sigma: Any, distances: Any, neighborhood: Neighborhood) -> Any:
    """The codebook (cells, features) after one example (features,)."""
    apart_from = example - codebook
    best = tf.argmin(tf.reduce_sum(apart_from * apart_from, axis=1), output_type=tf.int32)
    shares = rate * influence(neighborhood, distances[best], sigma)
    return codebook + shares[:, None] * apart_from


# compiled with XLA: a step is a handful of operations on small arrays, whose dispatch would take five times their time
@tf.function(jit_compile=True)
def steps(
    examples: tf.Tensor,
    codebook: tf.Tensor,
    order: tf.Tensor,
    rates: tf.Tensor,
    sigmas: tf.Tensor,
    distances: tf.Tensor,
    neighborhood: Neighborhood,
) -> tf.Tensor:
    """One update for each entry of `order`, in one compiled call.

    Args:
        examples: (n, features).
        codebook: (cells, features).
        order: int32 (steps,), rows of the examples.
        rates: (steps,) learning rates.
        sigmas: (steps,) widths.
        distances: What `zoo.families.som.neighborhood.apart` made.
        neighborhood: Name of the neighbourhood.

    Returns:
        The codebook.
    """

    def one(step: Any, codebook: Any) -> tuple[Any, Any]:
        changed = updated(codebook, examples[order[step]], rates[step], sigmas[step], distances, neighborhood)
        return step + 1, changed

    trained: tf.Tensor = tf.while_loop(lambda step, _: step < order.shape[0], one, (tf.constant(0), codebook))[1]
    return trained


def train_online(
    examples: np.ndarray,
    codebook: np.ndarray,
    grid: Grid,
    sigmas: np.ndarray,
    rates: np.ndarray,
    order: np.ndarray,
    *,
    neighborhood: Neighborhood = "gaussian",
) -> np.ndarray:
    """Train a codebook by the online rule, one update a step, all steps in one compiled call.

    Args:
        examples: (n, features).
        codebook: (cells, features) to start from; its dtype, float32 or float64, is that of the computation.
        grid: The map's grid.
        sigmas: (steps,) widths of the neighbourhood, in cells.
        rates: (steps,) learning rates.
        order: (steps,) which example each step takes.
        neighborhood: "gaussian", "bubble" or "mexican_hat".

    Returns:
        The trained codebook (cells, features).

    Example:
        >>> import numpy as np
        >>> start, one = np.array([[0.0], [1.0]]), np.ones(1)
        >>> train_online(np.array([[0.8]]), start, Grid(1, 2), 0.1 * one, 0.5 * one, np.array([0])).round(3).tolist()
        [[0.0], [0.9]]
    """
    dtype = codebook.dtype
    trained = steps(
        tf.constant(examples, dtype),
        tf.constant(codebook),
        tf.constant(order, tf.int32),
        tf.constant(rates, dtype),
        tf.constant(sigmas, dtype),
        tf.constant(apart(grid, neighborhood), dtype),
        neighborhood,
    )
    return np.asarray(trained)
