"""Raw input of any form made into examples of a data set: pictures of any size and channel count, rows of numbers."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
# Rec. 601 luma, as JPEG and ITU-R BT.601 weigh red, green and blue
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def as_examples(inputs: Any, data_spec: DataSpec, *, value_range: tuple[float, float] | None = None) -> np.ndarray:
    """Make raw input into a batch of examples of the data set.

    Pictures are resized (bilinear with anti-aliasing), colour becomes grey or grey becomes colour, transparency is
    laid on white, and values are rescaled from `value_range` to the data set's.

    Args:
        inputs: Array-like; pictures (h, w), (h, w, c), (n, h, w) or (n, h, w, c); vectors (features,) or (n, features).
        data_spec: What an example must be.
        value_range: Smallest and largest value of the inputs; the data set's own if not given.

    Returns:
        Array (n, *data_spec.shape) of the data set's dtype.

    Raises:
        InvalidData: Wrong number of axes or features, values out of range, not a number.
    """
    array = np.asarray(inputs)
    if array.dtype.kind not in "buif":
        raise InvalidData("inputs must be numbers", received=str(array.dtype))
    if array.size == 0:
        raise InvalidData("inputs must hold at least one example", received=str(array.shape))
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InvalidData("inputs must be finite numbers", received="NaN or infinity")
    if data_spec.kind == "picture":
        return _pictures(array, data_spec, value_range)
    return _vectors(array, data_spec)


def _vectors(array: np.ndarray, data_spec: DataSpec) -> np.ndarray:
    rows = array[None] if array.ndim == 1 else array
    if rows.shape[1:] != data_spec.shape:
        raise InvalidData(f"inputs must have shape (n, {data_spec.shape[0]})", received=str(array.shape))
    return rows.astype(data_spec.dtype)


def _pictures(array: np.ndarray, data_spec: DataSpec, value_range: tuple[float, float] | None) -> np.ndarray:
    batch = _with_axes(array, data_spec)
    low, high = data_spec.value_range or (0.0, 1.0)
    given_low, given_high = value_range or (low, high)
    smallest, largest = float(batch.min()), float(batch.max())
    if smallest < given_low or largest > given_high:
        raise InvalidData(
            f"pixel values must lie in {given_low:g}..{given_high:g}",
            received=f"{smallest:g}..{largest:g}",
            hint="pass value_range=(0, 255), or whatever the pictures have",
        )
    if batch.shape[1:] == data_spec.shape and (given_low, given_high) == (low, high):
        return batch.astype(data_spec.dtype)
    scaled = (batch.astype(np.float32) - given_low) / (given_high - given_low)
    scaled = _with_channels(scaled, data_spec.shape[2])
    if scaled.shape[1:3] != data_spec.shape[:2]:
        scaled = tf.image.resize(scaled, data_spec.shape[:2], antialias=True).numpy()
    values = np.clip(scaled, 0.0, 1.0) * (high - low) + low
    return (np.rint(values) if np.dtype(data_spec.dtype).kind in "iu" else values).astype(data_spec.dtype)


def _with_axes(array: np.ndarray, data_spec: DataSpec) -> np.ndarray:
    """(n, height, width, channels) from two, three or four axes."""
    if array.ndim == 2:
        return array[None, :, :, None]
    if array.ndim == 4 and array.shape[3] in (1, 3, 4):
        return array
    if array.ndim == 3:
        # (height, width, channels) or (n, height, width): a last axis of the data set's own width is a width
        is_one = array.shape[2] in (1, 3, 4) and array.shape[1:] != data_spec.shape[:2]
        return array[None] if is_one else array[..., None]
    raise InvalidData(
        "pictures must have shape (h, w), (h, w, c), (n, h, w) or (n, h, w, c) with 1, 3 or 4 channels",
        received=str(array.shape),
    )


def _with_channels(pictures: np.ndarray, channels: int) -> np.ndarray:
    """Values in 0..1 with the number of channels wanted."""
    if pictures.shape[3] == 4:
        opacity = pictures[..., 3:]
        pictures = pictures[..., :3] * opacity + (1.0 - opacity)
    if pictures.shape[3] == channels:
        return pictures
    if channels == 1:
        return (pictures @ LUMA)[..., None]
    if pictures.shape[3] == 1:
        return np.repeat(pictures, channels, axis=3)
    raise InvalidData(f"pictures must have {channels} channels, or 1", received=f"{pictures.shape[3]} channels")


def read_file(path: Path, data_spec: DataSpec) -> np.ndarray:
    """Read one input file into a batch of examples: a picture file, an .npy array, or a .csv of numbers.

    Raises:
        InvalidData: The file is missing, is not what its name says, or does not fit the data set.
    """
    try:
        suffix = path.suffix.lower()
        if suffix in PICTURE_SUFFIXES and data_spec.kind == "picture":
            decoded = tf.io.decode_image(path.read_bytes(), expand_animations=False).numpy()
            return as_examples(decoded[None], data_spec, value_range=(0, 255))
        if suffix == ".npy":
            return as_examples(np.load(path, allow_pickle=False), data_spec)
        if suffix == ".csv" and data_spec.kind == "vector":
            return as_examples(_csv_rows(path, data_spec), data_spec)
    except InvalidData as error:
        raise InvalidData(error.message, received=error.received, where=str(path), hint=error.hint) from None
    except (OSError, ValueError, tf.errors.InvalidArgumentError) as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidData(
            "an input file must be readable and what its name says", received=first_line, where=str(path)
        ) from None
    kinds = ", ".join(PICTURE_SUFFIXES) if data_spec.kind == "picture" else ".csv"
    raise InvalidData(f"inputs for {data_spec.kind} data must be files {kinds} or .npy", received=str(path))


def _csv_rows(path: Path, data_spec: DataSpec) -> np.ndarray:
    """Numbers of a CSV file; a first line with the feature names may choose and order the columns."""
    with open(path, newline="", encoding="utf-8") as file:
        lines = [line for line in csv.reader(file) if line]
    if not lines:
        raise InvalidData("a CSV file must hold at least one row", received="no rows")
    columns = list(range(len(lines[0])))
    first_row = 1
    if data_spec.feature_names and set(data_spec.feature_names) <= set(lines[0]):
        columns = [lines[0].index(name) for name in data_spec.feature_names]
        lines, first_row = lines[1:], 2
    rows = []
    for number, line in enumerate(lines, start=first_row):
        try:
            rows.append([float(line[column]) for column in columns])
        except (ValueError, IndexError):
            raise InvalidData(
                "every cell must be a number", received=",".join(line), where=f"{path}:{number}"
            ) from None
    return np.asarray(rows, np.float32)
