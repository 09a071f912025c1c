"""Raw files of data sets: found in the user's folder, then in the zoo's cache, else fetched; always checked."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import NoReturn
from urllib.request import urlopen

from zoo.data.errors import DamagedData, DataUnavailable
from zoo.data.source import CACHE_FOLDER, OFFLINE, cache_folder, is_offline

USER_FOLDER = "ZOO_DATA_DIR"
# Of an archive only what is needed is read, into memory; more than this is not the archive we know.
LARGEST_ARCHIVE = 64 * 2**20  # bytes
SECONDS = 30.0  # without a byte


@dataclass(frozen=True)
class RawFile:
    """One file at one state.

    Args:
        dataset: The zoo's name of the data set, for messages.
        path: Where it stands below a root, such as "bank_marketing/bank-full.csv".
        size: Its bytes.
        sha256: Its hash.
        origin: Where people get it, in words.
        address: Official https address, None when none is known to hold this very file.
        members: When the address is a zip archive, the name of the member in it; of archives in archives one name each.

    Example:
        >>> RawFile("bank", "bank/bank-full.csv", 4_610_348, "d1513e", "UCI repository").path
        'bank/bank-full.csv'
    """

    dataset: str
    path: str
    size: int
    sha256: str
    origin: str
    address: str | None = None
    members: tuple[str, ...] = ()

    def find(self) -> Path | None:
        """Return the file in the first root that has it, without reading it."""
        files = (root / self.path for root in raw_roots().values())
        return next((file for file in files if file.is_file()), None)

    def locate(self) -> Path:
        """Return the checked file, fetching it into the zoo's cache when no root has it.

        Raises:
            DataUnavailable: It is not on this machine and no address gives it.
            DamagedData: It is here, or came, and is another file.
        """
        found = self.find()
        if found is None:
            return self._fetch()
        self.check(found.read_bytes(), str(found))
        return found

    def check(self, content: bytes, where: str) -> None:
        """Compare content with the size and the sha256.

        Raises:
            DamagedData: It is another file.
        """
        digest = hashlib.sha256(content).hexdigest()
        if len(content) == self.size and digest == self.sha256:
            return
        raise DamagedData(
            f"{Path(self.path).name} of {self.dataset!r} must have {self.size} bytes and sha256 {self.sha256}",
            received=f"{len(content)} bytes, sha256 {digest}",
            where=where,
            hint=f"take the file from {self.origin}",
        )

    def unavailable(self, reason: str) -> DataUnavailable:
        """Make the error that says where was looked, where to get the file and where to put it."""
        looked = (f"{what} ({root}{'' if root.is_dir() else ', no such folder'})" for what, root in raw_roots().items())
        unset = "" if os.environ.get(USER_FOLDER) else f"; {USER_FOLDER} is not set"
        return DataUnavailable(
            f"data set {self.dataset!r} is not on this machine and cannot be fetched",
            received=reason,
            where=f"looked for {self.path} in {', then '.join(looked)}{unset}",
            hint=f"get {Path(self.path).name} ({self.size} bytes, sha256 {self.sha256}) from {self.origin}; "
            f"put it at ${USER_FOLDER}/{self.path} and set {USER_FOLDER}",
        )

    def _fetch(self) -> Path:
        from filelock import FileLock

        from zoo.data.atomic import write_bytes
        from zoo.data.prepare import unreachable

        if self.address is None:
            raise self.unavailable("no address is known to hold this very file")
        if is_offline():
            raise self.unavailable(f"{OFFLINE} forbids the network")
        if reason := unreachable(self.address):
            raise self.unavailable(f"{self.address}: {reason}")
        place = cache_folder() / "raw" / self.path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(place.with_name(f".{place.name}.lock")):
                made_meanwhile = self.find()
                if made_meanwhile is not None:
                    return made_meanwhile
                content = self._download()
                write_bytes(place, content)
        except OSError as error:
            raise DataUnavailable(
                f"{place.name} of data set {self.dataset!r} must be kept in the zoo's cache, which cannot be written",
                received=str(error),
                where=str(place),
                hint=f"set {CACHE_FOLDER} to a folder that can be written",
            ) from error
        return place

    def _download(self) -> bytes:
        """What the address holds, unpacked and checked."""
        assert self.address is not None
        limit = LARGEST_ARCHIVE if self.members else self.size
        try:
            with urlopen(self.address, timeout=SECONDS) as answer:
                content: bytes = answer.read(limit + 1)
        except (OSError, HTTPException) as error:
            raise self.unavailable(f"{self.address}: {error}") from error
        where = self.address
        if len(content) > limit:
            self._refuse(where, f"more than {limit} bytes")
        for depth, member in enumerate(self.members, 1):
            is_last = depth == len(self.members)
            content = self._member(content, member, where, limit=self.size if is_last else LARGEST_ARCHIVE)
            where = f"{where}, {member}"
        self.check(content, where)
        return content

    def _member(self, archive: bytes, name: str, where: str, *, limit: int) -> bytes:
        """One member of an archive; nothing is unpacked to the disk, so no name in it can lead anywhere."""
        try:
            with zipfile.ZipFile(io.BytesIO(archive)) as opened, opened.open(name) as member:
                content = member.read(limit + 1)
        except KeyError:
            self._refuse(where, f"no {name}")
        except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError) as error:
            # RuntimeError: encrypted, or compressed in a way that Python does not know
            self._refuse(where, f"{type(error).__name__}: {error}")
        if len(content) > limit:
            self._refuse(f"{where}, {name}", f"more than {limit} bytes")
        return content

    def _refuse(self, where: str, received: str) -> NoReturn:
        way = " in ".join(reversed(self.members))
        raise DamagedData(
            f"the address of data set {self.dataset!r} must hold {f'the zip archive of {way}' if way else 'the file'}",
            received=received,
            where=where,
            hint=f"try again later, or take the file from {self.origin} and put it at ${USER_FOLDER}/{self.path}",
        )


def raw_roots() -> dict[str, Path]:
    """Return the folders that raw files are searched in, in order, each under the words that name it to the user."""
    roots = {}
    if named := os.environ.get(USER_FOLDER):
        roots[USER_FOLDER] = Path(named).expanduser().absolute()
    return roots | {"the zoo's cache": cache_folder() / "raw"}
