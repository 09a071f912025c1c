"""The record beside the weights, and how a name or a folder leads to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from registry import Registry, UnknownRecipe, UserError
from zoo.weights.catalogue import PUBLISHED
from zoo.weights.errors import WeightsError
from zoo.weights.load import load_network
from zoo.weights.record import find_record

Table = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the record and the weights of mlp/digits, as a run leaves them."""
    shutil.copy(PUBLISHED / "mlp/digits.json", tmp_path / "model.json")
    shutil.copy(PUBLISHED / "mlp/digits.weights.h5", tmp_path / "digits.weights.h5")
    return tmp_path


def edit(folder: Path, change: Callable[[Table], Any]) -> Path:
    path = folder / "model.json"
    table = json.loads(path.read_text(encoding="utf-8"))
    change(table)
    path.write_text(json.dumps(table), encoding="utf-8")
    return path


def refusal(registry: Registry, folder: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        load_network(registry, folder)
    assert caught.value.exit_code == 2
    assert str(folder) in str(caught.value)
    return caught.value


def test_a_whole_folder_loads(registry: Registry, folder: Path) -> None:
    loaded = load_network(registry, folder)
    assert loaded.network.count_params() == 50_826
    assert loaded.record.recipe.name == "mlp/digits"
    assert loaded.record.data_spec.num_classes == 10


@pytest.mark.parametrize("content", ["", "{", "no JSON", "[" * 100_000, '{"format": 1', "\x00"])
def test_a_record_that_is_not_json_is_refused(registry: Registry, folder: Path, content: str) -> None:
    (folder / "model.json").write_text(content, encoding="utf-8")
    assert "model.json must be a readable JSON file" in refusal(registry, folder).message


def test_a_record_that_is_not_text_is_refused(registry: Registry, folder: Path) -> None:
    (folder / "model.json").write_bytes(b"\xff\xfe\x00")
    assert "model.json must be a readable JSON file" in refusal(registry, folder).message


@pytest.mark.parametrize("content", ["[]", "3", "null", "{}", '{"format": "1"}'])
def test_a_record_without_a_format_number_is_refused(registry: Registry, folder: Path, content: str) -> None:
    (folder / "model.json").write_text(content, encoding="utf-8")
    assert "must be a table with a format number" in refusal(registry, folder).message


def test_a_record_of_a_newer_format_is_refused_with_what_to_do(registry: Registry, folder: Path) -> None:
    edit(folder, lambda table: table.update(format=2))
    error = refusal(registry, folder)
    assert "must have format 1 or older\n  received: 2" in str(error)
    assert error.hint == "pip install --upgrade keras-zoo"


@pytest.mark.parametrize("key", ["name", "family_version", "recipe", "data_spec", "weights"])
def test_an_incomplete_record_is_refused_naming_what_is_missing(registry: Registry, folder: Path, key: str) -> None:
    edit(folder, lambda table: table.pop(key))
    assert refusal(registry, folder).received == f"no {key}"


@pytest.mark.parametrize(
    "file", ["../secret.weights.h5", "/etc/passwd", "sub/w.h5", "a\0b.weights.h5", "..", ".", "", 3, None], ids=repr
)
def test_a_path_that_leaves_the_folder_is_refused(registry: Registry, folder: Path, file: object) -> None:
    edit(folder, lambda table: table["weights"].update(file=file))
    assert "must name a file beside it" in refusal(registry, folder).message


@pytest.mark.parametrize("key", ["sha256", "bytes", "file"])
def test_weights_without_name_hash_or_size_are_refused(registry: Registry, folder: Path, key: str) -> None:
    edit(folder, lambda table: table["weights"].pop(key))
    assert "must name a file beside it, its sha256 and bytes" in refusal(registry, folder).message


@pytest.mark.parametrize("key", ["recipe", "data_spec", "weights"])
@pytest.mark.parametrize("value", [[], 3, "text", None], ids=repr)
def test_a_part_that_is_not_a_table_is_refused(registry: Registry, folder: Path, key: str, value: object) -> None:
    edit(folder, lambda table: table.update({key: value}))
    assert refusal(registry, folder).message == f"{key} of a weights record must be a table"


@pytest.mark.parametrize(
    ("key", "value"),
    [("shape", "8x8"), ("shape", 8), ("shape", [8, "8", 1]), ("value_range", [1]), ("classes", 10), ("kind", [])],
)
def test_a_data_specification_of_other_types_is_refused(
    registry: Registry, folder: Path, key: str, value: object
) -> None:
    edit(folder, lambda table: table["data_spec"].update({key: value}))
    with pytest.raises(UserError):
        load_network(registry, folder)


def test_an_invalid_recipe_in_a_record_is_refused_with_its_place(registry: Registry, folder: Path) -> None:
    edit(folder, lambda table: table["recipe"]["hyperparameters"].update(units=["many"]))
    assert "hyperparameters.units.0" in refusal(registry, folder).message


def test_another_version_of_the_family_is_refused(registry: Registry, folder: Path) -> None:
    edit(folder, lambda table: table.update(family_version="0"))
    assert "received: version 1; the weights are of version 0" in str(refusal(registry, folder))


def test_a_recipe_of_another_network_is_refused(registry: Registry, folder: Path) -> None:
    edit(folder, lambda table: table["recipe"]["hyperparameters"].update(units=[256]))
    assert "must hold exactly the variables of the network" in refusal(registry, folder).message


def test_a_weights_file_with_one_other_byte_is_refused(registry: Registry, folder: Path) -> None:
    path = folder / "digits.weights.h5"
    content = bytearray(path.read_bytes())
    content[100_000] ^= 1
    path.write_bytes(bytes(content))
    assert "must have the sha256" in refusal(registry, folder).message


def test_a_recipe_is_found_where_a_folder_of_its_name_stands(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlp/digits/20260101-000000-abcdef").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert find_record(registry, "mlp/digits") == PUBLISHED / "mlp/digits.json"


def test_a_run_without_weights_is_refused_with_how_to_resume_it(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    error = refusal(registry, tmp_path)
    assert error.hint == f"zoo resume {tmp_path}"


def test_a_reproduction_is_refused_naming_its_seeds(registry: Registry, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    (tmp_path / "seed-0").mkdir()
    (folder / "model.json").rename(tmp_path / "seed-0/model.json")
    assert refusal(registry, tmp_path).near == (str(tmp_path / "seed-0"),)


@pytest.mark.parametrize("name", ["no/such/run", "/no/such/run", "MLP/Digits", "mlp/digits/", ""])
def test_neither_a_name_nor_a_run_is_refused(registry: Registry, name: str) -> None:
    with pytest.raises(WeightsError, match="the name of a recipe, family/recipe, or a run folder") as caught:
        find_record(registry, name)
    assert caught.value.hint == "zoo list pretrained"


def test_a_family_alone_is_refused_naming_its_pretrained_recipes(registry: Registry) -> None:
    with pytest.raises(WeightsError) as caught:
        find_record(registry, "mlp")
    assert "mlp/digits" in caught.value.near


def test_a_recipe_without_weights_is_refused(registry: Registry) -> None:
    with pytest.raises(WeightsError, match="a recipe that has them\n  received: mlp/moons_overfit"):
        find_record(registry, "mlp/moons_overfit")


def test_an_unknown_recipe_is_refused(registry: Registry) -> None:
    with pytest.raises(UnknownRecipe):
        find_record(registry, "mlp/digit")
