"""How far two sets of points lie apart: the Fréchet distance of Gaussians, and nearest neighbours.

Source: Heusel et al. 2017, arXiv:1706.08500, equation 6; there in features of Inception, so that its numbers are not
comparable with ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Cloud:
    """Mean (d,) and covariance (d, d) of points."""

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray) -> Cloud:
        """Of points float64 (n, d), at least two."""
        return cls(points.mean(axis=0), np.atleast_2d(np.cov(points, rowvar=False)))

    @cached_property
    def root(self) -> np.ndarray:
        """The symmetric square root of the covariance, (d, d); most of the work of a distance."""
        values, vectors = np.linalg.eigh(self.covariance)
        return np.asarray((vectors * np.sqrt(values.clip(min=0.0))) @ vectors.T)


def frechet_distance(first: Cloud, second: Cloud) -> float:
    """Squared distance of the means, plus the trace of C1 + C2 - 2 (C1 C2)^(1/2).

    Of the product, which is similar to a symmetric matrix without negative eigenvalues, only the roots of the
    eigenvalues are needed.

    Returns:
        A number from 0; 0 for equal Gaussians. In squared units of the points.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(100, 3))
        >>> round(frechet_distance(Cloud.of(points), Cloud.of(points + 2.0)), 6)
        12.0
    """
    product = np.linalg.eigvalsh(first.root @ second.covariance @ first.root)
    of_means = float(np.square(first.mean - second.mean).sum())
    traces = float(np.trace(first.covariance) + np.trace(second.covariance))
    return max(0.0, of_means + traces - 2.0 * float(np.sqrt(product.clip(min=0.0)).sum()))


def nearest(points: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the nearest of the others, and its row, of each point: float64 (n,), int64 (n,)."""
    from sklearn.neighbors import NearestNeighbors  # at use: 0.1 s that loading a model need not pay

    distances, rows = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(others).kneighbors(points)
    return distances[:, 0].astype(np.float64), rows[:, 0]
