"""Counts behind the figures and tables of a classifier.

Plain NumPy on purpose: importing sklearn.metrics costs 1.2 s, more than a whole report; a test compares with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassScore:
    """Scores of one class: precision, recall and F1 (0 where undefined, as scikit-learn's zero_division=0)."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


def confusion_counts(targets: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count pairs of true and predicted classes.

    Args:
        targets: int (n,), true classes.
        predicted: int (n,), predicted classes.
        classes: number of classes.

    Returns:
        int (classes, classes); row: true class, column: predicted class.
    """
    pairs = targets.astype(np.int64) * classes + predicted.astype(np.int64)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def class_scores(counts: np.ndarray, names: tuple[str, ...]) -> tuple[ClassScore, ...]:
    """Score every class from the confusion counts.

    Args:
        counts: int (classes, classes), see :func:`confusion_counts`.
        names: class names.

    Returns:
        One score a class, in the order of the names.
    """
    hits = np.diag(counts).astype(float)
    precision = _share(hits, counts.sum(axis=0))
    recall = _share(hits, counts.sum(axis=1))
    f1 = _share(2 * hits, counts.sum(axis=0) + counts.sum(axis=1))
    support = counts.sum(axis=1)
    return tuple(
        ClassScore(name, float(precision[k]), float(recall[k]), float(f1[k]), int(support[k]))
        for k, name in enumerate(names)
    )


def worst_mistakes(targets: np.ndarray, outputs: np.ndarray, limit: int = 24) -> np.ndarray:
    """Find the misclassified examples of which the model was most certain.

    Args:
        targets: int (n,), true classes.
        outputs: float (n, classes), class probabilities.
        limit: at most so many.

    Returns:
        int (at most limit,): indices by falling probability of the wrong class; ties in the order of the split.
    """
    predicted = outputs.argmax(axis=1)
    wrong = np.flatnonzero(predicted != targets)
    confidence = outputs[wrong, predicted[wrong]]
    return wrong[np.argsort(-confidence, kind="stable")][:limit]


def class_names(names: object, classes: int) -> tuple[str, ...]:
    """Name the classes: the data set's names where there is one for each, their numbers otherwise.

    >>> class_names(None, 2)
    ('0', '1')
    """
    if isinstance(names, list | tuple) and len(names) == classes:
        return tuple(str(name) for name in names)
    return tuple(str(k) for k in range(classes))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
