"""Windows into series: inverse of one another, in order, without copies, and with a gap."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from zoo.data.batches import evaluation_batches, row_reader, training_batches
from zoo.data.errors import InvalidData
from zoo.data.options import SeriesOptions
from zoo.data.series import are_windows, known_series, series_data, series_of, windows
from zoo.data.spec import Data, DataSpec, Split

SPEC = DataSpec("series", (3,), "float64", "forecasting", horizon=5)
VALUES = np.random.default_rng(0).normal(size=120)


def data(lag: int = 4, continuation: int = 20, **options: object) -> Data:
    return series_data(VALUES, SeriesOptions(lag=lag, horizon=10, **options), continuation=continuation, target="value")


def series_and_lags() -> st.SearchStrategy[tuple[np.ndarray, int]]:
    numbers = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40).map(np.array)
    return numbers.flatmap(lambda series: st.tuples(st.just(series), st.integers(1, len(series) - 1)))


@given(series_and_lags())
def test_a_series_is_what_its_windows_and_their_next_values_say(case: tuple[np.ndarray, int]) -> None:
    series, lag = case
    features, targets = windows(series, lag), series[lag:]
    assert np.array_equal(series_of(features, targets), series)
    assert np.array_equal(features, np.stack([series[i : i + lag] for i in range(len(series) - lag)]))


@settings(deadline=None)
@given(series_and_lags())
def test_windows_are_read_on_the_device_as_they_are_in_memory(case: tuple[np.ndarray, int]) -> None:
    series, lag = case
    features = windows(series, lag)
    assert are_windows(features)
    rows = np.arange(len(features))[::-1].copy()
    assert np.array_equal(row_reader(features)(tf.constant(rows)), features[rows])


def test_all_splits_are_views_of_one_series() -> None:
    parts = list(data().splits.values())
    assert all(are_windows(part.features) for part in parts)
    assert all(np.shares_memory(part.features, parts[0].targets.base) for part in parts)


def test_splits_follow_one_another_with_a_gap_of_the_lag() -> None:
    made = data(lag=4, validation_fraction=0.1)
    rows = [part.rows for part in made.splits.values()]
    assert [(int(some[0]), int(some[-1])) for some in rows if some is not None] == [(4, 85), (90, 99), (100, 119)]


def test_no_validation_target_occurs_in_a_training_window_and_no_training_target_in_a_validation_window() -> None:
    made = data(lag=4)
    assert not np.isin(made.validation.targets, made.train.features).any()
    assert not np.isin(made.train.targets, made.validation.features).any()


def test_the_first_test_window_is_the_last_known_values() -> None:
    assert np.array_equal(data(lag=4).test.features[0], VALUES[96:100])


@pytest.mark.parametrize("gap", [0, 2, 4])
def test_the_known_values_come_back_from_the_splits_whatever_the_gap(gap: int) -> None:
    assert np.array_equal(known_series(data(lag=4, gap=gap)), VALUES[:100])


def test_batches_of_windows_are_those_of_a_copy_of_them() -> None:
    views = data().train
    copies = Split(views.features.copy(), views.targets.copy(), views.rows)
    assert not are_windows(copies.features)
    for make in (
        lambda split: training_batches(split, batch_size=8, seed=3).take(5),
        lambda split: evaluation_batches(split, batch_size=32),
    ):
        pairs = list(zip(make(views), make(copies), strict=True))
        assert pairs
        for (features, targets), (other_features, other_targets) in pairs:
            assert np.array_equal(features, other_features)
            assert np.array_equal(targets, other_targets)


@pytest.mark.parametrize(
    ("options", "continuation"), [({"lag": 95}, 20), ({"validation_fraction": 0.95}, 20), ({"lag": 4}, 115)]
)
def test_a_series_that_is_too_short_is_refused(options: dict[str, object], continuation: int) -> None:
    with pytest.raises(InvalidData, match="long enough"):
        data(**{"lag": 4, **options}, continuation=continuation)  # type: ignore[arg-type]


def test_a_hole_in_a_series_is_refused_by_its_place() -> None:
    values = VALUES.copy()
    values[41] = np.nan
    with pytest.raises(InvalidData, match="finite") as refused:
        series_data(values, SeriesOptions(lag=4), continuation=20, target="value")
    assert "value 42" in str(refused.value)


def test_a_gap_longer_than_the_lag_is_refused() -> None:
    with pytest.raises(ValidationError, match="gap must not exceed lag"):
        SeriesOptions(lag=4, gap=5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dtype": "int64"}, "dtype of a series"),
        ({"target_shape": (2,)}, "target_shape of a series"),
        ({"horizon": None}, "horizon must be positive"),
        ({"kind": "vector"}, "horizon must be positive, and of a series"),
        ({"shape": (3, 2)}, "shape of a series"),
    ],
)
def test_a_specification_of_a_series_is_refused_where_it_is_none(changes: dict[str, object], message: str) -> None:
    fields = {"kind": "series", "shape": (3,), "dtype": "float64", "task": "forecasting", "horizon": 5}
    with pytest.raises(InvalidData, match=message):
        DataSpec(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_specification_of_a_series_goes_to_json_and_back() -> None:
    assert DataSpec.from_json(SPEC.to_json()) == SPEC
