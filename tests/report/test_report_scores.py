"""Per-class scores and the order of mistakes, beside scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from zoo.report.predictions import Predictions
from zoo.report.scores import class_names, class_scores, confusion_counts, worst_mistakes


def test_class_scores_equal_scikit_learns_on_real_digits(masters: Path) -> None:
    outputs, targets = Predictions(masters / "digits" / "predictions.npz").split("test")  # type: ignore[misc]
    predicted = outputs.argmax(axis=1)
    scores = class_scores(confusion_counts(targets, predicted, 10), tuple("0123456789"))
    ours = np.array([(s.precision, s.recall, s.f1, s.support) for s in scores]).T
    np.testing.assert_allclose(ours, precision_recall_fscore_support(targets, predicted))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_counts_and_scores_equal_scikit_learns_also_for_absent_classes(pairs: list[tuple[int, int]]) -> None:
    targets, predicted = np.array(pairs).T
    counts = confusion_counts(targets, predicted, 5)
    np.testing.assert_array_equal(counts, confusion_matrix(targets, predicted, labels=range(5)))
    ours = np.array([(s.precision, s.recall, s.f1, s.support) for s in class_scores(counts, tuple("abcde"))]).T
    theirs = precision_recall_fscore_support(targets, predicted, labels=range(5), zero_division=0)
    np.testing.assert_allclose(ours, theirs)


def test_mistakes_come_by_falling_certainty_and_hold_no_correct_example(masters: Path) -> None:
    outputs, targets = Predictions(masters / "digits" / "predictions.npz").split("test")  # type: ignore[misc]
    chosen = worst_mistakes(targets, outputs, limit=5)
    certainty = outputs.max(axis=1)
    assert (outputs.argmax(axis=1)[chosen] != targets[chosen]).all()
    assert (np.diff(certainty[chosen]) <= 0).all()
    wrong = outputs.argmax(axis=1) != targets
    assert certainty[chosen[0]] == certainty[wrong].max()


@pytest.mark.parametrize("names", [None, ["only one"]])
def test_classes_without_a_name_each_are_numbered(names: object) -> None:
    assert class_names(names, 3) == ("0", "1", "2")
    assert class_names(["a", "b", "c"], 3) == ("a", "b", "c")
