"""Whole folders that hold something else under the name of a fetched data set."""

import json
from pathlib import Path

import pytest
from tfds_packages import prepare_under_another_name

from zoo.data.errors import DamagedData, InvalidData
from zoo.datasets import fashion_mnist, mnist

MODULES = pytest.mark.parametrize("module", [mnist, fashion_mnist], ids=lambda module: module.SOURCE.name)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    return tmp_path


@MODULES
def test_other_pictures_under_the_name_are_refused_by_their_hash(module, root: Path) -> None:
    prepare_under_another_name(root, module.SOURCE)
    with pytest.raises(DamagedData, match=f"the train split of data set '{module.SOURCE.name}' must have sha256"):
        module.load(module.Options())


@MODULES
def test_with_other_options_the_hash_of_the_test_split_still_tells(module, root: Path) -> None:
    prepare_under_another_name(root, module.SOURCE)
    with pytest.raises(DamagedData, match=f"the test split of data set '{module.SOURCE.name}' must have sha256"):
        module.load(module.Options(split_seed=1))


def test_a_data_set_without_a_test_split_is_refused(root: Path) -> None:
    folder = prepare_under_another_name(root, mnist.SOURCE)
    info = json.loads((folder / "dataset_info.json").read_text())
    info["splits"] = [split for split in info["splits"] if split["name"] == "train"]
    (folder / "dataset_info.json").write_text(json.dumps(info))
    with pytest.raises(InvalidData, match="data set 'mnist' must have a split 'test' with image and label"):
        mnist.load(mnist.Options())
