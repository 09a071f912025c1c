"""First codebooks: random, of examples, or along the two principal axes. NumPy only."""

from __future__ import annotations

from typing import Literal

import numpy as np

from registry import UserError
from zoo.families.som.grid import Grid

Initialization = Literal["random", "sample", "pca"]


def first_codebook(examples: np.ndarray, grid: Grid, initialization: Initialization, seed: int) -> np.ndarray:
    """Make the codebook that learning starts from.

    Args:
        examples: (n, features) encoded training examples.
        grid: The map's grid.
        initialization: "random" (uniform within the range of each feature), "sample" (training examples, each once
            while there are enough) or "pca" (see `pca_codebook`; the seed has no part in it).
        seed: Seed of the draw.

    Returns:
        float64 (cells, features).

    Raises:
        UserError: "pca" of examples that have fewer than two features, or of a single example.
    """
    examples = np.asarray(examples, np.float64)
    draws = np.random.default_rng(seed)
    if initialization == "random":
        return draws.uniform(examples.min(axis=0), examples.max(axis=0), (grid.cells, examples.shape[1]))
    if initialization == "sample":
        return examples[draws.choice(len(examples), grid.cells, replace=len(examples) < grid.cells)]
    return pca_codebook(examples, grid)


def pca_codebook(examples: np.ndarray, grid: Grid) -> np.ndarray:
    """Lay the grid flat into the plane of the two largest principal axes, two standard deviations wide each way.

    The longer side of the grid lies along the first axis. The sign of an axis is such that its largest part is
    positive, so that equal data give equal maps on all machines.

    Args:
        examples: (n, features).
        grid: The map's grid.

    Returns:
        float64 (cells, features).

    Raises:
        UserError: There are fewer than two features or two examples.

    Source: Kohonen, Self-Organizing Maps, 3rd edition 2001, section 3.7, linear initialisation.
    """
    if min(examples.shape) < 2:
        raise UserError(
            "initialization pca takes at least two features and two examples",
            received=f"{examples.shape[0]} examples of {examples.shape[1]} features",
            hint="initialization=sample",
        )
    center = examples.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(examples - center, rowvar=False))
    axes = vectors[:, [-1, -2]].T
    axes *= np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None]
    spread = np.sqrt(np.maximum(values[[-1, -2]], 0.0))
    middle = (grid.positions.min(axis=0) + grid.positions.max(axis=0)) / 2.0
    half = np.maximum(np.ptp(grid.positions, axis=0) / 2.0, 0.5)
    along = (grid.positions - middle) / half  # -1 to 1 from edge to edge, x and y
    if grid.rows > grid.columns:
        along = along[:, ::-1]
    return np.asarray(center + (2.0 * along * spread) @ axes)
