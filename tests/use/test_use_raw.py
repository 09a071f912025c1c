"""Raw arrays of any form become examples of a data set, or are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.use.raw import as_examples

GREY = DataSpec("picture", (8, 8, 1), "uint8", "classification", (0, 16), ("a", "b"))
COLOUR = DataSpec("picture", (6, 5, 3), "float32", "classification", (-1.0, 1.0), ("a", "b"))
VECTORS = DataSpec("vector", (3,), "float32", "regression")
BYTES = (0, 255)


def pictures(*shape: int, high: int = 16) -> np.ndarray:
    return np.random.default_rng(0).integers(0, high + 1, shape).astype(np.uint8)


@pytest.mark.parametrize("shape", [(4, 8, 8, 1), (4, 8, 8), (8, 8), (8, 8, 1), (1, 8, 8, 1)])
def test_pictures_of_the_data_set_s_size_are_kept_whatever_their_axes(shape: tuple[int, ...]) -> None:
    given_pictures = pictures(*shape)
    taken = as_examples(given_pictures, GREY)
    assert taken.shape[1:] == GREY.shape
    assert taken.dtype == np.uint8
    assert np.array_equal(taken.ravel(), given_pictures.ravel())


def test_lists_and_floats_are_taken_like_bytes() -> None:
    given_pictures = pictures(2, 8, 8)
    expected = as_examples(given_pictures, GREY)
    assert np.array_equal(as_examples(given_pictures.tolist(), GREY), expected)
    assert np.array_equal(as_examples(given_pictures.astype(np.float64), GREY), expected)
    assert np.array_equal(as_examples(given_pictures.astype(np.int64), GREY), expected)


def test_fractions_of_a_whole_number_s_range_are_rounded() -> None:
    assert as_examples(np.full((8, 8), 7.6), GREY).max() == 8


def test_bytes_are_rescaled_to_the_data_set_s_range() -> None:
    assert as_examples(np.full((8, 8), 255, np.uint8), GREY, value_range=BYTES).max() == 16
    assert as_examples(np.full((8, 8), 128, np.uint8), GREY, value_range=BYTES).max() == 8


def test_fractions_are_taken_when_the_caller_says_so() -> None:
    assert as_examples(np.full((8, 8), 0.5), GREY, value_range=(0, 1)).max() == 8


@pytest.mark.parametrize("shape", [(3, 20, 31, 1), (3, 20, 31), (20, 31), (3, 4, 2, 1)])
def test_other_sizes_are_resized(shape: tuple[int, ...]) -> None:
    taken = as_examples(np.full(shape, 255, np.uint8), GREY, value_range=BYTES)
    assert taken.shape == (shape[0] if len(shape) > 2 else 1, 8, 8, 1)
    assert taken.min() == taken.max() == 16


def test_shrinking_averages_instead_of_skipping_pixels() -> None:
    board = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    taken = as_examples(board, GREY, value_range=BYTES)
    assert abs(taken.astype(int) - 8).max() <= 1


@pytest.mark.parametrize(("colour", "grey"), [((255, 0, 0), 0.299), ((0, 255, 0), 0.587), ((0, 0, 255), 0.114)])
def test_colour_becomes_grey_as_bright_as_it_looks(colour: tuple[int, int, int], grey: float) -> None:
    picture = np.broadcast_to(np.array(colour, np.uint8), (10, 10, 3))
    assert as_examples(picture, GREY, value_range=BYTES).max() == round(16 * grey)


def test_grey_becomes_colour_by_three_equal_channels() -> None:
    taken = as_examples(np.linspace(-1, 1, 30).reshape(6, 5), COLOUR)
    assert taken.shape == (1, 6, 5, 3)
    assert taken.dtype == np.float32
    assert np.array_equal(taken[..., 0], taken[..., 2])
    assert taken[0, ..., 0].ravel() == pytest.approx(np.linspace(-1, 1, 30), abs=1e-6)


@pytest.mark.parametrize("channels", [2, 4])
def test_transparency_is_laid_on_white(channels: int) -> None:
    picture = np.zeros((8, 8, channels), np.uint8)  # black, seen through
    assert as_examples(picture[None], GREY, value_range=BYTES).min() == 16
    picture[..., -1] = 255
    assert as_examples(picture[None], GREY, value_range=BYTES).max() == 0
    picture[..., -1] = 128
    assert as_examples(picture[None], GREY, value_range=BYTES).max() == 8


def test_a_data_set_of_four_channels_keeps_them() -> None:
    spec = DataSpec("picture", (4, 4, 4), "float32", "regression", (0.0, 1.0))
    given_pictures = np.random.default_rng(0).uniform(size=(2, 4, 4, 4))
    assert as_examples(given_pictures, spec) == pytest.approx(given_pictures, abs=1e-6)


def test_a_data_set_of_six_channels_takes_its_own_and_grey_but_no_colour() -> None:
    spec = DataSpec("picture", (4, 4, 6), "uint8", "regression", (0, 255))
    assert as_examples(pictures(2, 9, 9, 6), spec).shape == (2, 4, 4, 6)
    assert as_examples(pictures(4, 4, high=255), spec).shape == (1, 4, 4, 6)
    with pytest.raises(InvalidData, match="must have 6 channels, or 1\n  received: 3 channels"):
        as_examples(pictures(1, 4, 4, 3), spec)


@pytest.mark.parametrize("values", [np.full((8, 8), 17), np.full((8, 8), -1), np.full((8, 8), 255, np.uint8)])
def test_values_out_of_range_are_refused_with_what_to_pass(values: np.ndarray) -> None:
    with pytest.raises(InvalidData, match=r"pixel values must lie in 0..16\n  received: .*\n  try: pass value_range="):
        as_examples(values, GREY)


@pytest.mark.parametrize("values", [np.full((8, 8), 0.7), np.ones((8, 8), bool), np.zeros((8, 8))])
def test_fractions_that_would_be_nearly_black_are_refused(values: np.ndarray) -> None:
    with pytest.raises(InvalidData, match=r"try: pass value_range=\(0, 1\) if 1 is white"):
        as_examples(values, GREY)


@pytest.mark.parametrize("value_range", [(1, 0), (0, 0), (0,), (0, float("nan")), ("0", "1"), 255], ids=repr)
def test_a_value_range_that_is_none_is_refused(value_range: Any) -> None:
    with pytest.raises(InvalidData, match="low < high"):
        as_examples(pictures(8, 8), GREY, value_range=value_range)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (np.full((8, 8), np.nan), "must be finite numbers"),
        (np.full((8, 8), np.inf), "must be finite numbers"),
        (np.array([["a"] * 8] * 8), "must be numbers"),
        (np.array([[None] * 8] * 8), "must be numbers"),
        (np.ones((8, 8), complex), "must be numbers"),
        ([[1, 2], [3]], "must be one array of numbers"),
        ("three.png", "must be numbers"),
        (None, "must be numbers"),
        ([], "must hold at least one example"),
        (np.zeros((0, 8, 8, 1)), "must hold at least one example"),
        (7, "pictures must have shape"),
        (np.zeros(64, np.uint8), "pictures must have shape"),
        (np.zeros((2, 8, 8, 5), np.uint8), "with c one of 1, 2, 3, 4"),
        (np.zeros((1, 1, 8, 8, 1), np.uint8), "pictures must have shape"),
    ],
)
def test_what_is_no_picture_is_refused(inputs: Any, message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        as_examples(inputs, GREY)


@pytest.mark.parametrize("inputs", [[1, 2, 3], [[1.0, 2.0, 3.0]] * 4, np.ones((2, 3), bool)])
def test_vectors_are_one_row_or_rows(inputs: Any) -> None:
    taken = as_examples(inputs, VECTORS)
    assert taken.shape[1:] == (3,)
    assert taken.dtype == np.float32


@pytest.mark.parametrize("inputs", [[1, 2], [[1, 2, 3, 4]], 5, [[[1, 2, 3]]]])
def test_vectors_of_another_width_are_refused(inputs: Any) -> None:
    with pytest.raises(InvalidData, match=r"inputs must have shape \(n, 3\) or \(3,\)\n  received: shape"):
        as_examples(inputs, VECTORS)


def test_a_value_range_for_vectors_is_refused_instead_of_left_out() -> None:
    with pytest.raises(InvalidData, match="value_range is for pictures"):
        as_examples([1, 2, 3], VECTORS, value_range=(0, 1))


def test_vectors_out_of_the_data_set_s_range_are_refused() -> None:
    bits = DataSpec("vector", (2,), "float32", "classification", (0, 1), ("0", "1"))
    with pytest.raises(InvalidData, match=r"values must lie in 0..1\n  received: 0..2"):
        as_examples([0, 2], bits)


@pytest.mark.parametrize(("dtype", "row"), [("uint8", [0, -1, 3]), ("int64", [0.5, 1, 2]), ("float32", [1e300, 0, 0])])
def test_numbers_that_the_dtype_cannot_hold_are_refused_instead_of_changed(dtype: str, row: list[float]) -> None:
    with pytest.raises(InvalidData, match=f"inputs must be numbers that {dtype} can hold"):
        as_examples(row, DataSpec("vector", (3,), dtype, "regression"))


@settings(max_examples=150, deadline=None)
@given(
    inputs=arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=9)),
    spec=st.sampled_from([GREY, COLOUR, VECTORS]),
    value_range=st.sampled_from([None, BYTES]),
)
def test_any_bytes_become_examples_in_range_or_are_refused(
    inputs: np.ndarray, spec: DataSpec, value_range: tuple[float, float] | None
) -> None:
    try:
        taken = as_examples(inputs, spec, value_range=value_range)
    except InvalidData:
        return
    assert taken.shape[1:] == spec.shape
    assert len(taken) > 0
    assert taken.dtype == spec.dtype
    if spec.value_range is not None:
        assert spec.value_range[0] <= taken.min() <= taken.max() <= spec.value_range[1]
