"""Of two classes: how well the probability of the second one ranks the examples, and where to cut.

Plain NumPy, as `zoo.report.scores`; tests compare with scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from zoo.report.style import GREY, PALETTE, new_figure, shortened, styled

# fewer of a class than this make stairs of a curve
LEAST = 10


@dataclass(frozen=True)
class Cut:
    """What comes of calling everything at or above a probability the second class.

    Attributes:
        threshold: The probability.
        counts: int (2, 2); row: true class, column: what it was called.
    """

    threshold: float
    counts: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share of all that is called rightly."""
        return _share(np.trace(self.counts), self.counts.sum())

    @property
    def precision(self) -> float:
        """Share of the called that are of the second class."""
        return _share(self.counts[1, 1], self.counts[:, 1].sum())

    @property
    def recall(self) -> float:
        """Share of the second class that is called."""
        return _share(self.counts[1, 1], self.counts[1].sum())

    @property
    def specificity(self) -> float:
        """Share of the first class that is left alone."""
        return _share(self.counts[0, 0], self.counts[0].sum())

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return _share(2 * self.counts[1, 1], self.counts[:, 1].sum() + self.counts[1].sum())


def can_be_ranked(outputs: np.ndarray, targets: np.ndarray) -> bool:
    """Whether there are two classes, enough of each, and probabilities rather than labels."""
    return bool(
        outputs.ndim == 2
        and outputs.shape[1] == 2
        and min(np.count_nonzero(targets == 0), np.count_nonzero(targets == 1)) >= LEAST
        and len(np.unique(outputs[:, 1])) > 2
    )


def cut_at(probabilities: np.ndarray, targets: np.ndarray, threshold: float) -> Cut:
    """Count what comes of a threshold.

    Args:
        probabilities: float (n,), of the second class.
        targets: int (n,), 0 or 1.
        threshold: At or above it an example is called the second class.
    """
    pairs = targets.astype(np.int64) * 2 + (probabilities >= threshold)
    return Cut(threshold, np.bincount(pairs, minlength=4).reshape(2, 2))


def best_threshold(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """The threshold with the largest F1 of the second class; of equals the largest.

    Args:
        probabilities: float (n,), of the second class, on the validation split.
        targets: int (n,), 0 or 1.
    """
    thresholds, hits, false_alarms = _counts(probabilities, targets)
    f1 = 2 * hits / (hits + false_alarms + np.count_nonzero(targets == 1))
    return float(thresholds[int(f1.argmax())])


def _counts(probabilities: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds, falling, and how many of the second and of the first class lie at or above each."""
    order = np.argsort(-probabilities, kind="stable")
    ordered, labels = probabilities[order], targets[order] == 1
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    hits = np.cumsum(labels)[last]
    return ordered[last], hits, last + 1 - hits


def roc_curve(probabilities: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """False-positive rate, true-positive rate, and the area under the curve (trapezoids)."""
    _, hits, false_alarms = _counts(probabilities, targets)
    true_rate = np.append(0, hits) / hits[-1]
    false_rate = np.append(0, false_alarms) / false_alarms[-1]
    return false_rate, true_rate, float(np.trapezoid(true_rate, false_rate))


def precision_recall_curve(probabilities: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Recall, precision, and average precision (steps, as scikit-learn counts it)."""
    _, hits, false_alarms = _counts(probabilities, targets)
    recall, precision = hits / hits[-1], hits / (hits + false_alarms)
    return recall, precision, float(np.sum(np.diff(np.append(0, recall)) * precision))


@styled
def ranking_curves(outputs: np.ndarray, targets: np.ndarray, positive: str, chosen: float) -> Figure:
    """Draw the ROC and the precision-recall curve beside what chance gives.

    Args:
        outputs: float (n, 2), probabilities.
        targets: int (n,), 0 or 1.
        positive: Name of the second class.
        chosen: The threshold chosen on the validation split; a point on either curve.

    Returns:
        Two panels.
    """
    probabilities = outputs[:, 1]
    cut = cut_at(probabilities, targets, chosen)
    figure = new_figure(3.7)
    left, right = figure.subplots(1, 2)
    false_rate, true_rate, area = roc_curve(probabilities, targets)
    left.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1.2, label="chance")
    left.plot(false_rate, true_rate, color=PALETTE[0])
    left.plot(1 - cut.specificity, cut.recall, "o", color=PALETTE[1], label=f"cut at {chosen:.3g}")
    left.set_title(f"ROC, area {area:.4f}")
    left.set_xlabel("false-positive rate")
    left.set_ylabel("true-positive rate (recall)")
    recall, precision, average = precision_recall_curve(probabilities, targets)
    share = float(np.mean(targets == 1))
    right.axhline(share, color=GREY, linestyle="--", linewidth=1.2, label=f"chance, {share:.3g}")
    # from the first point on: precision of nothing called is not defined
    right.step(recall, precision, where="pre", color=PALETTE[0])
    right.plot(cut.recall, cut.precision, "o", color=PALETTE[1])
    right.set_title(f"Average precision {average:.4f}")
    right.set_xlabel(f"recall of “{shortened(positive)}”")
    right.set_ylabel("precision")
    for axis in (left, right):
        axis.set_xlim(-0.02, 1.02)
        axis.set_ylim(-0.02, 1.02)
    left.legend(loc="lower right")
    right.legend(loc="upper right" if average < 0.6 else "lower left")
    return figure


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 0.0
