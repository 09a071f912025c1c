"""How much of an update a cell takes part in: the neighbourhood of the best cell, by distance on the grid."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import tensorflow as tf

from zoo.families.som.grid import Grid

Neighborhood = Literal["gaussian", "bubble", "mexican_hat"]


def apart(grid: Grid, neighborhood: Neighborhood) -> np.ndarray:
    """What `influence` measures distance by, float64 (cells, cells): squared distances, of the bubble steps."""
    return grid.steps.astype(np.float64) if neighborhood == "bubble" else grid.squared_distances


def influence(neighborhood: Neighborhood, distances: Any, sigma: Any) -> Any:
    """Shares of an update.

    gaussian: exp(-d^2 / 2 sigma^2); mexican_hat: (1 - d^2 / sigma^2) exp(-d^2 / 2 sigma^2);
    bubble: 1 for cells fewer than sigma steps away, else 0.

    Args:
        neighborhood: Which of the three.
        distances: What `apart` made, or rows of it, as a tensor.
        sigma: Width in cells, a scalar tensor of the same dtype.

    Returns:
        Tensor of the shape of `distances`, 1 where the distance is 0.
    """
    if neighborhood == "bubble":
        return tf.cast(distances < sigma, distances.dtype)
    exponent = -distances / (2.0 * sigma * sigma)
    hat = tf.exp(exponent)
    return (1.0 + 2.0 * exponent) * hat if neighborhood == "mexican_hat" else hat
