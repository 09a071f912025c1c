"""What `zoo data` shows and does."""

import dataclasses
import json
from pathlib import Path

import pytest
from tfds_packages import TINY, prepare_tiny

from registry import DataSet, Registry, UnknownDataSet
from zoo.data import catalogue
from zoo.data.errors import DamagedData, DataUnavailable, InvalidData
from zoo.datasets import register
from zoo.recipe.errors import RecipeError

PLUGIN = """
from zoo.data.options import ValidationOptions
from zoo.data.source import TfdsSource
{source}

class Options(ValidationOptions):
    stratify: bool = False

def load(options):
    from zoo.data.pictures import load_pictures
    return load_pictures(SOURCE, options, shape=(4, 4, 1), classes=("a", "b", "c"), target="rest")

def load_a_list(options):
    return [1, 2, 3]
"""


@pytest.fixture(autouse=True)
def nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("ZOO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("ZOO_OFFLINE", "1")


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    register(made)
    return made


def plugin_dataset(name: str, loader: str = "load", embedded: bool = False) -> DataSet:
    return DataSet(
        name=name,
        summary="a plugin's pictures",
        tasks=("classification",),
        loader=f"{name}:{loader}",
        options=f"{name}:Options",
        licence="MIT",
        source="made for this test",
        examples=16,
        classes=3,
        features="4x4 grey pictures, uint8",
        embedded=embedded,
        provider="a-plugin",
    )


@pytest.fixture
def plugin(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry with two data sets of a plugin: one names its source, one does not."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "plugin_tiny.py").write_text(PLUGIN.format(source=f"SOURCE = {TINY!r}"))
    (tmp_path / "plugin_private.py").write_text(PLUGIN.format(source=""))
    registry.add_dataset(plugin_dataset("plugin_tiny"))
    registry.add_dataset(plugin_dataset("plugin_private", loader="load_a_list"))
    return registry


def test_the_list_says_what_can_be_loaded_without_a_network(plugin: Registry) -> None:
    available = {facts["name"]: facts["available"] for facts in catalogue.listing(plugin)}
    elsewhere = (
        *("bank_marketing", "credit_applications", "creditcard_fraud", "emoji", "fashion_mnist", "macbeth", "mnist"),
        *("plugin_tiny", "santa_fe_laser", "tiny_shakespeare"),
    )
    assert {name for name, is_here in available.items() if is_here is False} == set(elsewhere)
    # whoever uses them says where they are
    own = ["picture_folder", "plugin_private", "pokemon", "series_file", "text_file"]
    assert sorted(name for name, is_here in available.items() if is_here is None) == own
    assert {"blobs", "digits", "iris", "xor"} <= {name for name, is_here in available.items() if is_here}
    assert json.dumps(catalogue.listing(plugin))


def test_embedded_data_are_described_with_splits_hashes_and_a_raw_example(registry: Registry) -> None:
    facts = json.loads(json.dumps(catalogue.describe(registry, "digits")))
    assert facts["data"]["sizes"] == {"train": 1258, "validation": 180, "test": 359}
    assert len(facts["data"]["hashes"]["test"]) == 64
    assert len(facts["data"]["example"]["features"]) == 8
    assert facts["data"]["example"]["class"] == str(facts["data"]["example"]["target"])
    assert facts["path"] is None
    assert facts["licence"] == "CC-BY-4.0"
    assert {"name", "type", "default", "limits", "description"} <= set(facts["options"][0])


def test_data_that_are_not_here_are_described_without_fetching_them(registry: Registry) -> None:
    facts = catalogue.describe(registry, "mnist")
    assert facts["data"] is None
    assert facts["path"] is None
    assert [option["name"] for option in facts["options"]] == ["validation_fraction", "split_seed", "stratify"]


def test_a_plugins_fetched_data_are_described_and_found_like_the_built_in_ones(
    plugin: Registry, tmp_path: Path
) -> None:
    folder = prepare_tiny(tmp_path / "mine")
    assert catalogue.path(plugin, "plugin_tiny") == folder
    assert catalogue.describe(plugin, "plugin_tiny")["path"] == str(folder)
    got = catalogue.get(plugin, "plugin_tiny")
    assert got["path"] == str(folder)
    assert got["sizes"] == {"train": 11, "validation": 1, "test": 4}


def test_getting_embedded_data_verifies_them(registry: Registry) -> None:
    got = catalogue.get(registry, "xor")
    assert got["path"] is None
    assert got["sizes"] == {"train": 4, "validation": 4, "test": 4}


def test_a_table_is_described_by_its_columns_and_a_row_with_a_missing_cell_is_json(registry: Registry) -> None:
    facts = json.loads(json.dumps(catalogue.describe(registry, "iris"), allow_nan=False))
    assert facts["columns"][0]["unit"] == "cm"
    assert "file" not in facts
    data = catalogue.load(registry, "iris")
    features = data.train.features.copy()
    features[0, 1] = float("nan")
    missing = dataclasses.replace(data, train=dataclasses.replace(data.train, features=features))
    assert catalogue.raw_example(missing)["features"][1] is None


def test_a_raw_file_is_found_and_its_path_told(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable, match="`zoo data path` fetches nothing"):
        catalogue.path(registry, "bank_marketing")
    path = tmp_path / "mine" / "bank_marketing" / "bank-full.csv"
    path.parent.mkdir(parents=True)
    path.write_text("not what it says")
    assert catalogue.path(registry, "bank_marketing") == path
    with pytest.raises(DamagedData, match=r"bank-full\.csv of 'bank_marketing' must have 4610348 bytes"):
        catalogue.get(registry, "bank_marketing")


def test_embedded_data_have_no_path(registry: Registry) -> None:
    assert catalogue.path(registry, "moons") is None


def test_the_path_of_data_that_are_not_here_is_an_error_that_fetches_nothing(registry: Registry) -> None:
    with pytest.raises(DataUnavailable, match="`zoo data get mnist`"):
        catalogue.path(registry, "mnist")


def test_getting_data_without_a_network_is_an_error(registry: Registry) -> None:
    with pytest.raises(DataUnavailable, match="ZOO_OFFLINE forbids the network"):
        catalogue.get(registry, "fashion_mnist")


def test_options_reach_the_loader(registry: Registry) -> None:
    assert catalogue.load(registry, "moons", {"samples": 50, "noise": 0.0}).sizes() == {
        "train": 35,
        "validation": 5,
        "test": 10,
    }


def test_an_unknown_option_is_refused_and_the_nearest_named(registry: Registry) -> None:
    with pytest.raises(RecipeError, match=r"where: data set moons\n  did you mean: noise"):
        catalogue.load(registry, "moons", {"noize": 0.1})


def test_an_option_out_of_range_is_refused(registry: Registry) -> None:
    with pytest.raises(RecipeError, match=r"data\.noise"):
        catalogue.load(registry, "moons", {"noise": -1})


def test_an_unknown_data_set_is_refused_and_the_nearest_named(registry: Registry) -> None:
    with pytest.raises(UnknownDataSet, match="did you mean: mnist"):
        catalogue.describe(registry, "mnits")


def test_a_loader_that_returns_something_else_is_refused(plugin: Registry) -> None:
    with pytest.raises(InvalidData, match=r"must return zoo.data.spec.Data\n  received: list"):
        catalogue.load(plugin, "plugin_private")


def test_a_large_raw_example_is_left_out(registry: Registry) -> None:
    data = catalogue.load(registry, "blobs", {"features": 1000})
    assert catalogue.raw_example(data)["features"] is not None
    assert catalogue.raw_example(data, largest=999)["features"] is None
