"""The files of published weights on this machine: list, get, verify, prune, mirror; TensorFlow-free."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.data.atomic import write_bytes
from zoo.weights.address import BASE
from zoo.weights.catalogue import published
from zoo.weights.errors import WeightsError
from zoo.weights.fetch import cache_place, cache_root, content_of, intact, lock_place
from zoo.weights.verified import verified_bytes

if TYPE_CHECKING:
    from registry import Registry, Weights

SHIPS, CACHED, ABSENT = "ships", "cached", "absent"
INTACT, DAMAGED = "intact", "damaged"

# what the cache holds, and beside it locks and what killed processes leave; nothing else is ever removed
_FETCHED = re.compile(r"[0-9a-f]{16}-.+")
_BESIDE = re.compile(r"\.([0-9a-f]{16}-.+?)(\.\d+\.[0-9a-f]{8}\.part|\.lock)")


def listing(registry: Registry) -> list[dict[str, Any]]:
    """Name, size, sha256, whether they are here, and the file of all published weights; no file is read."""
    return [_facts(entry) for entry in registry.weights()]


def get(registry: Registry, name: str) -> dict[str, Any]:
    """Make sure that published weights are on this machine, fetching them when they are not.

    Returns:
        A row of `listing`.

    Raises:
        UnknownName: There is no such recipe.
        WeightsError: It has no published weights, or as `content_of`.
        WeightsUnavailable: They are not on this machine, and no address gives them.
    """
    entry = published(registry, name)
    content_of(registry, entry)
    return _facts(entry)


def verify(registry: Registry, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Read files of published weights and compare them with their records; nothing is fetched.

    Args:
        registry: Where published weights are looked up.
        names: Recipes; all that have weights unless given.

    Returns:
        Rows of `listing`, with "state" intact, damaged or absent, and "reason" what is wrong.
    """
    entries = [published(registry, name) for name in names] or registry.weights()
    return [_verified(entry) for entry in entries]


def prune(registry: Registry, *, everything: bool = False) -> list[dict[str, Any]]:
    """Remove from the cache what no registered record describes, damaged files, and what killed processes left.

    Args:
        registry: Where published weights are looked up.
        everything: Remove intact files too.

    Returns:
        Path and size of each file removed, and why.

    Raises:
        WeightsError: The cache cannot be written.
    """
    wanted = {} if everything else {cache_place(entry): entry for entry in registry.weights()}
    removed = []
    for path in _files():
        place = _place_of(path)
        with _at_rest(place) as at_rest:
            reason = _superfluous(path, wanted.get(place)) if at_rest else None
            if reason:
                removed.append({"path": str(path), "bytes": path.lstat().st_size, "reason": reason})
                path.unlink()
    return removed


def mirror(registry: Registry, folder: Path) -> list[dict[str, Any]]:
    """Bring all published weights and their records into a folder that ZOO_WEIGHTS_URL may name.

    What the folder already holds is checked, and written again when it is not the file of its record.

    Returns:
        Name and path of each file of weights, and whether it was written.

    Raises:
        WeightsError: Weights are damaged, or the folder cannot be written.
        WeightsUnavailable: Weights are not on this machine and cannot be fetched.
    """
    rows = []
    for entry in registry.weights():
        place = folder / entry.name.partition("/")[0] / Path(entry.file).name
        held = intact(place, entry) is not None
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if not held:
                write_bytes(place, content_of(registry, entry))
            write_bytes(place.with_name(Path(entry.record).name), Path(entry.record).read_bytes())
        except OSError as error:
            raise WeightsError(
                "weights must be mirrored into a folder that can be written",
                received=str(error),
                where=str(place),
                hint="free space, or name another folder",
            ) from error
        rows.append({"name": entry.name, "path": str(place), "written": not held})
    return rows


def address_of_mirror(folder: Path) -> str:
    """What to set so that weights come from a mirror on this machine."""
    return f"{BASE}={folder.absolute().as_uri()}"


def _place(entry: Weights) -> tuple[str, Path | None]:
    beside, cached = Path(entry.file), cache_place(entry)
    if beside.exists():
        return SHIPS, beside
    return (CACHED, cached) if cached.exists() else (ABSENT, None)


def _facts(entry: Weights) -> dict[str, Any]:
    kept, path = _place(entry)
    return {
        "name": entry.name,
        "bytes": entry.bytes,
        "sha256": entry.sha256,
        "kept": kept,
        "path": str(path) if path else None,
    }


def _verified(entry: Weights) -> dict[str, Any]:
    _, path = _place(entry)
    state, reason = (INTACT, None) if path else (ABSENT, None)
    if path:
        try:
            verified_bytes(path, sha256=entry.sha256, size=entry.bytes)
        except WeightsError as error:
            state, reason = DAMAGED, f"{error.message}; received {error.received}"
    return {**_facts(entry), "state": state, "reason": reason}


def _files() -> Iterator[Path]:
    """What the zoo has put into its cache of weights, folder by folder; no link is followed."""
    root = cache_root()
    try:
        folders = [Path(found) for found in os.scandir(root) if found.is_dir(follow_symlinks=False)]
        for folder in sorted(folders):
            files = [Path(found) for found in os.scandir(folder) if found.is_file(follow_symlinks=False)]
            yield from (path for path in sorted(files) if _FETCHED.fullmatch(_place_of(path).name))
    except FileNotFoundError:  # nothing was ever fetched
        return


def _place_of(path: Path) -> Path:
    """The fetched file that a lock or a part belongs to; a fetched file itself."""
    beside = _BESIDE.fullmatch(path.name)
    return path.with_name(beside[1]) if beside else path


def _superfluous(path: Path, entry: Weights | None) -> str | None:
    """Why a file of the cache may go; None where it must stay."""
    if entry is None:
        return "of no weights that are published now"
    if path.suffix == ".part":
        return "left by a process that was killed"
    if path.suffix == ".lock":
        return None  # somebody may be about to wait for it
    return "damaged" if intact(path, entry) is None else None


@contextmanager
def _at_rest(place: Path) -> Iterator[bool]:
    """Hold the lock of a file of the cache, if nobody else does.

    Yields:
        Whether nobody else does.

    Raises:
        WeightsError: The cache cannot be changed.
    """
    from filelock import FileLock, Timeout

    # whoever writes has made the lock before; a new one would be one more file to remove
    lock = FileLock(lock_place(place)) if lock_place(place).exists() else None
    try:
        if lock:
            lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    except OSError as error:
        raise _not_to_be_changed(place, error) from error
    try:
        yield True
    except OSError as error:
        raise _not_to_be_changed(place, error) from error
    finally:
        if lock:
            lock.release()


def _not_to_be_changed(path: Path, error: OSError) -> WeightsError:
    return WeightsError(
        "the zoo's cache must be a folder that can be changed",
        received=str(error),
        where=str(path),
        hint="run this as the user who owns the cache",
    )
