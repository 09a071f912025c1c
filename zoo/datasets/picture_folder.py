"""Pictures of one's own: all picture files in a folder and its folders, or in a zip archive.

`zoo train dcgan/emoji dataset=picture_folder data.path=my_pictures`
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.picture_options import PictureOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

RAW = "pictures of any size, with opacity or without"


class Options(PictureOptions):
    """Options of picture_folder: where the pictures are, their form and how they are split."""

    path: str | None = setting(None, "folder of picture files, or a zip archive of them")


def load(options: Options) -> Data:
    """Load the pictures as uint8 (side, side, channels), each with the name of its file.

    Args:
        options: Place, form and split.

    Returns:
        Data without classes.

    Raises:
        DataUnavailable: No folder was named.
        InvalidData: The folder holds no pictures, or files that are no whole pictures.
        DamagedData: It is a broken archive.
    """
    from zoo.data.errors import DataUnavailable
    from zoo.data.picture_files import archive_files, folder_files, picture_data

    if options.path is None:
        raise DataUnavailable(
            "data set 'picture_folder' must be told where the pictures are", hint="data.path=FOLDER_OR_ZIP"
        )
    path = Path(options.path).expanduser()
    files = archive_files(path.read_bytes(), str(path)) if path.is_file() else folder_files(path)
    return picture_data(files, options, str(path))
