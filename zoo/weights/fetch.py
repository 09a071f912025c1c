"""Get published weights: beside their record, else from the zoo's cache, else fetched; TensorFlow-free.

A file is trusted by the size and the sha256 of a record that is already here, wherever it comes from.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.atomic import write_bytes
from zoo.data.source import CACHE_FOLDER, OFFLINE, cache_folder, is_offline
from zoo.weights.address import BASE, Address, address_of
from zoo.weights.errors import WeightsError, WeightsUnavailable
from zoo.weights.verified import sha256_of, verified_bytes

if TYPE_CHECKING:
    from requests import Response

    from registry import Registry, Weights

SECONDS = (10.0, 30.0)  # until a connection stands, and without a byte
PAUSES = (0.0, 1.0)  # seconds before the second and the third try of a download that was cut off
CHUNK = 2**16  # bytes

_log = logging.getLogger(__name__)


def cache_root() -> Path:
    """The folder in the zoo's cache that weights are kept in."""
    return cache_folder() / "weights"


def cache_place(entry: Weights) -> Path:
    """Where a fetched file is kept; its name begins with its hash, so that versions of the package share a cache."""
    return cache_root() / entry.name.partition("/")[0] / f"{entry.sha256[:16]}-{Path(entry.file).name}"


def lock_place(place: Path) -> Path:
    """The lock that whoever writes a file of the cache holds."""
    return place.with_name(f".{place.name}.lock")


def content_of(registry: Registry, entry: Weights) -> bytes:
    """The checked content of published weights, fetched into the cache when they are not on this machine.

    Raises:
        WeightsError: The file beside the record is another one, the cache cannot be written, or the address is none
            that weights may come from.
        WeightsUnavailable: They are not on this machine, and no address gives them.
    """
    beside = Path(entry.file)
    if beside.exists():
        return verified_bytes(beside, sha256=entry.sha256, size=entry.bytes)
    place = cache_place(entry)
    content = intact(place, entry)
    return fetch(registry, entry, place) if content is None else content


def intact(place: Path, entry: Weights) -> bytes | None:
    """The content of a file, None where it is missing or is not the one of the record."""
    try:
        return verified_bytes(place, sha256=entry.sha256, size=entry.bytes)
    except WeightsError:
        return None


def fetch(registry: Registry, entry: Weights, place: Path) -> bytes:
    """Fetch a file into the cache. A process that comes second waits and takes what the first fetched.

    Returns:
        Its checked content.

    Raises:
        WeightsError, WeightsUnavailable: As `content_of`.
    """
    address = address_of(registry, entry)
    if address is None:
        raise _unavailable(entry, f"no address is known: neither {BASE} nor weights_url of the recipe is set")
    if address.file is None and is_offline():
        raise _unavailable(entry, f"{OFFLINE} forbids the network", address)
    with held(place):
        made_meanwhile = intact(place, entry)
        if made_meanwhile is not None:
            return made_meanwhile
        if place.exists():
            _log.warning("%s is not the file of its record; it is fetched again", place)
        content = _copied(entry, address, address.file) if address.file else _downloaded(entry, address)
        with _explained(place):
            write_bytes(place, content)
    return content


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Hold the lock of a file of the cache, whose folder is made.

    Raises:
        WeightsError: The cache cannot be written.
    """
    from filelock import FileLock

    lock = FileLock(lock_place(place))
    with _explained(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _explained(place: Path) -> Iterator[None]:
    """Say of an error of the disk what to do."""
    try:
        yield
    except OSError as error:
        raise WeightsError(
            "fetched weights must be kept in the zoo's cache, which cannot be written",
            received=str(error),
            where=str(place),
            hint=f"free space, or set {CACHE_FOLDER} to a folder that can be written",
        ) from error


class _Answer:
    """A file that a download is written into, in memory, and that takes no more than the record states."""

    def __init__(self, size: int) -> None:
        self.size, self.content = size, bytearray()

    def write(self, chunk: bytes) -> None:
        self.content += chunk
        if len(self.content) > self.size or _is_web_page(self.content):
            raise _NotTheFileError

    def flush(self) -> None:
        """What pooch calls after each chunk."""


class _NotTheFileError(Exception):
    """What comes cannot be the file, so that no more of it is read."""


def _is_web_page(content: bytes | bytearray) -> bool:
    # no HDF5 file and no zip archive begins so
    return bytes(content[:64]).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _downloaded(entry: Weights, address: Address) -> bytes:
    """What an address answers, whole and checked; what is cut off is discarded and asked for again."""
    for pause in (*PAUSES, None):
        answer = _Answer(entry.bytes)
        reason = _ask(address.url, answer, entry, address)
        if reason is None and len(answer.content) == entry.bytes:
            break
        reason = f"cut off: {reason or f'{len(answer.content)} of {entry.bytes} bytes'}"
        if pause is None:
            raise _unavailable(entry, f"{1 + len(PAUSES)} times {reason}", address)
        _log.info("%s: %s; asking again", address.url, reason)
        time.sleep(pause)
    return _checked(bytes(answer.content), entry, address)


def _ask(url: str, answer: _Answer, entry: Weights, address: Address) -> str | None:
    """Ask once.

    Returns:
        None where the answer came to its end, else what cut it off.

    Raises:
        WeightsUnavailable: There is no answer, or none that another try would change.
        WeightsError: What comes is not the file.
    """
    from pooch import HTTPDownloader
    from requests.exceptions import HTTPError, RequestException
    from urllib3.exceptions import HTTPError as AnswerError
    from urllib3.exceptions import MaxRetryError

    responses: list[Response] = []
    download = HTTPDownloader(
        timeout=SECONDS,
        chunk_size=CHUNK,
        headers={"Accept-Encoding": "identity"},  # HDF5 files and archives are packed already
        hooks={"response": lambda response, **_: responses.append(response)},  # pooch leaves it open when it fails
    )
    try:
        download(url, answer, None)
    except _NotTheFileError:
        raise _another_file(bytes(answer.content), entry, address) from None
    except HTTPError as error:
        if error.response.status_code < 500:
            raise _unavailable(entry, str(error), address) from error
        return str(error)
    except (RequestException, AnswerError, ValueError) as error:
        cause = error.args[0] if error.args else error
        if isinstance(cause, MaxRetryError):  # no connection at all: no name, no route, refused, no trust
            raise _unavailable(entry, str(cause.reason), address) from error
        return str(cause) or type(cause).__name__
    finally:
        for response in responses:
            response.close()
    return None


def _copied(entry: Weights, address: Address, file: Path) -> bytes:
    """What a file on this machine holds, checked."""
    try:
        if file.exists() and not file.is_file():  # a pipe would be waited for
            raise _unavailable(entry, "not a file", address)
        with open(file, "rb") as opened:
            content = opened.read(entry.bytes + 1)
    except OSError as error:
        raise _unavailable(entry, str(error), address) from error
    return _checked(content, entry, address)


def _checked(content: bytes, entry: Weights, address: Address) -> bytes:
    if len(content) != entry.bytes or sha256_of(content) != entry.sha256:
        raise _another_file(content, entry, address)
    return content


def _another_file(content: bytes, entry: Weights, address: Address) -> WeightsError:
    if _is_web_page(content):
        received = "a web page"
    elif len(content) > entry.bytes:
        received = f"more than {entry.bytes} bytes"
    else:
        received = f"{len(content)} bytes, sha256 {sha256_of(content)}"
    return WeightsError(
        f"the weights of {entry.name} must have {entry.bytes} bytes and sha256 {entry.sha256}",
        received=received,
        where=f"{address.url} ({address.origin})",
        hint=f"{_another_way()}; what came was discarded",
    )


def _unavailable(entry: Weights, reason: str, address: Address | None = None) -> WeightsUnavailable:
    return WeightsUnavailable(
        f"the weights of {entry.name} are not on this machine and cannot be fetched",
        received=reason,
        where=f"{address.url} ({address.origin})" if address else None,
        hint=f"{_another_way()}; or zoo train {entry.name}",
    )


def _another_way() -> str:
    return f"run `zoo weights mirror FOLDER` on a machine that has them, copy the folder and set {BASE}=file:///FOLDER"
