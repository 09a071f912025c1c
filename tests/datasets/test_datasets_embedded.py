"""The data sets that need no download."""

import dataclasses

import numpy as np
import pytest
from sklearn.datasets import load_digits

from zoo.data.errors import DamagedData
from zoo.datasets import blobs, digits, moons, xor


@pytest.mark.parametrize("module", [blobs, digits, moons, xor], ids=lambda module: module.__name__)
def test_the_default_splits_are_the_stored_ones(module) -> None:
    assert module.load(module.Options()).hashes() == module.HASHES


@pytest.mark.parametrize("module", [blobs, digits, moons, xor], ids=lambda module: module.__name__)
def test_default_splits_other_than_the_stored_ones_are_refused(module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.HASHES, "test", "0" * 64)
    name = module.__name__.rpartition(".")[2]
    with pytest.raises(DamagedData, match=f"the test split of data set '{name}' must have sha256 000"):
        module.load(module.Options())


def test_digits_are_the_pictures_of_scikit_learn() -> None:
    data = digits.load(digits.Options())
    pixels, targets = load_digits(return_X_y=True)
    assert data.spec.shape == (8, 8, 1)
    assert data.spec.value_range == (0, 16)
    assert data.splitting == "stratified"
    assert data.train.features.dtype == np.uint8
    assert np.array_equal(data.train.features.reshape(-1, 64), pixels[data.train.rows])
    assert np.array_equal(data.test.targets, targets[data.test.rows])


def test_digits_hold_no_picture_twice() -> None:
    assert set(digits.load(digits.Options()).duplicates().values()) == {0}


def test_other_options_split_digits_otherwise() -> None:
    data = digits.load(digits.Options(split_seed=1, test_fraction=0.3))
    assert data.sizes() == {"train": 1078, "validation": 180, "test": 539}
    assert data.test.sha256 != digits.HASHES["test"]


def test_every_split_of_xor_is_the_truth_table() -> None:
    data = xor.load(xor.Options())
    assert data.splitting == "exhaustive"
    for split in data.splits.values():
        table = {tuple(point): target for point, target in zip(split.features.tolist(), split.targets, strict=True)}
        assert table == {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 0}


def test_moons_without_noise_lie_on_two_half_circles() -> None:
    data = moons.load(moons.Options(noise=0))
    upper = data.train.features[data.train.targets == 0]
    lower = data.train.features[data.train.targets == 1]
    assert np.allclose(np.hypot(upper[:, 0], upper[:, 1]), 1, atol=1e-5)
    assert np.allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1, atol=1e-5)


def test_another_generator_seed_draws_other_points() -> None:
    assert moons.load(moons.Options(generator_seed=1)).train.sha256 != moons.HASHES["train"]


def test_blobs_have_as_many_classes_and_features_as_asked() -> None:
    data = blobs.load(blobs.Options(samples=100, centers=4, features=5))
    assert data.spec == dataclasses.replace(
        data.spec,
        shape=(5,),
        classes=("cloud 1", "cloud 2", "cloud 3", "cloud 4"),
        feature_names=("x1", "x2", "x3", "x4", "x5"),
    )
    assert set(np.unique(data.train.targets)) == {0, 1, 2, 3}


def test_narrow_blobs_are_narrow() -> None:
    data = blobs.load(blobs.Options(cluster_std=0.01))
    spread = [data.train.features[data.train.targets == number].std(axis=0).max() for number in range(3)]
    assert max(spread) < 0.02
