"""What columns may say of themselves."""

import doctest
import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zoo.data.columns
from zoo.data.columns import Column, Scaling, input_columns, number_columns, target_column
from zoo.data.errors import InvalidData

words = st.text(min_size=1, max_size=8)


@st.composite
def columns(draw: st.DrawFn) -> Column:
    role = draw(st.sampled_from(["number", "ordinal", "category", "identifier", "target"]))
    names = tuple(draw(st.lists(words, min_size=1, max_size=4, unique=True)))
    return Column(
        draw(words),
        role,
        description=draw(st.text(max_size=8)),
        unit=draw(st.none() | words),
        categories=names if role in ("ordinal", "category") else (),
        missing=tuple(f"no {word}" for word in names if f"no {word}" not in names),
        sentinels=tuple(draw(st.lists(st.floats(-9, 9), max_size=3))) if role == "number" else (),
        scaling=draw(st.sampled_from(get_args(Scaling))),
        integer=draw(st.booleans()),
        indicator=draw(st.booleans()),
        trap=draw(st.none() | words),
    )


@given(columns())
def test_a_column_survives_json_text(column: Column) -> None:
    assert Column.from_json(json.loads(json.dumps(column.to_json()))) == column


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"name": "", "role": "number"}, "name must not be empty"),
        ({"name": "a", "role": "colour"}, "role must be one of number, ordinal, category, identifier, target"),
        ({"name": "a", "role": "number", "scaling": "lucky"}, "scaling must be one of standard, min_max"),
        ({"name": "a", "role": "category"}, "must list its categories"),
        ({"name": "a", "role": "number", "categories": ("x",)}, "a column of role number has no categories"),
        ({"name": "a", "role": "category", "categories": ("x", "x")}, "different names"),
        ({"name": "a", "role": "category", "categories": ("x", "")}, "a category or mean missing, not both"),
        ({"name": "a", "role": "ordinal", "categories": ("x", "y"), "sentinels": (1,)}, "only number columns"),
        ({"name": "a", "role": "number", "sentinels": (float("nan"),)}, "sentinels must be finite"),
    ],
)
def test_a_contradictory_column_is_refused_by_its_name(fields: dict[str, Any], rule: str) -> None:
    with pytest.raises(InvalidData, match=f"{rule}[^$]*where: column '{fields['name']}'"):
        Column(**fields)


@pytest.mark.parametrize("record", [{"name": "a"}, {"name": "a", "role": "number", "colour": "red"}])
def test_a_written_column_with_other_fields_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(InvalidData, match="a column must have name and role, and no fields but"):
        Column.from_json(record)


def test_identifiers_and_targets_are_no_inputs() -> None:
    table = (Column("id", "identifier"), *number_columns("ab", unit="cm"), Column("y", "target"))
    assert [column.name for column in input_columns(table)] == ["a", "b"]
    assert target_column(table).name == "y"


@pytest.mark.parametrize("count", [0, 2])
def test_a_table_has_one_target(count: int) -> None:
    with pytest.raises(InvalidData, match="one target column"):
        target_column([Column(f"y{number}", "target") for number in range(count)])


def test_only_numbers_and_ordinals_have_an_indicator() -> None:
    assert Column("a", "number", sentinels=(-1,)).has_indicator
    assert Column("a", "ordinal", categories=("x",), indicator=True).has_indicator
    assert not Column("a", "number").has_indicator
    assert not Column("a", "category", categories=("x",), indicator=True).has_indicator


def test_the_examples_run() -> None:
    results = doctest.testmod(zoo.data.columns)
    assert results.attempted > 0
    assert results.failed == 0
