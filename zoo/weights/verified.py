"""Files that a record describes: read, and compared with the size and the sha256 that it states; TensorFlow-free."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from zoo.weights.errors import WeightsError


def sha256_of(content: bytes) -> str:
    """Hexadecimal SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def verified_bytes(path: Path, *, sha256: str, size: int) -> bytes:
    """Read a weights file and check its size and checksum.

    Args:
        path: The file.
        sha256: What its record states.
        size: What its record states, in bytes.

    Raises:
        WeightsError: The file is missing, or is not the one that the record describes.
    """
    try:
        if os.path.getsize(path) != size:
            raise WeightsError(
                "the weights file must have the size that its record states",
                received=f"{os.path.getsize(path)} bytes instead of {size}",
                where=str(path),
                hint="copy the file again, or train again: it is cut off or another file",
            )
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError("the weights file must be readable", received=str(error), where=str(path)) from None
    if sha256_of(content) != sha256:
        raise WeightsError(
            "the weights file must have the sha256 that its record states",
            received=sha256_of(content),
            where=str(path),
            hint="copy the file again, or train again: it was changed after it was written",
        )
    return content
