"""Files of one's own made into examples: pictures, .npy arrays, .csv tables of numbers."""

from __future__ import annotations

import csv
import re
import tokenize
from pathlib import Path
from typing import NoReturn

import numpy as np
import tensorflow as tf

from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.use.raw import as_examples

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
# what reading a file raises that is not what its name says, TokenError and SyntaxError for the header of an .npy file
UNREADABLE = (OSError, ValueError, OverflowError, SyntaxError, tokenize.TokenError, csv.Error, tf.errors.OpError)


def read_file(path: Path, data_spec: DataSpec, *, value_range: tuple[float, float] | None = None) -> np.ndarray:
    """Read one input file into a batch of examples: a picture file, an .npy array, or a .csv of numbers.

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
    if data_spec.kind == "text":
        raise InvalidData(
            "a model of text goes on with a prompt", received=str(path), hint='zoo generate NAME --prompt "Once"'
        )
    is_picture = data_spec.kind == "picture"
    if data_spec.kind == "table" and suffix == ".csv":
        return as_examples(path, data_spec, value_range=value_range)
    if suffix not in (".npy", *(PICTURE_SUFFIXES if is_picture else (".csv",))):
        kinds = ", ".join(PICTURE_SUFFIXES) if is_picture else ".csv"
        raise InvalidData(f"inputs for {data_spec.kind} data must be files {kinds} or .npy", received=str(path))
    try:
        if suffix == ".npy":
            # mapped, not loaded: takes nothing but plain arrays, and no memory for sizes that the file does not have
            return as_examples(np.lib.format.open_memmap(path, mode="r"), data_spec, value_range=value_range)
        if suffix == ".csv":
            return as_examples(_csv_rows(path, data_spec), data_spec)
        decoded = tf.io.decode_image(path.read_bytes(), expand_animations=False).numpy()
        return as_examples(decoded[None], data_spec, value_range=(0, 255))
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
            "an input file must be readable and what its name says", received=_reason(error), where=str(path)
        ) from None


def _reason(error: Exception) -> str:
    """The first line of an error, without the operation's name that TensorFlow wraps it in."""
    text = str(error).partition("\n")[0] or type(error).__name__
    return re.sub(r"^\{\{.*?\}\} | \[Op:\w+\]$", "", text)


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
