"""What outputs for classes and for numbers are worth, beside the trivial baseline on the same split.

All metrics are scikit-learn's.
"""

from __future__ import annotations

import numpy as np

from zoo.data.class_weights import class_weights as weights_of_classes
from zoo.data.spec import Data, DataSpec, Split


def classification_score(data_spec: DataSpec, outputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """The metrics of a classifier.

    Args:
        data_spec: The classes.
        outputs: (n, classes), class probabilities.
        targets: int (n,), class numbers.

    Returns:
        accuracy, balanced_accuracy, macro_f1, macro_precision, macro_specificity, log_loss; for two classes precision,
        recall, specificity and f1 of the second one, auc and average_precision too. Where the probabilities are all 0
        and 1, as of estimators that say a class and no more, neither log_loss nor the last two.
    """
    from sklearn import metrics  # at use: 0.1 s that loading a model need not pay

    classes = len(data_spec.classes or ())
    labels = np.arange(classes)
    predicted = outputs.argmax(axis=1)
    present = np.unique(targets)
    scores = {
        "accuracy": float(metrics.accuracy_score(targets, predicted)),
        # mean recall over the classes that occur
        "balanced_accuracy": float(
            metrics.recall_score(targets, predicted, labels=present, average="macro", zero_division=0)
        ),
        "macro_f1": float(metrics.f1_score(targets, predicted, labels=labels, average="macro", zero_division=0)),
    }
    counts = metrics.confusion_matrix(targets, predicted, labels=labels)
    others = counts.sum() - counts.sum(axis=1)
    found = others - (counts.sum(axis=0) - np.diag(counts))
    specificity = np.divide(found, others, out=np.zeros(classes), where=others > 0)
    precision = metrics.precision_score(targets, predicted, labels=labels, average=None, zero_division=0)
    scores |= {"macro_precision": float(precision.mean()), "macro_specificity": float(specificity.mean())}
    if classes == 2:
        scores |= {
            "precision": float(precision[1]),
            "recall": float(metrics.recall_score(targets, predicted, zero_division=0)),
            "specificity": float(specificity[1]),
            "f1": float(metrics.f1_score(targets, predicted, zero_division=0)),
        }
    if outputs.dtype == np.float64 and np.isin(outputs, (0.0, 1.0)).all():
        return scores
    # rows of float32 probabilities add up to 1 within 1e-6 only
    exact = outputs.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    scores["log_loss"] = float(metrics.log_loss(targets, exact, labels=labels))
    if classes == 2 and len(present) == 2:
        scores["auc"] = float(metrics.roc_auc_score(targets, exact[:, 1]))
        scores["average_precision"] = float(metrics.average_precision_score(targets, exact[:, 1]))
    return scores


def regression_score(data_spec: DataSpec, outputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """The metrics of a regressor: mse, rmse, mae, of two or more examples r2, and of more than inputs adjusted_r2.

    Args:
        data_spec: Number of inputs, of a table its columns: 1 - adjusted_r2 = (1 - r2) (n - 1) / (n - inputs - 1).
        outputs: (n, targets).
        targets: (n, ...).
    """
    from sklearn import metrics  # at use: 0.1 s that loading a model need not pay

    flat = targets.reshape(len(targets), -1)
    mse = float(metrics.mean_squared_error(flat, outputs))
    scores = {"mse": mse, "rmse": mse**0.5, "mae": float(metrics.mean_absolute_error(flat, outputs))}
    if len(targets) > 1:
        scores["r2"] = float(metrics.r2_score(flat, outputs))
    free = len(targets) - data_spec.inputs - 1
    if free > 0:
        scores["adjusted_r2"] = 1.0 - (1.0 - scores["r2"]) * (len(targets) - 1) / free
    return scores


def baseline_outputs(data_spec: DataSpec, train: Split, count: int) -> np.ndarray:
    """What the trivial model says: the class shares, or the mean, of the training split for every example."""
    if data_spec.classes is not None:
        shares = np.bincount(train.targets, minlength=len(data_spec.classes)) / len(train)
        return np.tile(shares.astype(np.float32), (count, 1))
    mean = train.targets.reshape(len(train), -1).mean(axis=0)
    return np.tile(mean.astype(np.float32), (count, 1))


def class_weights(data: Data, wanted: str | dict[str, float] | None) -> dict[int, float] | None:
    """Weights by class number for `fit`; see `zoo.data.class_weights`."""
    return weights_of_classes(data.spec, data.train.targets, wanted)
