"""Raw input of any form made into examples of a data set: pictures of any size, rows of numbers, rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf

from zoo.data.errors import InvalidData
from zoo.data.row_files import row_chunks
from zoo.data.spec import DataSpec
from zoo.data.tables import encode
from zoo.layers.preprocessing import picture_range

# grey, grey with opacity, colour, colour with opacity
CHANNELS = (1, 2, 3, 4)
# Rec. 601 luma, as JPEG and ITU-R BT.601 weigh red, green and blue
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
Ends = tuple[float, float]  # smallest and largest value
RANGE_HINT = "pass value_range=(0, 255), or whatever range the pictures have"
FRACTIONS_HINT = "pass value_range=(0, 1) if 1 is white"
CELLS_HINT = "pass a DataFrame or a list of dictionaries with cells as they are in the table"


def as_examples(inputs: Any, data_spec: DataSpec, *, value_range: tuple[float, float] | None = None) -> np.ndarray:
    """Make raw input into a batch of examples of the data set.

    Pictures are resized (bilinear with anti-aliasing), colour becomes grey or grey becomes colour, transparency is
    laid on white, and values are rescaled from `value_range` to the data set's.

    Args:
        inputs: Array-like; pictures (h, w), (h, w, c), (n, h, w) or (n, h, w, c); vectors (features,) or (n, features).
            Of a table a DataFrame, a list of dictionaries or one, the path of a CSV or Parquet file, or encoded rows:
            columns in any order, cells missing or not among the categories, further columns not looked at.
        data_spec: What an example must be.
        value_range: Smallest and largest value of the pictures; the data set's own if not given.

    Returns:
        Array (n, *data_spec.shape) of the data set's dtype.

    Raises:
        InvalidData: Wrong number of axes or features, values out of range, not a number; a column is missing.
    """
    if data_spec.kind == "table":
        if value_range is not None:
            raise InvalidData("value_range is for pictures; tables are taken as they are", received=value_range)
        return _table_rows(inputs, data_spec)
    array = _numbers(inputs)
    if data_spec.kind == "picture":
        return _pictures(array, data_spec, value_range)
    if value_range is not None:
        raise InvalidData("value_range is for pictures; vectors are taken as they are", received=value_range)
    return _vectors(array, data_spec)


def _table_rows(inputs: Any, data_spec: DataSpec) -> np.ndarray:
    """float64 rows, NaN where a cell is missing."""
    columns = data_spec.columns
    if isinstance(inputs, str | Path):
        path = Path(inputs)
        chunks = row_chunks(path, columns)
        return np.concatenate([encode(chunk, columns, where=str(path)) for chunk in chunks])
    if isinstance(inputs, dict):
        inputs = [inputs]
    if isinstance(inputs, Sequence) and inputs and all(isinstance(row, dict) for row in inputs):
        inputs = pd.DataFrame(list(inputs))
    if isinstance(inputs, pd.DataFrame):
        if inputs.empty:
            raise InvalidData("inputs must hold at least one example", received=f"shape {inputs.shape}")
        return encode(inputs, columns)
    rows = _vectors(_numbers(inputs, missing=True), data_spec)
    for place, column in enumerate(columns):
        codes = rows[~np.isnan(rows[:, place]), place]
        if column.categories and not np.isin(codes, range(-1, len(column.categories))).all():
            raise InvalidData(
                f"encoded cells of column {column.name!r} must be whole numbers in -1..{len(column.categories) - 1}",
                received=f"{codes.min():g}..{codes.max():g}",
                hint=CELLS_HINT,
            )
    return rows


def _numbers(inputs: Any, *, missing: bool = False) -> np.ndarray:
    """An array of finite numbers that is not empty; NaN too where cells may be missing."""
    try:
        array = np.asarray(inputs)
    except ValueError as error:  # lists of different lengths
        raise InvalidData("inputs must be one array of numbers", received=str(error)) from None
    if array.dtype.kind not in "buif":
        raise InvalidData("inputs must be numbers", received=f"dtype {array.dtype}")
    if array.size == 0:
        raise InvalidData("inputs must hold at least one example", received=f"shape {array.shape}")
    if array.dtype.kind == "f" and not (np.isfinite(array) | (np.isnan(array) & missing)).all():
        raise InvalidData("inputs must be finite numbers", received="infinity" if missing else "NaN or infinity")
    return array


def _vectors(array: np.ndarray, data_spec: DataSpec) -> np.ndarray:
    rows = array[None] if array.ndim == 1 else array
    if rows.shape[1:] != data_spec.shape:
        raise InvalidData(
            f"inputs must have shape (n, {data_spec.shape[0]}) or ({data_spec.shape[0]},)",
            received=f"shape {array.shape}",
        )
    if data_spec.value_range is not None:
        _check_range((float(rows.min()), float(rows.max())), "values", data_spec.value_range)
    with np.errstate(over="ignore"):
        converted = rows.astype(data_spec.dtype)
    if not np.allclose(converted, rows, rtol=1e-3, atol=1e-6, equal_nan=True):
        raise InvalidData(
            f"inputs must be numbers that {data_spec.dtype} can hold", received=f"{rows.min():g}..{rows.max():g}"
        )
    return converted


def _check_range(ends: Ends, what: str, value_range: Ends, hint: str | None = None) -> None:
    (smallest, largest), (low, high) = ends, value_range
    if smallest < low or largest > high:
        raise InvalidData(f"{what} must lie in {low:g}..{high:g}", received=f"{smallest:g}..{largest:g}", hint=hint)


def picture_pieces(
    array: np.ndarray, data_spec: DataSpec, *, rows: int, value_range: Ends | None = None
) -> Iterator[np.ndarray]:
    """`as_examples` of pictures that may be more than memory holds, such as a mapped file: `rows` of them at a time.

    All of them are checked before the first piece comes; errors as of `as_examples`.
    """
    batch = _with_axes(array if array.size else _numbers(array), data_spec)
    pieces = [batch[first : first + rows] for first in range(0, len(batch), rows)]
    checked = [_numbers(piece) for piece in pieces]
    ends = float(min(piece.min() for piece in checked)), float(max(piece.max() for piece in checked))
    if value_range is None:
        value_range = _range_of(batch.dtype, ends, picture_range(data_spec))
    _check_range(ends, "pixel values", checked_range(value_range), RANGE_HINT)
    for piece in pieces:
        yield _pictures(piece, data_spec, value_range)


def _pictures(array: np.ndarray, data_spec: DataSpec, value_range: tuple[float, float] | None) -> np.ndarray:
    batch = _with_axes(array, data_spec)
    own_low, own_high = picture_range(data_spec)
    ends = float(batch.min()), float(batch.max())
    low, high = _range_of(batch.dtype, ends, (own_low, own_high)) if value_range is None else checked_range(value_range)
    _check_range(ends, "pixel values", (low, high), RANGE_HINT)
    if batch.shape[1:] == data_spec.shape and batch.dtype == data_spec.dtype and (low, high) == (own_low, own_high):
        return batch
    shares = _with_channels((batch.astype(np.float32) - low) / (high - low), data_spec.shape[2])
    if shares.shape[1:3] != data_spec.shape[:2]:
        shares = tf.image.resize(shares, data_spec.shape[:2], antialias=True).numpy()
    values = np.clip(shares, 0.0, 1.0) * (own_high - own_low) + own_low
    return (np.rint(values) if np.dtype(data_spec.dtype).kind in "iu" else values).astype(data_spec.dtype)


def checked_range(value_range: Sequence[float]) -> tuple[float, float]:
    """A range of raw values as two floats.

    Raises:
        InvalidData: It is not (low, high) with low < high, both finite.
    """
    ends = tuple(value_range) if isinstance(value_range, Sequence) else ()
    if (
        len(ends) != 2
        or not all(isinstance(end, Real) and np.isfinite(float(end)) for end in ends)
        or ends[0] >= ends[1]
    ):
        raise InvalidData("value_range must be (low, high) with low < high", received=value_range)
    return float(ends[0]), float(ends[1])


def _range_of(dtype: np.dtype, ends: Ends, own: Ends) -> Ends:
    """The data set's own range, unless the values are in 0..1 and it is not: then the caller has to say."""
    if dtype.kind in "bf" and own[1] > 1 and ends[1] <= 1:
        raise InvalidData(
            f"pixel values must lie in {own[0]:g}..{own[1]:g}, and not all be fractions",
            received=f"{dtype} in {ends[0]:g}..{ends[1]:g}",
            hint=FRACTIONS_HINT,
        )
    return own


def _with_axes(array: np.ndarray, data_spec: DataSpec) -> np.ndarray:
    """(n, height, width, channels) from two, three or four axes."""
    channels = {*CHANNELS, data_spec.shape[2]}
    if array.ndim == 2:
        return array[None, :, :, None]
    if array.ndim == 4 and array.shape[3] in channels:
        return array
    if array.ndim == 3:
        # (height, width, channels) or (n, height, width): pictures of the data set's own size are the latter
        is_one = array.shape[2] in channels and array.shape[1:] != data_spec.shape[:2]
        return array[None] if is_one else array[..., None]
    raise InvalidData(
        "pictures must have shape (h, w), (h, w, c), (n, h, w) or (n, h, w, c) with c one of "
        f"{', '.join(map(str, sorted(channels)))}",
        received=f"shape {array.shape}",
    )


def _with_channels(pictures: np.ndarray, channels: int) -> np.ndarray:
    """Values in 0..1 with the number of channels wanted."""
    if pictures.shape[3] == channels:
        return pictures
    if pictures.shape[3] in (2, 4):
        opacity = pictures[..., -1:]
        return _with_channels(pictures[..., :-1] * opacity + (1.0 - opacity), channels)
    if channels == 1 and pictures.shape[3] == 3:
        return (pictures @ LUMA)[..., None]
    if pictures.shape[3] == 1:
        return np.repeat(pictures, channels, axis=3)
    raise InvalidData(f"pictures must have {channels} channels, or 1", received=f"{pictures.shape[3]} channels")
