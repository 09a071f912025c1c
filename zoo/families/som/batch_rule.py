"""Kohonen's batch rule: every pass moves each cell to a mean of the examples, weighted by the neighbourhood.

    w_i = sum_j h_ij s_j / sum_j h_ij n_j,    s_j, n_j: sum and number of the examples whose best cell is j

Summing by cell before the neighbourhood is applied makes a pass one matrix product (n x features) (features x cells),
an argmin, sums by cell, and a product (cells x cells) (cells x features) that does not grow with the examples. The sums
of parts of the data, or of replicas, add up to those of the whole.

A pass may leave out a share of the examples, those farthest from the map. Anomalies then do not draw cells towards
themselves, and their distance shows: the idea of trimmed k-means.

Source: Kohonen, Self-Organizing Maps, 3rd edition 2001, section 3.14; Kohonen 2013, Essentials of the self-organizing
map, Neural Networks 37, equation 8; Cuesta-Albertos et al. 1997, Trimmed k-means, Annals of Statistics 25.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from zoo.families.som.grid import Grid
from zoo.families.som.neighborhood import Neighborhood, apart, influence
from zoo.families.som.search import best_cells, errors, extended, scores

BLOCK = 4096  # examples searched at once: bounds the scores to BLOCK x cells numbers, which a processor's cache holds
LEAST = 1e-30  # sum of influences below which a cell stays where it is: float32 has no digits left there


def cell_sums(rows: Any, codebook: Any, center: Any) -> Any:
    """Sums by best cell.

    Args:
        rows: (n, features + 1) from `zoo.families.som.search.extended`.
        codebook: (cells, features).
        center: (features,).

    Returns:
        float64 (cells, features + 1): sums of the examples about the centre, and in the last column their number. In
        float64 they do not depend on the order of the examples as far as float32 can tell, so that maps learned on one
        device and on several are the same; it costs 6 % of the time.
    """
    count, cells = tf.shape(rows)[0], tf.shape(codebook)[0]

    def add_block(start: Any, sums: Any) -> tuple[Any, Any]:
        block = rows[start : start + BLOCK]
        best = best_cells(block, codebook, center)
        return start + BLOCK, tf.tensor_scatter_nd_add(sums, best[:, None], tf.cast(block, tf.float64))

    first = (tf.constant(0), tf.zeros([cells, rows.shape[1]], tf.float64))
    return tf.while_loop(lambda start, _: start < count, add_block, first, parallel_iterations=1)[1]


def near_cell_sums(rows: Any, codebook: Any, center: Any, kept: int) -> Any:
    """`cell_sums` of the `kept` examples that are nearest to their best cells, and of those as near as the last."""
    count = tf.shape(rows)[0]

    def search_block(start: Any, best: Any, squares: Any, place: Any) -> tuple[Any, ...]:
        block = rows[start : start + BLOCK]
        found = scores(block, codebook, center)
        lengths = tf.reduce_sum(block[:, :-1] ** 2, axis=1)
        best = best.write(place, tf.argmin(found, axis=1, output_type=tf.int32))
        return start + BLOCK, best, squares.write(place, lengths + 2.0 * tf.reduce_min(found, axis=1)), place + 1

    size = (count + BLOCK - 1) // BLOCK
    best, squares = (tf.TensorArray(dtype, size=size, infer_shape=False) for dtype in (tf.int32, rows.dtype))
    begun = (tf.constant(0), best, squares, tf.constant(0))
    _, best, squares, _ = tf.while_loop(lambda start, *_: start < count, search_block, begun, parallel_iterations=1)
    apart = squares.concat()
    near = tf.cast(apart <= tf.sort(apart)[kept - 1], rows.dtype)
    nothing = tf.zeros([tf.shape(codebook)[0], rows.shape[1]], tf.float64)
    return tf.tensor_scatter_nd_add(nothing, best.concat()[:, None], tf.cast(rows * near[:, None], tf.float64))


def moved(codebook: Any, sums: Any, center: Any, shares: Any) -> Any:
    """The codebook after a pass.

    Args:
        codebook: (cells, features) before.
        sums: What `cell_sums` returned, added up over all parts of the data.
        center: (features,).
        shares: Influence of cell j on cell i, (cells, cells).

    Returns:
        (cells, features); a cell that no example influences stays.
    """
    weighted = tf.matmul(shares, tf.cast(sums, codebook.dtype))
    reached = weighted[:, -1:] > LEAST
    means = weighted[:, :-1] / tf.where(reached, weighted[:, -1:], tf.ones_like(weighted[:, -1:]))
    return tf.where(reached, means + center, codebook)


@tf.function
def passes(
    rows: tf.Tensor,
    codebook: tf.Tensor,
    center: tf.Tensor,
    sigmas: tf.Tensor,
    distances: tf.Tensor,
    neighbors: tf.Tensor,
    probes: tuple[tf.Tensor, ...],
    first: tf.Tensor,
    last: tf.Tensor,
    neighborhood: Neighborhood,
    kept: int = 0,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Passes `first` up to `last` over examples in memory, in one compiled call.

    Args:
        rows: (n, features + 1) extended examples.
        codebook: (cells, features).
        center: (features,).
        sigmas: Widths of all passes of the training, (passes,).
        distances: What `zoo.families.som.neighborhood.apart` made.
        neighbors: bool (cells, cells).
        probes: Extended examples on which errors are measured after each pass.
        first: int32, number of the first pass.
        last: int32, number of the pass after the last.
        neighborhood: Name of the neighbourhood.
        kept: Number of examples, the nearest, that a pass learns from; 0 for all.

    Returns:
        The codebook, and (passes, probes, 2): quantisation and topographic error of each probe after each pass.
    """

    def one(number: Any, codebook: Any, found: Any) -> tuple[Any, Any, Any]:
        shares = influence(neighborhood, distances, sigmas[number])
        sums = near_cell_sums(rows, codebook, center, kept) if kept else cell_sums(rows, codebook, center)
        codebook = moved(codebook, sums, center, shares)
        measured = [errors(probe, codebook, center, neighbors) for probe in probes]
        return number + 1, codebook, found.write(number - first, tf.stack(measured)) if measured else found

    found = tf.TensorArray(rows.dtype, size=last - first, element_shape=[len(probes), 2])
    _, codebook, found = tf.while_loop(
        lambda number, *_: number < last, one, (first, codebook, found), parallel_iterations=1
    )
    return codebook, found.stack() if probes else tf.zeros([last - first, 0, 2], rows.dtype)


@tf.function(reduce_retracing=True)
def pass_over(
    chunks: tf.data.Dataset,
    codebook: tf.Tensor,
    center: tf.Tensor,
    sigma: tf.Tensor,
    distances: tf.Tensor,
    neighborhood: Neighborhood,
) -> tf.Tensor:
    """One pass over data that come in chunks, of which one at a time is in memory.

    Args:
        chunks: Data set of tensors (m, features).
        codebook: (cells, features).
        center: (features,).
        sigma: Width of the neighbourhood, a scalar.
        distances: What `zoo.families.som.neighborhood.apart` made.
        neighborhood: Name of the neighbourhood.

    Returns:
        The codebook after the pass.
    """
    nothing = tf.zeros([tf.shape(codebook)[0], codebook.shape[1] + 1], tf.float64)
    sums = chunks.reduce(nothing, lambda sums, chunk: sums + cell_sums(extended(chunk, center), codebook, center))
    return moved(codebook, sums, center, influence(neighborhood, distances, sigma))


@tf.function
def pass_over_replicas(
    strategy: tf.distribute.Strategy,
    examples: Any,
    codebook: tf.Tensor,
    center: tf.Tensor,
    sigma: tf.Tensor,
    distances: tf.Tensor,
    neighborhood: Neighborhood,
    *,
    chunked: bool,
) -> tf.Tensor:
    """`pass_over` on several devices, each with examples of its own; only sums by cell travel between them.

    Args:
        strategy: Where the devices are.
        examples: What a replica has, (m, features + 1) as `extended` makes them, of all replicas as
            `strategy.experimental_distribute_values_from_function` gives it; or chunks (m, features) as
            `strategy.distribute_datasets_from_function` gives them.
        codebook: As of `pass_over`, like all that follow.
        center: See there.
        sigma: See there.
        distances: See there.
        neighborhood: See there.
        chunked: Whether they are chunks.

    Returns:
        The codebook after the pass.
    """

    def added(rows: Any) -> tf.Tensor:
        def own_sums(own: tf.Tensor) -> tf.Tensor:
            return cell_sums(extended(own, center) if chunked else own, codebook, center)

        return strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(own_sums, (rows,)), axis=None)

    if chunked:
        sums = tf.zeros([codebook.shape[0], codebook.shape[1] + 1], tf.float64)
        for chunk in examples:
            sums += added(chunk)
    else:
        sums = added(examples)
    return moved(codebook, sums, center, influence(neighborhood, distances, sigma))


def train_batch(
    examples: np.ndarray,
    codebook: np.ndarray,
    grid: Grid,
    sigmas: np.ndarray,
    *,
    neighborhood: Neighborhood = "gaussian",
    trim: float = 0.0,
) -> np.ndarray:
    """Train a codebook by the batch rule on examples in memory: one pass for each sigma, all in one compiled call.

    Args:
        examples: (n, features).
        codebook: (cells, features) to start from; its dtype, float32 or float64, is that of the computation.
        grid: The map's grid.
        sigmas: (passes,) widths of the neighbourhood, in cells.
        neighborhood: "gaussian" or "bubble".
        trim: Share of the examples, the farthest from the map, that each pass leaves out.

    Returns:
        The trained codebook (cells, features).

    Example:
        >>> import numpy as np
        >>> examples = np.array([[0.0], [0.1], [1.0], [1.1]], np.float32)
        >>> ends = train_batch(examples, np.array([[0.2], [0.9]], np.float32), Grid(1, 2), np.full(5, 0.1))
        >>> ends.round(2).tolist()
        [[0.05000000074505806], [1.0499999523162842]]
    """
    dtype = codebook.dtype
    center = tf.constant(np.mean(examples, axis=0), dtype)
    rows = extended(tf.constant(examples, dtype), center)
    trained, _ = passes(
        rows,
        tf.constant(codebook),
        center,
        tf.constant(sigmas, dtype),
        tf.constant(apart(grid, neighborhood), dtype),
        tf.constant(grid.neighbors),
        (),
        tf.constant(0),
        tf.constant(len(sigmas)),
        neighborhood,
        kept_of(len(examples), trim),
    )
    return np.asarray(trained)


def kept_of(examples: int, trim: float) -> int:
    """How many examples a pass learns from when it leaves out a share; 0, which means all, where that is none."""
    return max(1, round(examples * (1.0 - trim))) if trim else 0
