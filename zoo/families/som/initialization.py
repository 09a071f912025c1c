"""First codebooks: random, of examples, or along the two principal axes. NumPy only.

The examples come in pieces, one after the other, so that of a large split one piece at a time is in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from registry import UserError
from zoo.families.som.grid import Grid

Initialization = Literal["random", "sample", "pca"]


@dataclass(frozen=True)
class Spread:
    """Where examples lie, from sums over pieces.

    Attributes:
        count: Number of examples.
        mean: float64 (features,).
        covariance: float64 (features, features), with count - 1 in the denominator; NaN of a single example.
        smallest: float64 (features,).
        largest: float64 (features,).
    """

    count: int
    mean: np.ndarray
    covariance: np.ndarray
    smallest: np.ndarray
    largest: np.ndarray

    @classmethod
    def of(cls, pieces: Iterable[np.ndarray]) -> Spread:
        """Go through the pieces (m, features) twice: the products are of what is left after the mean."""
        count, total, smallest, largest = 0, 0.0, np.inf, -np.inf
        for piece in pieces:
            count, total = count + len(piece), total + piece.sum(axis=0, dtype=np.float64)
            smallest, largest = np.minimum(smallest, piece.min(axis=0)), np.maximum(largest, piece.max(axis=0))
        mean = total / count
        centred = (np.asarray(piece, np.float64) - mean for piece in pieces)
        products = np.asarray(sum(rows.T @ rows for rows in centred))
        covariance = products / (count - 1) if count > 1 else np.full_like(products, np.nan)
        return cls(count, np.asarray(mean), covariance, *(np.asarray(edge, np.float64) for edge in (smallest, largest)))


def first_codebook(
    pieces: Iterable[np.ndarray], spread: Spread, grid: Grid, initialization: Initialization, seed: int
) -> np.ndarray:
    """Make the codebook that learning starts from.

    Args:
        pieces: Encoded training examples (m, features), a piece at a time.
        spread: Where they lie.
        grid: The map's grid.
        initialization: "random" (uniform within the range of each feature), "sample" (training examples, each once
            while there are enough) or "pca" (see `pca_codebook`; the seed has no part in it).
        seed: Seed of the draw.

    Returns:
        float64 (cells, features).

    Raises:
        UserError: "pca" of examples that have fewer than two features, or of a single example.
    """
    draws = np.random.default_rng(seed)
    if initialization == "random":
        return draws.uniform(spread.smallest, spread.largest, (grid.cells, len(spread.mean)))
    if initialization == "sample":
        return _rows_of(pieces, draws.choice(spread.count, grid.cells, replace=spread.count < grid.cells))
    return pca_codebook(spread, grid)


def _rows_of(pieces: Iterable[np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Some rows of all pieces together, float64 (rows, features)."""
    parts, first = [], 0
    for piece in pieces:
        here = np.flatnonzero((rows >= first) & (rows < first + len(piece)))
        parts.append((here, np.asarray(piece[rows[here] - first], np.float64)))
        first += len(piece)
    chosen = np.empty((len(rows), parts[0][1].shape[1]))
    for here, found in parts:
        chosen[here] = found
    return chosen


def pca_codebook(spread: Spread, grid: Grid) -> np.ndarray:
    """Lay the grid flat into the plane of the two largest principal axes, two standard deviations wide each way.

    The longer side of the grid lies along the first axis. The sign of an axis is such that its largest part is
    positive, so that equal data give equal maps on all machines.

    Args:
        spread: Where the examples lie.
        grid: The map's grid.

    Returns:
        float64 (cells, features).

    Raises:
        UserError: There are fewer than two features or two examples.

    Source: Kohonen, Self-Organizing Maps, 3rd edition 2001, section 3.7, linear initialisation.
    """
    features = len(spread.mean)
    if min(spread.count, features) < 2:
        raise UserError(
            "initialization pca takes at least two features and two examples",
            received=f"{spread.count} examples of {features} features",
            hint="initialization=sample",
        )
    values, vectors = np.linalg.eigh(spread.covariance)
    axes = vectors[:, [-1, -2]].T
    axes *= np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None]
    widths = np.sqrt(np.maximum(values[[-1, -2]], 0.0))
    middle = (grid.positions.min(axis=0) + grid.positions.max(axis=0)) / 2.0
    half = np.maximum(np.ptp(grid.positions, axis=0) / 2.0, 0.5)
    along = (grid.positions - middle) / half  # -1 to 1 from edge to edge, x and y
    if grid.rows > grid.columns:
        along = along[:, ::-1]
    return np.asarray(spread.mean + (2.0 * along * widths) @ axes)
