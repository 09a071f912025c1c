"""A trained model made to fit: another head, other pictures, features, a frozen body; or the reason why not."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry import Registry, UserError
from zoo import jobs
from zoo.data.catalogue import load as load_data
from zoo.data.spec import Data
from zoo.use.predict import LoadedModel, load


@pytest.fixture(scope="module")
def digits(registry: Registry) -> Data:
    return load_data(registry, "digits", {})


@pytest.fixture(scope="module")
def whole(registry: Registry) -> LoadedModel:
    return load(registry, "cnn/digits")


@pytest.fixture(scope="module")
def pooled(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run whose network pools over all positions, so that it takes pictures of any size."""
    changes = {"epochs": 1, "filters": [4], "head": "global_average", "steps_per_epoch": 4}
    return str(jobs.train(registry, "cnn/digits", changes, runs=tmp_path_factory.mktemp("runs"), argv=["test"]).folder)


def refusal(registry: Registry, name: str, **wishes: Any) -> str:
    with pytest.raises(UserError) as caught:
        load(registry, name, **wishes)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_a_model_as_it_was_trained_has_nothing_adapted(whole: LoadedModel) -> None:
    assert whole.adapted == ()


def test_another_number_of_classes_puts_a_new_head_on_the_trained_body_and_says_so(
    registry: Registry, whole: LoadedModel, digits: Data
) -> None:
    model = load(registry, "cnn/digits", num_classes=3, seed=5)
    assert model.adapted == ("outputs: a new head of 3 classes, drawn with seed 5; it has learned nothing yet",)
    assert model.data_spec.classes == ("0", "1", "2")
    assert model.predict(digits.test.features[:4]).shape == (4, 3)
    body = zip(model.network.weights[:-2], whole.network.weights[:-2], strict=True)
    assert all(np.array_equal(mine, theirs) for mine, theirs in body)


def test_a_new_head_comes_from_its_seed_and_the_process_draws_on_as_before(registry: Registry) -> None:
    heads, drawn = [], []
    for seed in (0, 0, 1):
        heads.append(load(registry, "mlp/digits", num_classes=4, seed=seed).network.weights[-2])
        drawn.append(random.random())
    assert np.array_equal(heads[0], heads[1])
    assert not np.array_equal(heads[0], heads[2])
    assert len(set(drawn)) == 3


def test_the_trained_number_of_classes_replaces_nothing(registry: Registry, whole: LoadedModel, digits: Data) -> None:
    model = load(registry, "cnn/digits", num_classes=10)
    assert model.adapted == ()
    assert np.array_equal(model.predict(digits.test.features[:4]), whole.predict(digits.test.features[:4]))


def test_features_are_what_the_output_layer_is_given(registry: Registry, whole: LoadedModel, digits: Data) -> None:
    model = load(registry, "cnn/digits", features=True)
    features = model.predict(digits.test.features[:4])
    assert features.shape == (4, 256)
    assert "the 256 features that outputs would be given" in model.adapted[0]
    kernel, bias = (np.asarray(weight) for weight in whole.network.get_layer("outputs").weights)
    logits = whole.network.predict(digits.test.features[:4], verbose=0)
    assert features @ kernel + bias == pytest.approx(logits, abs=1e-3)


def test_a_frozen_body_leaves_the_head_to_learn(registry: Registry) -> None:
    model = load(registry, "cnn/digits", num_classes=2, trainable="head")
    assert [variable.path for variable in model.network.trainable_variables] == ["outputs/kernel", "outputs/bias"]
    assert model.adapted[-1] == "only outputs learns; all layers in front are frozen"


def test_a_network_with_global_pooling_works_on_pictures_of_another_size_with_all_its_weights(
    registry: Registry, pooled: str, digits: Data
) -> None:
    own, larger = load(registry, pooled), load(registry, pooled, input_shape=(24, 20, 1))
    assert larger.network.input_shape == (None, 24, 20, 1)
    assert larger.data_spec.shape == (24, 20, 1)
    assert larger.adapted == ("the network works on pictures of 24x20 pixels, and was trained on 8x8",)
    assert all(np.array_equal(one, two) for one, two in zip(own.network.weights, larger.network.weights, strict=True))
    assert larger.predict(digits.test.features[:3]).shape == (3, 10)


def test_grey_pictures_say_the_same_to_the_network_made_for_colour(
    registry: Registry, whole: LoadedModel, digits: Data
) -> None:
    model = load(registry, "cnn/digits", input_shape=(8, 8, 3))
    assert len(model.adapted) == 1
    assert re.fullmatch(r"conv2d( \(layer \w+\))?: kernels of 1 channel repeated for 3, times 1/3", model.adapted[0])
    assert model.predict(digits.test.features[:9]) == pytest.approx(whole.predict(digits.test.features[:9]), abs=1e-4)


def test_a_shape_may_be_an_array(registry: Registry) -> None:
    assert load(registry, "cnn/digits", input_shape=np.array([8, 8, 3])).network.input_shape == (None, 8, 8, 3)


def test_a_layer_that_keras_names_otherwise_is_told_with_the_name_that_finds_it(registry: Registry) -> None:
    load(registry, "cnn/digits")  # Keras numbers on, also where nothing was built before
    model = load(registry, "cnn/digits", input_shape=(8, 8, 3))
    (name,) = re.findall(r"^conv2d \(layer (\w+)\): ", model.adapted[0])
    assert model.network.get_layer(name).kernel.shape[2] == 3


def test_behind_a_flatten_another_size_is_refused_naming_the_layer(registry: Registry) -> None:
    message = refusal(registry, "cnn/digits", input_shape=(16, 16, 1))
    assert "the layer outputs would need weights of shape (1024, 10), the trained ones have (256, 10)" in message
    assert "the layer flatten makes one vector of all positions" in message
    assert "try: num_classes=10 for a new head, or features=True" in message
    model = load(registry, "cnn/digits", input_shape=(16, 16, 1), num_classes=10)
    assert model.adapted[0].startswith("outputs: a new head of 10 classes")


def test_of_a_dense_network_another_size_is_refused_whatever_the_head(registry: Registry) -> None:
    message = refusal(registry, "mlp/digits", input_shape=(16, 16, 1), num_classes=3)
    assert "the layer dense would need weights" in message
    assert "try:" not in message


@pytest.mark.parametrize(
    ("name", "wishes", "reason"),
    [
        ("gan/digits", {"num_classes": 3}, "gan learns by adversarial"),
        ("gan/digits", {"trainable": "all"}, "gan learns by adversarial"),
        ("logistic_regression/bank_marketing", {"features": True}, "logistic_regression learns by estimator"),
        ("som/credit_applications", {"num_classes": 3}, "som learns by own_rule"),
        ("lstm_text/python_docs_small", {"features": True}, "a text generator"),
        ("lstm_text/python_docs_small", {"input_shape": (8, 8, 1)}, "a text generator"),
        ("mlp/digits", {"num_classes": 1}, "at least 2"),
        ("mlp/digits", {"num_classes": 3, "seed": -1}, "seed must be"),
        ("mlp/digits", {"input_shape": (64,)}, "(height, width, channels)"),
        ("mlp/digits", {"input_shape": (8, 0, 1)}, "input_shape must be"),
        ("mlp/digits", {"trainable": "heads"}, "did you mean: head"),
        ("mlp/digits", {"trainable": np.array(["head"])}, "trainable must be all or head"),
        ("mlp/digits", {"features": "no"}, "features must be True or False"),
        ("mlp/digits", {"input_shape": np.array([[8, 8, 1]])}, "input_shape must be"),
        ("mlp/digits", {"features": True, "num_classes": 3}, "there is no head then"),
        ("cnn/digits", {"input_shape": (2, 2, 1)}, "every block must leave a pixel"),
    ],
)
def test_what_says_nothing_to_a_model_is_refused_with_the_reason(
    registry: Registry, name: str, wishes: dict[str, Any], reason: str
) -> None:
    assert reason in refusal(registry, name, **wishes)


def trained(registry: Registry, folder: Path, name: str, **changes: Any) -> str:
    return str(jobs.train(registry, name, changes, runs=folder, argv=["test"]).folder)


@pytest.mark.slow
def test_vectors_have_features_and_keep_their_shape(registry: Registry, tmp_path: Path) -> None:
    run = trained(registry, tmp_path, "mlp", dataset="blobs", epochs=1, units=[3])
    assert "pictures alone come in other sizes and channels" in refusal(registry, run, input_shape=(3,))
    assert load(registry, run, features=True).predict(np.zeros((5, 2), np.float32)).shape == (5, 3)
