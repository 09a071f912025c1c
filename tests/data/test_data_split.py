"""Seeded splits."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.data.errors import InvalidData
from zoo.data.options import SplitOptions, ValidationOptions
from zoo.data.spec import DataSpec
from zoo.data.split import make_data, make_data_with_test, split_rows

CLASSES = DataSpec(kind="vector", shape=(1,), dtype="float32", task="classification", classes=("a", "b", "c"))
NUMBERS = dataclasses.replace(CLASSES, task="regression", classes=None)
fractions = st.floats(0.01, 0.3)


def source(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(count, dtype=np.float32)[:, None], np.arange(count) % 3


@settings(deadline=None, max_examples=50)
@given(st.integers(3, 200), fractions, fractions, st.integers(0, 2**32 - 1))
def test_random_splits_are_sorted_and_hold_each_row_once(count: int, first: float, second: float, seed: int) -> None:
    options = SplitOptions(validation_fraction=first, test_fraction=second, split_seed=seed, stratify=False)
    parts = split_rows(np.zeros(count), "classification", options)
    assert sorted(np.concatenate(parts)) == list(range(count))
    for rows in parts:
        assert rows.dtype == np.int64
        assert (np.diff(rows) > 0).all()


def test_fractions_are_of_all_rows() -> None:
    train, validation, test = split_rows(source(300)[1], "classification", SplitOptions())
    assert (len(train), len(validation), len(test)) == (210, 30, 60)


def test_the_same_seed_draws_the_same_rows_and_another_seed_others() -> None:
    targets = source(300)[1]
    one, same = (split_rows(targets, "classification", SplitOptions(split_seed=1)) for _ in range(2))
    other = split_rows(targets, "classification", SplitOptions(split_seed=2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_stratified_splits_keep_the_class_proportions() -> None:
    targets = np.repeat([0, 1], [180, 20])
    for rows in split_rows(targets, "classification", SplitOptions()):
        assert targets[rows].mean() == pytest.approx(0.1)


def test_a_class_too_rare_to_stratify_is_refused_and_the_way_out_named() -> None:
    targets = np.array([0] * 30 + [7])
    with pytest.raises(InvalidData, match=r"31 rows, 1 of class 7, a split of 6\n  try: .*stratify=false"):
        split_rows(targets, "classification", SplitOptions())
    assert sum(map(len, split_rows(targets, "classification", SplitOptions(stratify=False)))) == 31


def test_a_split_with_fewer_examples_than_classes_is_refused_when_stratified() -> None:
    with pytest.raises(InvalidData, match="room for all 3 classes"):
        split_rows(source(30)[1], "classification", SplitOptions(validation_fraction=0.05))


def test_two_rows_are_too_few_for_three_splits() -> None:
    with pytest.raises(InvalidData, match="2 rows, of which 1 validation and 1 test"):
        split_rows(np.zeros(2), "regression", SplitOptions())


def test_classes_are_split_with_stratification_and_numbers_without() -> None:
    features, targets = source(60)
    assert make_data(features, targets, CLASSES, SplitOptions()).splitting == "stratified"
    assert make_data(features, targets, CLASSES, SplitOptions(stratify=False)).splitting == "random"
    assert make_data(features, targets.astype(np.float32), NUMBERS, SplitOptions()).splitting == "random"


def test_each_split_says_which_rows_of_the_source_it_holds() -> None:
    features, targets = source(60)
    for split in make_data(features, targets, CLASSES, SplitOptions()).splits.values():
        assert np.array_equal(split.features, features[split.rows])
        assert np.array_equal(split.targets, targets[split.rows])


def test_features_and_targets_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidData, match="received: 60 and 59"):
        make_data(source(60)[0], source(59)[1], CLASSES, SplitOptions())


def test_a_fixed_test_split_stays_as_it_is_and_validation_comes_from_the_training_rows() -> None:
    made = make_data_with_test(*source(60), *source(9), CLASSES, ValidationOptions(validation_fraction=0.25))
    assert made.sizes() == {"train": 45, "validation": 15, "test": 9}
    assert made.splitting == "fixed"
    assert np.array_equal(made.test.features, source(9)[0])
    assert made.test.rows is None


def test_one_training_row_is_too_few_for_training_and_validation() -> None:
    with pytest.raises(InvalidData, match="received: 1 rows"):
        make_data_with_test(*source(1), *source(9), CLASSES, ValidationOptions())
