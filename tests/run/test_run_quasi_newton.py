"""The minimisation on plain arrays: directions, line search, ends."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from zoo.run.quasi_newton import CURVATURE, DECREASE, Iterate, Settings, advance, direction

SETTINGS = Settings()


def rosenbrock(point: np.ndarray) -> tuple[float, np.ndarray]:
    return float(rosen(point)), rosen_der(point)


def quadratic(point: np.ndarray) -> tuple[float, np.ndarray]:
    """Smallest, 5, where the first coordinate is 2."""
    return float(3.0 * (point[0] - 2.0) ** 2 + 5.0), 6.0 * (point - 2.0)


def iterates(objective, start: np.ndarray, settings: Settings = SETTINGS, most: int = 500) -> tuple[list[Iterate], str]:
    found = [Iterate.at(objective, start)]
    for _ in range(most):
        advanced = advance(objective, found[-1], settings)
        if isinstance(advanced, str):
            return found, advanced
        found.append(advanced)
    return found, "most"


@pytest.mark.parametrize("start", [-7.0, 0.0, 1.999, 300.0])
def test_a_quadratic_in_one_variable_ends_at_its_closed_form(start: float) -> None:
    found, why = iterates(quadratic, np.array([start]))
    assert found[-1].point == pytest.approx([2.0], abs=1e-8)
    assert found[-1].loss == pytest.approx(5.0)
    assert len(found) <= 4
    assert why == "the gradient is as small as the tolerance"


def test_the_first_step_goes_down_the_gradient_and_is_at_most_one_long() -> None:
    assert direction(Iterate.at(quadratic, np.array([-7.0]))) == pytest.approx([1.0])
    assert direction(Iterate.at(quadratic, np.array([2.01]))) == pytest.approx([-0.06])


def test_the_second_direction_points_at_the_minimum_of_a_quadratic() -> None:
    first = iterates(quadratic, np.array([-7.0]), most=1)[0][-1]
    assert first.point + direction(first) == pytest.approx([2.0])


@pytest.mark.parametrize("size", [2, 10, 40])
def test_the_optimum_is_that_of_scipy(size: int) -> None:
    start = np.full(size, -1.2)
    found, _ = iterates(rosenbrock, start)
    theirs = minimize(rosen, start, jac=rosen_der, method="L-BFGS-B", options={"ftol": 0.0, "gtol": 1e-7})
    assert found[-1].point == pytest.approx(theirs.x, abs=1e-6)
    assert found[-1].loss < 1e-12


def test_every_step_keeps_the_strong_wolfe_rules() -> None:
    found, _ = iterates(rosenbrock, np.array([-1.2, 1.0, 0.5]))
    assert len(found) > 20
    for before, after in pairwise(found):
        towards = direction(before)
        slope = before.gradient @ towards
        assert after.point == pytest.approx(before.point + after.length * towards)
        assert after.loss <= before.loss + DECREASE * after.length * slope
        assert abs(after.gradient @ towards) <= -CURVATURE * slope * (1.0 + 1e-9)


def test_with_a_long_history_the_direction_is_that_of_the_full_matrix() -> None:
    found, _ = iterates(rosenbrock, np.array([-1.2, 1.0, 0.5, -0.3]), Settings(history=100), most=12)
    last = found[-1]
    step, change = last.steps[-1], last.changes[-1]
    inverse = np.eye(4) * (step @ change) / (change @ change)
    for step, change in zip(last.steps, last.changes, strict=True):
        rho = 1.0 / (step @ change)
        left = np.eye(4) - rho * np.outer(step, change)
        inverse = left @ inverse @ left.T + rho * np.outer(step, step)
    assert direction(last) == pytest.approx(-inverse @ last.gradient)


def test_no_more_pairs_are_kept_than_the_history_says() -> None:
    found, _ = iterates(rosenbrock, np.full(10, -1.2), Settings(history=3), most=20)
    assert found[-1].steps.shape == found[-1].changes.shape == (3, 10)
    assert found[-1].steps[-1] == pytest.approx(found[-1].point - found[-2].point)


@pytest.mark.parametrize("beyond", [math.inf, math.nan])
def test_the_search_comes_back_from_where_the_loss_is_no_number(beyond: float) -> None:
    def walled(point: np.ndarray) -> tuple[float, np.ndarray]:
        """x - log(1 - x), which has no value from 1 on; smallest at 0 when mirrored."""
        if point[0] >= 1.0:
            return beyond, np.array([beyond])
        return float(-point[0] - math.log(1.0 - point[0])), np.array([-1.0 + 1.0 / (1.0 - point[0])])

    found, _ = iterates(walled, np.array([-6.0]))
    assert found[-1].point == pytest.approx([0.0], abs=1e-6)


def test_a_line_search_stops_at_its_most_evaluations_with_the_lowest_point_seen() -> None:
    calls = 0

    def steep(point: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal calls
        calls += 1
        return float(1e-4 * (point[0] - 1e6) ** 2), 2e-4 * (point - 1e6)

    start = Iterate.at(steep, np.zeros(1))
    calls = 0
    advanced = advance(steep, start, Settings(max_evaluations=3))
    assert calls == 3
    assert isinstance(advanced, Iterate)
    assert advanced.loss < start.loss


def test_it_ends_where_rounding_lets_no_step_lower_the_loss() -> None:
    def coarse(point: np.ndarray) -> tuple[float, np.ndarray]:
        """The loss in float16, the gradient exact: the last digits of the loss are lost."""
        return float(np.float16(1.0 + (point**4).sum())), 4.0 * point**3

    found, why = iterates(coarse, np.array([0.7, -0.4]))
    assert "rounding" in why
    assert found[-1].loss == 1.0
    losses = [iterate.loss for iterate in found]
    assert losses == sorted(losses, reverse=True)


def test_it_does_not_rise_along_a_gradient_that_has_the_wrong_sign() -> None:
    def wrong(point: np.ndarray) -> tuple[float, np.ndarray]:
        return float((point**2).sum()), -2.0 * point

    assert "no step" in str(advance(wrong, Iterate.at(wrong, np.ones(2)), SETTINGS))
