"""Functions of a point, each with where to begin, what to see of it, and where it is smallest; TensorFlow-free.

They are written in plain arithmetic, so that NumPy arrays and tensors both go through them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Function:
    """A function of points.

    Attributes:
        value: From points (..., dimensions) to values (...).
        start: Where to begin if nothing else is said; its length is the number of dimensions.
        window: Low and high end of each axis of a picture, for as many dimensions as `start` has.
        minimum: One coordinate of the smallest point, the same on every axis; None where there is no smallest one.
        dimensions: How many it takes; None for any number.
    """

    value: Callable[[Any], Any]
    start: tuple[float, ...]
    window: tuple[tuple[float, float], ...]
    minimum: float | None
    dimensions: int | None = None


def quadratic(points: Any) -> Any:
    """The sum of the squares of the coordinates: x^2 on a line, a round bowl in the plane."""
    return sum(points[..., axis] ** 2 for axis in range(points.shape[-1]))


def saddle(points: Any) -> Any:
    """x^2 - y^2: a minimum along x, a maximum along y; falls without end."""
    return points[..., 0] ** 2 - points[..., 1] ** 2


def rosenbrock(points: Any) -> Any:
    """(1 - x)^2 + 100 (y - x^2)^2: a bent valley with a flat floor. Source: Rosenbrock 1960, Computer Journal 3."""
    x, y = points[..., 0], points[..., 1]
    return (1.0 - x) ** 2 + 100.0 * (y - x**2) ** 2


FUNCTIONS = {
    "quadratic": Function(quadratic, (5.0,), ((-6.0, 6.0),), 0.0),
    "saddle": Function(saddle, (1.5, 0.01), ((-2.0, 2.0), (-2.0, 2.0)), None, 2),
    "rosenbrock": Function(rosenbrock, (-1.2, 1.0), ((-2.0, 2.0), (-1.0, 3.0)), 1.0, 2),
}
