"""Raw examples are scaled inside the network, by the value range or by statistics of the training split alone."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec, Split
from zoo.layers.preprocessing import output_units, picture_range, preprocess, raw_input
from zoo.run.adapt import adapt
from zoo.weights.files import load_weights, save_weights

VECTORS = DataSpec("vector", (3,), "float32", "regression")


def network(spec: DataSpec, *, standardize: bool = True) -> keras.Model:
    raw = raw_input(spec)
    return keras.Model(raw, preprocess(raw, spec, standardize=standardize))


def rows(seed: int, count: int = 200) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(count, 3)) * [1, 10, 0.1] + [0, 5, -3]).astype(np.float32)


def split_of(features: np.ndarray) -> Split:
    return Split(features, np.zeros(len(features), np.float32))


@settings(max_examples=20, deadline=None)
@given(low=st.integers(-1000, 1000), width=st.integers(1, 1000))
def test_the_value_range_of_pictures_becomes_0_to_1(low: int, width: int) -> None:
    spec = DataSpec("picture", (1, 3, 1), "float32", "regression", (low, low + width))
    values = np.array([low, low + width / 2, low + width], np.float32).reshape(1, 1, 3, 1)
    # float32 loses digits where the range is narrow and far from zero: 1000 / 1 * 2**-23
    assert np.asarray(network(spec)(values)).ravel() == pytest.approx([0.0, 0.5, 1.0], abs=3e-4)


def test_bytes_are_scaled_as_numbers() -> None:
    spec = DataSpec("picture", (1, 2, 1), "uint8", "regression", (0, 255))
    outputs = network(spec)(np.array([0, 255], np.uint8).reshape(1, 1, 2, 1))
    assert np.asarray(outputs).ravel().tolist() == [0.0, 1.0]


def test_pixel_values_are_not_asked_of_vectors() -> None:
    with pytest.raises(InvalidData, match="asked of pictures"):
        picture_range(VECTORS)


def test_vectors_are_standardised_with_the_training_split_alone() -> None:
    model = network(VECTORS)
    assert adapt(model, split_of(rows(0))) == ["standardization"]
    standardised = np.asarray(model(rows(0)))
    assert standardised.mean(axis=0) == pytest.approx(0.0, abs=1e-4)
    assert standardised.std(axis=0) == pytest.approx(1.0, abs=1e-4)
    other = rows(1) + 100
    expected = (other - rows(0).mean(axis=0)) / rows(0).std(axis=0)
    assert np.asarray(model(other)) == pytest.approx(expected, rel=1e-3)


def test_a_feature_that_never_changes_gives_zeros() -> None:
    model = network(VECTORS)
    constant = rows(0)
    constant[:, 1] = 7.0
    adapt(model, split_of(constant))
    assert np.asarray(model(constant))[:, 1] == pytest.approx(0.0, abs=1e-6)


def test_a_layer_behind_others_adapts_to_what_they_make() -> None:
    raw = raw_input(VECTORS)
    doubled = keras.layers.Rescaling(2.0)(raw)
    model = keras.Model(raw, keras.layers.Normalization(name="behind")(doubled))
    assert adapt(model, split_of(rows(0))) == ["behind"]
    assert np.asarray(model(rows(0))).std(axis=0) == pytest.approx(1.0, abs=1e-4)


def test_what_was_adapted_travels_with_the_weights(tmp_path: Path) -> None:
    model, other = network(VECTORS), network(VECTORS)
    adapt(model, split_of(rows(0)))
    save_weights(model, tmp_path / "model.weights.h5")
    load_weights(other, (tmp_path / "model.weights.h5").read_bytes(), where="model.weights.h5")
    assert np.array_equal(model(rows(1)), other(rows(1)))


def test_vectors_pass_unchanged_where_they_are_not_standardised() -> None:
    model = network(VECTORS, standardize=False)
    assert adapt(model, split_of(rows(0))) == []
    assert np.array_equal(model(rows(0)), rows(0))


@pytest.mark.parametrize(("target_shape", "units"), [((), 1), ((1,), 1), ((4,), 4), ((2, 3), 6)])
def test_regression_has_one_output_a_number(target_shape: tuple[int, ...], units: int) -> None:
    assert output_units(DataSpec("vector", (3,), "float32", "regression", target_shape=target_shape)) == units


def test_classification_has_one_output_a_class() -> None:
    assert output_units(DataSpec("vector", (3,), "float32", "classification", classes=("a", "b", "c"))) == 3
