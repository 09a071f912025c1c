"""Picture files of any size and kind made into arrays of one form: from a folder or from a zip archive in memory.

Pillow decodes. Opacity is laid on white. A file that is no picture, or is cut off, is refused by its name.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.errors import DamagedData, InvalidData
from zoo.data.picture_options import PictureOptions

if TYPE_CHECKING:
    from PIL.Image import Image

    from zoo.data.spec import Data

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
# more than this is no picture that a small network learns from, or an archive that unpacks to harm
LARGEST_FILE = 32 * 2**20  # bytes
LARGEST_SIDE = 16_384  # pixels
MOST_FILES = 200_000
NAMED = 5  # broken files that a message names

Named = tuple[str, bytes]


def folder_files(folder: Path) -> Iterator[Named]:
    """Name and content of the picture files in a folder and its folders, in the order of their names.

    Raises:
        InvalidData: There is no such folder, it holds no picture, or a file that is too large.
    """
    if not folder.is_dir():
        raise InvalidData("pictures must be in a folder", received=f"{folder}, no such folder")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    _require_some(len(paths), str(folder))
    for path in paths:
        name = path.relative_to(folder).as_posix()
        _require_size(path.stat().st_size, name, str(folder))
        yield name, path.read_bytes()


def archive_files(archive: bytes, where: str) -> Iterator[Named]:
    """The same of a zip archive; nothing is unpacked to the disk, so no name in it can lead anywhere.

    Raises:
        InvalidData: It holds no picture, too many files, or one that is too large.
        DamagedData: It is not a whole zip archive.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            members = [one for one in opened.infolist() if one.filename.lower().endswith(SUFFIXES)]
            _require_some(len(members), where)
            for member in sorted(members, key=lambda one: one.filename):
                _require_size(member.file_size, member.filename, where)
                with opened.open(member) as file:
                    content = file.read(LARGEST_FILE + 1)
                _require_size(len(content), member.filename, where)
                yield member.filename, content
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError) as error:
        # RuntimeError: encrypted, or compressed in a way that Python does not know
        raise DamagedData("pictures must be in a whole zip archive", received=str(error), where=where) from None


def read_pictures(files: Iterable[Named], options: PictureOptions, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Decode pictures and bring them to one form.

    Args:
        files: Name and content of each.
        options: Side, channels and fit.
        where: Folder or archive, for messages.

    Returns:
        uint8 (n, side, side, channels) and their names, text (n,).

    Raises:
        InvalidData: Files that are no whole pictures; the first few are named.
    """
    pictures, names, broken = [], [], []
    for name, content in files:
        try:
            pictures.append(decode(content, options))
            names.append(name)
        except InvalidData as error:
            broken.append(f"{name} ({error.received})")
    if broken:
        more = f", and {len(broken) - NAMED} more" if len(broken) > NAMED else ""
        raise InvalidData(
            f"all {len(broken) + len(names)} picture files must be whole pictures",
            received=f"{len(broken)} that are not: {', '.join(broken[:NAMED])}{more}",
            where=where,
            hint="remove or replace these files",
        )
    return np.stack(pictures), np.array(names)


def decode(content: bytes, options: PictureOptions) -> np.ndarray:
    """One picture file as uint8 (side, side, channels); of an animation its first frame.

    Raises:
        InvalidData: It is no whole picture.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which nobody reads here; of size, which is checked below
            with Image.open(io.BytesIO(content)) as opened:
                if max(opened.size) > LARGEST_SIDE:
                    raise InvalidData("too large", received=f"{opened.size[0]} by {opened.size[1]} pixels")
                layered = opened.convert("RGBA")
    except UnidentifiedImageError:
        raise InvalidData("not a picture", received="not a picture") from None
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise InvalidData("not a whole picture", received=str(error) or type(error).__name__) from None
    whole = Image.new("RGBA", layered.size, "white")
    whole.alpha_composite(layered)
    square = _squared(whole.convert("RGB" if options.channels == 3 else "L"), options.fit)
    side = options.side
    resized = square if square.size == (side, side) else square.resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(resized, np.uint8).reshape(side, side, options.channels)


def _squared(picture: Image, fit: str) -> Image:
    from PIL import Image as image
    from PIL import ImageOps

    side = (max if fit == "pad" else min)(picture.size)
    if fit == "stretch" or picture.size == (side, side):
        return picture
    if fit == "crop":
        return ImageOps.fit(picture, (side, side))
    ground = image.new(picture.mode, (side, side), "white")
    ground.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return ground


def picture_data(files: Iterable[Named], options: PictureOptions, where: str) -> Data:
    """Pictures without classes as data for generation, each with its file's name.

    Args:
        files: Name and content of each.
        options: Form and split.
        where: Folder or archive, for messages.

    Raises:
        InvalidData: Files that are no whole pictures, or too few of them.
    """
    from zoo.data.spec import DataSpec
    from zoo.data.split import make_data

    pictures, names = read_pictures(files, options, where)
    spec = DataSpec(
        kind="picture",
        shape=pictures.shape[1:],
        dtype="uint8",
        task="picture_generation",
        value_range=(0, 255),
        target_name="none",
    )
    return make_data(pictures, np.zeros(len(pictures), np.uint8), spec, options, identifiers=names)


def _require_some(count: int, where: str) -> None:
    if not 0 < count <= MOST_FILES:
        raise InvalidData(
            f"there must be picture files ({', '.join(SUFFIXES)}), at most {MOST_FILES:,}",
            received=f"{count:,} of them",
            where=where,
        )


def _require_size(size: int, name: str, where: str) -> None:
    if size > LARGEST_FILE:
        raise InvalidData(
            f"a picture file must have at most {LARGEST_FILE:,} bytes", received=f"{name}, {size:,} bytes", where=where
        )
