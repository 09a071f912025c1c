"""Search for the best cell: one matrix product and an argmin, in float32 without losing small distances.

With an example x extended by a one, and a codebook vector w as (-w, |w|^2 / 2), their product is |w|^2 / 2 - x w,
smallest at the nearest cell: |x - w|^2 = |x|^2 + 2 (|w|^2 / 2 - x w). Both are first taken about a common centre, near
the mean of the examples: float32 keeps seven digits, and small differences of large numbers would be lost among them.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def extended(examples: Any, center: Any) -> Any:
    """Examples (n, features) about the centre (features,), with a column of ones: (n, features + 1)."""
    about = examples - center
    return tf.concat([about, tf.ones_like(about[:, :1])], axis=1)


def scores(rows: Any, codebook: Any, center: Any) -> Any:
    """Half of the squared distances, less a constant for each example.

    Args:
        rows: (n, features + 1) from `extended`.
        codebook: (cells, features).
        center: (features,), the same that `rows` were made with.

    Returns:
        (n, cells); the best cell of an example has the smallest score.
    """
    about = codebook - center
    half = 0.5 * tf.reduce_sum(about * about, axis=1, keepdims=True)
    return tf.matmul(rows, tf.concat([-about, half], axis=1), transpose_b=True)


def best_cells(rows: Any, codebook: Any, center: Any) -> Any:
    """Number of the best cell of each extended example, int32 (n,)."""
    return tf.argmin(scores(rows, codebook, center), axis=1, output_type=tf.int32)


def best_two(rows: Any, codebook: Any, center: Any, neighbors: Any) -> tuple[Any, Any, Any]:
    """The best cell of each example, how far it is, and whether the second best lies elsewhere.

    Args:
        rows: (n, features + 1) from `extended`.
        codebook: (cells, features).
        center: (features,).
        neighbors: bool (cells, cells), see `Grid.neighbors`.

    Returns:
        int32 cells (n,); distances (n,), from differences and so exact for small ones; bool (n,), True where the
        second-best cell is no neighbour of the best one.
    """
    two = tf.math.top_k(-scores(rows, codebook, center), k=2).indices
    apart = rows[:, :-1] - tf.gather(codebook - center, two[:, 0])
    distances = tf.sqrt(tf.reduce_sum(apart * apart, axis=1))
    return two[:, 0], distances, tf.logical_not(tf.gather_nd(neighbors, two))


def errors(rows: Any, codebook: Any, center: Any, neighbors: Any) -> Any:
    """Quantisation error (mean distance to the best cell) and topographic error (share of faults), (2,).

    Source: Kohonen, Self-Organizing Maps, 3rd edition 2001, section 3.13; Kiviluoto 1996, Topology preservation in
    self-organizing maps.
    """
    _, distances, faults = best_two(rows, codebook, center, neighbors)
    return tf.stack([tf.reduce_mean(distances), tf.reduce_mean(tf.cast(faults, distances.dtype))])
