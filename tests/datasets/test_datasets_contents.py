"""The table of contents: every built-in data set, and nothing heavy on the way to it."""

import subprocess
import sys

import pytest

from registry import Registry
from zoo.data.options import DataOptions
from zoo.datasets import register


def registered() -> Registry:
    registry = Registry()
    register(registry)
    return registry


def test_the_built_in_data_sets_are_registered() -> None:
    names = [dataset.name for dataset in registered().datasets()]
    assert names == [
        *("bank_marketing", "blobs", "breast_cancer", "credit_applications", "creditcard_fraud", "diabetes", "digits"),
        *("emoji", "fashion_mnist", "gates", "iris", "line", "macbeth", "mnist", "moons", "noisy_plane", "nothing"),
        *("picture_folder", "pokemon"),
        *("python_docs", "santa_fe_laser", "series_file", "sine_mix", "surface", "synthetic_classification"),
        *("synthetic_regression", "text_file"),
        *("tiny_shakespeare", "wine", "xor"),
    ]


@pytest.mark.parametrize("dataset", registered().datasets(), ids=lambda dataset: dataset.name)
def test_loader_and_options_exist_and_every_option_is_described(dataset) -> None:
    assert callable(dataset.loader.load())
    options = dataset.options.load()
    assert issubclass(options, DataOptions)
    assert all(field.description for field in options.model_fields.values())


def test_listing_imports_nothing_heavy() -> None:
    code = (
        "import sys; from registry import Registry; from zoo.datasets import register; register(Registry()); "
        "heavy = {'tensorflow', 'tensorflow_datasets', 'keras', 'numpy', 'sklearn', 'pandas', 'pydantic'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert child.stdout.strip() == "[]"


def test_options_and_availability_need_neither_numpy_nor_tensorflow() -> None:
    code = (
        "import sys; from registry import Registry; from zoo.datasets import register; from zoo.data import catalogue; "
        "registry = Registry(); register(registry); catalogue.listing(registry); "
        "[catalogue.make_options(registry, dataset.name, {}) for dataset in registry.datasets()]; "
        "heavy = {'tensorflow', 'tensorflow_datasets', 'keras', 'numpy', 'sklearn', 'pandas'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert child.stdout.strip() == "[]"
