"""Two classes: curves and thresholds equal scikit-learn's, and the page shows them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from zoo.report.predictions import Predictions
from zoo.report.two_class_sections import two_class_sections
from zoo.report.two_classes import best_threshold, can_be_ranked, cut_at, precision_recall_curve, roc_curve


def ranked(count: int, seed: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities with ties, and labels that they say something of; both classes occur."""
    rng = np.random.default_rng(seed)
    probabilities = rng.integers(0, levels, count) / levels
    targets = (rng.uniform(size=count) < 0.2 + 0.6 * probabilities).astype(np.int64)
    targets[:2] = 0, 1
    return probabilities, targets


@settings(max_examples=50, deadline=None)
@given(count=st.integers(2, 80), seed=st.integers(0, 1000), levels=st.integers(2, 200))
def test_areas_equal_scikit_learn_s(count: int, seed: int, levels: int) -> None:
    probabilities, targets = ranked(count, seed, levels)
    assert roc_curve(probabilities, targets)[2] == pytest.approx(metrics.roc_auc_score(targets, probabilities))
    average = metrics.average_precision_score(targets, probabilities)
    assert precision_recall_curve(probabilities, targets)[2] == pytest.approx(average)


@settings(max_examples=50, deadline=None)
@given(count=st.integers(2, 80), seed=st.integers(0, 1000), levels=st.integers(2, 200))
def test_no_other_threshold_has_a_larger_f1(count: int, seed: int, levels: int) -> None:
    probabilities, targets = ranked(count, seed, levels)
    best = cut_at(probabilities, targets, best_threshold(probabilities, targets))
    assert best.f1 == pytest.approx(metrics.f1_score(targets, probabilities >= best.threshold))
    assert all(best.f1 >= cut_at(probabilities, targets, other).f1 for other in np.unique(probabilities))


def test_a_cut_counts_what_is_called_rightly() -> None:
    cut = cut_at(np.array([0.1, 0.6, 0.4, 0.9]), np.array([0, 0, 1, 1]), 0.5)
    assert cut.counts.tolist() == [[1, 1], [1, 1]]
    assert (cut.accuracy, cut.precision, cut.recall, cut.specificity, cut.f1) == (0.5,) * 5


def test_nothing_called_has_no_precision_and_no_f1() -> None:
    cut = cut_at(np.array([0.1, 0.2]), np.array([0, 1]), 0.5)
    assert (cut.precision, cut.recall, cut.f1) == (0.0, 0.0, 0.0)


def stored(folder: Path, outputs: np.ndarray, targets: np.ndarray) -> Predictions:
    path = folder / "predictions.npz"
    np.savez(path, test_outputs=outputs, test_targets=targets, validation_outputs=outputs, validation_targets=targets)
    return Predictions(path)


def test_the_page_shows_curves_and_both_thresholds(tmp_path: Path) -> None:
    probabilities, targets = ranked(200, 0, 1000)
    outputs = np.stack([1 - probabilities, probabilities], axis=1)
    ranking, threshold = two_class_sections(stored(tmp_path, outputs, targets), ("no", "yes"))
    assert ranking.pictures[0].name == "ranking"
    assert threshold.table is not None
    assert threshold.table.rows[0][0] == "0.5"
    chosen = best_threshold(probabilities, targets)
    assert threshold.table.rows[1][5] == f"{cut_at(probabilities, targets, chosen).f1:.4f}"


@pytest.mark.parametrize("case", ["three classes", "labels", "one example of a class"])
def test_what_cannot_be_ranked_is_left_out(tmp_path: Path, case: str) -> None:
    probabilities, targets = ranked(100, 0, 1000)
    outputs = np.stack([1 - probabilities, probabilities], axis=1)
    if case == "three classes":
        outputs = np.concatenate([outputs, outputs[:, :1]], axis=1)
    if case == "labels":
        outputs = outputs.round()
    if case == "one example of a class":
        targets = np.eye(1, len(targets), 0, dtype=np.int64)[0]
    assert not can_be_ranked(outputs, targets)
    assert two_class_sections(stored(tmp_path, outputs, targets), ("no", "yes")) == []
