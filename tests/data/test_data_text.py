"""Texts become codes and codes texts again; a vocabulary knows what the training part had and nothing more."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.data.errors import InvalidData
from zoo.data.options import TextOptions, UnitOptions
from zoo.data.spec import Data, DataSpec, Split
from zoo.data.text import UNKNOWN, Vocabulary, clean, pieces
from zoo.data.text_split import divided, text_data

TEXTS = st.text(min_size=1, max_size=200).filter(lambda text: clean(text).strip(UNKNOWN) != "")
LEVELS = st.sampled_from(["character", "word"])


@given(TEXTS, LEVELS, st.booleans())
def test_a_text_of_known_units_comes_back_as_it_was(text: str, level: str, lower_case: bool) -> None:
    vocabulary = Vocabulary.learn(text, level=level, lower_case=lower_case)
    assert vocabulary.decode(vocabulary.encode(text)) == clean(text, lower_case=lower_case)


@given(TEXTS, st.text(max_size=100), LEVELS)
def test_what_was_never_seen_has_the_code_0_and_the_rest_its_own(learned: str, text: str, level: str) -> None:
    vocabulary = Vocabulary.learn(learned, level=level)
    codes = vocabulary.encode(text)
    units = list(pieces(clean(text), level))
    assert codes.dtype == vocabulary.dtype
    assert [vocabulary.units[code] for code in codes] == [u if u in vocabulary.units else UNKNOWN for u in units]


@given(st.text(max_size=200))
def test_the_pieces_of_a_text_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text, "word")) == text


@given(TEXTS, LEVELS)
def test_a_vocabulary_and_its_json_are_inverses(text: str, level: str) -> None:
    vocabulary = Vocabulary.learn(text, level=level)
    assert Vocabulary.from_json(json.loads(json.dumps(vocabulary.to_json()))) == vocabulary


@given(st.text())
def test_line_ends_are_alike_and_cleaning_twice_changes_nothing(text: str) -> None:
    assert "\r" not in clean(text)
    assert clean(clean("\ufeff" + text)) == clean(clean(text))


def test_rare_units_and_those_beyond_the_size_are_unknown() -> None:
    text = "aaaa bbb cc d"
    assert Vocabulary.learn(text, least=2).units == (UNKNOWN, " ", "a", "b", "c")
    assert Vocabulary.learn(text, size=2).units == (UNKNOWN, " ", "a")


def test_two_texts_with_the_same_counts_have_the_same_vocabulary() -> None:
    assert Vocabulary.learn("ab ba", size=2) == Vocabulary.learn("ba ab", size=2)


def test_codes_of_many_units_have_a_larger_dtype() -> None:
    assert Vocabulary.learn("".join(map(chr, range(256, 1000)))).dtype == "uint16"


@pytest.mark.parametrize(
    "units", [(UNKNOWN,), ("a", "b"), (UNKNOWN, "a", "a"), (UNKNOWN, "ab")], ids=["none", "no unknown", "twice", "long"]
)
def test_units_that_contradict_the_level_are_refused(units: tuple[str, ...]) -> None:
    with pytest.raises(InvalidData):
        Vocabulary(units)


@pytest.mark.parametrize("record", [{}, {"units": "ab", "level": "character", "lower_case": False}])
def test_json_that_is_no_vocabulary_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(InvalidData, match="must"):
        Vocabulary.from_json(record)


def test_the_parts_of_a_text_follow_one_another() -> None:
    text = "".join(map(chr, range(97, 117))) * 10
    parts = divided(text, TextOptions(validation_fraction=0.2, test_fraction=0.1))
    assert "".join(parts.values()) == text
    assert list(map(len, parts.values())) == [140, 40, 20]


def test_the_vocabulary_is_that_of_the_training_part_alone() -> None:
    data = text_data({"train": "abcabc", "validation": "abx", "test": "aby"}, UnitOptions())
    assert data.spec.vocabulary is not None
    assert data.spec.vocabulary.units == (UNKNOWN, "a", "b", "c")
    assert data.test.targets.tolist() == [2, 0]
    assert data.splitting == "position"
    assert DataSpec.from_json(json.loads(json.dumps(data.spec.to_json()))) == data.spec


def test_a_part_with_nothing_to_predict_is_refused() -> None:
    with pytest.raises(InvalidData, match="validation part of a text must hold at least 2 characters"):
        text_data({"train": "abcabc", "validation": "a", "test": "ab"}, UnitOptions())


def test_targets_that_do_not_follow_are_refused() -> None:
    data = text_data({"train": "abcabc", "validation": "abc", "test": "abc"}, UnitOptions())
    broken = replace(data, test=Split(data.test.features, data.test.targets[::-1].copy()))
    with pytest.raises(InvalidData, match="codes that follow"):
        broken.check()


def test_codes_beyond_the_vocabulary_are_refused() -> None:
    data = text_data({"train": "abcabc", "validation": "abc", "test": "abc"}, UnitOptions())
    with pytest.raises(InvalidData, match="codes below 4"):
        replace(data, test=Split(np.array([1, 9], "uint8"), np.array([9, 1], "uint8"))).check()


def test_a_vocabulary_is_of_texts_and_of_all_texts() -> None:
    with pytest.raises(InvalidData, match="a vocabulary is of texts"):
        DataSpec("text", (), "uint8", "text_generation")
    with pytest.raises(InvalidData, match="a vocabulary is of texts"):
        DataSpec("vector", (1,), "float32", "regression", vocabulary=Vocabulary.learn("ab"))


def test_a_text_has_no_duplicates_to_count() -> None:
    data: Data = text_data({"train": "abcabc", "validation": "abc", "test": "abc"}, UnitOptions())
    assert data.duplicates() == {}
