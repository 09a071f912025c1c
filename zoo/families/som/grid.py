"""The grid of a map: where its cells lie, how far they are apart, and which are neighbours. NumPy only.

Cells are numbered row by row from the top left. On a hexagonal grid the odd rows lie half a cell to the right and rows
are sqrt(3) / 2 apart, so that the six neighbours of a cell are one unit away. On a toroid the last row is followed by
the first, and so is the last column.

Source: Kohonen, Self-Organizing Maps, 3rd edition 2001, section 3.2; hexagonal coordinates: Patel, "Hexagonal Grids",
redblobgames.com/grids/hexagons, "odd-r" layout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Literal

import numpy as np

from registry import UserError

Topology = Literal["rectangular", "hexagonal"]
ROW_HEIGHT = math.sqrt(3.0) / 2.0  # of a hexagonal grid, in units of the distance between neighbours


class InvalidGrid(UserError):
    """A grid that cannot be."""


@dataclass(frozen=True)
class Grid:
    """A two-dimensional grid of cells.

    Args:
        rows: Number of rows.
        columns: Number of columns.
        topology: "rectangular" (eight neighbours) or "hexagonal" (six).
        toroid: Whether opposite edges meet.

    Raises:
        InvalidGrid: Fewer than two cells; or a hexagonal toroid of an odd number of rows, whose edges do not fit.

    Example:
        >>> Grid(2, 3).neighbors[0].nonzero()[0].tolist()
        [1, 3, 4]
        >>> Grid(2, 3, topology="hexagonal").neighbors[0].nonzero()[0].tolist()
        [1, 3]
    """

    rows: int
    columns: int
    topology: Topology = "rectangular"
    toroid: bool = False

    def __post_init__(self) -> None:
        if self.rows < 1 or self.columns < 1 or self.cells < 2:
            raise InvalidGrid("a map must have at least two cells", received=f"{self.rows} by {self.columns}")
        if self.topology not in ("rectangular", "hexagonal"):
            raise InvalidGrid("topology must be rectangular or hexagonal", received=self.topology)
        if self.toroid and self.topology == "hexagonal" and self.rows % 2:
            raise InvalidGrid(
                "a hexagonal toroid must have an even number of rows: the edges of an odd number do not fit",
                received=f"{self.rows} rows",
                hint=f"rows={self.rows + 1}",
            )

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.rows * self.columns

    @cached_property
    def places(self) -> np.ndarray:
        """Row and column of each cell, int64 (cells, 2)."""
        return np.stack(np.divmod(np.arange(self.cells), self.columns), axis=1)

    @cached_property
    def positions(self) -> np.ndarray:
        """Where each cell lies, float64 (cells, 2): x to the right and y downwards, neighbours one unit apart."""
        row, column = self.places.T
        if self.topology == "rectangular":
            return np.stack([column, row], axis=1).astype(float)
        return np.stack([column + 0.5 * (row % 2), row * ROW_HEIGHT], axis=1)

    @cached_property
    def squared_distances(self) -> np.ndarray:
        """Squared distances on the grid between all cells, float64 (cells, cells); on a toroid the short way round."""
        apart = self.positions[:, None] - self.positions[None]
        if self.toroid:
            height = 1.0 if self.topology == "rectangular" else ROW_HEIGHT
            around = np.array([self.columns, self.rows * height])
            apart -= around * np.round(apart / around)
        return np.asarray((apart**2).sum(axis=2))

    @cached_property
    def steps(self) -> np.ndarray:
        """Steps from neighbour to neighbour between all cells, int64 (cells, cells)."""
        images = product((-1, 0, 1), repeat=2) if self.toroid else [(0, 0)]
        sides = np.array([self.rows, self.columns])
        return np.min([self._steps(self.places + sides * image) for image in images], axis=0)

    def _steps(self, other: np.ndarray) -> np.ndarray:
        """Steps from every cell to places (cells, 2) of the endless grid."""
        here = self.places
        if self.topology == "rectangular":
            return np.asarray(np.abs(here[:, None] - other[None]).max(axis=2))
        apart = _axial(here)[:, None] - _axial(other)[None]
        return np.asarray((np.abs(apart).sum(axis=2) + np.abs(apart.sum(axis=2))) // 2)

    @cached_property
    def neighbors(self) -> np.ndarray:
        """Which cells are neighbours, bool (cells, cells); no cell is its own neighbour."""
        return np.asarray(self.steps == 1)


def _axial(places: np.ndarray) -> np.ndarray:
    """Axes 120 degrees apart of a hexagonal grid, on which steps can be counted; int64 (n, 2)."""
    row, column = places.T
    return np.stack([column - (row - row % 2) // 2, row], axis=1)


def suggested_grid(
    examples: np.ndarray, *, count: int | None = None, topology: Topology = "rectangular", toroid: bool = False
) -> Grid:
    """Rule of thumb for the grid: 5 sqrt(n) cells, sides as the square roots of the two largest eigenvalues.

    The eigenvalues are those of the covariance matrix, so that a side is as long as the data are wide. A side is at
    least two cells and at most five times the other.

    Args:
        examples: (n, features) encoded training examples.
        count: Number of training examples, where `examples` are a part of them.
        topology: See `Grid`.
        toroid: See `Grid`; a hexagonal toroid gets an even number of rows.

    Returns:
        The grid, its longer side across.

    Source: Vesanto et al. 2000, SOM Toolbox for Matlab 5, Helsinki University of Technology, report A57.

    Example:
        >>> flat = np.random.default_rng(0).normal(size=(400, 3)) * [4.0, 2.0, 0.1]
        >>> grid = suggested_grid(flat)
        >>> grid.rows, grid.columns
        (7, 14)
    """
    cells = 5.0 * math.sqrt(len(examples) if count is None else count)
    ratio = min(5.0, math.sqrt(_eigenvalue_ratio(np.asarray(examples, np.float64))))
    height = ROW_HEIGHT if topology == "hexagonal" else 1.0
    rows = max(2, round(math.sqrt(cells / ratio / height)))
    rows += rows % 2 if toroid and topology == "hexagonal" else 0
    return Grid(rows, max(2, round(cells / rows)), topology, toroid)


def _eigenvalue_ratio(examples: np.ndarray) -> float:
    """The largest eigenvalue of the covariance over the second; 1 where there is none."""
    if len(examples) < 3 or examples.shape[1] < 2:
        return 1.0
    second, first = np.linalg.eigvalsh(np.cov(examples, rowvar=False))[-2:]
    return float(first / second) if second > 1e-12 * first else 25.0 if first > 0 else 1.0


def suggested_sigma(grid: Grid) -> float:
    """Rule of thumb for the first width of the neighbourhood: half the longer side, so that it orders the whole map.

    Example:
        >>> suggested_sigma(Grid(10, 14))
        7.0
    """
    return max(1.0, max(grid.rows, grid.columns) / 2.0)
