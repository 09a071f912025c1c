"""Limited-memory BFGS on plain arrays: a direction from the last changes, and a step by the strong Wolfe rules.

Everything an iteration needs is in one `Iterate`, so that a run can be stopped and continued to the last bit.

Source: J. Nocedal, S. Wright, Numerical Optimization, 2006: algorithm 7.4 (two-loop recursion), equation 7.20 (scale of
the first matrix), algorithms 3.5 and 3.6 (line search, SciPy's), equation 3.7 (strong Wolfe rules).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import line_search

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]

# Nocedal and Wright, section 3.1: the share of the promised decrease, and of the slope, that a step may leave.
DECREASE, CURVATURE = 1e-4, 0.9


@dataclass(frozen=True)
class Settings:
    """The options of an iteration.

    Attributes:
        history: Pairs of changes kept.
        tolerance: Largest absolute entry of the gradient at which a point counts as a minimum.
        max_evaluations: Most evaluations of the objective in one line search.
    """

    history: int = 10
    tolerance: float = 1e-7
    max_evaluations: int = 25


@dataclass(frozen=True)
class Iterate:
    """Where a minimisation stands; float64 throughout.

    Attributes:
        point: (n,)
        loss: The objective there.
        gradient: (n,)
        steps: (pairs, n) differences of the last points, oldest first.
        changes: (pairs, n) differences of their gradients.
        length: Share of the direction that the last step took; 1 is the full quasi-Newton step.
    """

    point: np.ndarray
    loss: float
    gradient: np.ndarray
    steps: np.ndarray
    changes: np.ndarray
    length: float = 1.0

    @classmethod
    def at(cls, objective: Objective, point: np.ndarray) -> Iterate:
        """The first iterate: a point without a past."""
        loss, gradient = objective(point)
        empty = np.empty((0, point.size))
        return cls(point, loss, gradient, empty, empty)


def advance(objective: Objective, iterate: Iterate, settings: Settings) -> Iterate | str:
    """One iteration: a direction, and a line search along it.

    Args:
        objective: From a point (n,) to loss and gradient (n,).
        iterate: Where it starts.
        settings: Options.

    Returns:
        The next iterate, its loss smaller; or why there is none, in words.

    Example:
        >>> def bowl(point):
        ...     return float((point - 3) @ (point - 3)), 2 * (point - 3)
        >>> start = Iterate.at(bowl, np.zeros(1))
        >>> first = advance(bowl, start, Settings())
        >>> second = advance(bowl, first, Settings())
        >>> round(float(second.point[0]), 6), advance(bowl, second, Settings())
        (3.0, 'the gradient is as small as the tolerance')
    """
    if np.abs(iterate.gradient).max(initial=0.0) <= settings.tolerance:
        return "the gradient is as small as the tolerance"
    taken = _search(objective, iterate, direction(iterate), settings.max_evaluations)
    if taken is None and len(iterate.steps):
        # rounding can spoil the pairs when the loss hardly changes any more: once more without them
        empty = np.empty((0, iterate.point.size))
        iterate = Iterate(iterate.point, iterate.loss, iterate.gradient, empty, empty)
        taken = _search(objective, iterate, direction(iterate), settings.max_evaluations)
    if taken is None:
        return "no step along the direction lowers the loss: it is as low as its rounding allows"
    step, change = taken.point - iterate.point, taken.gradient - iterate.gradient
    steps, changes = iterate.steps, iterate.changes
    # a pair without positive curvature would make a direction that rises
    if step @ change > np.finfo(np.float64).eps * (change @ change):
        steps = np.concatenate([steps, step[None]])[-settings.history :]
        changes = np.concatenate([changes, change[None]])[-settings.history :]
    return Iterate(taken.point, taken.loss, taken.gradient, steps, changes, taken.length)


def direction(iterate: Iterate) -> np.ndarray:
    """Minus the gradient times the approximate inverse Hessian: the two-loop recursion, 4 pairs n multiplications."""
    result = -iterate.gradient
    if not len(iterate.steps):
        # nothing is known about the scale: a first step of length 1 at most
        return result / max(1.0, float(np.linalg.norm(result)))
    curvatures = np.einsum("ij,ij->i", iterate.steps, iterate.changes)
    shares = np.zeros(len(iterate.steps))
    for i in reversed(range(len(shares))):
        shares[i] = iterate.steps[i] @ result / curvatures[i]
        result = result - shares[i] * iterate.changes[i]
    result = result * (curvatures[-1] / (iterate.changes[-1] @ iterate.changes[-1]))
    for i in range(len(shares)):
        result = result + (shares[i] - iterate.changes[i] @ result / curvatures[i]) * iterate.steps[i]
    return result


@dataclass(frozen=True)
class _Trial:
    """A point on the ray of a line search."""

    length: float
    point: np.ndarray
    loss: float
    gradient: np.ndarray
    slope: float


class _Exhausted(Exception):
    """The line search has used its evaluations."""


class _Ray:
    """The objective along a direction; keeps the last trial and the lowest one that decreases the loss enough."""

    def __init__(self, objective: Objective, iterate: Iterate, towards: np.ndarray, most: int) -> None:
        self.objective, self.origin, self.towards, self.left = objective, iterate, towards, most
        self.slope = float(iterate.gradient @ towards)
        self.last: _Trial | None = None
        self.lowest: _Trial | None = None

    def at(self, length: float) -> _Trial:
        """The trial at a share of the direction, evaluated unless it was the last one."""
        if self.last is None or self.last.length != length:
            if self.left == 0:
                raise _Exhausted
            self.left -= 1
            self.last = self._evaluated(length)
            enough = self.origin.loss + DECREASE * length * self.slope
            if self.last.loss <= enough and (self.lowest is None or self.last.loss < self.lowest.loss):
                self.lowest = self.last
        return self.last

    def _evaluated(self, length: float) -> _Trial:
        point = self.origin.point + length * self.towards
        loss, gradient = self.objective(point)
        slope = float(gradient @ self.towards)
        if not (math.isfinite(loss) and math.isfinite(slope)):
            # too far: the search comes back from a wall
            return _Trial(length, point, math.inf, gradient, math.inf)
        return _Trial(length, point, loss, gradient, slope)


def _search(objective: Objective, iterate: Iterate, towards: np.ndarray, most: int) -> _Trial | None:
    """A trial by the strong Wolfe rules; else the lowest that was seen to decrease the loss enough, or None."""
    ray = _Ray(objective, iterate, towards, most)
    if ray.slope >= 0.0:
        return None
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # SciPy warns of a search that fails; it is answered below
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        try:
            length = line_search(
                lambda share: ray.at(float(share[0])).loss,
                lambda share: np.array([ray.at(float(share[0])).slope]),
                np.zeros(1),
                np.ones(1),
                gfk=np.array([ray.slope]),
                old_fval=iterate.loss,
                c1=DECREASE,
                c2=CURVATURE,
            )[0]
        except _Exhausted:
            length = None
    if length is not None and ray.last is not None and ray.last.length == float(length):
        return ray.last
    return ray.lowest
