"""The data sets that are fetched, on the real data that TFDS_DATA_DIR names."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from zoo.data.errors import DamagedData
from zoo.datasets import fashion_mnist, mnist

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def tfds_data_dir(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the real data; its absence is a failure, because a skipped tier proves nothing."""
    named = os.environ.get("TFDS_DATA_DIR")
    if not named:
        pytest.fail("set TFDS_DATA_DIR to a folder with mnist/3.0.1 and fashion_mnist/3.0.1 to run the real tier")
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    return Path(named)


@pytest.mark.parametrize("module", [mnist, fashion_mnist], ids=lambda module: module.SOURCE.name)
def test_the_default_splits_are_the_stored_ones(module) -> None:
    data = module.load(module.Options())
    assert data.sizes() == {"train": 55_000, "validation": 5_000, "test": 10_000}
    assert data.hashes() == module.HASHES
    assert data.spec.shape == (28, 28, 1)
    assert data.splitting == "fixed"
    assert data.validation.rows.max() < 60_000
    assert set(data.duplicates().values()) == {0}
    for split in data.splits.values():
        share = np.bincount(split.targets) / len(split)
        assert share == pytest.approx([0.1] * 10, abs=0.015)


def test_another_validation_fraction_leaves_the_test_split_alone() -> None:
    data = mnist.load(mnist.Options(validation_fraction=0.25))
    assert data.sizes() == {"train": 45_000, "validation": 15_000, "test": 10_000}
    assert data.test.sha256 == mnist.HASHES["test"]


def test_a_cut_off_shard_of_the_real_data_is_named(
    tfds_data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(tfds_data_dir / mnist.SOURCE.address, tmp_path / mnist.SOURCE.address))
    folder.chmod(0o755)
    shard = folder / "mnist-train.tfrecord-00000-of-00001"
    shard.chmod(0o644)
    os.truncate(shard, 1_000_000)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(DamagedData, match=r"mnist-train.tfrecord-00000-of-00001 must hold 60000 examples but holds"):
        mnist.load(mnist.Options())
