"""The handbook's listing, corrected and as slow as printed, beside the network that its recipe makes."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from registry import Registry
from zoo.data.catalogue import load as load_data
from zoo.data.spec import Data
from zoo.families.rbf.least_squares import LeastSquares
from zoo.layers.table import encoded_names
from zoo.recipe import bind, read_recipe
from zoo.run.adapt import adapt
from zoo.run.seeds import start_from


def activations(rows: np.ndarray, centres: np.ndarray, sigma: float) -> np.ndarray:
    """The hidden layer of the listing, one number at a time."""
    hidden = np.empty((len(rows), len(centres)))
    for i in range(len(rows)):
        for j in range(len(centres)):
            distance = np.linalg.norm(rows[i] - centres[j])
            hidden[i, j] = math.exp(-(distance**2) / (2 * sigma) ** 2)
    return hidden


def handbook(rows: np.ndarray, labels: np.ndarray, new: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The linear outputs of the listing on new rows, with the centres given."""
    largest = max(np.linalg.norm(one - other) for one in centres for other in centres)
    sigma = largest / math.sqrt(2 * len(centres))
    hidden = activations(rows, centres, sigma)
    weights = np.linalg.inv(hidden.T @ hidden) @ hidden.T @ labels
    return np.asarray(activations(new, centres, sigma) @ weights)


def compare(registry: Registry, data: Data, count: int) -> None:
    """Learn by the recipe on the first rows, and compare numbers and decisions on others."""
    bound = bind(registry, read_recipe(registry, "rbf/bank_marketing_book", {}))
    start_from(0)
    model: LeastSquares = bound.family.builder.load()(bound.hyperparameters, data.spec)
    adapt(model, data.train)
    next(iter(model.learn(data.train, data.validation, bound.recipe.training, seed=0, first=0)))
    # the encoded columns stand in an order of their own
    order = [data.spec.feature_names.index(name) for name in encoded_names(data.spec.columns)]
    scaler = StandardScaler().fit(data.train.features[:, order])
    rows, new = (scaler.transform(part[:, order]) for part in (data.train.features, data.test.features[:count]))
    centres = keras.ops.convert_to_numpy(model.get_layer("hidden").centres)
    expected = handbook(rows, data.train.targets, new, centres)
    numbers = keras.Model(model.inputs, model.get_layer("outputs").output)
    found = numbers.predict(data.test.features[:count], verbose=0)[:, 0]
    # the rows are encoded in float32
    np.testing.assert_allclose(found, expected, atol=2e-5)
    decided = model.predict(data.test.features[:count], verbose=0).argmax(axis=1)
    clear = np.abs(expected - 0.5) > 1e-4
    assert np.array_equal(decided[clear], (expected[clear] > 0.5).astype(int))


def test_the_same_centres_give_the_numbers_of_the_handbook(registry: Registry) -> None:
    compare(registry, load_data(registry, "breast_cancer", {}), 100)


@pytest.mark.real
def test_on_the_banks_calls_too(registry: Registry) -> None:
    compare(registry, load_data(registry, "bank_marketing", {"encoding": "label"}), 2000)
