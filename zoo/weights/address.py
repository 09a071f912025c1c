"""Where published weights are fetched from: a folder at an https address, or on this machine; TensorFlow-free."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import SplitResult, quote, urlsplit
from urllib.request import url2pathname

from zoo.weights.errors import WeightsError

if TYPE_CHECKING:
    from registry import Registry, Weights

BASE = "ZOO_WEIGHTS_URL"


@dataclass(frozen=True)
class Address:
    """The address of one file.

    Args:
        url: All of it.
        folder: The folder that holds all weights, as it was given.
        origin: Who gave it: ZOO_WEIGHTS_URL or a recipe.

    Example:
        >>> Address("file:///mirror/mlp/digits.weights.h5", "file:///mirror", BASE).file
        PosixPath('/mirror/mlp/digits.weights.h5')
    """

    url: str
    folder: str
    origin: str

    @property
    def file(self) -> Path | None:
        """The file on this machine that it means; None where it leads over a network."""
        parts = urlsplit(self.url)
        return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


def address_of(registry: Registry, entry: Weights) -> Address | None:
    """The address of the file of published weights: `<folder>/<family>/<file>`.

    ZOO_WEIGHTS_URL comes before the recipe's `weights_url`, so that a mirror can be set for all.

    Returns:
        None where neither is set.

    Raises:
        WeightsError: It is no address that weights may come from.
    """
    if named := os.environ.get(BASE):
        folder, origin = named, BASE
    else:
        from zoo.recipe import read_recipe

        of_recipe = read_recipe(registry, entry.name).weights_url
        if of_recipe is None:
            return None
        folder, origin = of_recipe, f"weights_url of the recipe {entry.name}"
    _require_safe(folder, origin)
    family = entry.name.partition("/")[0]
    return Address(f"{folder.rstrip('/')}/{quote(family)}/{quote(Path(entry.file).name)}", folder, origin)


def _require_safe(folder: str, origin: str) -> None:
    def refuse(reason: str) -> NoReturn:
        raise WeightsError(
            "weights are fetched from https://HOST/FOLDER or file:///FOLDER",
            received=f"{folder}: {reason}",
            where=origin,
            hint=f"{BASE}=file:///FOLDER, where `zoo weights mirror FOLDER` has put them",
        )

    try:
        parts = urlsplit(folder)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        refuse(str(error))
    if parts.query or parts.fragment:
        refuse("a folder has no ? and no #")
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
            refuse("a folder of this machine begins with file:///")
    elif parts.scheme not in ("https", "http"):
        refuse("no such kind of address")
    elif not host:
        refuse("no host")
    elif parts.username is not None or parts.password is not None:
        refuse("a password does not belong into an address, which messages show; ~/.netrc is read")
    elif parts.scheme == "http" and not _is_loopback(parts):
        refuse("http is for this machine alone")


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
