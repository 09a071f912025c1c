"""What forecasts of a series are worth, beside naive ones of the same values.

The outputs of a forecaster for n windows that follow one another are float32 (n, 2):

    column 0: one step: the value after each window, which holds true values (teacher forcing)
    column 1: closed loop: from the first window on the forecasts themselves go into the windows; after every `horizon`
        steps it starts again from true values

Source: Weigend and Gershenfeld (editors), Time Series Prediction, 1993; the naive forecasts: Hyndman and
Athanasopoulos, Forecasting: principles and practice, 3rd edition 2021, section 5.2.
"""

from __future__ import annotations

import numpy as np

from zoo.data.series import series_of
from zoo.data.spec import Data, DataSpec, Split

ONE_STEP, CLOSED_LOOP = 0, 1
NAIVE = ("mean", "persistence", "seasonal")
# a series is about as much like itself after two seasons as after one: of such shifts the shortest is meant
ALIKE = 0.02  # of a correlation


def forecasting_score(data_spec: DataSpec, outputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """The metrics of a forecaster, in the units of the series.

    Args:
        data_spec: Not used; all series are scored alike.
        outputs: (n, 2), one step and closed loop.
        targets: (n,).

    Returns:
        closed_loop_mse and closed_loop_mae; mse, rmse and mae of one step.
    """
    from sklearn import metrics  # at use: 0.1 s that loading a model need not pay

    loop, step = outputs[:, CLOSED_LOOP], outputs[:, ONE_STEP]
    mse = float(metrics.mean_squared_error(targets, step))
    return {
        "closed_loop_mse": float(metrics.mean_squared_error(targets, loop)),
        "closed_loop_mae": float(metrics.mean_absolute_error(targets, loop)),
        "mse": mse,
        "rmse": mse**0.5,
        "mae": float(metrics.mean_absolute_error(targets, step)),
    }


def naive_baseline(data: Data, split: str, outputs: np.ndarray) -> dict[str, float]:
    """The metrics of naive forecasts: of each metric the lowest of mean, persistence and season."""
    scores = naive_scores(data, split)
    return {metric: min(one[metric] for one in scores.values()) for metric in scores[NAIVE[0]]}


def naive_scores(data: Data, split: str) -> dict[str, dict[str, float]]:
    """The metrics of each naive forecast of a split, by its name."""
    chosen = data.splits[split]
    said = naive_forecasts(data.spec, data.train, chosen.features)
    return {name: forecasting_score(data.spec, outputs, chosen.targets) for name, outputs in said.items()}


def naive_forecasts(data_spec: DataSpec, train: Split, features: np.ndarray) -> dict[str, np.ndarray]:
    """What is forecast without a model.

    Args:
        data_spec: Lag and horizon.
        train: What mean and season are taken from.
        features: (n, lag) windows that follow one another.

    Returns:
        Name -> (n, 2) as a forecaster's outputs: the mean of the training values; the last value of the window; the
        value one season before (see `season_of`; of a closed loop the window's last season over and over).

    Example:
        >>> from zoo.data.series import windows
        >>> series = np.array([1.0, 5.0, 3.0] * 4)
        >>> train = Split(windows(series, 3), series[3:])
        >>> spec = DataSpec("series", (3,), "float64", "forecasting", horizon=2)
        >>> said = naive_forecasts(spec, train, windows(series, 3)[:4])
        >>> said["persistence"][:, CLOSED_LOOP].tolist(), said["seasonal"][:, CLOSED_LOOP].tolist()
        ([3.0, 3.0, 3.0, 3.0], [1.0, 5.0, 3.0, 1.0])
    """
    lag, horizon = features.shape[1], data_spec.horizon or 1
    series = series_of(train.features, train.targets)
    season = season_of(series, lag)
    place = np.arange(len(features))
    start, ahead = place - place % horizon, place % horizon
    mean = np.full(len(features), series.mean())
    step_loop = {
        "mean": (mean, mean),
        "persistence": (features[:, -1], features[start, -1]),
        "seasonal": (features[:, lag - season], features[start, lag - season + ahead % season]),
    }
    return {name: np.stack(columns, axis=1).astype(np.float32) for name, columns in step_loop.items()}


def season_of(series: np.ndarray, longest: int) -> int:
    """The season of a series: the shift, at most `longest`, at which it is most like itself.

    Only shifts that are more like it than both their neighbours count: next to a slow series every small shift is like
    it. A naive forecast sees what the model sees, so that a season fits into the window.

    Args:
        series: (n,).
        longest: The lag of the windows.

    Returns:
        Steps; 1 where no shift stands out, which makes the seasonal forecast that of persistence.

    Example:
        >>> season_of(np.tile([0.0, 1.0, 4.0, 1.0], 10), 8)
        4
    """
    centred = series - series.mean()
    shifts = range(1, min(longest + 2, len(series) - 1))
    likeness = np.array([_likeness(centred[:-shift], centred[shift:]) for shift in shifts])
    inner = likeness[1:-1]
    peaks = np.flatnonzero((inner > likeness[:-2]) & (inner > likeness[2:])) + 1
    if not peaks.size:
        return 1
    best = peaks[likeness[peaks] >= likeness[peaks].max() - ALIKE]
    return int(best[0]) + 1


def _likeness(first: np.ndarray, second: np.ndarray) -> float:
    sizes = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / sizes) if sizes > 0 else 0.0
