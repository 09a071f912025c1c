"""Measures of classifiers that Keras has not for class numbers and logits, over an epoch at a time."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

MEASURES = ("balanced_accuracy", "macro_f1", "macro_precision", "macro_specificity", "precision", "recall",
            "specificity", "f1")  # fmt: skip
OF_TWO = ("precision", "recall", "specificity", "f1")


@keras.saving.register_keras_serializable("zoo")
class FromCounts(keras.metrics.Metric):
    """A measure of the confusion matrix of class numbers (n,) and logits (n, classes).

    As scikit-learn has it with zero_division = 0: balanced accuracy is the mean recall over the classes that occur, the
    other means are over all classes; those without a mean are of the second of two classes.

    Args:
        measure: One of `MEASURES`; of a measure of two classes, `classes` must be 2.
        classes: Number of classes.
        name: As Keras has it; the measure if not given.

    Raises:
        ValueError: There is no such measure for so many classes.

    Example:
        >>> measure = FromCounts("recall", 2)
        >>> measure.update_state([1, 1, 0], [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
        >>> float(measure.result())
        0.5
    """

    def __init__(self, measure: str, classes: int, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name or measure, dtype=dtype)
        if measure not in MEASURES or (measure in OF_TWO and classes != 2):
            raise ValueError(
                f"measure must be one of {MEASURES}, of these {OF_TWO} for 2 classes. Received: measure={measure!r}, "
                f"classes={classes}"
            )
        self.measure, self.classes = measure, classes
        self.counts = self.add_variable((classes, classes), "zeros", name="counts")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch; `sample_weight` (n,) is what each example counts."""
        said = ops.argmax(ops.convert_to_tensor(y_pred), axis=-1)
        true = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        rows = ops.one_hot(true, self.classes, dtype=self.dtype)
        if sample_weight is not None:
            rows = rows * ops.reshape(ops.cast(sample_weight, self.dtype), (-1, 1))
        columns = ops.one_hot(ops.cast(said, "int32"), self.classes, dtype=self.dtype)
        self.counts.assign(self.counts + ops.matmul(ops.transpose(rows), columns))

    def result(self) -> Any:
        """The measure of all that was counted."""
        counts = ops.convert_to_tensor(self.counts)
        hits, true, said = ops.diagonal(counts), ops.sum(counts, axis=1), ops.sum(counts, axis=0)
        recall, precision = _share(hits, true), _share(hits, said)
        f1 = _share(2.0 * hits, true + said)
        others = ops.sum(counts) - true
        specificity = _share(others - (said - hits), others)
        match self.measure:
            case "balanced_accuracy":
                occurs = ops.cast(true > 0, self.dtype)
                return _share(ops.sum(recall * occurs), ops.sum(occurs))
            case "macro_f1" | "macro_precision" | "macro_specificity":
                values = {"macro_f1": f1, "macro_precision": precision, "macro_specificity": specificity}
                return ops.mean(values[self.measure])
            case _:
                values = {"precision": precision, "recall": recall, "specificity": specificity, "f1": f1}
                return values[self.measure][1]

    def reset_state(self) -> None:
        """Forget all counts."""
        self.counts.assign(ops.zeros_like(self.counts))

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {"measure": self.measure, "classes": self.classes, "name": self.name, "dtype": self.dtype}


@keras.saving.register_keras_serializable("zoo")
class SecondClassArea(keras.metrics.AUC):
    """Keras' area under a curve, of the probability of the second of two classes; from class numbers and logits.

    Keras takes the curve at thresholds: the area is that of scikit-learn but for about 1 / `num_thresholds`.
    """

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in class numbers (n,) and logits (n, 2)."""
        super().update_state(ops.reshape(y_true, (-1,)), ops.softmax(y_pred)[:, 1], sample_weight)


@keras.saving.register_keras_serializable("zoo")
class OfRows(keras.metrics.Metric):
    """A Keras measure of numbers for targets (n,) or (n, ...), compared with outputs (n, targets) row by row.

    Args:
        metric: The measure, such as R2Score, which wants both of one shape.
    """

    def __init__(self, metric: keras.metrics.Metric, name: str | None = None, **settings: Any) -> None:
        super().__init__(name=name or metric.name, **settings)
        self.metric = metric

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch."""
        self.metric.update_state(ops.reshape(y_true, ops.shape(y_pred)), y_pred, sample_weight)

    def result(self) -> Any:
        """The measure."""
        return self.metric.result()

    def reset_state(self) -> None:
        """Begin anew."""
        self.metric.reset_state()

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        return {"metric": keras.metrics.serialize(self.metric), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> OfRows:
        """The inverse of `get_config`."""
        return cls(keras.metrics.deserialize(config["metric"]), config["name"])


@keras.saving.register_keras_serializable("zoo")
class RootOfMean(keras.metrics.MeanMetricWrapper):
    """The root of the mean of squared errors that a function finds."""

    def result(self) -> Any:
        """The root."""
        return ops.sqrt(super().result())


def _share(part: Any, whole: Any) -> Any:
    """Part over whole, 0 where the whole is nothing."""
    return ops.where(whole > 0, part / ops.maximum(whole, 1e-12), ops.zeros_like(part))
