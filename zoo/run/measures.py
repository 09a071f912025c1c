"""What is measured in each epoch: the task's usual metric, and the one that the recipe monitors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from registry.names import near
from zoo.data.spec import DataSpec
from zoo.layers.metrics import MEASURES, OF_TWO, FromCounts, OfRows, RootOfMean, SecondClassArea
from zoo.layers.series import mean_absolute_errors, mean_squared_errors
from zoo.recipe import RecipeError, Training

Maker = Callable[[DataSpec], keras.metrics.Metric]
THRESHOLDS = 1000  # of curves: an area is right to about 0.001


def _counted(measure: str) -> Maker:
    return lambda spec: FromCounts(measure, spec.num_classes or 0)


def _area(name: str, curve: str) -> Maker:
    return lambda spec: SecondClassArea(num_thresholds=THRESHOLDS, curve=curve, name=name)


def _r2(name: str, *, adjusted: bool) -> Maker:
    return lambda spec: OfRows(keras.metrics.R2Score(num_regressors=spec.inputs if adjusted else 0), name)


def _of_errors(function: Callable[..., Any], name: str, kind: Any = keras.metrics.MeanMetricWrapper) -> Maker:
    return lambda spec: kind(function, name=name)


# task -> metric -> what measures it over an epoch; the first one is measured in every run
MEASURED: dict[str, dict[str, Maker]] = {
    "classification": {
        "accuracy": lambda spec: keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
        **{measure: _counted(measure) for measure in MEASURES},
        "log_loss": lambda spec: keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="log_loss"),
        "auc": _area("auc", "ROC"),
        "average_precision": _area("average_precision", "PR"),
    },
    "regression": {
        "mae": lambda spec: keras.metrics.MeanAbsoluteError(name="mae"),
        "mse": lambda spec: keras.metrics.MeanSquaredError(name="mse"),
        "rmse": lambda spec: keras.metrics.RootMeanSquaredError(name="rmse"),
        "r2": _r2("r2", adjusted=False),
        "adjusted_r2": _r2("adjusted_r2", adjusted=True),
    },
    "forecasting": {
        "mae": _of_errors(mean_absolute_errors, "mae"),
        "mse": _of_errors(mean_squared_errors, "mse"),
        "rmse": _of_errors(mean_squared_errors, "rmse", RootOfMean),
    },
    "minimisation": {},
    "text_generation": {},
}
OF_TWO_CLASSES = (*OF_TWO, "auc", "average_precision")
OF_TEXTS = ("perplexity",)  # which a network over text measures itself


def measurable(data_spec: DataSpec) -> list[str]:
    """Metrics that can be measured in each epoch, the usual one first."""
    known = [*MEASURED[data_spec.task], *(OF_TEXTS if data_spec.task == "text_generation" else ())]
    two = data_spec.task == "classification" and data_spec.num_classes == 2
    return [name for name in known if two or name not in OF_TWO_CLASSES]


def make_metrics(training: Training, data_spec: DataSpec) -> list[keras.metrics.Metric]:
    """The metrics of a run: the task's usual one, and the one that the recipe monitors.

    Raises:
        RecipeError: What the recipe monitors is not measured in each epoch.
    """
    known = measurable(data_spec)
    wanted = known[:1]
    if training.monitor is not None:
        metric = training.monitor.removeprefix("validation_")
        if metric != "loss" and metric not in known:
            quantities = [f"validation_{name}" for name in ("loss", *known)]
            raise RecipeError(
                f"training.monitor must be a quantity that is measured in each epoch of {data_spec.task}",
                received=training.monitor,
                near=near(training.monitor, quantities),
                hint=f"one of: {', '.join(quantities)}",
            )
        wanted += [metric] if metric not in ("loss", *wanted) else []
    makers = MEASURED[data_spec.task]
    return [makers[name](data_spec) for name in wanted if name in makers]
