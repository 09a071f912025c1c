"""The closed form against NumPy, one pass over a stream, and what calibration makes of the numbers."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit, log_softmax, softmax

from registry import Registry
from zoo.data.catalogue import load as load_data
from zoo.data.spec import Data
from zoo.families.rbf.calibration import Calibration, fit
from zoo.families.rbf.errors import SingularSystem
from zoo.families.rbf.hyperparameters import Hyperparameters
from zoo.families.rbf.least_squares import LeastSquares
from zoo.families.rbf.model import build
from zoo.families.rbf.solve import Accumulator, NormalEquations, in_order
from zoo.recipe import Training
from zoo.run.adapt import adapt
from zoo.run.seeds import start_from


@pytest.fixture(scope="module")
def digits(registry: Registry) -> Data:
    return load_data(registry, "digits", {})


@pytest.fixture(scope="module")
def moons(registry: Registry) -> Data:
    return load_data(registry, "moons", {})


@pytest.fixture(scope="module")
def diabetes(registry: Registry) -> Data:
    return load_data(registry, "diabetes", {})


def learned(data: Data, training: Training | None = None, **hyperparameters: Any) -> LeastSquares:
    start_from(0)
    model = build(Hyperparameters(**hyperparameters), data.spec)
    adapt(model, data.train)
    rows = list(model.learn(data.train, data.validation, training or Training(), seed=0, first=0))
    assert [len(part) for part in rows] == [1]
    return model


def units_of(model: keras.Model, features: np.ndarray) -> np.ndarray:
    return np.asarray(keras.Model(model.inputs, model.get_layer("hidden").output).predict(features, verbose=0))


def summed(units: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None) -> NormalEquations:
    weights = np.ones(len(units)) if weights is None else weights
    weighted = units * weights[:, None]
    return NormalEquations(weighted.T @ units, weighted.T @ targets, weights @ targets**2, float(weights.sum()))


def test_without_ridge_the_weights_are_those_of_least_squares() -> None:
    rng = np.random.default_rng(0)
    units, targets = rng.normal(size=(80, 6)), rng.normal(size=(80, 2))
    expected, residues, *_ = np.linalg.lstsq(units, targets)
    equations = summed(units, targets)
    weights = equations.solve(ridge=0.0)
    np.testing.assert_allclose(weights, expected, rtol=1e-10)
    assert equations.mean_squared_error(weights) == pytest.approx(residues.mean() / 80)


def test_of_units_that_depend_on_one_another_the_smallest_weights_are_taken() -> None:
    rng = np.random.default_rng(0)
    units = rng.normal(size=(80, 3)) @ rng.normal(size=(3, 6))
    targets = rng.normal(size=(80, 1))
    expected, *_ = np.linalg.lstsq(units, targets)
    np.testing.assert_allclose(summed(units, targets).solve(ridge=0.0), expected, rtol=1e-8)


@pytest.mark.parametrize("ridge", [1e-3, 1.0])
def test_the_ridge_is_beside_the_mean_loss_and_leaves_the_constant_out(ridge: float) -> None:
    rng = np.random.default_rng(0)
    units, targets = rng.normal(size=(80, 6)), rng.normal(size=(80, 1)) + 5.0
    units[:, -1] = 1.0
    penalty = np.sqrt(80 * ridge) * np.eye(6)[:-1]
    longer = np.concatenate([units, penalty]), np.concatenate([targets, np.zeros((5, 1))])
    expected, *_ = np.linalg.lstsq(*longer)
    np.testing.assert_allclose(summed(units, targets).solve(ridge=ridge, constants=1), expected, rtol=1e-9)


def test_a_ridge_that_is_lost_in_the_digits_still_gives_a_solution() -> None:
    rng = np.random.default_rng(0)
    units = np.repeat(rng.normal(size=(80, 3)) * 1e6, 2, axis=1)
    targets = units[:, :1] * 1e-6
    weights = summed(units, targets).solve(ridge=1e-12)
    np.testing.assert_allclose(units @ weights, targets, atol=1e-6)


def test_units_that_are_not_finite_are_refused() -> None:
    gram = np.array([[np.inf, 1.0], [1.0, 1.0]])
    with pytest.raises(SingularSystem, match="hidden units must be finite numbers"):
        NormalEquations(gram, np.ones((2, 1)), np.ones(1), 2.0).solve(ridge=1.0)


@pytest.mark.parametrize("batch_size", [1, 7, 64, 1000])
def test_a_stream_of_batches_gives_the_sums_of_the_whole(batch_size: int) -> None:
    rng = np.random.default_rng(0)
    features, targets, weights = rng.normal(size=(100, 3)), rng.normal(size=(100, 2)), rng.uniform(size=100)
    accumulate = Accumulator(lambda rows: tf.exp(-(rows**2)), units=3, targets=2, bias=True)
    found = accumulate(in_order(features, targets, weights, batch_size=batch_size))
    expected = summed(np.concatenate([np.exp(-(features**2)), np.ones((100, 1))], axis=1), targets, weights)
    for name in ("gram", "moments", "energy", "total"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12)


def test_more_rows_than_memory_holds_pass_through() -> None:
    # 2 million rows of 64 numbers would be 1 GB; one batch of them is 4 MB
    rows, batch = 2_000_000, 8192

    def made(start: tf.Tensor) -> tuple[tf.Tensor, ...]:
        numbers = tf.cast(tf.range(start, tf.minimum(start + batch, rows)), tf.float64) / rows
        return tf.tile(numbers[:, None], (1, 64)), numbers[:, None], tf.ones_like(numbers)

    accumulate = Accumulator(lambda features: features[:, :1], units=1, targets=1, bias=True)
    equations = accumulate(tf.data.Dataset.range(0, rows, batch).map(made))
    assert equations.total == rows
    np.testing.assert_allclose(equations.solve(ridge=0.0)[:, 0], [1.0, 0.0], atol=1e-9)


def test_the_network_has_the_weights_of_its_own_units(diabetes: Data) -> None:
    model = learned(diabetes, centres=20, ridge=0.0, kernel="inverse_multiquadric")
    units = units_of(model, diabetes.train.features)
    units = np.concatenate([units, np.ones((len(units), 1))], axis=1)
    targets = diabetes.train.targets.reshape(-1, 1)
    expected = units @ np.linalg.lstsq(units, targets)[0]
    np.testing.assert_allclose(model.predict(diabetes.train.features, verbose=0), expected, rtol=1e-4)


def test_batch_size_and_row_do_not_change_what_is_learned(diabetes: Data) -> None:
    one = learned(diabetes, Training(batch_size=3), centres=20)
    two = learned(diabetes, Training(batch_size=4096), centres=20)
    np.testing.assert_allclose(one.get_layer("outputs").kernel, two.get_layer("outputs").kernel, rtol=1e-6)


def test_the_row_holds_the_mean_squared_errors(diabetes: Data) -> None:
    start_from(0)
    model = build(Hyperparameters(centres=20), diabetes.spec)
    adapt(model, diabetes.train)
    ((row,),) = model.learn(diabetes.train, diabetes.validation, Training(), seed=0, first=0)
    for name, split in (("loss", diabetes.train), ("validation_loss", diabetes.validation)):
        errors = model.predict(split.features, verbose=0)[:, 0] - split.targets.ravel()
        assert row[name] == pytest.approx(np.mean(errors**2), rel=1e-4)


def test_more_centres_than_chance_tell_ten_digits(digits: Data) -> None:
    model = learned(digits, centres=100)
    right = model.predict(digits.test.features, verbose=0).argmax(axis=1) == digits.test.targets
    assert right.mean() > 0.94


def test_class_weights_are_those_of_repeated_examples(moons: Data) -> None:
    weighted = learned(moons, Training(class_weight={moons.spec.classes[1]: 3.0}), centres=10, calibration="none")
    units = np.concatenate([units_of(weighted, moons.train.features), np.ones((len(moons.train), 1))], axis=1)
    often = np.repeat(np.arange(len(units)), np.where(moons.train.targets == 1, 3, 1))
    expected = summed(units[often], moons.train.targets[often, None].astype(float)).solve(ridge=1e-6, constants=1)
    np.testing.assert_allclose(weighted.get_layer("outputs").kernel, expected[:-1], rtol=1e-5)


@pytest.mark.parametrize("calibration", ["none", "temperature"])
def test_without_an_offset_a_class_is_told_from_one_half_on(moons: Data, calibration: str) -> None:
    model = learned(moons, centres=6, calibration=calibration)
    numbers = keras.Model(model.inputs, model.get_layer("outputs").output).predict(moons.test.features, verbose=0)
    told = model.predict(moons.test.features, verbose=0).argmax(axis=1)
    assert np.array_equal(told, (numbers[:, 0] > 0.5).astype(int))


@pytest.mark.slow
def test_calibration_makes_the_log_loss_smaller(moons: Data, digits: Data) -> None:
    for data in (moons, digits):
        losses = {}
        for calibration in ("none", "temperature", "platt"):
            model = learned(data, centres=40, calibration=calibration)
            logits = log_softmax(model.predict(data.validation.features, verbose=0), axis=1)
            losses[calibration] = -logits[np.arange(len(data.validation)), data.validation.targets].mean()
        assert losses["platt"] <= losses["temperature"] + 1e-3 < losses["none"]


def test_platt_finds_the_logits_that_the_examples_were_drawn_from() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.uniform(-1, 2, size=(200_000, 1))
    targets = (rng.uniform(size=200_000) < expit(3.0 * (numbers[:, 0] - 0.5) - 1.0)).astype(int)
    slope, offset = fit(numbers, targets, offsets=True)
    assert slope == pytest.approx(3.0, abs=0.05)
    assert offset == pytest.approx([-1.0], abs=0.05)


def test_of_many_classes_calibrated_shares_are_those_that_occur() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(50_000, 4))
    chances = softmax(2.0 * numbers + [0.0, 1.0, -1.0, 0.5], axis=1)
    targets = (rng.uniform(size=(50_000, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    layer = Calibration(4)
    layer.build((None, 4))
    layer.learn(numbers, targets, offsets=True)
    told = softmax(keras.ops.convert_to_numpy(layer(numbers)), axis=1)
    np.testing.assert_allclose(told, chances, atol=0.02)


def test_classes_that_are_parted_perfectly_get_a_finite_slope() -> None:
    numbers, targets = np.repeat([[0.0], [1.0]], 50, axis=0), np.repeat([0, 1], 50)
    slope, _ = fit(numbers, targets, offsets=True)
    assert expit(0.5 * slope) == pytest.approx(101 / 102, abs=1e-3)


def test_numbers_that_point_the_wrong_way_are_not_turned_around() -> None:
    numbers, targets = np.repeat([[0.0], [1.0]], 50, axis=0), np.repeat([1, 0], 50)
    assert fit(numbers, targets, offsets=False)[0] == 0.0
