"""Numbers as steps between quantiles."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from zoo.layers.quantile_steps import QuantileSteps


def adapted(rows: np.ndarray, numbers: int, steps: int) -> QuantileSteps:
    layer = QuantileSteps(numbers, steps)
    layer.adapt(rows)
    return layer


def test_the_steps_of_a_number_add_up_to_its_rank() -> None:
    rows = np.random.default_rng(0).exponential(size=(1001, 1)).astype("float32")
    encoded = np.asarray(adapted(rows, 1, 10)(rows))
    ranks = rows[:, 0].argsort().argsort() / 1000.0
    assert encoded[:, 1:].sum(axis=1) / 10.0 == pytest.approx(ranks, abs=0.1)


def test_only_the_first_columns_get_steps_and_all_stay_as_they_are() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 5)).astype("float32")
    encoded = np.asarray(adapted(rows, 2, 4)(rows))
    assert encoded.shape == (50, 5 + 2 * 4)
    assert np.array_equal(encoded[:, :5], rows)


def test_equal_quantiles_are_a_jump() -> None:
    rows = np.array([[0.0]] * 8 + [[1.0]] * 2, "float32")
    layer = adapted(rows, 1, 4)
    assert np.asarray(layer(np.array([[-1.0], [0.5], [2.0]], "float32")))[:, 1:].sum(axis=1).tolist() == [0.0, 3.5, 4.0]


def test_the_layer_is_restored_from_its_configuration() -> None:
    layer = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(QuantileSteps(3, 7)))
    assert (layer.numbers, layer.steps, layer.trainable) == (3, 7, False)
    assert layer.compute_output_shape((None, 10)) == (None, 31)
