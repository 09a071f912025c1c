"""The warm-up before any schedule of the learning rate."""

from __future__ import annotations

import doctest

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo.layers.schedules
from zoo.layers.schedules import WarmUp

schedules = keras.optimizers.schedules
RATES = [
    0.2,
    schedules.CosineDecay(0.2, 50, alpha=0.1),
    schedules.ExponentialDecay(0.2, 5, 0.5, staircase=True),
    schedules.PolynomialDecay(0.2, 50, 0.0),
]


def values(schedule: object, steps: int) -> np.ndarray:
    assert callable(schedule)
    return np.asarray(schedule(np.arange(steps, dtype=np.int64)), np.float64)


@settings(max_examples=25, deadline=None)
@given(which=st.integers(0, len(RATES) - 1), steps=st.integers(1, 40))
def test_it_rises_evenly_and_then_follows_the_schedule_from_its_beginning(which: int, steps: int) -> None:
    rate = RATES[which]
    warmed = values(WarmUp(rate, steps), steps + 60)
    assert warmed[:steps] == pytest.approx(0.2 * np.arange(1, steps + 1) / steps, rel=1e-5)
    expected = values(rate, 60) if callable(rate) else np.full(60, rate)
    assert warmed[steps:] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("rate", RATES)
def test_it_is_serialised_and_read_back_by_keras(rate: object) -> None:
    schedule = WarmUp(rate, 7)  # type: ignore[arg-type]
    again = schedules.deserialize(schedules.serialize(schedule))
    assert isinstance(again, WarmUp)
    assert values(again, 80).tolist() == values(schedule, 80).tolist()


def test_an_optimiser_takes_the_rate_of_its_step() -> None:
    optimizer = keras.optimizers.SGD(WarmUp(0.5, 2))
    variable = keras.Variable(np.zeros(1, np.float32))
    optimizer.build([variable])
    seen = []
    for _ in range(4):
        before = float(variable[0])
        optimizer.apply([np.ones(1, np.float32)], [variable])
        seen.append(before - float(variable[0]))
    assert seen == pytest.approx([0.25, 0.5, 0.5, 0.5])


def test_no_steps_are_refused() -> None:
    with pytest.raises(ValueError, match=r"steps must be at least 1. Received: steps=0"):
        WarmUp(0.1, 0)


def test_the_examples_run() -> None:
    results = doctest.testmod(zoo.layers.schedules)
    assert results.attempted > 0
    assert results.failed == 0
