"""Where fetched data are found: the user's folder, then the zoo's own cache, then the network."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.errors import DataUnavailable

if TYPE_CHECKING:
    import numpy as np

USER_FOLDER = "TFDS_DATA_DIR"
CACHE_FOLDER = "ZOO_CACHE_DIR"
OFFLINE = "ZOO_OFFLINE"


def cache_folder() -> Path:
    """Return the zoo's own cache: ZOO_CACHE_DIR or a folder in the user's cache folder."""
    import platformdirs

    named = os.environ.get(CACHE_FOLDER)
    return Path(named or platformdirs.user_cache_dir("keras-zoo", appauthor=False)).expanduser().absolute()


def cache_root() -> Path:
    """Return the folder in the zoo's cache that TFDS data sets are prepared in."""
    return cache_folder() / "tfds"


def data_roots() -> dict[str, Path]:
    """Return the folders that are searched, in order, each under the words that name it to the user."""
    roots = {}
    if named := os.environ.get(USER_FOLDER):
        roots[USER_FOLDER] = Path(named).expanduser().absolute()
    return roots | {"the zoo's cache": cache_root()}


def is_offline() -> bool:
    """Tell whether ZOO_OFFLINE forbids the network (any value but 0 and the empty one)."""
    return os.environ.get(OFFLINE, "0") not in ("", "0")


@dataclass(frozen=True)
class TfdsSource:
    """A data set of TensorFlow Datasets at one version.

    Args:
        name: Its name in TFDS.
        version: Its version in TFDS, such as "3.0.1".
        config: Its configuration in TFDS, None when it has none.
        dataset: The zoo's name for it, for messages; the TFDS name unless given.

    Example:
        >>> TfdsSource("wine_quality", "1.0.0", config="red", dataset="wine_red").address
        'wine_quality/red/1.0.0'
    """

    name: str
    version: str
    config: str | None = None
    dataset: str = ""

    @property
    def label(self) -> str:
        """The name that the user knows it by."""
        return self.dataset or self.name

    @property
    def address(self) -> str:
        """Its folder below a root, the same in every root."""
        return "/".join(part for part in (self.name, self.config, self.version) if part)

    def find(self) -> Path | None:
        """Return the folder of the prepared data set in the first root that has it, without reading it."""
        folders = (root / self.address for root in data_roots().values())
        return next((folder for folder in folders if folder.is_dir()), None)

    def load(self) -> dict[str, dict[str, np.ndarray]]:
        """Read the whole data set, fetching it first when no root has it.

        Returns:
            Split name -> feature name -> array (n, ...), in the order of the files.

        Raises:
            DataUnavailable: it is not on this machine and the network does not give it.
            DamagedData: its folder is not whole.
        """
        from zoo.data.prepare import prepare
        from zoo.data.read import read_folder

        return read_folder(self.find() or prepare(self), self.label)

    def unavailable(self, reason: str) -> DataUnavailable:
        """Make the error that says where was looked, why nothing came, and how to bring the data by hand."""
        looked = (
            f"{what} ({root}{'' if root.is_dir() else ', no such folder'})" for what, root in data_roots().items()
        )
        unset = "" if os.environ.get(USER_FOLDER) else f"; {USER_FOLDER} is not set"
        return DataUnavailable(
            f"data set {self.label!r} is not on this machine and cannot be fetched",
            received=reason,
            where=f"looked for {self.address} in {', then '.join(looked)}{unset}",
            hint=f"set {USER_FOLDER} to a folder that holds {self.address}; to make one, run "
            f"`zoo data get {self.label}` on a machine with a network and copy the folder that "
            f"`zoo data path {self.label}` prints there to ${USER_FOLDER}/{self.address} here",
        )
