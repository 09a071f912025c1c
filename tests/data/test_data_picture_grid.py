"""Many pictures as one."""

from __future__ import annotations

import numpy as np

from zoo.data.picture_grid import GAP, tiled


def test_pictures_stand_row_by_row_and_pixels_are_whole_dots() -> None:
    pictures = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1) * 40 * np.ones((3, 32, 32, 1), np.uint8)
    grid = tiled(pictures, columns=2, value_range=(0, 100))
    assert grid.shape == (2 * 64 + GAP, 2 * 64 + GAP, 1)
    assert [grid[0, 0, 0], grid[0, -1, 0], grid[-1, 0, 0]] == [0, 102, 204]
    assert (grid[:64, 64 : 64 + GAP] == 255).all()  # between cells
    assert (grid[64 + GAP :, 64 + GAP :] == 255).all()  # a cell that is left over


def test_large_pictures_are_not_made_larger_and_colour_stays() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 70, 64, 3), np.uint8)
    grid = tiled(pictures, columns=2, value_range=(0, 255))
    assert grid.shape == (70, 128 + GAP, 3)
    assert np.array_equal(grid[:, :64], pictures[0])
