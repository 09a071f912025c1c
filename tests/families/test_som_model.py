"""The map as a model: what it gives, that it resumes exactly, classes it counts, settings it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from registry import Registry
from zoo import jobs
from zoo.data.catalogue import load as load_data
from zoo.data.spec import Data, DataSpec
from zoo.families.som.grid import suggested_grid
from zoo.families.som.hyperparameters import Hyperparameters
from zoo.families.som.layer import KohonenMap
from zoo.families.som.measures import best_two, quantization_error, topographic_error
from zoo.families.som.model import SelfOrganizingMap, build
from zoo.families.som.stored import read_map
from zoo.recipe import RecipeError, Training
from zoo.run.adapt import adapt
from zoo.run.mapping_scores import CELL, DISTANCE, FAULT, ONE_CELL, SHARES
from zoo.run.seeds import start_from
from zoo.run.tasks import score
from zoo.weights.files import load_weights, weights_bytes

SMALL = {"rows": 6, "columns": 5, "sigma_end": 0.6}
ONLINE = {**SMALL, "rule": "online", "initialization": "sample"}


@pytest.fixture(scope="module")
def digits(registry: Registry) -> Data:
    return load_data(registry, "digits", {}).for_task("mapping")


def ready(data: Data, seed: int = 0, **settings: Any) -> SelfOrganizingMap:
    start_from(seed)
    model = build(Hyperparameters(**settings), data.spec)
    adapt(model, data.train)
    return model


def learned(model: SelfOrganizingMap, data: Data, epochs: int, first: int = 0, stop: int | None = None) -> list[dict]:
    """Rows of the epochs from `first` on; after `stop` epochs nothing more is learned."""
    rows: list[dict] = []
    training = Training(epochs=epochs, learning_rate=0.5)
    for more in model.learn(data.train, data.validation, training, seed=0, first=first):
        rows += more
        if stop is not None and first + len(rows) >= stop:
            break
    return rows


@pytest.fixture(scope="module")
def trained(digits: Data) -> SelfOrganizingMap:
    model = ready(digits, **SMALL)
    learned(model, digits, 12)
    return model


def test_the_outputs_say_cell_distance_fault_and_class_shares(trained: SelfOrganizingMap, digits: Data) -> None:
    features = digits.test.features[:100]
    outputs = np.asarray(trained(features))
    codebook, grid = np.asarray(trained.map.codebook), trained.map.grid
    examples = trained.encode(features)
    cells, distances = best_two(examples, codebook)
    assert np.array_equal(outputs[:, CELL], cells[:, 0])
    assert np.allclose(outputs[:, DISTANCE], distances[:, 0], atol=1e-5)
    assert np.array_equal(outputs[:, FAULT], ~grid.neighbors[cells[:, 0], cells[:, 1]])
    mean = trained.encode(digits.train.features).mean(axis=0)
    assert np.allclose(outputs[:, ONE_CELL], np.linalg.norm(examples - mean, axis=1), atol=1e-4)
    assert np.allclose(outputs[:, SHARES:].sum(axis=1), 1.0, atol=1e-6)
    found = score(digits.spec, outputs, digits.test.targets[:100])
    assert np.isclose(found["quantization_error"], quantization_error(examples, codebook), atol=1e-5)
    assert np.isclose(found["topographic_error"], topographic_error(examples, codebook, grid))


def test_the_map_orders_the_digits_better_than_one_cell(trained: SelfOrganizingMap, digits: Data) -> None:
    found = score(digits.spec, np.asarray(trained(digits.test.features)), digits.test.targets)
    assert found["accuracy"] > 0.75
    assert found["quantization_error"] < 1.6


def test_hits_and_shares_are_those_of_the_training_split(trained: SelfOrganizingMap, digits: Data) -> None:
    cells = trained.map.cells_of(trained.encode(digits.train.features))
    hits = np.asarray(trained.map.hits)
    assert np.array_equal(hits, np.bincount(cells, minlength=30))
    fullest = int(hits.argmax())
    own = np.bincount(digits.train.targets[cells == fullest], minlength=10) / hits[fullest]
    assert np.allclose(np.asarray(trained.map.class_shares)[fullest], own, atol=1e-6)


def test_transform_gives_distances_and_coordinates(trained: SelfOrganizingMap, digits: Data) -> None:
    features = digits.test.features[:20]
    distances = trained.transform(features)
    assert distances.shape == (20, 30)
    assert np.allclose(distances.min(axis=1), np.asarray(trained(features))[:, DISTANCE], atol=1e-3)
    assert np.array_equal(trained.cells_of(features) @ [5, 1], distances.argmin(axis=1))


def test_classes_are_those_of_the_majority_of_the_cell(trained: SelfOrganizingMap, digits: Data) -> None:
    features = digits.test.features[:50]
    assert np.array_equal(trained.classes_of(features), np.asarray(trained(features))[:, SHARES:].argmax(axis=1))


def test_an_empty_cell_has_the_shares_of_the_nearest_that_is_not() -> None:
    layer = KohonenMap(1, 3, classes=2)
    layer.build((None, 1))
    layer.codebook.assign([[0.0], [0.9], [1.0]])
    layer.count(np.array([0, 0, 2, 2]), np.array([0, 1, 1, 1]))
    assert np.asarray(layer.class_shares).tolist() == [[0.5, 0.5], [0.0, 1.0], [0.0, 1.0]]
    assert np.asarray(layer.hits).tolist() == [2.0, 0.0, 2.0]


@pytest.mark.parametrize("settings", [SMALL, pytest.param({**SMALL, "trim": 0.2}, marks=pytest.mark.slow), ONLINE])
def test_a_resumed_training_equals_the_unbroken_one(digits: Data, settings: dict) -> None:
    whole = ready(digits, **settings)
    rows = learned(whole, digits, 6)
    assert [len(rows), sorted(rows[0])] == [
        6,
        [
            "learning_rate", "quantization_error", "sigma", "topographic_error", "validation_quantization_error",
            "validation_topographic_error",
        ],
    ]  # fmt: skip
    broken = ready(digits, **settings)
    before = learned(broken, digits, 6, stop=1)
    fresh = ready(digits, seed=9, **settings)
    fresh.set_weights(broken.get_weights())
    after = learned(fresh, digits, 6, first=len(before))
    assert before + after == rows
    for resumed, unbroken in zip(fresh.get_weights(), whole.get_weights(), strict=True):
        assert np.array_equal(resumed, unbroken)


def test_the_seed_decides_the_order_of_the_online_rule_and_the_sample(digits: Data) -> None:
    models = [ready(digits, seed, **ONLINE) for seed in (0, 0, 1)]
    for model in models:
        learned(model, digits, 1)
    one, same, other = (np.asarray(model.map.codebook) for model in models)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_chunks_give_the_map_that_the_whole_gives(digits: Data) -> None:
    whole, chunked = ready(digits, **SMALL), ready(digits, **SMALL, chunk_size=500)
    rows, others = learned(whole, digits, 3), learned(chunked, digits, 3)
    for row, other in zip(rows, others, strict=True):
        assert row == pytest.approx(other, rel=1e-3)
    assert np.allclose(whole.map.codebook, chunked.map.codebook, atol=1e-3)
    assert np.asarray(chunked.map.hits).sum() == len(digits.train)


def test_the_row_of_an_epoch_is_measured_after_it(digits: Data) -> None:
    model = ready(digits, **SMALL)
    [*_, last] = learned(model, digits, 4)
    examples = model.encode(digits.validation.features)
    found = quantization_error(examples, np.asarray(model.map.codebook))
    assert last["validation_quantization_error"] == pytest.approx(found, rel=1e-5)
    assert (last["sigma"], last["learning_rate"]) == (0.6, 1.0)


def test_weights_hold_the_whole_map(trained: SelfOrganizingMap, digits: Data) -> None:
    fresh = build(trained.hyperparameters, digits.spec)
    load_weights(fresh, weights_bytes(trained), where="the map")
    features = digits.test.features[:30]
    assert np.array_equal(fresh(features), trained(features))


def test_the_layer_is_rebuilt_from_its_configuration(trained: SelfOrganizingMap) -> None:
    config = keras.saving.serialize_keras_object(trained.map)
    again = keras.saving.deserialize_keras_object(config)
    assert isinstance(again, KohonenMap)
    assert again.get_config() == trained.map.get_config()


def test_data_without_classes_have_no_shares() -> None:
    spec = DataSpec("vector", (3,), "float32", "mapping")
    model = build(Hyperparameters(), spec)
    assert model.output_shape == (None, 4)
    assert model.map.grid.cells == 100


def test_a_lone_number_of_rows_is_a_square_map() -> None:
    assert Hyperparameters(rows=7).sides == (7, 7)


def test_a_grid_that_is_not_given_is_settled_by_the_training_split(
    registry: Registry, digits: Data, tmp_path: Path
) -> None:
    run = jobs.train(registry, "som", {"epochs": 2}, runs=tmp_path)
    network = run.load(registry).network
    grid = network.map.grid
    assert grid == suggested_grid(digits.train.features.reshape(len(digits.train), 64))
    assert 0.9 < grid.cells / (5 * len(digits.train) ** 0.5) < 1.1
    assert (read_map(run.folder).grid, grid.cells) == (grid, len(np.asarray(network.map.hits)))


def test_a_learning_rate_that_would_rise_is_refused(digits: Data) -> None:
    model = ready(digits, **ONLINE)
    with pytest.raises(RecipeError, match=r"must not be below hyperparameters.learning_rate_end"):
        next(model.learn(digits.train, digits.validation, Training(learning_rate=0.001), seed=0, first=0))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"columns": 5}, "columns go with rows"),
        ({"rows": 1, "columns": 1}, "at least two cells"),
        ({"rows": 3, "columns": 4, "topology": "hexagonal", "toroid": True}, "even number of rows"),
        ({"sigma": 0.4}, "sigma_end must not exceed sigma"),
        ({"neighborhood": "mexican_hat"}, "rule = online"),
        ({"rule": "online", "chunk_size": 100}, "rule = batch"),
        ({"rule": "online", "trim": 0.1}, "rule = batch"),
        ({"trim": 0.1, "chunk_size": 100}, "does not go with chunk_size"),
    ],
)
def test_settings_that_contradict_one_another_are_refused(settings: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Hyperparameters(**settings)
