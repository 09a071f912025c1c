"""Tiny Shakespeare: 1,115,394 characters of plays, divided by its source into training, validation and test text.

Source: A. Karpathy, The unreasonable effectiveness of recurrent neural networks, 2015 (char-rnn); TFDS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import UnitOptions
from zoo.data.source import TfdsSource

if TYPE_CHECKING:
    from zoo.data.spec import Data

SOURCE = TfdsSource("tiny_shakespeare", "1.0.0")
RAW = "plain English of around 1600, the name of the speaker before a colon; characters that are not in it are unknown"
HASHES = {
    "train": "3e5bf2223942a976362ce5b136fef97526f665823fedca7ccb555b414d37af9e",
    "validation": "5eda389b08f9df179c4c20660619727c8da9ccc7046b9355218abafa26c3330d",
    "test": "14546c1d9a337591ee2f5ba0fd1d539a0b401b06e2040b7890ed004e1b303c30",
}


class Options(UnitOptions):
    """Options of tiny_shakespeare: characters or words. The three splits are the source's own."""


def load(options: Options) -> Data:
    """Load the text as codes of its characters.

    Args:
        options: What the units are.

    Returns:
        Data of kind text, 1,003,853 + 55,769 + 55,769 characters to predict.

    Raises:
        DataUnavailable: The data are not here and cannot be fetched.
        DamagedData: The folder is not whole, or the default splits are not the stored ones.
    """
    from zoo.data.errors import DamagedData
    from zoo.data.hashes import check_hashes
    from zoo.data.spec import SPLIT_NAMES
    from zoo.data.text_split import text_data

    splits = SOURCE.load()
    if any(len(splits.get(name, {}).get("text", ())) != 1 for name in SPLIT_NAMES):
        raise DamagedData(
            "data set 'tiny_shakespeare' must have one text in each of its three splits",
            received={name: sorted(features) for name, features in splits.items()},
            where=str(SOURCE.find()),
        )
    data = text_data({name: splits[name]["text"][0].decode("utf-8") for name in SPLIT_NAMES}, options)
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="tiny_shakespeare")
    return data
