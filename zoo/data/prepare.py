"""Fetch and prepare a TFDS data set: probed, hashed, aside, then moved into place in one step."""

from __future__ import annotations

import logging
import os
import queue
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from registry.names import near
from zoo.data.errors import DamagedData, DataUnavailable, InvalidData
from zoo.data.integrity import check_folder
from zoo.data.source import CACHE_FOLDER, OFFLINE, cache_root, is_offline

if TYPE_CHECKING:
    from zoo.data.source import TfdsSource

PROBE_SECONDS = 5.0

_log = logging.getLogger(__name__)


def prepare(source: TfdsSource) -> Path:
    """Fetch a data set into the zoo's cache. A process that comes second waits and takes what the first made.

    Args:
        source: What to fetch.

    Returns:
        The folder of the prepared data set.

    Raises:
        DataUnavailable: No network, ZOO_OFFLINE, a server that refuses, or a cache that cannot be written.
        DamagedData: What the server sent is not what TFDS registered.
    """
    urls = _registered_urls(source)
    if urls:
        _probe(source, urls[0])
    root = cache_root()
    workshop = root / ".preparing" / source.address
    with _locked(workshop, source):
        made_meanwhile = source.find()
        if made_meanwhile is not None:
            return made_meanwhile
        # What a killed process left is never trusted: TFDS believes the .INFO beside a download and does not hash it.
        shutil.rmtree(workshop)
        try:
            return _prepare_in(workshop, source, root / source.address)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)


def unreachable(url: str, seconds: float = PROBE_SECONDS) -> str | None:
    """Ask for an address and look only at whether an answer begins.

    Args:
        url: http, https or ftp address.
        seconds: How long to wait in all, name resolution included, which no socket timeout covers.

    Returns:
        None when the server answers with the file, else why not.
    """
    answer: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            with urlopen(url, timeout=seconds):
                answer.put(None)
        except (OSError, HTTPException) as error:
            answer.put(str(error) or type(error).__name__)

    threading.Thread(target=ask, daemon=True, name="probe").start()
    try:
        return answer.get(timeout=seconds)
    except queue.Empty:
        return f"no answer within {seconds:g} s"


def _registered_urls(source: TfdsSource) -> list[str]:
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.registered import DatasetNotFoundError

    try:
        builder = tfds.builder_cls(source.name)
    except DatasetNotFoundError as error:
        raise InvalidData(
            f"data set {source.label!r} must name a data set of TFDS {tfds.__version__}",
            received=source.name,
            near=near(source.name, tfds.list_builders(with_community_datasets=False)),
        ) from error
    return sorted(builder.url_infos or ())


@contextmanager
def _locked(workshop: Path, source: TfdsSource) -> Iterator[None]:
    """Hold the lock of one data set; it lies beside the workshop, so that it survives its removal."""
    from filelock import FileLock

    lock = FileLock(workshop.with_name(f"{workshop.name}.lock"))
    try:
        workshop.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise DataUnavailable(
            f"data set {source.label!r} must be prepared in the zoo's cache, which cannot be written",
            received=str(error),
            where=str(workshop),
            hint=f"set {CACHE_FOLDER} to a folder that can be written",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _probe(source: TfdsSource, url: str) -> None:
    if is_offline():
        raise source.unavailable(f"{OFFLINE} forbids the network")
    if reason := unreachable(url):
        raise source.unavailable(f"{url}: {reason}")


def _prepare_in(workshop: Path, source: TfdsSource, place: Path) -> Path:
    import tensorflow_datasets as tfds
    from requests.exceptions import RequestException
    from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError
    from tensorflow_datasets.core.download.util import DownloadError

    if not sys.stderr.isatty():
        tfds.disable_progress_bar()
    _log.info("preparing %s in %s", source.address, place)
    name = f"{source.name}/{source.config}" if source.config else source.name
    builder = tfds.builder(f"{name}:{source.version}", data_dir=workshop / "prepared", file_format="tfrecord")
    config = tfds.download.DownloadConfig(try_download_gcs=False, force_checksums_validation=True)
    try:
        with _few_retries(), redirect_stdout(sys.stderr):  # TFDS prints; what a command prints may be JSON
            builder.download_and_prepare(download_dir=workshop / "downloads", download_config=config)
    except NonMatchingChecksumError as error:
        raise DamagedData(
            f"what was fetched for data set {source.label!r} must have the size and sha256 that TFDS registered",
            received=" ".join(str(error).split()),
            hint="try again later, or bring the folder from another machine: "
            f"`zoo data get {source.label}` there, then `zoo data path {source.label}`",
        ) from error
    except (RequestException, DownloadError) as error:
        raise source.unavailable(str(error)) from error
    prepared = Path(os.fspath(builder.data_path))
    check_folder(prepared, source.label)
    place.parent.mkdir(parents=True, exist_ok=True)
    os.replace(prepared, place)
    return place


@contextmanager
def _few_retries() -> Iterator[None]:
    """Let TFDS ask twice instead of eleven times: its ten retries take 205 s before a dead network is reported."""
    from tensorflow_datasets.core.download import downloader

    before = downloader.MAX_RETRIES
    downloader.MAX_RETRIES = 1
    try:
        yield
    finally:
        downloader.MAX_RETRIES = before
