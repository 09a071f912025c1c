"""Specifications, splits and the checks that every data set passes."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.data.errors import DamagedData, InvalidData
from zoo.data.hashes import arrays_sha256, check_hashes
from zoo.data.spec import Data, DataSpec, Split

POINTS = DataSpec(
    kind="vector",
    shape=(2,),
    dtype="float32",
    task="classification",
    value_range=(0, 100),
    classes=("no", "yes"),
    feature_names=("x1", "x2"),
)


def points(first: int, count: int) -> Split:
    """Rows `first` to `first + count` of a source in which row n is the point (n, n + 1) of class n % 2."""
    rows = np.arange(first, first + count, dtype=np.int64)
    return Split(np.stack([rows, rows + 1], axis=1).astype(np.float32), rows % 2, rows)


def data(**changes: object) -> Data:
    whole = Data(POINTS, train=points(0, 6), validation=points(6, 2), test=points(8, 2), splitting="random")
    return dataclasses.replace(whole, **changes)


def with_features(features: np.ndarray) -> Data:
    return data(train=Split(features, points(0, 6).targets, points(0, 6).rows))


def with_targets(targets: np.ndarray) -> Data:
    return data(train=Split(points(0, 6).features, targets, points(0, 6).rows))


names = st.text(min_size=1, max_size=8)


@st.composite
def specs(draw: st.DrawFn) -> DataSpec:
    kind = draw(st.sampled_from(["picture", "vector"]))
    rank = 3 if kind == "picture" else 1
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=rank, max_size=rank)))
    task = draw(st.sampled_from(["classification", "regression"]))
    low = draw(st.floats(-1e6, 1e6))
    some_classes = st.lists(names, min_size=2, max_size=5, unique=True).map(tuple)
    return DataSpec(
        kind=kind,
        shape=shape,
        dtype=draw(st.sampled_from(["uint8", "float32", "int64"])),
        task=task,
        value_range=draw(st.just((low, low + 1.5)) if kind == "picture" else st.none() | st.just((low, low + 1.5))),
        classes=draw(some_classes) if task == "classification" else None,
        feature_names=tuple(draw(st.lists(names, min_size=shape[0], max_size=shape[0]))) if kind == "vector" else (),
        target_name=draw(names),
        target_shape=tuple(draw(st.lists(st.integers(1, 3), max_size=2))),
        unit=draw(st.none() | names),
    )


@given(specs())
def test_a_specification_survives_json_text(spec: DataSpec) -> None:
    assert DataSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_an_unknown_field_of_a_written_specification_is_refused() -> None:
    with pytest.raises(InvalidData, match="received: \\['colour'\\]"):
        DataSpec.from_json(POINTS.to_json() | {"colour": "red"})


def test_a_missing_field_of_a_written_specification_is_named() -> None:
    with pytest.raises(InvalidData, match="must have shape, task"):
        DataSpec.from_json({"kind": "vector", "dtype": "uint8"})


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"kind": "sound"}, "kind must be one of picture, vector"),
        ({"shape": (2, 2)}, "shape of a vector must have 1 positive sizes"),
        ({"shape": (0,)}, "shape of a vector must have 1 positive sizes"),
        ({"dtype": "float33"}, "dtype must be the numpy name"),
        ({"dtype": "object"}, "dtype must be the numpy name"),
        ({"task": ""}, "task must not be empty"),
        ({"kind": "picture", "shape": (2, 2, 1), "value_range": None}, "value_range of a picture must be given"),
        ({"value_range": (1, 1)}, "low < high"),
        ({"value_range": (0, float("inf"))}, "both finite"),
        ({"shape": (2.0,)}, "shape of a vector must have 1 positive sizes"),
        ({"shape": (2**26 + 1,)}, "at most 67,108,864 numbers"),
        ({"classes": None}, "must name its classes"),
        ({"classes": ("same", "same")}, "at least two different names"),
        ({"feature_names": ("x1",)}, "one name for each feature"),
    ],
)
def test_a_contradictory_specification_is_refused(changes: dict[str, object], rule: str) -> None:
    with pytest.raises(InvalidData, match=rule):
        dataclasses.replace(POINTS, **changes)


def test_the_number_of_classes_is_none_without_classes() -> None:
    assert POINTS.num_classes == 2
    assert dataclasses.replace(POINTS, task="regression", classes=None).num_classes is None


def test_the_arrays_of_a_split_cannot_be_written() -> None:
    split = points(0, 3)
    for array in (split.features, split.targets, split.rows):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_hash_covers_dtype_shape_and_bytes_of_features_then_targets() -> None:
    split = Split(np.array([[1, 2]], dtype=np.uint8), np.array([3], dtype=np.int64))
    text = b"|u1 (1, 2);" + bytes([1, 2]) + b"<i8 (1,);" + bytes([3, 0, 0, 0, 0, 0, 0, 0])
    assert split.sha256 == hashlib.sha256(text).hexdigest()


def test_the_hash_depends_neither_on_byte_order_nor_on_memory_layout() -> None:
    array = np.arange(6, dtype="<i4").reshape(2, 3)
    assert arrays_sha256(array) == arrays_sha256(array.astype(">i4")) == arrays_sha256(np.asfortranarray(array))


def test_arrays_of_objects_are_not_hashed() -> None:
    with pytest.raises(InvalidData, match="Python objects"):
        arrays_sha256(np.array(["a", None], dtype=object))


def test_a_differing_stored_hash_names_the_split() -> None:
    hashes = data().hashes()
    check_hashes(hashes, dict(hashes), name="points")
    with pytest.raises(DamagedData, match="the validation split of data set 'points' must have sha256 00"):
        check_hashes(hashes, hashes | {"validation": "00"}, name="points")


def test_whole_data_pass_and_tell_their_sizes() -> None:
    whole = data()
    whole.check()
    assert whole.sizes() == {"train": 6, "validation": 2, "test": 2}
    assert whole.hashes()["test"] == whole.test.sha256


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (data(splitting="lucky"), "splitting must be one of"),
        (data(validation=points(6, 0)), "the validation split must hold at least one example"),
        (data(test=points(5, 2)), "train and test splits must not share rows"),
        (data(validation=points(8, 2)), "validation and test splits must not share rows"),
        (data(test=Split(points(8, 2).features, points(8, 2).targets)), "must say which rows"),
        (with_features(np.full((6, 2), np.nan, np.float32)), "must be finite numbers\n  received: 12 values"),
        (with_features(np.full((6, 2), np.inf, np.float32)), "must be finite numbers"),
        (with_features(np.full((6, 2), 101, np.float32)), "must lie in 0..100\n  received: 101.0..101.0"),
        (with_features(np.zeros((6, 3), np.float32)), r"must have shape \(n, 2\)"),
        (with_features(np.zeros((6, 2), np.float64)), "must have dtype float32"),
        (with_features(np.zeros((5, 2), np.float32)), r"targets of the train split must have shape \(5,\)"),
        (with_targets(np.full(6, 2)), "must lie in 0..1\n  received: 2..2"),
        (with_targets(np.full(6, -1)), "must lie in 0..1"),
        (with_targets(np.zeros(6, np.float32)), "must be integer class numbers"),
        (with_targets(np.zeros((6, 1), np.int64)), r"must have shape \(6,\)"),
        (data(train=Split(points(0, 6).features, points(0, 6).targets, np.zeros(6, np.int64))), "5 repeated rows"),
        (data(train=Split(points(0, 6).features, points(0, 6).targets, np.zeros(6, np.int32))), "int64 array"),
    ],
)
def test_broken_data_are_refused(broken: Data, rule: str) -> None:
    with pytest.raises(InvalidData, match=rule):
        broken.check()


def test_exhaustive_splits_may_overlap() -> None:
    whole = points(0, 4)
    Data(POINTS, train=whole, validation=whole, test=whole, splitting="exhaustive").check()


def test_a_fixed_test_split_needs_no_rows_but_the_others_may_not_share_theirs() -> None:
    fixed = Split(points(0, 2).features, points(0, 2).targets)
    data(test=fixed, splitting="fixed").check()
    with pytest.raises(InvalidData, match="train and validation splits must not share rows"):
        data(test=fixed, validation=points(5, 2), splitting="fixed").check()


def test_equal_contents_in_two_splits_are_counted_and_not_refused() -> None:
    twin = Split(points(0, 2).features, points(0, 2).targets, np.array([8, 9]))
    repeated = data(test=twin)
    repeated.check()
    assert repeated.duplicates() == {"validation in train": 0, "test in train": 2, "test in validation": 0}


def test_targets_of_a_regression_must_be_finite() -> None:
    spec = dataclasses.replace(POINTS, task="regression", classes=None)
    targets = np.array([0, 1, np.nan, 3, 4, 5], dtype=np.float32)
    with pytest.raises(InvalidData, match="targets of the train split must be finite"):
        data(spec=spec, train=Split(points(0, 6).features, targets, points(0, 6).rows)).check()
