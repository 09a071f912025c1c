"""Which files are meant by what people type: files, folders and patterns; found before anything slow is imported."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from registry.names import near
from zoo.data.errors import InvalidData

if TYPE_CHECKING:
    from zoo.data.spec import DataSpec

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
ROW_SUFFIXES = (".csv", ".parquet")
ARRAY_SUFFIX = ".npy"
COMPARED = 1_000  # names in a folder that a misspelt one is compared with


def searched_suffixes(data_spec: DataSpec) -> tuple[str, ...]:
    """How the names of files end that a folder is searched for: pictures, or rows."""
    return PICTURE_SUFFIXES if data_spec.kind == "picture" else ROW_SUFFIXES


def suffixes_of(data_spec: DataSpec) -> tuple[str, ...]:
    """How the names of files end that a model of such data takes."""
    return (*searched_suffixes(data_spec), ARRAY_SUFFIX)


def check_kind(path: Path, data_spec: DataSpec) -> None:
    """Refuse a file that a model of such data takes nothing from.

    Raises:
        InvalidData: Its name says that it is none that the model takes; models that generate take none.
    """
    if data_spec.kind == "text":
        raise InvalidData(
            "a model of text goes on with a prompt", received=str(path), hint='zoo generate NAME --prompt "Once"'
        )
    if data_spec.task == "picture_generation":
        raise InvalidData(
            "a model that makes pictures takes none", received=str(path), hint="zoo generate NAME --out grid.png"
        )
    taken = suffixes_of(data_spec)
    if path.suffix.lower() not in taken:
        raise InvalidData(
            f"inputs for {data_spec.kind} data must be files {', '.join(taken[:-1])} or {taken[-1]}",
            received=str(path),
        )


def find_inputs(inputs: Sequence[str], data_spec: DataSpec) -> list[Path]:
    """Find the files that are meant, in the order of the inputs and within each of the names.

    Args:
        inputs: Files; folders, searched with all folders in them for pictures or, of other data than pictures, for
            .csv and .parquet; patterns with `*`, `?`, `[abc]` and `**`, which match files, hidden ones not.
        data_spec: What the model takes.

    Returns:
        At least one path, whatever a file that was named or matched is; a folder that cannot be read is among them.

    Raises:
        InvalidData: There is no such file, a pattern matches none, a folder holds none that the model takes, or the
            model takes none at all.
    """
    return [path for given in inputs for path in _found(given, data_spec)]


def _found(given: str, data_spec: DataSpec) -> list[Path]:
    path = Path(given)
    if data_spec.kind == "text" or data_spec.task == "picture_generation":
        check_kind(path, data_spec)
    if path.is_dir():
        return _in_folder(path, searched_suffixes(data_spec))
    if path.is_file():
        return [path]
    if glob.has_magic(given):
        matched = sorted(found for found in glob.glob(given, recursive=True) if os.path.isfile(found))
        if not matched:
            raise InvalidData("a pattern must match at least one file", received=given)
        return [Path(found) for found in matched]
    if path.exists():
        raise InvalidData("an input must be a file or a folder", received=f"{given}, which is neither")
    raise InvalidData("an input must exist", received=f"{given}: No such file or folder", near=_near(path))


def _in_folder(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    unreadable: list[OSError] = []
    found = list(_walk(folder, suffixes, unreadable))
    if not found and not unreadable:
        raise InvalidData(f"a folder must hold files {', '.join(suffixes)}", received=f"{folder}, which holds none")
    return found + [Path(error.filename) for error in unreadable]


def _walk(folder: Path, suffixes: tuple[str, ...], unreadable: list[OSError]) -> Iterator[Path]:
    """Files in the order of their names, folder by folder; hidden files and folders are left out."""
    for place, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.lower().endswith(suffixes) and not name.startswith("."):
                yield Path(place, name)


def _near(path: Path) -> list[str]:
    """Names in the folder of a path that may have been meant."""
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry in islice(entries, COMPARED)]
    except OSError:
        return []
    return [str(path.with_name(name)) for name in near(path.name, names)] if path.name else []
