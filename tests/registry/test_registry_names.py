"""The grammar of names, and the names near a misspelt one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import names
from registry.errors import InvalidName
from registry.names import LONGEST_PART, Name, check_part, near, parse

parts = st.from_regex(r"[a-z][a-z0-9]{0,7}(_[a-z0-9]{1,7}){0,3}", fullmatch=True)
well_formed = st.builds(Name, parts, st.none() | parts)


@given(well_formed)
def test_parse_is_the_inverse_of_format(name: Name) -> None:
    assert parse(names.format(name)) == name


@given(st.text() | st.from_regex(r"[a-z0-9_/]{0,70}", fullmatch=True))
def test_any_text_either_parses_and_formats_back_or_is_refused(text: str) -> None:
    try:
        name = parse(text)
    except InvalidName:
        return
    assert names.format(name) == text


@pytest.mark.parametrize(
    "text", ["", "/", "mlp/", "/digits", "a/b/c", "Mlp", "1d", "_a", "a_", "a__b", "a-b", "mlp/digits\n", "é", "a" * 65]
)
def test_a_text_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(InvalidName) as caught:
        parse(text)
    assert caught.value.received == text


def test_a_value_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidName):
        parse(3)  # type: ignore[arg-type]
    with pytest.raises(InvalidName):
        check_part(None, "a name")  # type: ignore[arg-type]


def test_a_name_cannot_be_made_outside_the_grammar() -> None:
    with pytest.raises(InvalidName, match="a recipe's name"):
        Name("mlp", "Digits")


def test_a_refused_name_suggests_the_well_formed_one() -> None:
    with pytest.raises(InvalidName) as caught:
        parse("MLP/Moons-Overfit")
    assert caught.value.near == ("mlp/moons_overfit",)


def test_a_part_is_given_back_when_it_follows_the_grammar() -> None:
    longest = "a" * LONGEST_PART
    assert check_part(longest, "a family's name") == longest


def test_the_message_says_what_the_part_names() -> None:
    with pytest.raises(InvalidName, match="a data set's name must start with a lower-case letter"):
        check_part("Digits", "a data set's name")


def test_families_stand_before_their_recipes() -> None:
    ordered = ["cnn", "cnn/digits", "mlp", "mlp/digits", "mlp/xor", "mlp_mixer"]
    assert [str(name) for name in sorted(parse(text) for text in reversed(ordered))] == ordered


def test_a_recipe_alone_is_near_the_whole_names_that_have_it() -> None:
    assert near("digits", ["mlp/digits", "cnn/digits", "mlp/xor"]) == ["cnn/digits", "mlp/digits"]


def test_near_does_not_look_at_case() -> None:
    assert near("MLP/Digits", ["mlp/digits", "mlp/xor"])[0] == "mlp/digits"


def test_the_nearest_name_comes_first_and_far_ones_do_not_come() -> None:
    assert near("mlp/digit", ["mlp/digits", "mlp/digits_deep", "som"], count=1) == ["mlp/digits"]
    assert near("transformer", ["mlp", "cnn"]) == []
