"""The archive that skops writes: made the same for equal estimators, and measured before it is unpacked."""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np

SCHEMA = "schema.json"
NAME = re.compile(r"[\w.-]+\.(npy|bin)")
# The search tree of nearest neighbours follows from their rows; read from a file it would be indices to trust.
LEFT_OUT = ("sklearn.neighbors._kd_tree.KDTree", "sklearn.neighbors._ball_tree.BallTree")
NOTHING = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": "null", "is_json": True}

MOST_BYTES = 4 * 2**30  # unpacked; a forest of 1,000 trees on a million rows is about as large
MOST_SCHEMA = 256 * 2**20
MOST_FILES = 1_000_000
# Unpacked to packed: deflate reaches 1,032 on zeros, forests 3 to 8. Small files may have any ratio.
MOST_TIMES, SMALL = 100, 64 * 2**20
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a ZIP archive can state


def canonical(content: bytes) -> bytes:
    """Write a skops archive again, so that it follows from the values alone.

    skops names arrays by their addresses in memory and notes times; here they are numbered by the order in which they
    are first mentioned, equal ones are one file, and bytes between the fields of records are zero.

    Args:
        content: What `skops.io.dumps` returned.

    Returns:
        Content that `skops.io.loads` reads, about a third as large.
    """
    with ZipFile(io.BytesIO(content)) as source:
        files: dict[str, tuple[str, bytes]] = {}

        def renamed(name: str) -> str:
            data = source.read(name)
            data = _without_padding(data) if name.endswith(".npy") else data
            digest = hashlib.sha256(data).hexdigest()
            ending = name.rpartition(".")[2]
            return files.setdefault(f"{digest}.{ending}", (f"{len(files)}.{ending}", data))[0]

        schema = _rewritten(json.loads(source.read(SCHEMA)), renamed)
    entries = [*files.values(), (SCHEMA, json.dumps(schema).encode())]
    packed = _zip(entries, ZIP_DEFLATED)
    # what the reader would take for a bomb is not packed
    return packed if _fits(sum(len(data) for _, data in entries), len(packed)) else _zip(entries, ZIP_STORED)


def _rewritten(value: Any, renamed: Callable[[str], str]) -> Any:
    """A part of the schema without addresses and search trees; files have the names that `renamed` gives."""
    if isinstance(value, list):
        return [_rewritten(part, renamed) for part in value]
    if not isinstance(value, dict):
        return value
    if f"{value.get('__module__')}.{value.get('__class__')}" in LEFT_OUT:
        return NOTHING
    return {
        key: renamed(part) if _is_file(key, part) else _rewritten(part, renamed)
        for key, part in value.items()
        if not (key == "__id__" and isinstance(part, int))
    }


def _is_file(key: str, value: Any) -> bool:
    """Whether an entry of a node names a file; the attributes of an object are tables, whatever their names."""
    return key == "file" and isinstance(value, str)


def _without_padding(data: bytes) -> bytes:
    """An array's file with zeros between the fields of its records, where memory holds whatever was there before."""
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if array.dtype.fields is None:
        return data
    clean = np.zeros(array.shape, array.dtype)
    for field in array.dtype.fields:
        clean[field] = array[field]
    buffer = io.BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


def _zip(entries: list[tuple[str, bytes]], compression: int) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", compression) as archive:
        for name, data in entries:
            entry = ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system = compression, 3  # 3 is Unix, whatever this system is
            archive.writestr(entry, data)
    return buffer.getvalue()


def check_archive(content: bytes) -> None:
    """Measure an archive before anything is unpacked or built from it.

    Raises:
        ValueError: It unpacks to far more than it is, or mentions an array so often that it would; an array's size is
            not what its header says; or there is something in it that skops does not write.
        Any of zipfile and json: It is not an archive with a schema.
    """
    with ZipFile(io.BytesIO(content)) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
        strange = [name for name in sizes if name != SCHEMA and not NAME.fullmatch(name)]
        _require(len(sizes) == len(archive.infolist()) and not strange, f"strange files: {strange[:3]}")
        _require(len(sizes) <= MOST_FILES, f"{len(sizes)} files, at most {MOST_FILES}")
        packings = {entry.compress_type for entry in archive.infolist()}
        _require(packings <= {ZIP_STORED, ZIP_DEFLATED}, "files packed in another way than by deflate")
        _require(_fits(sum(sizes.values()), len(content)), f"{len(content)} bytes unpack to {sum(sizes.values())}")
        _require(sizes[SCHEMA] <= MOST_SCHEMA, f"{SCHEMA} has {sizes[SCHEMA]} bytes, at most {MOST_SCHEMA}")
        mentioned = list(_mentioned(json.loads(archive.read(SCHEMA))))
        # every mention is unpacked
        total = sum(sizes[name] for name in mentioned)
        _require(_fits(total, len(content)), f"{len(content)} bytes unpack to {total}")
        for name in dict.fromkeys(mentioned):
            if name.endswith(".npy"):
                with archive.open(name) as file:
                    _check_header(name, file, sizes[name])


def _fits(unpacked: int, packed: int) -> bool:
    return unpacked <= min(MOST_BYTES, max(SMALL, MOST_TIMES * packed))


def _mentioned(value: Any) -> Iterator[str]:
    """The files that a schema mentions, as often as it does."""
    if isinstance(value, list):
        for part in value:
            yield from _mentioned(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if _is_file(key, part):
                yield part
            else:
                yield from _mentioned(part)


def _check_header(name: str, file: Any, size: int) -> None:
    """Refuse an array whose header claims more, or less, than the file holds: NumPy makes room before it reads."""
    version = np.lib.format.read_magic(file)
    _require(version == (1, 0), f"{name} is of version {version} of NumPy's format")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    stated = math.prod(shape) * dtype.itemsize
    _require(not dtype.hasobject and stated == size - file.tell(), f"{name} states {stated} bytes of {size}")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
