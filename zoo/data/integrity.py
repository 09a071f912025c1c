"""Checks that a prepared TFDS folder is whole, before anything of it is read. TensorFlow-free."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo.data.errors import DamagedData

# A TFRecord is its length (8 bytes), a checksum of it (4), the data, and a checksum of them (4).
_LENGTH_BYTES = 8
_FRAME_BYTES = 16
_DEFAULT_TEMPLATE = "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"


def check_folder(folder: Path, label: str) -> dict[str, int]:
    """Compare the files of a folder with its dataset_info.json: names, bytes and numbers of examples.

    What only reading can tell, such as flipped bits, is left to the checksum of every record.

    Args:
        folder: The prepared data set, such as .../mnist/3.0.1.
        label: The data set's name, for messages.

    Returns:
        Split name -> number of examples.

    Raises:
        DamagedData: A file is missing, cut off or contradicts dataset_info.json; the message names it.
    """
    info_file = folder / "dataset_info.json"
    info = _read_json(info_file, label)
    _read_json(folder / "features.json", label)
    try:
        splits = [_SplitFiles(folder, info, split) for split in info["splits"]]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise damaged(info_file, label, f"does not describe the splits ({type(error).__name__}: {error})") from error
    if not splits:
        raise damaged(info_file, label, "does not describe any split")
    for split in splits:
        split.check(label)
    return {split.name: sum(split.lengths) for split in splits}


def damaged(file: Path, label: str, what: str) -> DamagedData:
    """Make the error that names the damaged file and says how to replace it."""
    return DamagedData(
        f"data set {label!r} is damaged: {file.name} {what}",
        where=str(file),
        hint=f"copy the folder again from where it came, or delete it and run `zoo data get {label}`",
    )


class _SplitFiles:
    """The shard files of one split, as dataset_info.json describes them."""

    def __init__(self, folder: Path, info: Mapping[str, Any], split: Mapping[str, Any]) -> None:
        file_format = info.get("fileFormat", "tfrecord")
        if file_format != "tfrecord":
            raise ValueError(f"the zoo reads the file format tfrecord, not {file_format}")
        self.name = str(split["name"])
        self.info_file = folder / "dataset_info.json"
        self.bytes = int(split["numBytes"])
        self.lengths = [int(length) for length in split["shardLengths"]]
        count = len(self.lengths)
        template = split.get("filepathTemplate", _DEFAULT_TEMPLATE)
        self.files = [
            folder
            / template.format(
                DATASET=info["name"],
                SPLIT=self.name,
                FILEFORMAT=file_format,
                SHARD_INDEX=f"{shard:05d}",
                NUM_SHARDS=f"{count:05d}",
                SHARD_X_OF_Y=f"{shard:05d}-of-{count:05d}",
            )
            for shard in range(count)
        ]

    def check(self, label: str) -> None:
        for file in self.files:
            if not file.is_file():
                raise damaged(file, label, "is missing")
        expected = self.bytes + _FRAME_BYTES * sum(self.lengths)
        received = sum(file.stat().st_size for file in self.files)
        if received == expected:
            return
        # The sizes are known only for the whole split; the records tell which file is to blame.
        for file, length in zip(self.files, self.lengths, strict=True):
            count, is_whole = _count_records(file)
            if count != length or not is_whole:
                ending = "" if is_whole else ", and the next is cut off"
                raise damaged(file, label, f"must hold {length} examples but holds {count}{ending}")
        raise damaged(
            self.info_file, label, f"says {expected} bytes for the {self.name} split, whose files have {received}"
        )


def _count_records(file: Path) -> tuple[int, bool]:
    """Count the records by their lengths; also tell whether the file ends with the last one."""
    size = file.stat().st_size
    count = position = 0
    with file.open("rb") as stream:
        while position + _FRAME_BYTES <= size:
            stream.seek(position)
            (length,) = struct.unpack("<Q", stream.read(_LENGTH_BYTES))
            if position + _FRAME_BYTES + length > size:
                break
            position += _FRAME_BYTES + length
            count += 1
    return count, position == size


def _read_json(file: Path, label: str) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise damaged(file, label, "is missing") from None
    except ValueError as error:  # JSON and UTF-8 errors are both ValueErrors
        raise damaged(file, label, f"is not readable JSON ({error})") from error
    if not isinstance(content, dict):
        raise damaged(file, label, "is not a JSON object")
    return content
