"""Archives that were made to do harm, or came to harm: refused before they fill the memory or crash the process."""

from __future__ import annotations

import io
import json
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from zoo.weights.errors import WeightsError
from zoo.weights.estimator_archive import SCHEMA, check_archive
from zoo.weights.estimators import estimator_bytes, load_estimator

ROWS, CLASSES = load_iris(return_X_y=True)
Entries = dict[str, bytes]


def content_of(estimator: BaseEstimator) -> bytes:
    return estimator_bytes(estimator.fit(ROWS, CLASSES))


@pytest.fixture(scope="module")
def linear() -> bytes:
    return content_of(LinearRegression())


def refusal(content: bytes) -> str:
    with pytest.raises(WeightsError) as refused:
        load_estimator(content, where="model.skops")
    assert refused.value.message == "an estimator's file must be a whole skops file"
    return str(refused.value.received)


def entries_of(content: bytes) -> Entries:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(entries: Entries, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_schema(content: bytes, change: Callable[[Any], Any]) -> bytes:
    entries = entries_of(content)
    schema = json.loads(entries[SCHEMA])
    entries[SCHEMA] = json.dumps(change(schema) or schema).encode()
    return packed(entries)


def with_arrays(content: bytes, change: Callable[[np.ndarray], np.ndarray | None]) -> bytes:
    """The archive with arrays changed in place, or replaced by what `change` returns."""
    entries = entries_of(content)
    changed = 0
    for name, data in entries.items():
        if name.endswith(".npy"):
            array = np.load(io.BytesIO(data))
            replaced = change(array)
            array = array if replaced is None else replaced
            buffer = io.BytesIO()
            np.save(buffer, array)
            changed += buffer.getvalue() != data
            entries[name] = buffer.getvalue()
    assert changed
    return packed(entries)


def npy(claimed: tuple[int, ...], data: bytes) -> bytes:
    """An array's file whose header says what it likes."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": claimed})
    return buffer.getvalue() + data


def test_a_whole_archive_is_taken(linear: bytes) -> None:
    check_archive(linear)
    assert load_estimator(packed(entries_of(linear)), where="model.skops").coef_.shape == (4,)


@pytest.mark.parametrize("size", [0, 1, 20, 1000, -1])
def test_a_file_that_was_cut_off_is_refused(linear: bytes, size: int) -> None:
    refusal(linear[:size])


def test_every_damaged_byte_is_noticed_or_harmless(linear: bytes) -> None:
    estimator = load_estimator(linear, where="model.skops")
    for place in range(0, len(linear), 37):
        damaged = bytearray(linear)
        damaged[place] ^= 255
        try:
            loaded = load_estimator(bytes(damaged), where="model.skops")
        except WeightsError:
            continue
        assert np.array_equal(loaded.predict(ROWS), estimator.predict(ROWS))


def test_a_bomb_is_refused_before_it_is_unpacked(linear: bytes) -> None:
    entries = entries_of(linear) | {"zeros.npy": bytes(80 * 2**20)}
    bomb = packed(entries)
    assert len(bomb) < 2**20
    del entries
    began = time.monotonic()
    tracemalloc.start()
    assert "bytes unpack to" in refusal(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 * 2**20
    assert time.monotonic() - began < 10


def test_an_array_mentioned_a_thousand_times_is_refused(linear: bytes) -> None:
    entries = entries_of(linear)
    data = npy((2**17,), bytes(2**20))
    schema = json.loads(entries[SCHEMA])
    node = {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "type": "numpy"}
    many = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode"}
    many["content"] = [{**node, "file": "large.npy"} for _ in range(1000)]
    schema["content"]["content"]["many"] = many
    bomb = packed(entries | {"large.npy": data, SCHEMA: json.dumps(schema).encode()})
    assert "bytes unpack to" in refusal(bomb)


@pytest.mark.parametrize(("claimed", "data"), [((10**12,), b""), ((2,), bytes(8)), ((1,), bytes(16)), ((0,), b"12")])
def test_an_array_whose_header_lies_is_refused(linear: bytes, claimed: tuple[int, ...], data: bytes) -> None:
    entries = entries_of(linear)
    name = next(name for name in entries if name.endswith(".npy"))
    assert "states" in refusal(packed(entries | {name: npy(claimed, data)}))


def test_an_array_of_objects_is_refused_and_not_unpickled(linear: bytes) -> None:
    entries = entries_of(linear)
    name = next(name for name in entries if name.endswith(".npy"))
    buffer = io.BytesIO()
    np.save(buffer, np.array([None], object), allow_pickle=True)
    refusal(packed(entries | {name: buffer.getvalue()}))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_refused(linear: bytes, compression: int) -> None:
    assert "another way than by deflate" in refusal(packed(entries_of(linear), compression))


@pytest.mark.parametrize("name", ["../model.npy", "/etc/passwd", "folder/0.npy", "code.py", "model.pkl"])
def test_a_file_that_skops_does_not_write_is_refused(linear: bytes, name: str) -> None:
    assert "strange files" in refusal(packed(entries_of(linear) | {name: b"something"}))


def test_two_files_of_one_name_are_refused(linear: bytes) -> None:
    buffer = io.BytesIO(linear)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(SCHEMA, "{}")
    refusal(buffer.getvalue())


@pytest.mark.parametrize(
    "schema",
    [b"", b"{", b"[]", b"{}", b"null", b"[" * 100_000, b"\xff", b'{"protocol": 2}', b'{"protocol": -1}'],
    ids=["empty", "broken", "list", "no node", "null", "deep", "no text", "no class", "protocol"],
)
def test_a_schema_that_is_none_is_refused(linear: bytes, schema: bytes) -> None:
    refusal(packed(entries_of(linear) | {SCHEMA: schema}))


def test_a_schema_nested_too_deeply_is_refused(linear: bytes) -> None:
    def change(schema: Any) -> Any:
        node: Any = schema
        for _ in range(300):
            node = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": [node]}
        return node | {"protocol": schema["protocol"]}

    refusal(with_schema(linear, change))


def test_an_array_that_is_not_there_is_refused(linear: bytes) -> None:
    entries = entries_of(linear)
    del entries[next(name for name in entries if name.endswith(".npy"))]
    assert "KeyError" in refusal(packed(entries))


def test_a_search_tree_is_not_in_the_file_and_none_is_taken_from_one() -> None:
    estimator = KNeighborsClassifier().fit(ROWS, CLASSES)
    assert estimator._tree is not None
    content = estimator_bytes(estimator)
    assert b"KDTree" not in entries_of(content)[SCHEMA]
    loaded = load_estimator(content, where="model.skops")
    for some, others in zip(loaded._tree.get_arrays(), estimator._tree.get_arrays(), strict=True):
        assert np.array_equal(some, others)


NODES = {
    "a child beyond the last node": ("left_child", 10**6),
    "a child before the first node": ("right_child", -5),
    "a way back to the root": ("left_child", 0),
    "a column beyond the last": ("feature", 4),
    "a column before the first": ("feature", -3),
}


@pytest.mark.parametrize("attack", NODES)
@pytest.mark.parametrize(
    "estimator",
    [DecisionTreeClassifier(), RandomForestClassifier(2), GradientBoostingClassifier(n_estimators=2)],
    ids=lambda estimator: type(estimator).__name__,
)
def test_nodes_that_would_crash_or_hang_scikit_learn_are_refused(estimator: BaseEstimator, attack: str) -> None:
    field, value = NODES[attack]

    def change(array: np.ndarray) -> None:
        if array.dtype.names and "left_child" in array.dtype.names:
            array[field][0] = value

    assert "a node of a tree" in refusal(with_arrays(content_of(estimator), change))


@pytest.mark.parametrize(("field", "value"), [("left", 10**6), ("left", 0), ("feature_idx", 4), ("is_categorical", 1)])
def test_nodes_of_histograms_are_checked_too(field: str, value: int) -> None:
    def change(array: np.ndarray) -> None:
        if array.dtype.names and "feature_idx" in array.dtype.names:
            array[field][0] = value

    content = content_of(HistGradientBoostingClassifier(max_iter=2))
    assert "a node of a tree" in refusal(with_arrays(content, change))


def attributes(schema: Any) -> Any:
    return schema["content"]["content"]


def json_node(value: Any) -> dict[str, Any]:
    return {
        "__class__": "str", "__module__": "builtins", "__loader__": "JsonNode",
        "content": json.dumps(value), "is_json": True,
    }  # fmt: skip


def test_a_tree_of_more_columns_than_its_estimator_takes_is_refused() -> None:
    def change(schema: Any) -> None:
        attributes(schema)["n_features_in_"] = json_node(2)

    assert "other columns" in refusal(with_schema(content_of(DecisionTreeClassifier()), change))
    assert "other columns" in refusal(with_schema(content_of(RandomForestClassifier(2)), change))


def test_a_tree_outside_a_decision_tree_is_refused() -> None:
    def change(schema: Any) -> None:
        own = attributes(schema)
        own["another"] = own["tree_"]
        types = schema["content"]["key_types"]["content"]
        types.append(types[0])

    assert "no decision tree's" in refusal(with_schema(content_of(DecisionTreeClassifier()), change))


def test_boosting_with_more_trees_a_step_than_classes_is_refused() -> None:
    def change(schema: Any) -> None:
        attributes(schema)["n_classes_"] = json_node(2)

    assert "than classes" in refusal(with_schema(content_of(GradientBoostingClassifier(n_estimators=2)), change))


@pytest.mark.parametrize("estimator", [SVC(), SVR()], ids=["svc", "svr"])
@pytest.mark.parametrize("name", ["_n_support", "_dual_coef_", "support_vectors_", "_intercept_"])
def test_support_vectors_whose_arrays_do_not_go_together_are_refused(estimator: BaseEstimator, name: str) -> None:
    content = content_of(estimator)
    entries = entries_of(content)
    schema = json.loads(entries[SCHEMA])
    node = attributes(schema)[name]
    array = np.load(io.BytesIO(entries[node["file"]]))
    longer = np.concatenate([array, array + 1], axis=-1)
    buffer = io.BytesIO()
    np.save(buffer, longer)
    node["file"] = "other.npy"
    broken = packed(entries | {"other.npy": buffer.getvalue(), SCHEMA: json.dumps(schema).encode()})
    assert "do not go together" in refusal(broken)


def test_zeros_that_pack_too_well_are_saved_in_a_way_that_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.weights.estimator_archive.SMALL", 2**16)
    rows = np.zeros((2000, 60))  # a megabyte of nothing, which deflate makes a thousand times smaller
    rows[::2] = 1.0
    neighbours = KNeighborsClassifier(algorithm="brute").fit(rows, np.arange(len(rows)) % 2)
    content = estimator_bytes(neighbours)
    assert load_estimator(content, where="model.skops").n_samples_fit_ == len(rows)
    with pytest.raises(ValueError, match="bytes unpack to"):
        check_archive(packed(entries_of(content)))


def test_a_scaler_is_an_estimator() -> None:
    scaler = load_estimator(content_of(StandardScaler()), where="model.skops")
    assert np.array_equal(scaler.mean_, ROWS.mean(axis=0))
