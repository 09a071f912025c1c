"""Series of values: windows into them, and parts of them one after the other."""

from __future__ import annotations

import numpy as np

from zoo.data.errors import InvalidData
from zoo.data.options import SeriesOptions
from zoo.data.spec import Data, DataSpec, Split


def windows(series: np.ndarray, lag: int) -> np.ndarray:
    """All windows into a series that have a next value: a view (n - lag, lag), no copy.

    Example:
        >>> windows(np.array([1.0, 2.0, 3.0, 4.0]), 2).tolist()
        [[1.0, 2.0], [2.0, 3.0]]
    """
    return np.lib.stride_tricks.sliding_window_view(series, lag)[: len(series) - lag]


def series_of(features: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The series that windows (n, lag) and their next values (n,) were made from: the inverse of `windows`."""
    return np.concatenate([features[0], targets])


def are_windows(array: np.ndarray) -> bool:
    """Whether an array (n, lag) is a view of windows into one series, so that the series stands for it."""
    return array.ndim == 2 and len(array) > 0 and array.strides == (array.itemsize, array.itemsize)


def divide(series: np.ndarray, spec: DataSpec, *, known: int, validation: int, gap: int, test: range) -> Data:
    """Training, validation and test targets one after the other, each with the `lag` values before it.

    Args:
        series: (n,) values.
        spec: Its shape is (lag,).
        known: Number of first values that training and validation may see.
        validation: How many of them, the last ones, are validation targets.
        gap: How many before those are a target of neither, so that with a gap of the lag no value of a training target
            stands in a validation window. Validation comes after training: its targets stand in no training window.
        test: Places of the test targets.

    Returns:
        The checked data; all features are views of the series.

    Raises:
        InvalidData: Too few values for a training target.

    Example:
        >>> spec = DataSpec("series", (2,), "float64", "forecasting", horizon=2)
        >>> data = divide(np.arange(10.0), spec, known=8, validation=2, gap=1, test=range(8, 10))
        >>> [part.targets.tolist() for part in data.splits.values()]
        [[2.0, 3.0, 4.0], [6.0, 7.0], [8.0, 9.0]]
    """
    (lag,) = spec.shape
    first = known - validation
    if first - gap <= lag:
        raise InvalidData(
            "a series must be long enough for a window, a training target, the gap and the validation targets",
            received=f"{known} known values for lag = {lag}, gap = {gap} and {validation} validation targets",
            hint="a smaller data.lag or data.validation_fraction, or more values",
        )
    frames = windows(series, lag)
    ranges = (range(lag, first - gap), range(first, known), test)
    train, held, rest = (
        Split(
            frames[part.start - lag : part.stop - lag],
            series[part.start : part.stop],
            np.arange(part.start, part.stop, dtype=np.int64),
        )
        for part in ranges
    )
    data = Data(spec, train, held, rest, splitting="position")
    data.check()
    return data


def series_data(
    values: np.ndarray, options: SeriesOptions, *, continuation: int, target: str, unit: str | None = None
) -> Data:
    """Make a series into windows with the value after each.

    Args:
        values: (n,) finite numbers in their order.
        options: Lag, horizon, and how much validates.
        continuation: How many of the last values are the test split.
        target: Name of the values.
        unit: Their unit.

    Returns:
        The checked data, float64; the first test window is the last `lag` known values.

    Raises:
        InvalidData: Values that are not finite or too few.
    """
    series = np.asarray(values, np.float64)
    broken = np.flatnonzero(~np.isfinite(series))
    if broken.size:
        raise InvalidData("a series must be finite numbers", received=f"{series[broken[0]]} at value {broken[0] + 1}")
    spec = DataSpec(
        kind="series",
        shape=(options.lag,),
        dtype="float64",
        task="forecasting",
        target_name=target,
        unit=unit,
        horizon=options.horizon,
    )
    known = len(series) - continuation
    validation = max(1, round(known * options.validation_fraction))
    test = range(known, len(series))
    return divide(series, spec, known=known, validation=validation, gap=options.gap_or_lag, test=test)


def known_series(data: Data) -> np.ndarray:
    """The values before the continuation: of training, gap and validation, in their order."""
    assert data.train.rows is not None
    assert data.validation.rows is not None
    between = int(data.validation.rows[0] - data.train.rows[-1]) - 1
    before = data.validation.features[0]
    gap = before[len(before) - between :]
    return np.concatenate([series_of(data.train.features, data.train.targets), gap, data.validation.targets])
