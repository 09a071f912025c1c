"""Specifications and splits of tables."""

import dataclasses
import json

import numpy as np
import pytest

from zoo.data.columns import Column
from zoo.data.errors import InvalidData
from zoo.data.options import SplitOptions
from zoo.data.spec import Data, DataSpec, Split
from zoo.data.split import make_data

COLUMNS = (Column("age", "number"), Column("job", "category", categories=("clerk", "cook")))
SPEC = DataSpec("table", (2,), "float64", "classification", classes=("no", "yes"), columns=COLUMNS)


def split(features: list[list[float]], identifiers: np.ndarray | None = None) -> Split:
    return Split(np.array(features, np.float64), np.zeros(len(features), np.int64), None, identifiers)


def data(features: list[list[float]], identifiers: np.ndarray | None = None) -> Data:
    whole = split(features, identifiers)
    return Data(SPEC, whole, whole, whole, splitting="exhaustive")


def test_a_table_is_called_by_the_names_of_its_columns_and_survives_json_text() -> None:
    assert SPEC.feature_names == ("age", "job")
    assert DataSpec.from_json(json.loads(json.dumps(SPEC.to_json()))) == SPEC


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"columns": ()}, "one name for each feature|must be 2 columns"),
        ({"shape": (3,)}, "one name for each feature"),
        ({"feature_names": ("job", "age")}, "those of feature_names"),
        ({"columns": COLUMNS[:1] * 2, "feature_names": ("age", "age")}, "of different names"),
        ({"columns": (COLUMNS[0], Column("job", "target"))}, "must be inputs, no target"),
        ({"dtype": "float32"}, "dtype of a table must be float64"),
        ({"kind": "vector"}, "columns are of tables; vector data have none"),
    ],
)
def test_a_contradictory_table_is_refused(changes: dict[str, object], rule: str) -> None:
    with pytest.raises(InvalidData, match=rule):
        dataclasses.replace(SPEC, **changes)


def test_cells_of_a_table_may_be_missing_or_unseen() -> None:
    data([[np.nan, np.nan], [-5.5, -1], [1e9, 1]]).check()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([np.inf, 0], "column 'age' of the train split must hold finite numbers or NaN\n  received: inf in row 2"),
        ([0, 2], r"column 'job' of the train split must hold whole numbers in -1..1 or NaN\n  received: 2.0 in row 2"),
        ([0, -2], "whole numbers in -1..1"),
        ([0, 0.5], "whole numbers in -1..1"),
    ],
)
def test_cells_that_are_no_numbers_or_codes_are_refused(row: list[float], message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        data([[0, 0], row]).check()


def test_vectors_may_still_not_hold_nan() -> None:
    spec = DataSpec("vector", (2,), "float64", "classification", classes=("no", "yes"))
    with pytest.raises(InvalidData, match="must be finite numbers"):
        dataclasses.replace(data([[np.nan, 0]]), spec=spec).check()


@pytest.mark.parametrize(
    "identifiers", [np.array([1, 2]), np.array(["a"]), np.array(["a", "b"], dtype=object)], ids=str
)
def test_identifiers_are_one_text_a_row(identifiers: np.ndarray) -> None:
    with pytest.raises(InvalidData, match=r"identifiers of the train split must be a text array of shape \(2,\)"):
        data([[0, 0], [1, 1]], identifiers).check()


def test_identifiers_are_part_of_the_hash_and_their_absence_changes_nothing() -> None:
    rows = [[0.0, 0.0], [1.0, 1.0]]
    bare, named, renamed = (split(rows, names) for names in (None, np.array(["a", "b"]), np.array(["a", "c"])))
    assert len({bare.sha256, named.sha256, renamed.sha256}) == 3
    with pytest.raises(ValueError, match="read-only"):
        named.identifiers[0] = "z"


def rows_of(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    features = np.stack([np.arange(count, dtype=float), np.arange(count) % 2], axis=1)
    return features, np.arange(count) % 2, np.array([f"row {number}" for number in range(count)])


def test_identifiers_go_with_their_rows() -> None:
    features, targets, names = rows_of(60)
    for part in make_data(features, targets, SPEC, SplitOptions(), identifiers=names).splits.values():
        assert part.identifiers.tolist() == [f"row {number:g}" for number in part.features[:, 0]]


def test_number_columns_with_gaps_in_the_training_split_get_an_indicator() -> None:
    features, targets, _ = rows_of(60)
    assert not make_data(features, targets, SPEC, SplitOptions()).spec.columns[0].indicator
    features[::2, 0] = np.nan
    features[::3, 1] = np.nan
    assert [column.indicator for column in make_data(features, targets, SPEC, SplitOptions()).spec.columns] == [
        True,
        False,
    ]
