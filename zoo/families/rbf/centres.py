"""Where the centres stand and how wide they reach: learned from encoded training examples, without targets.

Source: k-means and the nearest-neighbour widths: Moody and Darken 1989, section 2; d_max / sqrt(2K): Broomhead and Lowe
1988 as in Haykin 1999, Neural Networks, equation 5.139; the median distance: Garreau et al. 2017, arXiv:1707.07269.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances, pairwise_distances_argmin
from threadpoolctl import threadpool_limits

from zoo.data.errors import InvalidData

MINI_BATCH = 2048


def choose_centres(
    examples: np.ndarray, count: int, *, placement: str, iterations: int = 100, random_state: int
) -> np.ndarray:
    """Choose centres among or between examples.

    Args:
        examples: (n, features) encoded training examples.
        count: How many centres.
        placement: "k_means", "mini_batch_k_means", "sample", or "every": all different examples.
        iterations: Most passes of k-means over the examples.
        random_state: Seed of the draw, or of where k-means starts.

    Returns:
        float64 (count, features), all different.

    Raises:
        InvalidData: There are fewer different examples than centres.
    """
    _require_different(len(examples), count)
    if placement == "every":
        return np.asarray(np.unique(examples, axis=0), np.float64)
    if placement == "sample":
        different = np.unique(examples, axis=0)
        _require_different(len(different), count)
        return different[np.random.default_rng(random_state).choice(len(different), count, replace=False)]
    if placement == "k_means":
        means = KMeans(count, n_init=1, max_iter=iterations, random_state=random_state)
    else:
        size = max(MINI_BATCH, 3 * count)
        means = MiniBatchKMeans(count, n_init=1, max_iter=iterations, batch_size=size, random_state=random_state)
    # Several threads would add up their parts in the order in which they end: other last digits each time.
    with threadpool_limits(1, user_api="openmp"), warnings.catch_warnings():
        warnings.filterwarnings("error", "Number of distinct clusters", ConvergenceWarning)
        try:
            centres = means.fit(examples).cluster_centers_
        except ConvergenceWarning:
            centres = np.unique(examples, axis=0)
    _require_different(len(np.unique(centres, axis=0)), count)
    return np.asarray(centres, np.float64)


def choose_widths(centres: np.ndarray, *, rule: str, neighbours: int = 2, factor: float = 1.0) -> np.ndarray:
    """Choose how wide the centres reach.

    Args:
        centres: (K, features), two or more, all different.
        rule: "d_max": largest distance between two centres / sqrt(2K); "median": median distance between two centres;
            "nearest": for each centre the mean distance to its nearest ones.
        neighbours: How many are its nearest.
        factor: What every width is multiplied by.

    Returns:
        float64 (1,), or (K,) for "nearest".

    Example:
        >>> choose_widths(np.array([[0.0], [1.0], [3.0]]), rule="nearest", neighbours=1).tolist()
        [1.0, 1.0, 2.0]
    """
    distances = pairwise_distances(np.asarray(centres, np.float64))
    if rule == "d_max":
        widths = distances.max(keepdims=True)[0] / math.sqrt(2 * len(centres))
    elif rule == "median":
        widths = np.median(distances[np.triu_indices(len(centres), 1)], keepdims=True)
    else:
        # the smallest distance of a row is the one to itself
        widths = np.partition(distances, neighbours, axis=1)[:, 1 : neighbours + 1].mean(axis=1)
    return np.asarray(factor * widths)


def nearest_centre(examples: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Number of the nearest centre of each example: (n,)."""
    return np.asarray(pairwise_distances_argmin(examples, centres))


def _require_different(found: int, count: int) -> None:
    if found < count:
        raise InvalidData(
            f"{count} centres take as many different training examples",
            received=found,
            hint="hyperparameters.centres, smaller",
        )
