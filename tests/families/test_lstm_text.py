"""The network over text: sizes, a state that goes on from step to step, and a loss that a text is measured by."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from pydantic import ValidationError

from zoo.data.errors import InvalidData
from zoo.data.options import UnitOptions
from zoo.data.spec import Data, DataSpec
from zoo.data.text import Vocabulary
from zoo.data.text_split import text_data
from zoo.families.lstm_text.hyperparameters import Hyperparameters
from zoo.families.lstm_text.model import TextGenerator, build

TEXT = "It was the best of times, it was the worst of times, it was the age of wisdom.\n" * 12


@pytest.fixture(scope="module")
def data() -> Data:
    """A text that repeats itself."""
    return text_data({"train": TEXT, "validation": TEXT[:200], "test": TEXT[:300]}, UnitOptions())


def network(data: Data, **settings: Any) -> TextGenerator:
    """A small network with weights of seed 0."""
    keras.utils.set_random_seed(0)
    return build(
        Hyperparameters(**{"units": 12, "layers": 2, "embedding_size": 8, "dropout": 0.0, **settings}), data.spec
    )


def compiled(model: TextGenerator, batch_size: int) -> TextGenerator:
    """The network ready for steps of plain gradient descent."""
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy")
    model.prepare_steps(batch_size)
    return model


def of_size(count: int) -> DataSpec:
    """A specification with so many units."""
    vocabulary = Vocabulary.learn("".join(map(chr, range(97, 97 + count - 1))))
    return DataSpec("text", (), vocabulary.dtype, "text_generation", vocabulary=vocabulary)


def test_the_handbooks_network_has_the_handbooks_parameters() -> None:
    book = Hyperparameters(units=300, layers=2, inputs="scalar", stateful=False, predict="last", window=50)
    assert build(book, of_size(40)).count_params() == 362_400 + 721_200 + 301 * 40 == 1_095_640


@pytest.mark.parametrize(
    ("settings", "parameters"),
    [
        ({"cell": "lstm", "layers": 1}, 30 * 8 + 4 * (8 + 16 + 1) * 16 + 17 * 30),
        ({"cell": "gru", "layers": 1}, 30 * 8 + 3 * (8 + 16 + 2) * 16 + 17 * 30),
        ({"cell": "simple", "layers": 3}, 30 * 8 + (8 + 16 + 1) * 16 + 2 * (16 + 16 + 1) * 16 + 17 * 30),
        ({"cell": "lstm", "layers": 1, "inputs": "one_hot"}, 4 * (30 + 16 + 1) * 16 + 17 * 30),
        ({"cell": "simple", "layers": 1, "tied": True}, 30 * 8 + (8 + 16 + 1) * 16 + 17 * 8),
        ({"cell": "simple", "layers": 1, "tied": True, "embedding_size": 16}, 30 * 16 + (16 + 16 + 1) * 16),
    ],
    ids=["lstm", "gru", "simple", "one hot", "tied through a projection", "tied"],
)
def test_parameters_are_those_of_the_formula(settings: dict[str, Any], parameters: int) -> None:
    model = build(Hyperparameters(**{"units": 16, "embedding_size": 8, **settings}), of_size(30))
    assert model.count_params() == parameters


@pytest.mark.parametrize(
    "settings",
    [{"tied": True, "inputs": "one_hot"}, {"predict": "last"}, {"layers": 5}, {"cell": "transformer"}],
    ids=["tied without an embedding", "last of a stream", "five layers", "no such cell"],
)
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Hyperparameters(**settings)


def test_what_is_no_text_is_refused() -> None:
    spec = DataSpec("vector", (2,), "float32", "regression")
    with pytest.raises(InvalidData, match="lstm_text takes text"):
        build(Hyperparameters(), spec)


@pytest.mark.parametrize(
    "settings", [{}, {"cell": "gru"}, {"cell": "simple", "tied": True}], ids=["lstm", "gru", "tied"]
)
def test_two_windows_with_the_state_carried_are_one_long_window(data: Data, settings: dict[str, Any]) -> None:
    model = network(data, **settings)
    codes = tf.constant(data.train.features[:60][None])
    zeros = [tf.zeros((1, 12)) for _ in model.carrying.inputs[1:]]
    first, *states = model.carrying([codes[:, :25], *zeros])
    second, *_ = model.carrying([codes[:, 25:], *states])
    assert np.allclose(np.concatenate([first, second], axis=1), model(codes), atol=1e-6)


def test_one_unit_after_the_other_gives_the_logits_of_the_whole_text(data: Data) -> None:
    model = network(data)
    codes = data.train.features[:20].astype(np.int32)
    states = [np.zeros((1, 12), np.float32) for _ in model.carrying.inputs[1:]]
    found = []
    for code in codes:
        logits, states = model.parts.step(np.array([code]), states)
        found.append(np.asarray(logits)[0])
    assert np.allclose(found, model(codes[None])[0], atol=1e-6)


def test_a_step_begins_where_the_one_before_ended_and_a_new_pass_begins_from_nothing(data: Data) -> None:
    model = compiled(network(data, window=10), 3)
    steps = model.steps_per_pass(len(data.train), 3)
    batches = list(model.training_batches(data.train, batch_size=3, seed=0).take(steps + 1))
    for (codes, begins), targets in batches[:2]:
        expected = model.carrying(
            [codes, *(tf.constant(np.asarray(state) * ~begins.numpy()[:, None]) for state in model.carried)]
        )[1:]
        model.train_step(((codes, begins), targets))
        assert all(np.allclose(kept, state, atol=1e-6) for kept, state in zip(model.carried, expected, strict=True))
        assert any(np.abs(kept).max() > 0 for kept in model.carried)
    (codes, begins), targets = batches[steps]
    assert begins.numpy().all()
    from_nothing = model.carrying([codes, *(tf.zeros((3, 12)) for _ in model.carried)])[1:]
    model.train_step(((codes, begins), targets))
    assert all(np.allclose(kept, state, atol=1e-6) for kept, state in zip(model.carried, from_nothing, strict=True))


def test_carried_states_are_no_weights(data: Data) -> None:
    model = compiled(network(data), 3)
    assert len(model.carried) == 4
    assert not {variable.path for variable in model.carried} & {weight.path for weight in model.weights}


def test_only_the_last_unit_of_a_window_is_learned_from_if_asked(data: Data) -> None:
    model = compiled(network(data, predict="last", stateful=False, window=6), 4)
    batch = next(iter(model.training_batches(data.train, batch_size=4, seed=0)))
    (codes, _), targets = batch
    logits = np.asarray(model(codes))[:, -1]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(shares[np.arange(4), targets.numpy()[:, -1]]).mean()
    assert float(model.train_step(batch)["loss"]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("settings", [{}, {"predict": "last", "stateful": False, "window": 6}], ids=["every", "last"])
def test_the_validation_loss_is_that_of_the_stored_probabilities(data: Data, settings: dict[str, Any]) -> None:
    model = compiled(network(data, **settings), 3)
    found = model.evaluate(model.evaluation_batches(data.test), verbose=0, return_dict=True)["loss"]
    stored = model.log_probabilities(data.test)
    assert stored.shape == data.test.targets.shape
    assert stored.dtype == np.float32
    assert found == pytest.approx(-stored.mean(), rel=1e-5)


def test_probabilities_of_a_short_text_are_those_of_one_reading(data: Data) -> None:
    model = network(data)
    logits = np.asarray(model(data.test.features[None]))[0].astype(np.float64)
    logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = logits[np.arange(len(data.test)), data.test.targets]
    assert np.allclose(model.log_probabilities(data.test), expected, atol=1e-5)
