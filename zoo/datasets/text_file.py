"""A text of the user's own: one file, or every .txt file below a folder, in the order of their names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.options import TextOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

LARGEST = 2**30  # bytes of all files together: codes and their tensors take three times as much memory
RAW = "plain text in UTF-8, one file or a folder of .txt files, named by data.path"


class Options(TextOptions):
    """Options of text_file: where the text is, how it is divided, and whether into characters or words."""

    path: str = setting("", "a text file, or a folder whose .txt files are read in the order of their names")


def load(options: Options) -> Data:
    """Load the text as codes of its characters.

    Args:
        options: Where it is and how to divide it.

    Returns:
        Data of kind text.

    Raises:
        InvalidData: No path, no text there, a file that is not UTF-8, or more text than fits in memory.
    """
    from zoo.data.text_split import divided, text_data

    return text_data(divided(_read(options.path), options), options)


def _read(path: str) -> str:
    from zoo.data.errors import InvalidData

    if not path:
        raise InvalidData("data.path must name a text file or a folder of them", received="''", hint="data.path=my.txt")
    place = Path(path).expanduser()
    files = sorted(place.rglob("*.txt")) if place.is_dir() else [place]
    files = [file for file in files if file.is_file()]
    if not files:
        what = "a folder without .txt files" if place.is_dir() else "no such file"
        raise InvalidData("data.path must name a text file or a folder of .txt files", received=what, where=str(place))
    size = sum(file.stat().st_size for file in files)
    if size > LARGEST:
        raise InvalidData(f"the text must have at most {LARGEST} bytes", received=f"{size} bytes", where=str(place))
    return "\n".join(map(_text_of, files))


def _text_of(file: Path) -> str:
    from zoo.data.errors import InvalidData

    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidData(
            "a text file must be UTF-8",
            received=f"{error.reason} at byte {error.start}",
            where=str(file),
            hint="iconv -f WINDOWS-1252 -t UTF-8 old.txt > new.txt",
        ) from None
    except OSError as error:
        raise InvalidData("a text file must be readable", received=str(error), where=str(file)) from None
