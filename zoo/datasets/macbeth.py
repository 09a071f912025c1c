"""Macbeth: one play, 100,163 characters once the ends of its lines are single ones.

Source: W. Shakespeare, The Tragedy of Macbeth, 1606, in the public domain; a text copy of shakespeare.mit.edu.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import TextOptions
from zoo.data.raw_file import RawFile

if TYPE_CHECKING:
    from zoo.data.spec import Data

# No official address is known to hold this very file: the site has the play as a page.
SOURCE = RawFile(
    dataset="macbeth",
    path="text/macbeth.txt",
    size=103_539,
    sha256="311862dff0df1f3970af7c8ba56cb544397d495284744be8dfca070b653ab458",
    origin="a text copy of https://shakespeare.mit.edu/macbeth/full.html with Windows line ends, which course material "
    "passes on as macbeth.txt; a copy of your own goes with text_file and data.path=macbeth.txt",
)
RAW = "plain English of around 1600; a prompt may be anything, characters that the play does not have are unknown"
HASHES = {
    "train": "34644bbd3915b59f6c3df8ea75297df0edb381fa70d05f5d830729194af43372",
    "validation": "14b8671f021e449b55c631cbdb0a0af5edce5ea84a278f607e6dee9b9f85384c",
    "test": "4ecbb8a227ac62fd134e0b70a3e2c43113d113dd95238bcf3889a978b0b189c0",
}


class Options(TextOptions):
    """Options of macbeth: how it is divided, and whether into characters or words."""


def load(options: Options) -> Data:
    """Load the play as codes of its characters.

    Args:
        options: How to divide it.

    Returns:
        Data of kind text.

    Raises:
        DataUnavailable: The file is not here.
        DamagedData: It is another file, or the default splits are not the stored ones.
    """
    from zoo.data.hashes import check_hashes
    from zoo.data.text_split import divided, text_data

    data = text_data(divided(SOURCE.locate().read_text("ascii"), options), options)
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="macbeth")
    return data
