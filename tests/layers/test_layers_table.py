"""The description of a table's preprocessing, and the layer that is the same inside a network."""

from __future__ import annotations

import dataclasses
import doctest
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

import zoo.layers.table
import zoo.layers.table_encoding
from zoo.data.columns import Column, number_columns
from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec, Split
from zoo.layers.preprocessing import preprocess, raw_input
from zoo.layers.table import TablePreprocessing
from zoo.layers.table_encoding import decode, encoded_names, learn_numbers, numbers_of, table_transformer
from zoo.run.adapt import adapt
from zoo.weights.files import load_weights, save_weights

COLUMNS = (
    Column("age", "number"),
    Column("job", "category", categories=("clerk", "cook", "spy")),
    Column("days", "number", scaling="log", sentinels=(-1, -2)),
    Column("size", "ordinal", categories=("small", "middle", "large")),
    Column("rate", "number", scaling="min_max", indicator=True),
    Column("rank", "number", scaling="quantile"),
    Column("raw", "number", scaling="none"),
    Column("home", "category", categories=("no", "yes")),
)
SPEC = DataSpec("table", (8,), "float64", "regression", columns=COLUMNS)
NAMES = (
    *("age", "days", "size", "rate", "rank", "raw", "days missing", "rate missing"),
    *("job=clerk", "job=cook", "job=spy", "home=no", "home=yes"),
)


def table(seed: int, count: int = 300) -> np.ndarray:
    """Rows with missing cells, sentinels and unseen categories."""
    draw = np.random.default_rng(seed)
    rows = np.stack(
        [
            draw.normal(40, 10, count),
            draw.integers(-1, 3, count),
            draw.choice([-1, -2, 3, 1000, -50], count),
            draw.integers(-1, 3, count),
            draw.uniform(5, 9, count),
            draw.integers(0, 6, count) ** 2,
            draw.normal(size=count),
            draw.integers(-1, 2, count),
        ],
        axis=1,
    ).astype(np.float64)
    rows[draw.uniform(size=rows.shape) < 0.1] = np.nan
    return rows


def network(spec: DataSpec = SPEC, *, standardize: bool = True) -> keras.Model:
    raw = raw_input(spec)
    return keras.Model(raw, preprocess(raw, spec, standardize=standardize))


def adapted(rows: np.ndarray, *, scale: bool = True) -> TablePreprocessing:
    layer = TablePreprocessing(COLUMNS, scale=scale)
    layer.adapt(rows)
    return layer


def encoded(layer: TablePreprocessing, rows: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(layer(rows))


@pytest.mark.parametrize("scale", [True, False])
def test_the_layer_equals_the_transformer_on_rows_it_has_not_seen(scale: bool) -> None:
    train, others = table(0), table(1)
    others[:, [0, 2, 4, 5, 6]] *= 1.5
    transformer = table_transformer(COLUMNS, scale=scale).fit(train)
    layer = adapted(train, scale=scale)
    for rows in (train, others):
        expected = transformer.transform(rows)
        assert expected.dtype == np.float64
        assert encoded(layer, rows) == pytest.approx(expected, abs=1e-5)


def test_the_encoded_columns_are_named_in_their_order() -> None:
    assert encoded_names(COLUMNS) == NAMES
    rows = np.array([[40, 2, 3, 1, 6, 4, 0.5, -1.0]])
    by_name = dict(zip(NAMES, encoded(adapted(table(0), scale=False), rows)[0], strict=True))
    assert by_name["raw"] == 0.5
    assert [by_name[name] for name in NAMES[6:]] == [0, 0, 0, 0, 1, 0, 0]


def test_missing_cells_and_sentinels_are_the_median_and_are_told_apart() -> None:
    columns = (Column("days", "number", sentinels=(-1,)), Column("age", "number"))
    train = np.array([[-1, 20], [2, 30], [4, np.nan], [9, 50], [np.nan, 40]])
    transformer = table_transformer(columns, scale=False).fit(train)
    assert transformer.transform([[-1, np.nan], [np.nan, 7], [7, 7]]).tolist() == [[4, 35, 1], [4, 7, 1], [7, 7, 0]]


def test_unseen_and_missing_categories_are_all_zeros() -> None:
    columns = (Column("job", "category", categories=("clerk", "cook")),)
    transformer = table_transformer(columns).fit([[0.0], [1.0]])
    assert transformer.transform([[1], [-1], [np.nan], [0]]).tolist() == [[0, 1], [0, 0], [0, 0], [1, 0]]


def test_a_category_that_training_never_saw_has_its_place_all_the_same() -> None:
    columns = (Column("job", "category", categories=("clerk", "cook")),)
    assert table_transformer(columns).fit([[0.0], [0.0]]).transform([[1.0]]).tolist() == [[0, 1]]


def test_an_unseen_rank_is_the_median() -> None:
    columns = (Column("size", "ordinal", categories=("small", "middle", "large")),)
    train = [[0.0], [2.0], [2.0], [-1.0], [np.nan]]
    assert table_transformer(columns, scale=False).fit(train).transform([[-1.0], [np.nan]]).tolist() == [[2], [2]]


def test_plain_numbers_are_scaled_to_the_last_digit_as_by_scikit_learn() -> None:
    rows = np.random.default_rng(0).normal(3, 7, (100, 4))
    columns = number_columns("abcd")
    assert np.array_equal(table_transformer(columns).fit_transform(rows), StandardScaler().fit_transform(rows))
    assert np.array_equal(table_transformer(columns, scale=False).fit_transform(rows), rows)


def test_a_column_that_is_always_missing_does_no_harm() -> None:
    columns = (Column("a", "number", sentinels=(-1,)), Column("b", "number", scaling="min_max"))
    rows = np.array([[-1, np.nan], [np.nan, np.nan]])
    layer = TablePreprocessing(columns)
    layer.adapt(rows)
    assert encoded(layer, rows).tolist() == [[0, 0, 1], [0, 0, 1]]
    assert table_transformer(columns).fit_transform(rows).tolist() == [[0, 0, 1], [0, 0, 1]]


def test_numbers_go_back_to_their_units_and_categories_to_shares() -> None:
    rows = table(0)
    layer = adapted(rows)
    decoded = layer.decode(encoded(layer, rows).astype(np.float64))
    assert tuple(decoded) == NAMES
    for place in (0, 4, 5, 6):
        present = ~np.isnan(rows[:, place])
        # a rank has 100 steps, the others only lose what float32 does
        near = {"abs": 0.2} if COLUMNS[place].scaling == "quantile" else {"rel": 1e-5, "abs": 1e-5}
        assert decoded[COLUMNS[place].name][present] == pytest.approx(rows[present, place], **near)
    days = ~np.isnan(rows[:, 2]) & ~np.isin(rows[:, 2], [-1, -2])
    assert decoded["days"][days] == pytest.approx(rows[days, 2], rel=1e-4)
    assert decoded["job=cook"].mean() == pytest.approx((rows[:, 1] == 1).mean())


@pytest.mark.parametrize("scale", [True, False])
def test_numbers_learned_without_the_transformer_are_its_own_to_the_last_digit(scale: bool) -> None:
    for columns, rows in (
        (COLUMNS, table(3)),
        (COLUMNS, table(4, 301)),
        (number_columns("abcd", scaling="log"), np.random.default_rng(5).normal(size=(500, 4))),
        (number_columns("ab", sentinels=(-1,)), np.array([[np.nan, 2.0], [-1.0, 3.0], [np.nan, 4.0]])),
        ((Column("job", "category", categories=("a", "b")),), np.array([[0.0], [1.0]])),
    ):
        expected = numbers_of(table_transformer(columns, scale=scale).fit(rows), columns, scale=scale)
        learned = learn_numbers(rows, columns, scale=scale)
        for field in dataclasses.fields(learned):
            assert np.array_equal(getattr(learned, field.name), getattr(expected, field.name)), field.name


def test_the_transformer_gives_the_same_numbers_without_keras() -> None:
    rows = table(0)
    transformer = table_transformer(COLUMNS).fit(rows)
    numbers = numbers_of(transformer, COLUMNS)
    layer = adapted(rows)
    centres = transformer.transform(rows)[:5]
    for name, values in layer.decode(centres).items():
        assert decode(centres, COLUMNS, numbers)[name] == pytest.approx(values)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(-3, 3), min_size=100, max_size=140), st.lists(st.integers(-40, 40), min_size=1, max_size=20)
)
def test_ranks_with_ties_equal_those_of_scikit_learn(train: list[int], others: list[int]) -> None:
    columns = (Column("rank", "number", scaling="quantile"),)
    rows = np.array(train, np.float64)[:, None]
    layer = TablePreprocessing(columns)
    layer.adapt(rows)
    asked = np.array([*(eighths / 8 for eighths in others), *range(-3, 4)], np.float64)[:, None]
    assert encoded(layer, asked) == pytest.approx(table_transformer(columns).fit(rows).transform(asked), abs=1e-4)


def test_ranks_take_a_hundred_rows() -> None:
    with pytest.raises(InvalidData, match="quantile scaling takes at least 100 training rows\n  received: 99"):
        adapted(table(0, 99))


def test_a_network_learns_the_preprocessing_and_keeps_it_with_its_weights(tmp_path: Path) -> None:
    first, second = network(), network()
    rows = table(0)
    assert adapt(first, Split(rows, np.zeros(len(rows)))) == ["table"]
    save_weights(first, tmp_path / "model.weights.h5")
    load_weights(second, (tmp_path / "model.weights.h5").read_bytes(), where="model.weights.h5")
    assert np.array_equal(first.predict(table(1), verbose=0), second.predict(table(1), verbose=0))
    assert first.trainable_variables == []


def test_a_network_encodes_to_float32_under_half_precision_too() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        mixed = network()
    finally:
        keras.config.set_dtype_policy("float32")
    rows = table(0)
    adapt(mixed, Split(rows, np.zeros(len(rows))))
    assert mixed.output.dtype == "float32"
    assert mixed.predict(rows, verbose=0)[:, :4] == pytest.approx(encoded(adapted(rows), rows)[:, :4], abs=1e-5)


def test_without_standardisation_numbers_stay_as_they_are() -> None:
    rows = table(0)
    plain = network(standardize=False)
    adapt(plain, Split(rows, np.zeros(len(rows))))
    present = ~np.isnan(rows[:, 0])
    assert plain.predict(rows, verbose=0)[present, 0] == pytest.approx(rows[present, 0], rel=1e-6)


def test_a_layer_survives_its_configuration() -> None:
    layer = adapted(table(0), scale=False)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert (again.columns, again.scale, again.encoded_size) == (layer.columns, False, len(NAMES))


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(InvalidData, match="rows must have 8 columns"):
        TablePreprocessing(COLUMNS)(np.zeros((2, 3)))


def test_the_transformer_is_made_of_what_skops_knows() -> None:
    content = skops.io.dumps(table_transformer(COLUMNS).fit(table(0)))
    # the imputers remember the dtype they saw
    assert set(skops.io.get_untrusted_types(data=content)) <= {"numpy.dtype"}


@pytest.mark.parametrize("module", [zoo.layers.table, zoo.layers.table_encoding], ids=lambda module: module.__name__)
def test_the_examples_run(module) -> None:
    with warnings.catch_warnings():
        results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
