"""What a model says of raw examples, network or estimator, and what a run keeps of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from zoo.data.spec import Data, DataSpec, Split
from zoo.run import estimator
from zoo.run.feeding import FeedsItself
from zoo.run.forecasting import ClosedLoop, forecasts_of
from zoo.run.forecasting_scores import CLOSED_LOOP, NAIVE, naive_forecasts
from zoo.run.tasks import task_of


def outputs_of(model: Any, data_spec: DataSpec, features: np.ndarray, *, batch_size: int = 1024) -> np.ndarray:
    """What a model says of raw examples.

    Args:
        model: A network, from raw examples to logits or numbers; or a fitted scikit-learn estimator.
        data_spec: The task, and the classes.
        features: (n, *shape) raw examples.
        batch_size: Examples a step of a network.

    Returns:
        float32 of a network, float64 of an estimator: class probabilities (n, classes) for classification, numbers
        (n, targets) for regression, the next value (n, 1) for forecasting, what `zoo.run.mapping_scores` says for maps.
    """
    if task_of(data_spec).examine is not None:
        task_of(data_spec).outputs(features)  # refuses
    if not isinstance(model, keras.Model):
        return estimator.outputs(model, data_spec, features)
    return task_of(data_spec).outputs(model.predict(features, batch_size=batch_size, verbose=0))


def measured_outputs(model: Any, data_spec: DataSpec) -> Callable[[Split], np.ndarray]:
    """What a model says of splits, as it is kept and scored.

    Returns:
        Function of a split; what it compiles it compiles once for all. As `outputs_of`; of a text the logarithm of the
        probability that each target had, float32 (n,): all outputs for all units would take as many times the memory
        as the vocabulary has units; of a series `zoo.run.forecasting_scores` says what, float32 (n, 2).
    """
    if isinstance(model, FeedsItself):
        return model.log_probabilities
    if data_spec.task == "forecasting":
        loop = ClosedLoop(model, data_spec)
        return lambda split: forecasts_of(model, data_spec, split.features, loop)
    return lambda split: outputs_of(model, data_spec, split.features)


def predictions(model: Any, data: Data) -> dict[str, np.ndarray]:
    """Outputs and targets of every split, and what the figures need of the features: the content of predictions.npz."""
    arrays: dict[str, np.ndarray] = {"test_features": data.test.features}
    if data.test.identifiers is not None:
        arrays["test_identifiers"] = data.test.identifiers
    measured = measured_outputs(model, data.spec)
    for name, split in data.splits.items():
        arrays[f"{name}_outputs"] = measured(split)
        arrays[f"{name}_targets"] = split.targets
    if data.spec.kind in ("vector", "table") and data.spec.shape == (2,) and np.isfinite(data.train.features).all():
        arrays["train_features"] = data.train.features
        arrays |= _plane(model, data)
    if data.spec.task == "forecasting":
        naive = naive_forecasts(data.spec, data.train, data.test.features)
        arrays["test_naive"] = np.stack([naive[name][:, CLOSED_LOOP] for name in NAIVE], axis=1)
    return arrays


def _plane(model: Any, data: Data, points: int = 200) -> dict[str, np.ndarray]:
    """Outputs over the plane that the examples lie in, with a margin of a tenth on each side."""
    features = np.concatenate([data.train.features, data.test.features])
    low, high = features.min(axis=0), features.max(axis=0)
    margin = 0.1 * (high - low)
    axes = [np.linspace(low[i] - margin[i], high[i] + margin[i], points, dtype=data.spec.dtype) for i in (0, 1)]
    first, second = np.meshgrid(*axes)
    outputs = outputs_of(model, data.spec, np.stack([first.ravel(), second.ravel()], axis=1), batch_size=8192)
    return {"grid_x": axes[0], "grid_y": axes[1], "grid_outputs": outputs.reshape(points, points, -1)}
