"""Many pictures as one: a grid of equal cells, each pixel an even number of dots wide."""

from __future__ import annotations

import numpy as np

SIDE = 64  # dots that a cell has at least
GAP = 2  # dots between cells
GROUND = 255


def tiled(pictures: np.ndarray, *, columns: int, value_range: tuple[float, float]) -> np.ndarray:
    """Set pictures side by side, row by row.

    Args:
        pictures: (n, height, width, 1 or 3 channels), values in `value_range`.
        columns: Pictures in a row.
        value_range: Values that are shown black and white.

    Returns:
        uint8 (height, width, 1 or 3); cells that are left over are white.

    Example:
        >>> tiled(np.zeros((3, 8, 8, 1), np.uint8), columns=2, value_range=(0, 16)).shape
        (130, 130, 1)
    """
    low, high = value_range
    shades = np.rint((pictures.astype(np.float64) - low) * (255.0 / (high - low))).clip(0, 255).astype(np.uint8)
    count, height, width, channels = shades.shape
    scale = max(1, -(-SIDE // max(height, width)))
    shades = shades.repeat(scale, axis=1).repeat(scale, axis=2)
    height, width = scale * height, scale * width
    rows = -(-count // columns)
    shape = (rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels)
    grid = np.full(shape, GROUND, np.uint8)
    for number, picture in enumerate(shades):
        row, column = divmod(number, columns)
        top, left = row * (height + GAP), column * (width + GAP)
        grid[top : top + height, left : left + width] = picture
    return grid
