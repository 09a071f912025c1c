"""What is asked for by name and Keras has not: it does what it says, and Keras serialises it."""

from __future__ import annotations

import doctest
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

import zoo.layers.activations
import zoo.layers.class_losses
import zoo.layers.initializers
import zoo.layers.metrics
import zoo.layers.penalties
from zoo.layers.activations import ChannelPReLU, activation, step
from zoo.layers.class_losses import OfClasses, PoissonOfRates
from zoo.layers.initializers import Sparse
from zoo.layers.metrics import MEASURES, OF_TWO, FromCounts, OfRows, RootOfMean, SecondClassArea
from zoo.layers.penalties import penalty
from zoo.layers.schedules import Plateau
from zoo.layers.series import mean_squared_errors

RNG = np.random.default_rng(0)
CLASSES, LOGITS = RNG.integers(0, 3, 40), RNG.normal(size=(40, 3)).astype(np.float32)
TWO, TWO_LOGITS = RNG.integers(0, 2, 60), RNG.normal(size=(60, 2)).astype(np.float32)
TARGETS, NUMBERS = RNG.normal(size=40).astype(np.float32), RNG.normal(size=(40, 1)).astype(np.float32)


@pytest.mark.parametrize(
    "module",
    [
        zoo.layers.activations,
        zoo.layers.class_losses,
        zoo.layers.initializers,
        zoo.layers.metrics,
        zoo.layers.penalties,
    ],
)
def test_the_examples_run(module: Any) -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0


def test_the_step_is_read_back_as_an_activation_of_keras() -> None:
    layer = keras.layers.Activation(step)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.activation is step
    assert np.asarray(again(TARGETS)).tolist() == (TARGETS >= 0).astype(np.float32).tolist()


def test_prelu_has_one_slope_a_channel_of_pictures_and_one_a_unit_of_vectors() -> None:
    for shape in ((None, 5, 5, 3), (None, 3)):
        layer = activation("prelu")
        layer.build(shape)
        (slopes,) = layer.trainable_weights
        assert slopes.numpy().ravel().tolist() == [0.25] * 3


def test_prelu_is_saved_and_loaded(tmp_path: Any) -> None:
    raw = keras.Input((4, 4, 2))
    model = keras.Model(raw, ChannelPReLU()(raw))
    model.save(tmp_path / "prelu.keras")
    inputs = RNG.normal(size=(2, 4, 4, 2)).astype(np.float32)
    again = keras.models.load_model(tmp_path / "prelu.keras")
    assert np.array_equal(again(inputs), model(inputs))
    assert np.allclose(model(inputs), np.where(inputs > 0, inputs, 0.25 * inputs))


@settings(max_examples=15, deadline=None)
@given(inputs=st.integers(1, 60), units=st.integers(1, 6), connections=st.integers(1, 20))
def test_a_sparse_unit_has_so_many_connections(inputs: int, units: int, connections: int) -> None:
    kernel = np.asarray(Sparse(connections, seed=3)((inputs, units)))
    assert ((kernel != 0).sum(axis=0) == min(inputs, connections)).all()


def test_connections_differ_from_unit_to_unit_and_from_seed_to_seed() -> None:
    kernel, other = (np.asarray(Sparse(5, seed=seed)((200, 50))) for seed in (0, 1))
    assert len({tuple(np.flatnonzero(unit)) for unit in kernel.T}) == 50
    assert not np.array_equal(kernel, other)
    assert np.std(kernel[kernel != 0]) == pytest.approx(1.0, abs=0.15)


def test_the_sparse_initialiser_is_read_back_and_draws_the_same() -> None:
    made = Sparse(4, stddev=0.5, seed=7)
    again = keras.initializers.deserialize(keras.initializers.serialize(made))
    assert isinstance(again, Sparse)
    assert again.get_config() == made.get_config()
    assert np.array_equal(again((3, 3, 2, 8)), made((3, 3, 2, 8)))


@pytest.mark.parametrize("wrong", [{"connections": 0}, {"stddev": 0.0}])
def test_a_sparse_initialiser_without_connections_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="connections must be at least 1 and stddev above 0"):
        Sparse(**wrong)


def test_a_penalty_by_name_is_that_of_keras() -> None:
    kernel = keras.ops.convert_to_tensor(LOGITS)
    regularizers = keras.regularizers
    for name, theirs in {
        "l1": regularizers.L1(),
        "l2": regularizers.L2(),
        "l1_l2": regularizers.L1L2(0.01, 0.01),
    }.items():
        ours = penalty(name, 0.0, 0.0)
        assert ours is not None
        assert float(ours(kernel)) == pytest.approx(float(theirs(kernel)), rel=1e-6)
    assert penalty(None, 0.0, 0.0) is None


def one_hot(numbers: np.ndarray, classes: int) -> np.ndarray:
    return np.eye(classes, dtype=np.float32)[numbers]


def test_a_loss_of_classes_is_that_of_indicators() -> None:
    shares = np.asarray(keras.ops.softmax(LOGITS))
    for loss in (keras.losses.MeanSquaredError(), keras.losses.CosineSimilarity(), keras.losses.Poisson()):
        expected = float(loss(one_hot(CLASSES, 3), shares))
        assert float(OfClasses(loss, "probabilities")(CLASSES, LOGITS)) == pytest.approx(expected, rel=1e-5)
    hinge = keras.losses.CategoricalHinge()
    expected = float(hinge(one_hot(CLASSES, 3), LOGITS))
    assert float(OfClasses(hinge, "logits")(CLASSES, LOGITS)) == pytest.approx(expected, rel=1e-5)


def test_the_binary_loss_of_two_classes_is_the_log_loss() -> None:
    ours = OfClasses(keras.losses.BinaryCrossentropy(from_logits=True), "margin")
    usual = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert float(ours(TWO, TWO_LOGITS)) == pytest.approx(float(usual(TWO, TWO_LOGITS)), rel=1e-5)


def test_the_poisson_loss_is_keras_own_of_positive_rates_and_leads_back_from_others() -> None:
    counts, rates = np.array([[0.0], [3.0]], np.float32), np.array([[0.5], [2.0]], np.float32)
    expected = float(keras.losses.Poisson()(counts, rates))
    assert float(PoissonOfRates()(counts, rates)) == pytest.approx(expected, rel=1e-5)
    assert float(PoissonOfRates()(counts[:, 0], rates)) == pytest.approx(expected, rel=1e-5)
    falling = [float(PoissonOfRates()(counts, np.full((2, 1), rate, np.float32))) for rate in (-2.0, -1.0, 1e-3, 0.1)]
    assert np.all(np.isfinite(falling))
    assert falling == sorted(falling, reverse=True)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_of_counts_equals_scikit_learn_s(measure: str) -> None:
    two = measure in OF_TWO
    true, logits, classes = (TWO, TWO_LOGITS, 2) if two else (CLASSES, LOGITS, 3)
    said = logits.argmax(axis=1)
    wholes = {"average": "binary"} if two else {"average": "macro"}
    expected = {
        "balanced_accuracy": metrics.balanced_accuracy_score(true, said),
        "macro_f1": metrics.f1_score(true, said, average="macro"),
        "f1": metrics.f1_score(true, said, **wholes),
        "macro_precision": metrics.precision_score(true, said, **wholes),
        "precision": metrics.precision_score(true, said, **wholes),
        "recall": metrics.recall_score(true, said, **wholes),
        # of the others, how many are said to be others
        "specificity": metrics.recall_score(true == 0, said == 0),
        "macro_specificity": np.mean([metrics.recall_score(true != k, said != k) for k in range(classes)]),
    }[measure]
    ours = FromCounts(measure, classes)
    for rows in (slice(0, 7), slice(7, None)):
        ours.update_state(true[rows], logits[rows])
    assert float(ours.result()) == pytest.approx(expected, rel=1e-5)
    ours.reset_state()
    assert float(ours.result()) == 0.0


def test_rows_without_weight_count_nothing() -> None:
    weights = (np.arange(40) < 30).astype(np.float32)
    weighed, first = FromCounts("macro_f1", 3), FromCounts("macro_f1", 3)
    weighed.update_state(CLASSES, LOGITS, weights)
    first.update_state(CLASSES[:30], LOGITS[:30])
    assert float(weighed.result()) == pytest.approx(float(first.result()))


def test_a_measure_of_two_classes_of_three_is_refused() -> None:
    with pytest.raises(ValueError, match="Received: measure='recall', classes=3"):
        FromCounts("recall", 3)


@pytest.mark.parametrize(("curve", "exact"), [("ROC", metrics.roc_auc_score), ("PR", metrics.average_precision_score)])
def test_an_area_is_scikit_learn_s_but_for_its_thresholds(curve: str, exact: Any) -> None:
    area = SecondClassArea(num_thresholds=1000, curve=curve, name="area")
    area.update_state(TWO, TWO_LOGITS)
    shares = np.asarray(keras.ops.softmax(TWO_LOGITS))[:, 1]
    assert float(area.result()) == pytest.approx(exact(TWO, shares), abs=0.02 if curve == "PR" else 0.003)


def objects() -> list[Any]:
    return [
        FromCounts("macro_specificity", 3),
        SecondClassArea(num_thresholds=50, curve="PR", name="average_precision"),
        OfRows(keras.metrics.R2Score(num_regressors=2), "adjusted_r2"),
        RootOfMean(mean_squared_errors, name="rmse"),
    ]


@pytest.mark.parametrize("which", range(4))
def test_a_measure_is_read_back_by_keras_and_measures_the_same(which: int) -> None:
    made = objects()[which]
    again = keras.metrics.deserialize(keras.metrics.serialize(made))
    assert (type(again), again.name) == (type(made), made.name)
    values = [(CLASSES, LOGITS), (TWO, TWO_LOGITS), (TARGETS, NUMBERS), (TARGETS, NUMBERS)][which]
    for metric in (made, again):
        metric.update_state(*values)
    assert float(again.result()) == float(made.result())


@pytest.mark.parametrize("loss", [OfClasses(keras.losses.CategoricalHinge(), "logits"), PoissonOfRates(0.01)])
def test_a_loss_is_read_back_by_keras_and_says_the_same(loss: keras.losses.Loss) -> None:
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    values = (CLASSES, LOGITS) if isinstance(loss, OfClasses) else (np.abs(TARGETS), np.abs(NUMBERS))
    assert type(again) is type(loss)
    assert float(again(*values)) == float(loss(*values))


def test_a_plateau_is_read_back_by_keras() -> None:
    schedules = keras.optimizers.schedules
    made = Plateau(0.2, rate=0.3, patience=4, cooldown=2, end=0.1, min_delta=0.01)
    again = schedules.deserialize(schedules.serialize(made))
    assert isinstance(again, Plateau)
    assert again.get_config() == made.get_config()


@settings(max_examples=20, deadline=None)
@given(
    losses=st.lists(st.sampled_from([0.5, 0.9, 0.95, 1.0, 1.1]), min_size=1, max_size=25),
    patience=st.integers(1, 4),
    cooldown=st.integers(0, 3),
    min_delta=st.sampled_from([0.0, 0.07]),
)
def test_a_plateau_does_what_keras_own_callback_does(
    losses: list[float], patience: int, cooldown: int, min_delta: float
) -> None:
    # one unit that never changes, so that only the losses matter
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.8), "mse")
    settings_of_both = {"patience": patience, "cooldown": cooldown, "min_delta": min_delta}
    theirs = keras.callbacks.ReduceLROnPlateau("loss", 0.5, min_lr=0.1, **settings_of_both)
    theirs.set_model(model)
    theirs.on_train_begin()
    ours = Plateau(0.8, rate=0.5, end=0.125, **settings_of_both)  # type: ignore[arg-type] # as their names say
    for epoch, loss in enumerate(losses):
        theirs.on_epoch_end(epoch, {"loss": loss})
        ours.after_epoch(lambda best, loss=loss: best - loss, loss, epoch)
        assert float(ours(0)) == pytest.approx(float(model.optimizer.learning_rate), rel=1e-6)


@pytest.mark.parametrize("wrong", [{"rate": 1.0}, {"rate": -0.1}, {"patience": 0}])
def test_a_plateau_that_never_falls_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"rate must be in 0\.\.1, below 1, and patience at least 1"):
        Plateau(0.1, **wrong)
