"""Pokemon sprites: pictures of the figures of a video game, as a folder of one's own or as one known zip archive.

Source: the archive pokemon.zip of Zhang, Lipton, Li and Smola, Dive into Deep Learning, section 20.2, whose SHA-1 the
book gives. The figures belong to Nintendo, Game Freak and Creatures; no licence to pass them on is known.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.picture_options import PictureOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

PLACE = "pokemon/pokemon.zip"
SHA1 = "c065c0e2593b8b161a2d7873e42418bf6a21106c"
RAW = "one figure on white or transparent ground; any size, brought to 64x64"


class Options(PictureOptions):
    """Options of pokemon: where the pictures are, their form and how they are split."""

    path: str | None = setting(
        None, f"folder of sprites of one's own; the known archive at $ZOO_DATA_DIR/{PLACE} if not given"
    )


def load(options: Options) -> Data:
    """Load the pictures as uint8 (64, 64, 3), each with the name of its file.

    Args:
        options: Place, form and split.

    Returns:
        Data without classes.

    Raises:
        DataUnavailable: No folder was named and the archive is not here.
        DamagedData: The archive is another file.
        InvalidData: The folder holds no pictures, or files that are no whole pictures.
    """
    from zoo.data.picture_files import archive_files, folder_files, picture_data

    if options.path is not None:
        folder = Path(options.path).expanduser()
        return picture_data(folder_files(folder), options, str(folder))
    path = known_archive()
    content = path.read_bytes()
    check(content, str(path))
    return picture_data(archive_files(content, str(path)), options, str(path))


def known_archive() -> Path:
    """The archive in the first root that has it.

    Raises:
        DataUnavailable: No root has it.
    """
    from zoo.data.errors import DataUnavailable
    from zoo.data.raw_file import raw_roots

    places = [root / PLACE for root in raw_roots().values()]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise DataUnavailable(
            "data set 'pokemon' is not on this machine, and no licence to pass it on is known",
            received=f"no {', no '.join(map(str, places))}",
            hint=f"data.path=FOLDER for sprites of one's own; or get pokemon.zip (SHA-1 {SHA1}) from the data of Dive "
            f"into Deep Learning, https://d2l.ai, put it at $ZOO_DATA_DIR/{PLACE} and set ZOO_DATA_DIR",
        )
    return found


def check(content: bytes, where: str) -> None:
    """Compare an archive with the SHA-1 that the book gives.

    Raises:
        DamagedData: It is another file.
    """
    from zoo.data.errors import DamagedData

    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    if digest != SHA1:
        raise DamagedData(
            f"pokemon.zip must have SHA-1 {SHA1}",
            received=digest,
            where=where,
            hint="data.path=FOLDER takes any pictures",
        )
