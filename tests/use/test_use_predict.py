"""A loaded model: raw input in, probabilities, labels or numbers out."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import zoo.use.predict
from registry import Registry
from zoo import jobs
from zoo.data.catalogue import load as load_data
from zoo.data.errors import InvalidData
from zoo.data.spec import Data, DataSpec
from zoo.use.files import read_file
from zoo.use.predict import LoadedModel, labels_of, load, top_classes

NUMBERS = DataSpec("vector", (2,), "float32", "regression")


@pytest.fixture(scope="module")
def digits(registry: Registry) -> Data:
    return load_data(registry, "digits", {})


@pytest.fixture(scope="module")
def cnn(registry: Registry) -> LoadedModel:
    return load(registry, "cnn/digits")


def test_outputs_are_probabilities(cnn: LoadedModel, digits: Data) -> None:
    outputs = cnn.predict(digits.test.features[:20])
    assert (outputs.shape, outputs.dtype) == ((20, 10), np.float32)
    assert outputs.min() >= 0
    assert outputs.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_labels_are_the_names_of_the_classes(cnn: LoadedModel, digits: Data) -> None:
    labels = cnn.predict_labels(digits.test.features)
    truth = [digits.spec.classes[target] for target in digits.test.targets] if digits.spec.classes else []
    assert np.mean([label == true for label, true in zip(labels, truth, strict=True)]) > 0.98


def test_the_size_of_a_step_changes_nothing(cnn: LoadedModel, digits: Data) -> None:
    rows = digits.test.features[:10]
    assert cnn.predict(rows, batch_size=3) == pytest.approx(cnn.predict(rows), abs=1e-6)


def test_a_run_folder_loads_like_a_name(registry: Registry, tmp_path: Path, digits: Data) -> None:
    run = jobs.train(registry, "mlp/digits", {"epochs": 1, "units": [8]}, runs=tmp_path, argv=["test"])
    model = load(registry, run.folder)
    assert model.recipe.name == "mlp/digits"
    assert model.recipe.hyperparameters["units"] == [8]
    accuracy = np.mean(model.predict(digits.test.features).argmax(axis=1) == digits.test.targets)
    assert accuracy == pytest.approx(run.metrics["test"]["accuracy"], abs=1e-9)
    assert jobs.evaluate(registry, run.folder)["metrics"]["accuracy"] == run.metrics["test"]["accuracy"]


def test_a_digit_enlarged_to_a_colour_png_is_still_recognised(cnn: LoadedModel, digits: Data, tmp_path: Path) -> None:
    recognised = 0
    for index in range(20):
        large = tf.image.resize(digits.test.features[index] / 16 * 255, (72, 72)).numpy().round().astype(np.uint8)
        path = tmp_path / f"{index}.png"
        path.write_bytes(tf.io.encode_png(np.repeat(large, 3, axis=2)).numpy())
        outputs = cnn.predict(read_file(path, cnn.data_spec))
        recognised += int(outputs.argmax() == digits.test.targets[index])
    assert recognised >= 18


def test_the_most_probable_classes_come_first(cnn: LoadedModel) -> None:
    outputs = np.array([[0.1, 0.5, 0.1, 0.3] + [0.0] * 6], np.float32)
    assert top_classes(cnn.data_spec, outputs, count=3) == [
        [
            {"label": "1", "probability": pytest.approx(0.5)},
            {"label": "3", "probability": pytest.approx(0.3)},
            {"label": "0", "probability": pytest.approx(0.1)},
        ]
    ]


def test_labels_of_numbers_are_refused() -> None:
    for labelled in (labels_of, top_classes):
        with pytest.raises(InvalidData, match="labels are for tasks with classes\n  received: regression"):
            labelled(NUMBERS, np.zeros((1, 1), np.float32))


def test_the_examples_run() -> None:
    results = doctest.testmod(zoo.use.predict)
    assert results.attempted > 0
    assert results.failed == 0
