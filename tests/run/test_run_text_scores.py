"""Losses of texts, and the models that count beside them, against sums made by hand."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.data.options import UnitOptions
from zoo.data.text_split import text_data
from zoo.run.ngrams import log_probabilities
from zoo.run.tasks import baseline_scores, score

UNITS = 5


def counted_by_hand(train: list[int], codes: list[int], order: int) -> list[float]:
    """The same model written as its formula, unit by unit."""
    together: Counter[tuple[tuple[int, ...], int]] = Counter()
    kinds: defaultdict[tuple[int, ...], set[int]] = defaultdict(set)
    seen: Counter[tuple[int, ...]] = Counter()
    for length in range(order):
        for place in range(length, len(train)):
            context = tuple(train[place - length : place])
            together[context, train[place]] += 1
            kinds[context].add(train[place])
            seen[context] += 1
    found = []
    for place in range(1, len(codes)):
        probability = 1 / UNITS
        for length in range(min(order, place + 1)):
            context = tuple(codes[place - length : place])
            if seen[context]:
                total = seen[context] + len(kinds[context])
                probability = (together[context, codes[place]] + len(kinds[context]) * probability) / total
        found.append(math.log(probability))
    return found


@given(
    st.lists(st.integers(0, UNITS - 2), min_size=1, max_size=80),
    st.lists(st.integers(0, UNITS - 1), min_size=2, max_size=40),
    st.integers(1, 5),
)
def test_probabilities_are_those_of_the_formula(train: list[int], codes: list[int], order: int) -> None:
    found = log_probabilities(np.array(train, "uint8"), np.array(codes, "uint8"), units=UNITS, order=order)
    assert found == pytest.approx(counted_by_hand(train, codes, order), abs=1e-12)


def test_probabilities_of_all_units_add_up_to_one() -> None:
    train = np.random.default_rng(0).integers(0, 4, 300)
    for context in ([0, 1, 2, 3], [4, 4, 4, 4], [3, 3]):
        texts = [np.array([*context, unit]) for unit in range(UNITS)]
        shares = [math.exp(log_probabilities(train, text, units=UNITS, order=5)[-1]) for text in texts]
        assert sum(shares) == pytest.approx(1.0)


def test_a_unigram_by_hand() -> None:
    # a three times, b once, two kinds of four units: (3 + 2/4) / 6 and (1 + 2/4) / 6
    found = log_probabilities(np.array([1, 1, 2, 1]), np.array([0, 1, 2]), units=4, order=1)
    assert np.exp(found) == pytest.approx([3.5 / 6, 1.5 / 6])


def test_loss_perplexity_and_bits_belong_together() -> None:
    data = text_data({"train": "abab", "validation": "aba", "test": "abab"}, UnitOptions())
    scores = score(data.spec, np.log([0.5, 0.25, 0.5]).astype(np.float32), data.test.targets)
    assert scores["loss"] == pytest.approx(4 / 3 * math.log(2))
    assert scores["perplexity"] == pytest.approx(2 ** (4 / 3))
    assert scores["bits_per_character"] == pytest.approx(4 / 3)


def test_bits_of_words_are_shared_among_their_characters() -> None:
    data = text_data({"train": "one two", "validation": "one two", "test": "one two"}, UnitOptions(level="word"))
    # a space and "two": 1 + 3 bits over 4 characters
    scores = score(data.spec, np.log([0.5, 0.125]).astype(np.float32), data.test.targets)
    assert scores["bits_per_character"] == pytest.approx(1.0)


def test_both_models_that_count_stand_beside_a_network() -> None:
    text = "the cat sat on the mat, the cat sat on the hat. "
    data = text_data({"train": text * 3, "validation": text, "test": text}, UnitOptions())
    table = baseline_scores(data, {name: np.zeros(len(split), np.float32) for name, split in data.splits.items()})
    assert table["name"] == "unigram"
    better = table["beside"]["interpolated_5_gram"]["test"]
    assert better["loss"] < table["test"]["loss"] < math.log(13)
    assert better.keys() == table["test"].keys()
