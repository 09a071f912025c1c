"""The order of examples and their augmentation are pure functions of (seed, step)."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.data.augment import augment_pictures
from zoo.data.batches import batch_rows, evaluation_batches, steps_per_pass, training_batches
from zoo.data.spec import DataSpec, Split
from zoo.recipe import Augmentation

SPEC = DataSpec("picture", (8, 8, 1), "uint8", "classification", value_range=(0, 16), classes=("a", "b"))
EVERYTHING = Augmentation(shift=0.2, rotation=30.0, zoom=0.2, flip=True, noise=0.1)


def split_of(examples: int) -> Split:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 17, (examples, 8, 8, 1)).astype(np.uint8)
    return Split(pictures, np.arange(examples))


def targets(split: Split, *, seed: int, first: int, steps: int, batch_size: int = 4) -> list[list[int]]:
    batches = training_batches(split, batch_size=batch_size, seed=seed, first_step=first)
    return [batch[1].numpy().tolist() for batch in batches.take(steps)]


@settings(max_examples=40, deadline=None)
@given(examples=st.integers(1, 200), batch_size=st.integers(1, 64), seed=st.integers(0, 2**31), which=st.integers(0, 5))
def test_every_pass_holds_every_row_once(examples: int, batch_size: int, seed: int, which: int) -> None:
    steps = steps_per_pass(examples, batch_size)
    rows = [
        batch_rows(tf.constant(which * steps + step, tf.int64), examples=examples, batch_size=batch_size, seed=seed)
        for step in range(steps)
    ]
    assert sorted(np.concatenate(rows).tolist()) == list(range(examples))


def test_batches_from_a_later_step_are_the_ones_that_come_next() -> None:
    split = split_of(22)
    whole = targets(split, seed=1, first=0, steps=14)
    assert targets(split, seed=1, first=5, steps=9) == whole[5:]


def test_passes_differ_from_one_another_and_between_seeds() -> None:
    split = split_of(40)
    first, second = targets(split, seed=1, first=0, steps=10), targets(split, seed=1, first=10, steps=10)
    assert first != second
    assert first != targets(split, seed=2, first=0, steps=10)


def test_without_shuffling_every_pass_has_the_order_of_the_split() -> None:
    split = split_of(10)
    batches = training_batches(split, batch_size=4, seed=1, first_step=2, shuffle=False)
    assert [batch[1].numpy().tolist() for batch in batches.take(3)] == [[8, 9], [0, 1, 2, 3], [4, 5, 6, 7]]


def test_the_order_is_as_good_as_random() -> None:
    # mean position of each row over 400 passes: a uniform order gives 19.5 +- 0.58 (one standard error)
    split = split_of(40)
    order = np.array(targets(split, seed=3, first=0, steps=400, batch_size=40))
    positions = np.argsort(order, axis=1).mean(axis=0)
    assert np.abs(positions - 19.5).max() < 4 * 0.58


def test_evaluation_batches_keep_the_order_and_the_last_partial_batch() -> None:
    split = split_of(10)
    sizes, seen = [], []
    for features, labels in evaluation_batches(split, batch_size=4):
        sizes.append(len(features))
        seen += labels.numpy().tolist()
    assert sizes == [4, 4, 2]
    assert seen == list(range(10))


def augmented(pictures: np.ndarray, seed: tuple[int, int], settings: Augmentation) -> np.ndarray:
    changed = augment_pictures(
        tf.constant(pictures),
        tf.constant(seed, tf.int64),
        tf.constant(len(pictures), tf.int64),
        tf.range(len(pictures), dtype=tf.int64),
        settings=settings,
        data_spec=SPEC,
    )
    return changed.numpy()


def test_augmentation_is_a_pure_function_of_its_seed() -> None:
    pictures = split_of(16).features
    assert np.array_equal(augmented(pictures, (1, 2), EVERYTHING), augmented(pictures, (1, 2), EVERYTHING))
    assert not np.array_equal(augmented(pictures, (1, 2), EVERYTHING), augmented(pictures, (1, 3), EVERYTHING))


def test_augmentation_by_nothing_changes_nothing() -> None:
    pictures = split_of(16).features
    assert np.array_equal(augmented(pictures, (1, 2), Augmentation()), pictures)


def test_augmentation_stays_in_the_value_range_and_dtype() -> None:
    changed = augmented(split_of(64).features, (4, 5), EVERYTHING)
    assert changed.dtype == np.uint8
    assert changed.max() <= 16


def test_a_flip_mirrors_about_half_of_the_pictures() -> None:
    pictures = split_of(200).features
    changed = augmented(pictures, (1, 1), Augmentation(flip=True))
    mirrored = [np.array_equal(new, old[:, ::-1]) for new, old in zip(changed, pictures, strict=True)]
    kept = [np.array_equal(new, old) for new, old in zip(changed, pictures, strict=True)]
    assert sum(mirrored) + sum(kept) == 200
    assert 60 < sum(mirrored) < 140


def test_a_quarter_turn_is_a_rotation_about_the_middle() -> None:
    from zoo.data.augment import affine_maps

    maps = affine_maps(
        tf.constant(500), tf.constant([0, 0], tf.int64), settings=Augmentation(rotation=90.0), height=8, width=8
    )
    for row in maps.numpy():
        linear, shift = row[[0, 1, 3, 4]].reshape(2, 2), row[[2, 5]]
        assert np.linalg.det(linear) == pytest.approx(1.0, abs=1e-5)
        assert linear @ np.array([3.5, 3.5]) + shift == pytest.approx([3.5, 3.5], abs=1e-4)
