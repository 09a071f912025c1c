"""Golden examples of a record: raw inputs and what the published model said of them; TensorFlow-free.

Short arrays are lists, so that a reader sees them; longer ones are compressed, so that a record stays a few kilobytes.
"""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from typing import Any

import numpy as np

from zoo.weights.errors import WeightsError

LISTED = 64  # numbers up to which an array is a list
LARGEST = 4 * 2**20  # bytes of one array; the largest of ours, four pictures of 64x64x3, has 49,152
KINDS = "iufb"  # whole numbers, floats, switches


def packed(array: np.ndarray) -> dict[str, Any]:
    """An array as JSON: dtype, shape, and its values as a list or as base64 of zlib of little-endian bytes.

    >>> packed(np.array([[1.5, 2.0]], "float32"))
    {'dtype': 'float32', 'shape': [1, 2], 'values': [1.5, 2.0]}
    """
    table: dict[str, Any] = {"dtype": str(array.dtype), "shape": list(array.shape)}
    if array.size <= LISTED and (array.dtype.kind != "f" or np.isfinite(array).all()):
        return {**table, "values": array.ravel().tolist()}
    content = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    return {**table, "zlib": base64.b64encode(zlib.compress(content, 9)).decode("ascii")}


def unpacked(table: Any, *, where: str) -> np.ndarray:
    """The inverse of `packed`.

    Args:
        table: What `packed` made.
        where: The record, for messages.

    Raises:
        WeightsError: It is no such table, or unpacks to more than its shape says or than 4 MiB.
    """
    try:
        dtype, shape = np.dtype(table["dtype"]), tuple(int(size) for size in table["shape"])
        size = math.prod(shape) * dtype.itemsize
        if dtype.kind not in KINDS or min(shape, default=1) < 0 or size > LARGEST:
            raise ValueError(f"{table['dtype']} of shape {shape}")
        if "values" in table:
            return np.array(table["values"], dtype).reshape(shape)
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(base64.b64decode(table["zlib"], validate=True), size + 1)
        if len(content) != size or not unpacker.eof:
            raise ValueError(f"{len(content)} bytes of {size}")
        return np.frombuffer(content, dtype.newbyteorder("<")).astype(dtype).reshape(shape)
    except (KeyError, TypeError, ValueError, OverflowError, binascii.Error, zlib.error) as error:
        raise WeightsError(
            f"golden arrays of a record must be whole, of numbers, and at most {LARGEST} bytes",
            received=f"{type(error).__name__}: {error}",
            where=where,
        ) from None
