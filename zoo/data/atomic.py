"""Atomic writes: a reader sees the old file or the new one, never half of one."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO


def write_bytes(path: Path, content: bytes) -> None:
    """Write aside in the same folder, flush to the disk, then rename over `path`.

    Raises:
        OSError: The disk is full or the folder cannot be written; `path` is then as it was.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with open(aside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
        make_durable(path.parent)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 file to be written piece by piece; it becomes `path` when the block ends without an error.

    Yields:
        The file, of any size; newlines are written as they are given.

    Raises:
        OSError: The disk is full or the folder cannot be written; `path` is then as it was.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with open(aside, "x", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
        make_durable(path.parent)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """`write_bytes` of UTF-8 text."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """`write_text` of indented JSON; NaN and infinity are refused (ValueError) because other readers refuse them."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def make_durable(folder: Path) -> None:
    """Make what was renamed or made in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
