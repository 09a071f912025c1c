"""CSV files become rows of numbers, or are refused by row and column."""

import doctest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo.data.tables
from zoo.data.columns import Column, input_columns
from zoo.data.errors import InvalidData
from zoo.data.tables import (
    encode,
    encode_target,
    find_separator,
    identifiers,
    read_chunks,
    read_table,
)

TABLE = (
    Column("id", "identifier"),
    Column("age", "number", integer=True, missing=("", "?")),
    Column("job", "category", categories=("clerk", "cook")),
    Column("size", "ordinal", categories=("1", "2", "3")),
    Column("y", "target", categories=("no", "yes")),
)
INPUTS = input_columns(TABLE)
GOOD = "id,age,job,size,y\na1,31,cook,1,no\nb2,?,,3,yes\n"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "a.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(folder: Path, text: str | bytes, separator: str = ",") -> InvalidData:
    with pytest.raises(InvalidData) as caught:
        read_table(written(folder, text), TABLE, separator=separator)
    assert str(folder / "a.csv") in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        GOOD.replace("cook", '"cook"').replace("id", '"id"'),
        GOOD.replace("\nb2", "\n\nb2"),
        GOOD.rstrip("\n"),
    ],
    ids=["plain", "CRLF", "byte order mark", "quoted", "blank line", "no last newline"],
)
def test_cells_become_numbers_codes_and_nan(tmp_path: Path, text: str) -> None:
    frame = read_table(written(tmp_path, text), TABLE)
    assert np.array_equal(encode(frame, INPUTS), [[31, 1, 0], [np.nan, np.nan, 2]], equal_nan=True)
    assert encode_target(frame, TABLE).tolist() == [0, 1]
    assert identifiers(frame, TABLE).tolist() == ["a1", "b2"]


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        (GOOD.replace("31", "old"), "column 'age' must hold finite numbers\n  received: old", "row 1, column 'age'"),
        (GOOD.replace("?", "inf"), "must hold finite numbers\n  received: inf", "row 2, column 'age'"),
        (GOOD.replace("31", "nan"), "must hold finite numbers\n  received: nan", "row 1, column 'age'"),
        (GOOD.replace("31", "31.5"), "must hold whole numbers\n  received: 31.5", "row 1, column 'age'"),
        (GOOD.replace("cook", "spy"), "must hold one of clerk, cook\n  received: spy", "row 1, column 'job'"),
        (GOOD.replace("yes", "maybe"), "must hold one of no, yes\n  received: maybe", "row 2, column 'y'"),
        (GOOD.replace(",yes", ""), "every row must have 5 cells\n  received: 4 cells: b2,?,,3", "row 2 (line 3)"),
        (GOOD.replace("yes", "yes,no"), "every row must have 5 cells\n  received: 6 cells", "row 2 (line 3)"),
        (GOOD.replace("no\n", "no,x,x\n"), "every row must have 5 cells\n  received: 7 cells", "row 1 (line 2)"),
        (GOOD.replace("age", "Age"), "must have the column 'age' once", "did you mean: Age"),
        (GOOD.replace("size", "age"), "must have the column 'age' once\n  received: 2 times", "line of column names"),
        (GOOD.replace("age,job", "job,age"), "the column names must be id, age, job, size, y", "column names"),
        (GOOD.replace("y\n", "y,z\n", 1), "the column names must be id, age, job, size, y", "column names"),
        ("31,cook\n", "must have the column 'id' once", "no such column among 31, cook"),
        ("id,age,job,size,y\n", "at least one row", "a.csv"),
        ("", "begin with a line of column names", "a.csv"),
        ("\n" + GOOD, "begin with a line of column names", "a.csv"),
        (b"\xff\xfe\x00", "a table must be a CSV file, UTF-8 text", "a.csv"),
        (GOOD.encode() + b"c\xff,1,cook,1,no\n", "a table must be a CSV file, UTF-8 text", "a.csv"),
        (GOOD + '"c3,1', "", "a.csv"),
    ],
)
def test_a_mistake_is_refused_with_row_and_column(tmp_path: Path, text: str | bytes, message: str, where: str) -> None:
    error = str(refusal(tmp_path, text))
    assert message in error
    assert where in error


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.csv", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(InvalidData, match=reason):
            read_table(path, TABLE)


def test_columns_are_taken_in_any_order_and_others_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "note;size;job;age\nx;3;cook;5\n")
    (frame,) = read_chunks(path, INPUTS, separator=";")
    assert encode(frame, INPUTS).tolist() == [[5.0, 1.0, 2.0]]
    assert list(frame.columns) == ["note", "size", "job", "age"]


def test_cells_stay_as_they_are_spelled(tmp_path: Path) -> None:
    (frame,) = read_chunks(written(tmp_path, "age,job,size\n007,NA,1.0\n"), INPUTS)
    assert frame.iloc[0].tolist() == ["007", "NA", "1.0"]


def test_pieces_add_up_to_the_whole_and_rows_are_counted_on(tmp_path: Path) -> None:
    rows = [f"{number},cook,1" for number in range(10)]
    path = written(tmp_path, "\n".join(["age,job,size", *rows]))
    pieces = list(read_chunks(path, INPUTS, chunk=4))
    assert [len(piece) for piece in pieces] == [4, 4, 2]
    assert encode(pd.concat(pieces), INPUTS)[:, 0].tolist() == list(range(10))
    path = written(tmp_path, "\n".join(["age,job,size", *rows, "x,cook,1"]))
    with pytest.raises(InvalidData, match="row 11, column 'age'"):
        [encode(piece, INPUTS, where="a.csv") for piece in read_chunks(path, INPUTS, chunk=4)]


@pytest.mark.parametrize(("separator", "other"), [(",", ";"), (";", ","), ("\t", ","), ("|", ",")])
def test_the_separator_is_the_one_that_names_the_columns(tmp_path: Path, separator: str, other: str) -> None:
    header = separator.join(["age", f"a{other}b", "job", "size"])
    assert find_separator(written(tmp_path, header + "\n"), INPUTS) == separator


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"size": [1, 3], "age": [31.0, np.nan], "job": ["cook", None]}),
        pd.DataFrame({"size": [1.0, 3.0], "age": ["31", "?"], "job": ["cook", ""]}),
        pd.DataFrame({"size": ["1", "3"], "age": [31, None], "job": pd.Categorical(["cook", None])}),
        pd.DataFrame(
            {"size": ["1", "3"], "age": pd.array([31, None], "Int64"), "job": pd.array(["cook", None], "string")}
        ),
    ],
    ids=["numbers", "text", "categorical", "nullable"],
)
def test_frames_of_any_types_are_encoded_alike(frame: pd.DataFrame) -> None:
    assert np.array_equal(encode(frame, INPUTS), [[31, 1, 0], [np.nan, np.nan, 2]], equal_nan=True)


def test_unseen_categories_are_minus_one() -> None:
    frame = pd.DataFrame({"age": [1, 2], "job": ["spy", "Cook"], "size": [4, "2"]})
    assert encode(frame, INPUTS)[:, 1:].tolist() == [[-1, -1], [-1, 1]]


def test_fractions_are_read_to_the_last_bit() -> None:
    numbers = np.random.default_rng(0).normal(size=1000)
    frame = pd.DataFrame({"x": [repr(float(number)) for number in numbers]})
    assert np.array_equal(encode(frame, (Column("x", "number"),))[:, 0], numbers)


def test_infinite_numbers_of_a_frame_are_refused_with_their_row() -> None:
    frame = pd.DataFrame({"age": [1.0, np.inf], "job": "cook", "size": 1})
    with pytest.raises(InvalidData, match="where: row 2, column 'age'"):
        encode(frame, INPUTS)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.integers(-99, 99), cells, cells), min_size=1, max_size=5))
def test_any_text_survives_reading(tmp_path: Path, rows: list[tuple[int, str, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["age", "job", "note"]).astype(str)
    path = tmp_path / "any.csv"
    frame.to_csv(path, index=False)
    (read,) = read_chunks(path, INPUTS[:2])
    assert read.to_numpy().tolist() == frame.to_numpy().tolist()


def test_the_examples_run() -> None:
    results = doctest.testmod(zoo.data.tables)
    assert results.attempted > 0
    assert results.failed == 0
