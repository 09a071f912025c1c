"""Types of what recipes choose by name, and the metrics of each task."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from zoo.recipe.names import canonical, named

Activation = Annotated[str, named("activations")]
Initializer = Annotated[str, named("initializers")]
Regularizer = Annotated[str, named("regularizers")]
Loss = Annotated[str, named("losses")]
Optimizer = Annotated[str, named("optimizers")]
Schedule = Annotated[str, named("schedules")]
Tuner = Annotated[str, named("tuners")]


def as_metric(value: Any) -> Any:
    """A metric by any of its spellings in that of the runner; what is none is left to who knows the task."""
    return (canonical("metrics", value) or value) if isinstance(value, str) else value


Metric = Annotated[str, BeforeValidator(as_metric)]


def monitored(quantity: str) -> str:
    """A quantity of metrics.jsonl by any spelling of its metric.

    >>> monitored("val_f1_macro"), monitored("validation_loss"), monitored("pictures_per_second")
    ('validation_macro_f1', 'validation_loss', 'pictures_per_second')
    """
    for prefix in ("validation_", "val_"):
        if quantity.startswith(prefix):
            return f"validation_{as_metric(quantity.removeprefix(prefix))}"
    return str(as_metric(quantity))


# What the runner measures by task, the primary metric first; kept here because naming it needs no TensorFlow.
METRICS = {
    "classification": (
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "macro_precision",
        "macro_specificity",
        "log_loss",
        "auc",
        "average_precision",
        "precision",
        "recall",
        "specificity",
        "f1",
    ),
    "regression": ("mse", "rmse", "mae", "r2", "adjusted_r2"),
    "forecasting": ("closed_loop_mse", "closed_loop_mae", "mse", "rmse", "mae"),
    "mapping": ("quantization_error", "topographic_error", "purity", "accuracy", "balanced_accuracy", "macro_f1"),
    "anomaly_detection": (
        "average_precision",
        "auc",
        "precision_at_100",
        "quantization_error",
        "topographic_error",
    ),
    "minimisation": ("value", "distance"),
    "text_generation": ("loss", "perplexity", "bits_per_character"),
    "picture_generation": (
        "pixel_frechet_distance",
        "frechet_distance",
        "pixel_frechet_distance_of_training",
        "frechet_distance_of_training",
        "nearest_ratio",
        "modes",
        "smallest_share",
    ),
}
TWO_CLASS_METRICS = ("auc", "average_precision", "precision", "recall", "specificity", "f1", "precision_at_100")
