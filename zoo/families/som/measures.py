"""Measures and views of a trained map, from arrays alone. NumPy only: figures and reports read them without TensorFlow.

Examples and codebooks are encoded, (n, features) and (cells, features); cells are numbers row by row of the grid.
"""

from __future__ import annotations

import numpy as np

from zoo.families.som.grid import Grid

BLOCK = 4096  # examples searched at once


def best_two(examples: np.ndarray, codebook: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best and the second-best cell of each example, by distances computed as they are defined, in float64.

    Returns:
        int64 cells (n, 2), and the distances to them (n, 2).

    Example:
        >>> cells, distances = best_two(np.array([[0.2]]), np.array([[0.0], [1.0], [0.5]]))
        >>> cells.tolist(), distances.round(6).tolist()
        ([[0, 2]], [[0.2, 0.3]])
    """
    examples, codebook = np.asarray(examples, np.float64), np.asarray(codebook, np.float64)
    squares = (codebook**2).sum(axis=1)
    found = []
    for start in range(0, len(examples), BLOCK):
        block = examples[start : start + BLOCK]
        # a few candidates by the fast formula, then exact: its rounding must not choose between near-equal cells
        rough = squares - 2.0 * block @ codebook.T
        few = np.sort(
            np.argpartition(rough, min(3, len(codebook) - 1), axis=1)[:, :4], axis=1
        )  # of equals the first wins
        exact = ((block[:, None] - codebook[few]) ** 2).sum(axis=2)
        order = np.argsort(exact, axis=1, kind="stable")[:, :2]
        cells = np.take_along_axis(few, order, axis=1)
        found.append((cells, np.sqrt(np.take_along_axis(exact, order, axis=1))))
    return np.concatenate([cells for cells, _ in found]), np.concatenate([distances for _, distances in found])


def quantization_error(examples: np.ndarray, codebook: np.ndarray) -> float:
    """Mean distance of the examples to their best cells.

    Example:
        >>> quantization_error(np.array([[0.0], [2.0]]), np.array([[0.0], [1.0]]))
        0.5
    """
    return float(best_two(examples, codebook)[1][:, 0].mean())


def topographic_error(examples: np.ndarray, codebook: np.ndarray, grid: Grid) -> float:
    """Share of the examples whose second-best cell is not a neighbour of the best one.

    Source: Kiviluoto 1996, Topology preservation in self-organizing maps.

    Example:
        >>> topographic_error(np.array([[0.2]]), np.array([[0.0], [1.0], [0.5]]), Grid(1, 3))
        1.0
    """
    first, second = best_two(examples, codebook)[0].T
    return float(1.0 - grid.neighbors[first, second].mean())


def distance_map(codebook: np.ndarray, grid: Grid) -> np.ndarray:
    """The U-matrix: mean distance of each codebook vector to those of the neighbouring cells, float64 (rows, columns).

    Source: Ultsch and Siemon 1990, Kohonen's self organizing feature maps for exploratory data analysis.

    Example:
        >>> distance_map(np.array([[0.0], [1.0], [3.0]]), Grid(1, 3)).tolist()
        [[1.0, 1.5, 2.0]]
    """
    codebook = np.asarray(codebook, np.float64)
    means = [
        np.sqrt(((codebook[near] - vector) ** 2).sum(axis=1)).mean()
        for vector, near in zip(codebook, grid.neighbors, strict=True)
    ]
    return np.array(means).reshape(grid.rows, grid.columns)


def hit_map(cells: np.ndarray, grid: Grid) -> np.ndarray:
    """How many examples have each cell as their best one, int64 (rows, columns)."""
    return np.bincount(np.asarray(cells, np.int64), minlength=grid.cells).reshape(grid.rows, grid.columns)


def win_map(cells: np.ndarray, grid: Grid) -> dict[tuple[int, int], np.ndarray]:
    """Which examples have each cell as their best one: (row, column) -> their numbers, for cells that have any.

    Example:
        >>> {place: rows.tolist() for place, rows in win_map(np.array([3, 0, 3]), Grid(2, 2)).items()}
        {(0, 0): [1], (1, 1): [0, 2]}
    """
    cells = np.asarray(cells, np.int64)
    order = np.argsort(cells, kind="stable")
    filled, starts = np.unique(cells[order], return_index=True)
    parts = np.split(order, starts[1:])
    return {
        (int(cell) // grid.columns, int(cell) % grid.columns): part for cell, part in zip(filled, parts, strict=True)
    }


def component_planes(codebook: np.ndarray, grid: Grid) -> np.ndarray:
    """The codebook feature by feature, (features, rows, columns)."""
    return np.asarray(codebook).T.reshape(-1, grid.rows, grid.columns)


def class_counts(cells: np.ndarray, targets: np.ndarray, grid: Grid, classes: int) -> np.ndarray:
    """Examples of each class in each cell, int64 (cells, classes)."""
    counts = np.zeros((grid.cells, classes), np.int64)
    np.add.at(counts, (np.asarray(cells, np.int64), np.asarray(targets, np.int64)), 1)
    return counts


def purity(counts: np.ndarray) -> np.ndarray:
    """Share of the commonest class in each cell, float64 (cells,); NaN where a cell has no examples.

    Args:
        counts: What `class_counts` returned.

    Example:
        >>> purity(np.array([[3, 1], [0, 0]])).tolist()
        [0.75, nan]
    """
    total = counts.sum(axis=1)
    return np.where(total > 0, counts.max(axis=1) / np.maximum(total, 1), np.nan)
