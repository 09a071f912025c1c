"""Files of one's own become examples, or are refused by name and line."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.use.files import read_file

GREY = DataSpec("picture", (8, 8, 1), "uint8", "classification", (0, 255), ("a", "b"))
POINTS = DataSpec("vector", (2,), "float32", "classification", classes=("a", "b"), feature_names=("x", "y"))
NAMELESS = DataSpec("vector", (2,), "float32", "regression")
NOISE = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    content: bytes = tf.io.encode_png(pixels).numpy()
    return content


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path, spec: DataSpec) -> InvalidData:
    with pytest.raises(InvalidData) as caught:
        read_file(path, spec)
    assert str(path) in str(caught.value)
    assert "function_node" not in str(caught.value)
    return caught.value


def test_a_png_is_read_as_it_was_written(tmp_path: Path) -> None:
    pixels = NOISE[:8, :8, :1]
    taken = read_file(written(tmp_path, "a.PNG", png(pixels)), GREY)
    assert np.array_equal(taken[0], pixels)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pictures_of_any_channels_are_read(tmp_path: Path, channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, channels)).astype(np.uint8)
    assert read_file(written(tmp_path, "a.png", png(pixels)), GREY).shape == (1, 8, 8, 1)


def test_a_jpeg_is_nearly_what_was_written(tmp_path: Path) -> None:
    ramp = np.repeat(np.linspace(0, 255, 8, dtype=np.uint8)[None], 8, axis=0)[..., None]
    content = tf.io.encode_jpeg(ramp, quality=100).numpy()
    taken = read_file(written(tmp_path, "a.jpg", content), GREY)
    assert np.abs(taken[0].astype(int) - ramp).max() < 12


def test_sixteen_bits_a_channel_are_read_as_eight(tmp_path: Path) -> None:
    content = tf.io.encode_png(np.full((8, 8, 1), 65535, np.uint16)).numpy()
    assert read_file(written(tmp_path, "a.png", content), GREY).min() == 255


@pytest.mark.parametrize(
    "content",
    [np.random.default_rng(1).bytes(500), b"a text", b"", png(NOISE)[:300], b"GIF89a", b"\x89PNG\r\n\x1a\n"],
    ids=["random", "text", "empty", "cut off", "a GIF's beginning", "a PNG's beginning"],
)
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    error = refusal(written(tmp_path, f"a{suffix}", content), GREY)
    assert error.message == "an input file must be readable and what its name says"


@pytest.mark.parametrize("name", ["a.png", "a.npy"])
def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, name: str) -> None:
    assert "No such file" in str(refusal(tmp_path / name, GREY))
    (tmp_path / name).mkdir()
    assert "Is a directory" in str(refusal(tmp_path / name, GREY))


@pytest.mark.parametrize(("name", "spec"), [("a.csv", GREY), ("a.txt", GREY), ("a", POINTS), ("a.png", POINTS)])
def test_a_file_of_another_kind_is_refused_with_the_kinds(tmp_path: Path, name: str, spec: DataSpec) -> None:
    assert ".npy" in refusal(written(tmp_path, name, "1,2"), spec).message


def npy(array: np.ndarray, folder: Path, name: str = "a.npy") -> Path:
    np.save(folder / name, array, allow_pickle=True)
    return folder / name


def test_an_array_is_taken_like_the_array_itself(tmp_path: Path) -> None:
    assert np.array_equal(read_file(npy(NOISE[:8, :8, 0], tmp_path), GREY)[0, ..., 0], NOISE[:8, :8, 0])
    assert read_file(npy(np.zeros((5, 2)), tmp_path), POINTS).shape == (5, 2)


def test_the_range_of_an_array_can_be_given(tmp_path: Path) -> None:
    path = npy(np.full((8, 8), 0.5), tmp_path)
    assert read_file(path, GREY, value_range=(0, 1)).max() == 128
    assert refusal(path, GREY).hint is not None


@pytest.mark.parametrize(
    "array", [np.array([{}]), np.zeros((8, 8), complex), np.full((8, 8), np.nan), np.array(["a"])], ids=str
)
def test_an_array_of_something_else_is_refused(tmp_path: Path, array: np.ndarray) -> None:
    refusal(npy(array, tmp_path), GREY)


def test_a_header_that_promises_more_than_the_file_holds_takes_no_memory(tmp_path: Path) -> None:
    content = npy(np.zeros((2, 8, 8), np.uint8), tmp_path).read_bytes()
    for shape in (b"(99999999999,)", b"(9, 8, 8)", b"(2, 8, -8)", b"(2, 8, 8.)", b"((((((((("):
        refusal(written(tmp_path, "a.npy", content.replace(b"(2, 8, 8)", shape)), GREY)


@pytest.mark.parametrize(
    "content", [b"", b"text", b"PK\x03\x04zip", b"\x93NUMPY", b"\x93NUMPY\x01\x00\x08\x00{{{{{{{{"]
)
def test_what_is_no_array_is_refused(tmp_path: Path, content: bytes) -> None:
    refusal(written(tmp_path, "a.npy", content), GREY)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.integers(0, 127), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_damaged_header_is_refused_or_read(tmp_path: Path, places: list[tuple[int, int]]) -> None:
    content = bytearray(npy(np.ones((2, 8, 8), np.uint8), tmp_path).read_bytes())
    for place, byte in places:
        content[place] = byte
    path = written(tmp_path, "damaged.npy", bytes(content))
    with contextlib.suppress(InvalidData):
        assert read_file(path, GREY).shape[1:] == (8, 8, 1)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("1,2\n3,4\n", NAMELESS),
        ("1,2\n3,4", POINTS),
        ("x,y\n1,2\n3,4\n", POINTS),
        ("y,x\n2,1\n4,3\n", POINTS),
        ("id,y,note,x\na,2,?,1\nb,4,,3\n", POINTS),
        ("\n1, 2\n\n 3 ,4\n", NAMELESS),
        ("\ufeffx,y\r\n1,2\r\n3,4\r\n", POINTS),
        ('"1","2"\n"3",4e0\n', NAMELESS),
    ],
    ids=["numbers", "no header", "header", "other order", "more columns", "blank lines", "as Excel writes", "quoted"],
)
def test_a_table_is_read_in_the_order_of_the_features(tmp_path: Path, text: str, spec: DataSpec) -> None:
    assert read_file(written(tmp_path, "a.csv", text), spec).tolist() == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("1,2\n3,four\n", "every cell must be a finite number", ":2, column 2"),
        ("1,2\n\n\n3,\n", "every cell must be a finite number", ":4, column 2"),
        ("1,nan\n", "every cell must be a finite number", ":1, column 2"),
        ("x,y\n1,2\n1,inf\n", "every cell must be a finite number", ":3, column 2"),
        ("1,2\n3\n", "every row must have 2 cells", ":2"),
        ("1,2\n3,4,5\n", "every row must have 2 cells", ":2"),
        ("1,2,3\n", "every row must have 2 cells", ":1"),
        ("x,z\n1,2\n", "the first line must name the feature y once", ":1"),
        ("x,y,x\n1,2,3\n", "the first line must name the feature x once", ":1"),
    ],
)
def test_a_table_with_a_mistake_is_refused_with_its_line(tmp_path: Path, text: str, message: str, line: str) -> None:
    path = written(tmp_path, "a.csv", text)
    error = refusal(path, POINTS)
    assert (error.message, error.where) == (message, f"{path}{line}")


def test_a_header_without_known_names_is_refused_as_a_cell(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, "a.csv", "x,y\n1,2\n"), NAMELESS)
    assert error.where == f"{tmp_path / 'a.csv'}:1, column 1"


@pytest.mark.parametrize("text", ["", "\n\n", "x,y\n"])
def test_a_table_without_rows_is_refused(tmp_path: Path, text: str) -> None:
    assert "at least one" in refusal(written(tmp_path, "a.csv", text), POINTS).message


@pytest.mark.parametrize("spec", [POINTS, NAMELESS])
def test_a_date_in_parquet_is_refused_by_row_and_column(tmp_path: Path, spec: DataSpec) -> None:
    pd.DataFrame({"x": [1.0, 2.0], "y": [date(2026, 1, 1)] * 2}).to_parquet(tmp_path / "a.parquet")
    error = refusal(tmp_path / "a.parquet", spec)
    assert (error.message, error.received) == ("column 'y' must hold finite numbers", "2026-01-01")
    assert error.where == f"{tmp_path / 'a.parquet'}, row 1, column 'y'"


@pytest.mark.parametrize("content", [b"1,\xff\n", b"1,2\0\n", b'1,"2\n' + b"2" * 200_000])
def test_a_table_that_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    refusal(written(tmp_path, "a.csv", content), POINTS)
