"""Noto emoji: 3,583 pictures of 72 by 72 pixels in colour with opacity, as Google draws them.

They are laid on white and brought to 64 by 64 pixels. Flags, skin tones and hair styles make many of them look alike,
and some are equal: `zoo data show emoji` counts those that stand in two splits.

Source: Google, Noto Emoji, https://github.com/googlefonts/noto-emoji, folder png/72.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.picture_options import PictureOptions
from zoo.data.raw_file import RawFile

if TYPE_CHECKING:
    from zoo.data.spec import Data

SOURCE = RawFile(
    dataset="emoji",
    path="noto_emoji/noto_emoji_png72.zip",
    size=11_586_901,
    sha256="e5b0711d9e0ace5485a2aee03fa9e63fe10e2bc5981524a01aea6695ed372b86",
    origin="https://github.com/googlefonts/noto-emoji (folder png/72, packed as noto_emoji_png72.zip; archives that "
    "are packed anew are other files)",
)
RAW = "one sign on white or transparent ground; any size, brought to 64x64"


class Options(PictureOptions):
    """Options of emoji: form of the pictures and how they are split."""


def load(options: Options) -> Data:
    """Load the pictures as uint8 (64, 64, 3), each with the name of its file.

    Args:
        options: Form and split.

    Returns:
        Data without classes.

    Raises:
        DataUnavailable: The file is not here; no address is known to hold it.
        DamagedData: It is another file.
    """
    from zoo.data.picture_files import archive_files, picture_data

    path = SOURCE.locate()
    return picture_data(archive_files(path.read_bytes(), str(path)), options, str(path))
