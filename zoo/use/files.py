"""Files of one's own made into examples: pictures, .npy arrays, .csv and .parquet tables of numbers."""

from __future__ import annotations

import csv
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from zoo.data.columns import Column
from zoo.data.errors import InvalidData
from zoo.data.row_files import parquet_chunks
from zoo.data.spec import DataSpec
from zoo.data.tables import encode, encode_column
from zoo.use.decode import decode_picture
from zoo.use.inputs import ROW_SUFFIXES, check_kind
from zoo.use.raw import as_examples

PIXELS = (0.0, 255.0)  # of a decoded picture
# what reading a file raises that is not what its name says, TokenError and SyntaxError for the header of an .npy file
UNREADABLE = (OSError, ValueError, OverflowError, SyntaxError, tokenize.TokenError, csv.Error)


def read_file(path: Path, data_spec: DataSpec, *, value_range: tuple[float, float] | None = None) -> np.ndarray:
    """Read one input file into a batch of examples: a picture file, an .npy array, or the rows of a .csv or .parquet.

    Args:
        path: The file; its suffix says what it is. Of an animated picture the first frame is taken.
        data_spec: What an example must be.
        value_range: Smallest and largest value of the pictures in an .npy array; the data set's own if not given.

    Returns:
        Array (n, *data_spec.shape) of the data set's dtype.

    Raises:
        InvalidData: The file is missing, is not what its name says, or does not fit the data set.
    """
    suffix = path.suffix.lower()
    check_kind(path, data_spec)
    with named(path):
        if data_spec.kind == "table" and suffix in ROW_SUFFIXES:
            return as_examples(path, data_spec, value_range=value_range)
        if suffix == ".npy":
            return as_examples(mapped(path), data_spec, value_range=value_range)
        if suffix == ".csv":
            return as_examples(_csv_rows(path, data_spec), data_spec)
        if suffix == ".parquet":
            return as_examples(_parquet_rows(path, data_spec), data_spec)
        height, width, _ = data_spec.shape
        return as_examples(decode_picture(path, (height, width))[None], data_spec, value_range=PIXELS)


def mapped(path: Path) -> np.ndarray:
    """An .npy file, mapped and not loaded: nothing but plain arrays, and no memory for sizes that the file lacks."""
    return np.lib.format.open_memmap(path, mode="r")


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Within the block what is wrong with a file is told with its name.

    Raises:
        InvalidData: For whatever reading it raises.
    """
    try:
        yield
    except InvalidData as error:
        raise InvalidData(
            error.message,
            received=error.received,
            where=error.where or str(path),
            near=error.near,
            hint=error.hint,
        ) from None
    except UNREADABLE as error:
        raise InvalidData(
            "an input file must be readable and what its name says",
            received=str(error).partition("\n")[0] or type(error).__name__,
            where=str(path),
        ) from None


def _parquet_rows(path: Path, data_spec: DataSpec) -> np.ndarray:
    """Numbers of a Parquet file; the feature names choose and order the columns, float64 (rows, features)."""
    frame = pd.concat(parquet_chunks(path))
    if data_spec.feature_names:
        columns = tuple(Column(name, "number", missing=()) for name in data_spec.feature_names)
        return encode(frame, columns, where=str(path))
    number = Column("number", "number", missing=())
    return np.stack([encode_column(cells, number, where=str(path)) for _, cells in frame.items()], axis=1)


def _csv_rows(path: Path, data_spec: DataSpec) -> np.ndarray:
    """Numbers of a CSV file; a first line with the feature names chooses and orders the columns.

    Args:
        path: UTF-8 text, cells separated by commas.
        data_spec: The feature names, if there are any.

    Returns:
        float64 array (rows, features).
    """
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        lines = [(reader.line_num, [cell.strip() for cell in line]) for line in reader if line]
    if not lines:
        raise InvalidData("a CSV file must hold at least one row", received="no rows")
    number, first = lines[0]
    columns = list(range(data_spec.shape[0]))
    width = len(columns)
    if data_spec.feature_names and not _is_number(first[0]):
        columns, width, lines = _columns(first, data_spec, f"{path}:{number}"), len(first), lines[1:]
    rows = []
    for number, line in lines:
        if len(line) != width:
            _refuse(f"every row must have {width} cells", line, f"{path}:{number}")
        for column in columns:
            if not _is_number(line[column]):
                _refuse("every cell must be a finite number", line, f"{path}:{number}, column {column + 1}")
        rows.append([float(line[column]) for column in columns])
    return np.asarray(rows, np.float64)


def _columns(header: list[str], data_spec: DataSpec, where: str) -> list[int]:
    """Where each feature stands in a line."""
    for name in data_spec.feature_names:
        if header.count(name) != 1:
            _refuse(f"the first line must name the feature {name} once", header, where)
    return [header.index(name) for name in data_spec.feature_names]


def _is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def _refuse(message: str, line: list[str], where: str) -> NoReturn:
    raise InvalidData(message, received=",".join(line), where=where)
