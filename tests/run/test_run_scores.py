"""Metrics are scikit-learn's, the baseline is the trivial model of the training split."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.utils.class_weight import compute_class_weight

from zoo.data.spec import Data, DataSpec, Split
from zoo.recipe import RecipeError
from zoo.run.outputs import outputs_of, predictions
from zoo.run.scores import baseline_outputs, class_weights
from zoo.run.tasks import baseline_scores, score

THREE = DataSpec("vector", (2,), "float32", "classification", classes=("red", "green", "blue"))
TWO = DataSpec("vector", (2,), "float32", "classification", classes=("no", "yes"))
NUMBERS = DataSpec("vector", (2,), "float32", "regression")
PAIRS = DataSpec("vector", (2,), "float32", "regression", target_shape=(2,))
NOT_READ = dict.fromkeys(("train", "validation", "test"), np.zeros((0, 0), np.float32))  # by majority and mean


def probabilities(rows: int, classes: int, seed: int = 0) -> np.ndarray:
    raw = np.random.default_rng(seed).uniform(0.01, 1, (rows, classes))
    return (raw / raw.sum(axis=1, keepdims=True)).astype(np.float32)


def data_of(spec: DataSpec, train: list[float], test: list[float]) -> Data:
    def split(targets: list[float]) -> Split:
        dtype = np.int64 if spec.classes else np.float32
        return Split(np.zeros((len(targets), 2), np.float32), np.array(targets, dtype))

    return Data(spec, split(train), split(test), split(test), "exhaustive")


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(2, 60), classes=st.integers(2, 3), seed=st.integers(0, 1000))
def test_metrics_of_classes_equal_scikit_learn_s(rows: int, classes: int, seed: int) -> None:
    spec = TWO if classes == 2 else THREE
    outputs = probabilities(rows, classes, seed)
    targets = np.random.default_rng(seed + 1).integers(0, classes, rows)
    targets[: min(classes, rows)] = np.arange(min(classes, rows))
    predicted = outputs.argmax(axis=1)
    scores = score(spec, outputs, targets)
    assert scores["accuracy"] == metrics.accuracy_score(targets, predicted)
    if len(np.unique(targets)) == classes == len(np.unique(np.r_[targets, predicted])):
        assert scores["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(targets, predicted))
        assert scores["macro_f1"] == pytest.approx(metrics.f1_score(targets, predicted, average="macro"))
        assert scores["macro_precision"] == pytest.approx(
            metrics.precision_score(targets, predicted, average="macro", zero_division=0)
        )
        specificities = [metrics.recall_score(targets != one, predicted != one) for one in range(classes)]
        assert scores["macro_specificity"] == pytest.approx(np.mean(specificities))
    exact = outputs.astype(np.float64) / outputs.astype(np.float64).sum(axis=1, keepdims=True)
    assert scores["log_loss"] == pytest.approx(metrics.log_loss(targets, exact, labels=range(classes)))
    if classes == 2:
        assert scores["auc"] == pytest.approx(metrics.roc_auc_score(targets, outputs[:, 1]))
        assert scores["average_precision"] == pytest.approx(metrics.average_precision_score(targets, outputs[:, 1]))
        assert scores["precision"] == metrics.precision_score(targets, predicted, zero_division=0)
        assert scores["recall"] == metrics.recall_score(targets, predicted)
        assert scores["specificity"] == pytest.approx(metrics.recall_score(targets == 0, predicted == 0))
        assert scores["f1"] == metrics.f1_score(targets, predicted)
    else:
        assert "auc" not in scores


@pytest.mark.parametrize("spec", [TWO, THREE])
def test_a_split_of_one_class_has_scores_and_no_auc(spec: DataSpec) -> None:
    outputs = probabilities(5, len(spec.classes or ()))
    scores = score(spec, outputs, np.zeros(5, np.int64))
    assert scores["accuracy"] == scores["balanced_accuracy"] == np.mean(outputs.argmax(axis=1) == 0)
    assert "auc" not in scores
    json.dumps(scores, allow_nan=False)


def test_a_certain_mistake_has_a_finite_log_loss() -> None:
    outputs = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    scores = score(TWO, outputs, np.array([1, 0]))
    assert scores["accuracy"] == 0.0
    json.dumps(scores, allow_nan=False)


@pytest.mark.parametrize(("spec", "shape"), [(NUMBERS, (30,)), (PAIRS, (30, 2))])
def test_metrics_of_numbers_equal_scikit_learn_s(spec: DataSpec, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    targets = rng.normal(size=shape).astype(np.float32)
    outputs = rng.normal(size=(30, *shape[1:]) if len(shape) > 1 else (30, 1)).astype(np.float32)
    scores = score(spec, outputs, targets)
    flat = targets.reshape(30, -1)
    assert scores["mse"] == pytest.approx(metrics.mean_squared_error(flat, outputs))
    assert scores["rmse"] == pytest.approx(metrics.root_mean_squared_error(targets.ravel(), outputs.ravel()))
    assert scores["mae"] == pytest.approx(metrics.mean_absolute_error(flat, outputs))
    assert scores["r2"] == pytest.approx(metrics.r2_score(flat, outputs))
    # 30 examples of 2 inputs
    assert scores["adjusted_r2"] == pytest.approx(1 - (1 - metrics.r2_score(flat, outputs)) * 29 / 27)


def test_no_more_numbers_than_inputs_have_no_adjusted_r2() -> None:
    targets, outputs = np.arange(4, dtype=np.float32), np.ones((4, 1), np.float32)
    assert "adjusted_r2" not in score(NUMBERS, outputs[:3], targets[:3])
    assert "adjusted_r2" in score(NUMBERS, outputs, targets)


def test_one_number_alone_has_no_r2() -> None:
    assert "r2" not in score(NUMBERS, np.zeros((1, 1), np.float32), np.ones(1, np.float32))


def test_the_baseline_of_classes_is_the_majority_of_the_training_split() -> None:
    train, test = [0, 1, 1, 1, 2], [1, 0, 0, 2, 0]
    scores = baseline_scores(data_of(THREE, train, test), NOT_READ)
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((5, 1)), train)
    assert scores["name"] == "majority"
    assert scores["test"]["accuracy"] == dummy.score(np.zeros((5, 1)), test) == 0.2
    shares = dummy.predict_proba(np.zeros((5, 1)))
    assert scores["test"]["log_loss"] == pytest.approx(metrics.log_loss(test, shares, labels=[0, 1, 2]))
    assert scores["train"]["accuracy"] == 0.6


def test_a_class_that_training_never_saw_leaves_the_baseline_finite() -> None:
    scores = baseline_scores(data_of(THREE, [0, 1, 1], [2, 2]), NOT_READ)
    assert scores["test"]["accuracy"] == 0.0
    json.dumps(scores, allow_nan=False)


def test_the_baseline_of_numbers_is_the_mean_of_the_training_split() -> None:
    train, test = [1.0, 2.0, 6.0], [0.0, 4.0]
    data = data_of(NUMBERS, train, test)
    assert baseline_outputs(NUMBERS, data.train, 2).tolist() == [[3.0], [3.0]]
    scores = baseline_scores(data, NOT_READ)
    dummy = DummyRegressor().fit(np.zeros((3, 1)), train)
    assert scores["name"] == "mean"
    assert scores["test"]["r2"] == pytest.approx(dummy.score(np.zeros((2, 1)), test))
    assert scores["test"]["mse"] == 5.0


def test_balanced_weights_equal_scikit_learn_s() -> None:
    train = [0, 0, 0, 0, 1, 1, 2]
    weights = class_weights(data_of(THREE, train, [0]), "balanced")
    expected = compute_class_weight("balanced", classes=np.arange(3), y=np.array(train))
    assert weights == pytest.approx(dict(enumerate(expected)))


def test_balanced_weights_give_each_class_the_same_total() -> None:
    train = [0, 0, 0, 0, 1, 1, 2]
    weights = class_weights(data_of(THREE, train, [0]), "balanced")
    assert weights is not None
    totals = [weights[number] * train.count(number) for number in range(3)]
    assert totals == pytest.approx([7 / 3] * 3)


def test_weights_by_name_leave_the_others_at_1() -> None:
    assert class_weights(data_of(THREE, [0, 1, 2], [0]), {"blue": 2.5}) == {0: 1.0, 1: 1.0, 2: 2.5}
    assert class_weights(data_of(THREE, [0, 1, 2], [0]), None) is None


def test_an_unknown_class_is_refused_with_the_nearest() -> None:
    with pytest.raises(RecipeError, match="received: gren\n  did you mean: green\n  try: one of: red, green, blue"):
        class_weights(data_of(THREE, [0, 1, 2], [0]), {"gren": 2.0})


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"training.class_weight.red must not be negative\n  received: -1"):
        class_weights(data_of(THREE, [0, 1, 2], [0]), {"red": -1.0})


def test_class_weights_of_numbers_are_refused() -> None:
    with pytest.raises(RecipeError, match=r"training.class_weight is for tasks with classes\n  received: regression"):
        class_weights(data_of(NUMBERS, [0.0], [0.0]), "balanced")


def network(outputs: int) -> keras.Model:
    raw = keras.Input((2,))
    return keras.Model(raw, keras.layers.Dense(outputs, kernel_initializer="ones", bias_initializer="ones")(raw))


def test_logits_become_probabilities_and_numbers_stay_numbers() -> None:
    rows = np.array([[1, 2], [3, -100]], np.float32)
    assert outputs_of(network(3), THREE, rows) == pytest.approx(np.full((2, 3), 1 / 3))
    assert outputs_of(network(1), NUMBERS, rows).tolist() == [[4.0], [-96.0]]


def test_predictions_hold_every_split_and_the_plane_of_two_features() -> None:
    rng = np.random.default_rng(0)
    splits = [Split(rng.normal(size=(n, 2)).astype(np.float32), rng.integers(0, 3, n)) for n in (9, 5, 4)]
    data = Data(THREE, *splits, "exhaustive")
    arrays = predictions(network(3), data)
    assert {name: array.shape for name, array in arrays.items() if name.endswith(("outputs", "targets"))} == {
        "train_outputs": (9, 3),
        "train_targets": (9,),
        "validation_outputs": (5, 3),
        "validation_targets": (5,),
        "test_outputs": (4, 3),
        "test_targets": (4,),
        "grid_outputs": (200, 200, 3),
    }
    assert np.array_equal(arrays["test_features"], data.test.features)
    shown = np.concatenate([data.train.features, data.test.features])
    assert np.all(arrays["grid_x"][[0, -1]] * [1, -1] < [shown[:, 0].min(), -shown[:, 0].max()])
    assert np.all(arrays["grid_y"][[0, -1]] * [1, -1] < [shown[:, 1].min(), -shown[:, 1].max()])
