"""Writing: repeatable by seed, filtered as asked, and drawn from what the network says."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from scipy.stats import chisquare

from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.data.text import UNKNOWN, Vocabulary
from zoo.families.lstm_text.generation import CHUNK, filtered, gumbel
from zoo.families.lstm_text.hyperparameters import Hyperparameters
from zoo.families.lstm_text.model import TextGenerator, build
from zoo.use.generate_text import Ending, generate_text, next_probabilities, stream_text

SPEC = DataSpec("text", (), "uint8", "text_generation", vocabulary=Vocabulary.learn("abcdefghij \n", lower_case=True))


@pytest.fixture(scope="module")
def network() -> TextGenerator:
    """An untrained network, whose probabilities differ enough to be told apart."""
    keras.utils.set_random_seed(0)
    model = build(Hyperparameters(units=16, layers=2, embedding_size=8), SPEC)
    model.set_weights([3 * weight for weight in model.get_weights()])
    return model


def by_definition(logits: np.ndarray, top_k: int, top_p: float) -> np.ndarray:
    """The same filter in plain words: walk down the ranks until enough are in."""
    kept = np.full(logits.shape, -np.inf)
    for row, target in zip(logits, kept, strict=True):
        ranks = np.argsort(-row)[:top_k]
        shares = softmax(row[ranks])
        total, chosen = 0.0, []
        for rank, share in zip(ranks, shares, strict=True):
            if chosen and total >= top_p:
                break
            chosen.append(rank)
            total += share
        target[chosen] = row[chosen]
    return kept


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(1, 12), st.floats(0.01, 0.999))
def test_the_filters_keep_what_the_definition_keeps(seed: int, top_k: int, top_p: float) -> None:
    logits = np.random.default_rng(seed).normal(size=(3, 9)).astype(np.float32) * 2
    found = filtered(tf.constant(logits), tf.constant(min(top_k, 9)), tf.constant(top_p, tf.float32)).numpy()
    expected = by_definition(logits, top_k, top_p)
    totals = np.cumsum(softmax(-np.sort(-logits, axis=1)[:, :top_k], axis=1), axis=1)
    if np.abs(totals - top_p).min() > 1e-5:  # else rounding decides
        assert np.array_equal(found, expected)


def test_gumbel_noise_draws_from_the_softmax() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))
    drawn = np.argmax(logits + gumbel(tf.constant([20_000, 4]), tf.constant([5, 0], tf.int64)).numpy(), axis=1)
    assert chisquare(np.bincount(drawn, minlength=4), 20_000 * np.exp(logits.astype(float))).pvalue > 1e-3


@pytest.mark.parametrize("temperature", [0.7, 1.5])
def test_the_first_unit_is_drawn_as_the_network_says(network: TextGenerator, temperature: float) -> None:
    samples = 4000
    (codes,) = network.generate_codes(
        SPEC.vocabulary.encode("abc"),  # type: ignore[union-attr]
        length=1, seed=1, samples=samples, temperature=temperature,
    )  # fmt: skip
    logits = np.array(network(np.array([[*SPEC.vocabulary.encode("abc")]])))[0, -1]  # type: ignore[union-attr]
    logits[0] = -np.inf  # the unknown unit is never written
    expected = softmax(logits.astype(float) / temperature) * samples
    often = expected > 5
    counts = np.bincount(codes[:, 0], minlength=len(expected))
    assert counts[0] == 0
    rest = [counts[~often].sum()], [expected[~often].sum()]
    found, meant = np.append(counts[often], rest[0]), np.append(expected[often], rest[1])
    assert chisquare(found[meant > 0], meant[meant > 0] * found.sum() / meant.sum()).pvalue > 1e-3


def test_the_same_seed_writes_the_same_texts_and_another_seed_others(network: TextGenerator) -> None:
    settings: dict[str, Any] = {"length": 150, "samples": 3, "temperature": 1.0}
    one = generate_text(network, SPEC, "abc", seed=7, **settings)
    assert one == generate_text(network, SPEC, "abc", seed=7, **settings)
    assert one != generate_text(network, SPEC, "abc", seed=8, **settings)
    assert len(set(one)) == 3
    assert all(len(text) == 150 for text in one)


def test_a_longer_text_begins_as_the_shorter_one(network: TextGenerator) -> None:
    short, long = (generate_text(network, SPEC, "abc", length=length, seed=3)[0] for length in (CHUNK // 2, 3 * CHUNK))
    assert long.startswith(short)


def test_greedy_writing_takes_the_most_probable_unit_each_time(network: TextGenerator) -> None:
    (text,) = generate_text(network, SPEC, "abc", length=20, temperature=0.0)
    read = "abc"
    for unit in text:
        shares = next_probabilities(network, SPEC, read)[0]
        shares[0] = 0
        assert SPEC.vocabulary is not None
        assert SPEC.vocabulary.units[int(shares.argmax())] == unit
        read += unit
    assert generate_text(network, SPEC, "abc", length=20, top_k=1) == [text]
    assert generate_text(network, SPEC, "abc", length=20, top_p=1e-6) == [text]


def test_unknown_characters_of_a_prompt_are_read_and_never_written(network: TextGenerator) -> None:
    (text,) = generate_text(network, SPEC, "Zürich ABC", length=300, temperature=3.0)
    assert UNKNOWN not in text
    assert generate_text(network, SPEC, "ABC") == generate_text(network, SPEC, "abc")


def test_a_text_ends_before_a_stop_string_even_across_parts(network: TextGenerator) -> None:
    (whole,) = generate_text(network, SPEC, "abc", length=3 * CHUNK, seed=5, temperature=1.0)
    stop = whole[CHUNK - 2 : CHUNK + 3]
    parts = list(stream_text(network, SPEC, "abc", length=3 * CHUNK, seed=5, temperature=1.0, stop=[stop]))
    assert "".join(part for (part,) in parts) == whole[: whole.index(stop)]
    assert len(parts) < 4


@given(
    st.text("ab", max_size=60),
    st.lists(st.integers(0, 60), max_size=6),
    st.lists(st.text("ab", min_size=1), max_size=3),
)
def test_stop_strings_cut_the_same_however_the_text_comes(text: str, cuts: list[int], stop: list[str]) -> None:
    ending = Ending(tuple(stop))
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    shown = "".join(ending.add(text[start:end]) for start, end in pairwise(places)) + ending.rest()
    # the first part that holds a stop string ends the text; of two in it the one that begins first
    ends = min((text.index(one) + len(one) for one in stop if one in text), default=None)
    if ends is None:
        assert shown == text
    else:
        assert text.startswith(shown)
        assert any(text[len(shown) :].startswith(one) for one in stop)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prompt": ""}, "prompt must be"),
        ({"length": 0}, "length must be"),
        ({"temperature": -1.0}, "temperature must be"),
        ({"temperature": float("nan")}, "temperature must be"),
        ({"top_k": 0}, "top_k must be"),
        ({"top_p": 0.0}, "top_p must be"),
        ({"top_p": 1.5}, "top_p must be"),
        ({"seed": -1}, "seed must be"),
        ({"samples": 0}, "samples must be"),
        ({"stop": [""]}, "stop must be"),
        ({"stop": "text"}, "stop must be"),
    ],
)
def test_settings_out_of_range_are_refused(network: TextGenerator, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        generate_text(network, SPEC, **{"prompt": "abc", **settings})


def test_probabilities_of_what_follows_add_up_to_one(network: TextGenerator) -> None:
    shares = next_probabilities(network, SPEC, ["abc", "something else", "?"])
    assert shares.shape == (3, 13)
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-5)
    for wrong in ([], [""], [3]):
        with pytest.raises(InvalidData, match="texts of at least one character"):
            next_probabilities(network, SPEC, wrong)  # type: ignore[arg-type]


def test_samples_follow_from_the_seed_and_leave_training_as_it_was(network: TextGenerator) -> None:
    network.prepare_steps(2)
    for state in network.carried:
        state.assign(np.ones(state.shape))
    before = [keras.ops.convert_to_numpy(variable).copy() for variable in network.variables]
    assert network.samples(4) == network.samples(4) != network.samples(5)
    assert all(map(np.array_equal, before, map(keras.ops.convert_to_numpy, network.variables)))
    assert all(keras.ops.convert_to_numpy(state).min() == 1 for state in network.carried)
