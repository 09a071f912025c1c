"""Folders that are not whole are refused before or while they are read, and the file to blame is named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tfds_packages import TINY, TINY_SIZES, prepare_tiny

from zoo.data.errors import DamagedData
from zoo.data.integrity import check_folder
from zoo.data.options import ValidationOptions
from zoo.data.pictures import load_pictures
from zoo.data.read import read_folder

TRAIN = "tiny_pictures-train.tfrecord-00001-of-00002"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_tiny(tmp_path_factory.mktemp("tfds"), shards=2)


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / TINY.address))


def edit_info(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        file = folder / "dataset_info.json"
        info = json.loads(file.read_text())
        change(info)
        file.write_text(json.dumps(info))

    return edit


def rewrite(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def test_a_whole_folder_passes_and_tells_its_sizes(folder: Path) -> None:
    assert check_folder(folder, "tiny") == TINY_SIZES


def test_examples_are_read_in_the_order_of_the_files(folder: Path) -> None:
    first, again = (read_folder(folder, "tiny")["train"] for _ in range(2))
    assert first["image"].shape == (12, 4, 4, 1)
    assert first["image"].dtype == np.uint8
    assert np.array_equal(first["image"][:, 0, 0, 0] % 3, first["label"])
    assert np.array_equal(first["image"], again["image"])


def test_pictures_become_checked_data_with_the_sources_test_split(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    options = ValidationOptions(validation_fraction=0.25)
    data = load_pictures(TINY, options, shape=(4, 4, 1), classes=("a", "b", "c"), target="rest")
    assert data.sizes() == {"train": 9, "validation": 3, "test": 4}
    assert data.splitting == "fixed"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / TRAIN).unlink(), f"{TRAIN} is missing"),
        (
            rewrite(TRAIN, lambda content: content[:-1]),
            f"{TRAIN} must hold 6 examples but holds 5, and the next is cut",
        ),
        (rewrite(TRAIN, lambda content: b""), f"{TRAIN} must hold 6 examples but holds 0"),
        (rewrite(TRAIN, lambda content: content + b"0123456789"), f"{TRAIN} must hold 6 examples but holds 6, and"),
        (lambda folder: (folder / "dataset_info.json").unlink(), "dataset_info.json is missing"),
        (lambda folder: (folder / "features.json").unlink(), "features.json is missing"),
        (rewrite("dataset_info.json", lambda content: content[:50]), "dataset_info.json is not readable JSON"),
        (rewrite("dataset_info.json", lambda content: b"\xff\xfe"), "dataset_info.json is not readable JSON"),
        (rewrite("dataset_info.json", lambda content: b"[]"), "dataset_info.json is not a JSON object"),
        (edit_info(lambda info: info.pop("splits")), "dataset_info.json does not describe the splits"),
        (edit_info(lambda info: info.update(splits=[])), "dataset_info.json does not describe any split"),
        (edit_info(lambda info: info.update(fileFormat="parquet")), "reads the file format tfrecord, not parquet"),
        (edit_info(lambda info: info["splits"][0].update(numBytes="7")), "dataset_info.json says .* the files have"),
    ],
)
def test_a_damaged_folder_is_refused_and_the_file_named(folder: Path, damage: Any, message: str) -> None:
    damage(folder)
    with pytest.raises(DamagedData, match=message.replace("the files", "whose files")) as caught:
        check_folder(folder, "tiny")
    assert str(folder) in str(caught.value.where)
    assert "`zoo data get tiny`" in str(caught.value.hint)


def test_a_flipped_bit_is_found_while_reading(folder: Path) -> None:
    rewrite(TRAIN, lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:])(folder)
    check_folder(folder, "tiny")
    with pytest.raises(DamagedData, match="cannot be read"):
        read_folder(folder, "tiny")


def test_a_number_of_examples_that_agrees_only_in_bytes_is_found_while_reading(folder: Path) -> None:
    def one_more(info: dict[str, Any]) -> None:
        split = next(split for split in info["splits"] if split["name"] == "train")
        split.update(shardLengths=["6", "7"], numBytes=str(int(split["numBytes"]) - 16))

    edit_info(one_more)(folder)
    check_folder(folder, "tiny")
    with pytest.raises(DamagedData, match="12"):
        read_folder(folder, "tiny")


def test_features_that_tfds_does_not_understand_are_reported(folder: Path) -> None:
    (folder / "features.json").write_text('{"pythonClassName": "tensorflow_datasets.nothing.Here"}')
    with pytest.raises(DamagedData, match=r"features\.json is not what TFDS"):
        read_folder(folder, "tiny")
