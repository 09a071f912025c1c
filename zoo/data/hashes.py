"""Fingerprints of arrays, and their comparison with the stored ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from zoo.data.errors import DamagedData, InvalidData


def arrays_sha256(*arrays: np.ndarray) -> str:
    """Hash the dtype, the shape and the C-order bytes of arrays, one after the other.

    Values are hashed in little-endian order, so that the digest does not depend on the machine.

    Args:
        *arrays: numeric, boolean or fixed-width text arrays of any shape.

    Returns:
        64 hexadecimal digits.

    Raises:
        InvalidData: An array holds Python objects, whose bytes are addresses and not values.

    Example:
        >>> arrays_sha256(np.zeros(3, "uint8")) == arrays_sha256(np.zeros(3, "uint8"))
        True
        >>> arrays_sha256(np.zeros(4, "uint8")) == arrays_sha256(np.zeros((2, 2), "uint8"))
        False
    """
    digest = hashlib.sha256()
    for array in arrays:
        if array.dtype.hasobject:
            raise InvalidData("an array of Python objects cannot be hashed", received=str(array.dtype))
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        digest.update(f"{little.dtype.str} {array.shape};".encode())
        digest.update(little.tobytes())
    return digest.hexdigest()


def check_hashes(received: Mapping[str, str], stored: Mapping[str, str], *, name: str) -> None:
    """Compare the hashes of the splits with the stored ones.

    Args:
        received: Split name -> sha256 of the data just loaded.
        stored: Split name -> sha256 measured when the data set was added.
        name: Data set name, for the message.

    Raises:
        DamagedData: A split differs; the message names it.
    """
    for split, expected in stored.items():
        if received.get(split) != expected:
            raise DamagedData(
                f"the {split} split of data set {name!r} must have sha256 {expected}",
                received=received.get(split),
                hint="fetch the data again; if they were never fetched (embedded or generated data), compare the "
                "versions of numpy and scikit-learn with those the zoo was tested with (zoo doctor)",
            )
