"""The tables that need no download."""

import numpy as np
import pytest
from sklearn import datasets as bundled
from sklearn.model_selection import train_test_split

from zoo.data.errors import DamagedData, InvalidData
from zoo.datasets import (
    breast_cancer,
    diabetes,
    iris,
    line,
    surface,
    synthetic_classification,
    synthetic_regression,
    wine,
)

ALL = [iris, wine, breast_cancer, diabetes, surface, line, synthetic_classification, synthetic_regression]
BUNDLED = {
    iris: bundled.load_iris,
    wine: bundled.load_wine,
    breast_cancer: bundled.load_breast_cancer,
    diabetes: lambda: bundled.load_diabetes(scaled=False),
}


def named(module) -> str:
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("module", ALL, ids=named)
def test_the_default_splits_are_the_stored_ones(module) -> None:
    data = module.load(module.Options())
    assert data.spec.kind == "table"
    assert data.train.features.dtype == np.float64
    assert all(column.role == "number" for column in data.spec.columns)


@pytest.mark.parametrize("module", ALL, ids=named)
def test_default_splits_other_than_the_stored_ones_are_refused(module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.HASHES, "test", "0" * 64)
    with pytest.raises(DamagedData, match=f"the test split of data set '{named(module)}' must have sha256 000"):
        module.load(module.Options())


@pytest.mark.parametrize(("module", "source"), BUNDLED.items(), ids=map(named, BUNDLED))
def test_rows_are_those_of_scikit_learn(module, source) -> None:
    data, whole = module.load(module.Options()), source()
    for split in data.splits.values():
        assert np.array_equal(split.features, whole.data[split.rows])
        assert np.array_equal(split.targets, whole.target[split.rows])
    assert len(data.spec.columns) == whole.data.shape[1]


@pytest.mark.parametrize("module", [iris, wine, breast_cancer, diabetes], ids=named)
def test_columns_are_named_as_by_scikit_learn(module) -> None:
    ours = [set(column.name.replace("standard_error", "error").split("_")) for column in module.COLUMNS]
    theirs = [
        set(name.removesuffix(" (cm)").replace("/", "_").replace(" ", "_").split("_"))
        for name in BUNDLED[module]().feature_names
    ]
    assert ours == theirs


@pytest.mark.parametrize("module", [iris, wine, breast_cancer], ids=named)
def test_classes_are_in_the_order_of_scikit_learn(module) -> None:
    names = [name.replace("class_", "") for name in BUNDLED[module]().target_names.tolist()]
    if module is wine:
        names = [f"cultivar {int(name) + 1}" for name in names]
    assert list(module.CLASSES) == names


def test_the_split_of_scikit_learn_is_reached_by_options() -> None:
    data = iris.load(iris.Options(test_fraction=0.2, split_seed=42, stratify=False))
    _, test = train_test_split(np.arange(150), test_size=0.2, random_state=42)
    assert data.test.rows.tolist() == sorted(test)


def test_drawn_problems_are_those_of_scikit_learn_to_the_last_digit() -> None:
    for module, source in (
        (synthetic_classification, bundled.make_classification),
        (synthetic_regression, bundled.make_regression),
    ):
        features, targets = source(100, 10, random_state=42)
        data = module.load(module.Options())
        assert np.array_equal(data.train.features, features[data.train.rows])
        assert np.array_equal(data.train.targets, targets[data.train.rows])


def test_drawn_problems_have_the_sizes_asked_for() -> None:
    data = synthetic_regression.load(synthetic_regression.Options(samples=50, features=3, noise=1.0))
    assert (sum(data.sizes().values()), data.spec.shape) == (50, (3,))
    assert synthetic_classification.load(synthetic_classification.Options(features=20)).spec.shape == (20,)


def test_the_line_is_five_points() -> None:
    data = line.load(line.Options())
    assert data.splitting == "exhaustive"
    assert data.train.features.tolist() == [[1], [2], [3], [4], [5]]
    assert data.test.targets.tolist() == [2, 4, 6, 8, 10]


def test_the_surface_is_the_weighted_mean_of_five_functions() -> None:
    # at the middle T1 = 0, T2 = 1, T3 = 1/4, T4 = sqrt(1/2), T5 = 0
    assert surface.height(np.array([[0.5, 0.5]])) == pytest.approx((8 + 7 / 4 + 6 * 0.5**0.5) / 35)
    # at (1/4, 0) T1 = 1, T2 = exp(-8 * 5/16), T3 = 0, T4 = 1/4, T5 = tanh(5/4)
    expected = (9 + 8 * np.exp(-2.5) + 6 / 4 + 5 * np.tanh(1.25)) / 35
    assert surface.height(np.array([[0.25, 0.0]])) == pytest.approx(expected)


def test_the_splits_of_the_surface_share_no_point_and_the_target_is_standard_on_the_training_split() -> None:
    data = surface.load(surface.Options())
    assert data.sizes() == {"train": 1000, "validation": 1000, "test": 1000}
    assert len({row for split in data.splits.values() for row in split.rows.tolist()}) == 3000
    assert data.train.targets.mean() == pytest.approx(0, abs=1e-12)
    assert data.train.targets.std() == pytest.approx(1)
    points = np.random.default_rng(0).random((13_600, 2))
    assert np.array_equal(data.test.features, points[data.test.rows])


def test_the_points_of_the_surface_are_even_in_every_split() -> None:
    for split in surface.load(surface.Options()).splits.values():
        assert split.features.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.03)
        assert split.features.var(axis=0) == pytest.approx([1 / 12, 1 / 12], abs=0.01)


def test_too_few_points_for_three_samples_are_refused() -> None:
    with pytest.raises(InvalidData, match="received: points = 10, sample = 4"):
        surface.load(surface.Options(points=10, sample=4))


def test_diabetes_is_in_original_units() -> None:
    data = diabetes.load(diabetes.Options())
    ages = data.train.features[:, 0]
    assert (data.spec.columns[0].unit, ages.min() >= 18, ages.max() <= 80) == ("years", True, True)
