"""The record beside a weights file: all that is needed to build the network again and to trust the file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import Registry
from zoo.data.spec import Data, DataSpec
from zoo.recipe import BoundRecipe, Recipe, bind, recipe_from_table, recipe_table
from zoo.weights.catalogue import published
from zoo.weights.errors import WeightsError

FORMAT = 1
GENERATOR = "generator"  # the part of an adversarial pair that is published
REQUIRED = ("format", "name", "family_version", "recipe", "data_spec", "weights")


@dataclass(frozen=True)
class Record:
    """A record as read from its file.

    Attributes:
        path: The record's file.
        table: All of it, as JSON gave it.
        recipe: The recipe of the run, every default written out.
        data_spec: What the network takes and gives.
    """

    path: Path
    table: dict[str, Any]
    recipe: Recipe
    data_spec: DataSpec

    @property
    def weights_path(self) -> Path:
        return self.path.parent / str(self.table["weights"]["file"])


def make_record(bound: BoundRecipe, recipe: Recipe, data: Data, weights: dict[str, Any]) -> dict[str, Any]:
    """The table of a record: `weights` is what `save_weights` returned, `recipe` has every default written out."""
    return {
        "format": FORMAT,
        "name": recipe.name,
        "family_version": bound.family.version,
        "recipe": recipe_table(recipe),
        "data_spec": data.spec.to_json(),
        "data": {"name": bound.dataset.name, "hashes": data.hashes(), "sizes": data.sizes()},
        "weights": weights,
    }


def read_record(path: Path) -> Record:
    """Read and check a record.

    Raises:
        WeightsError: The file is missing, broken, incomplete or of a newer format.
        RecipeError, InvalidData: Its recipe or data specification is not valid.
    """
    table = read_json(path)
    if not isinstance(table, dict) or not isinstance(table.get("format"), int) or table["format"] < 1:
        raise WeightsError("a weights record must be a table with a format number", where=str(path))
    if table["format"] > FORMAT:
        raise WeightsError(
            f"a weights record must have format {FORMAT} or older",
            received=table["format"],
            where=str(path),
            hint="pip install --upgrade keras-zoo",
        )
    missing = [key for key in REQUIRED if key not in table]
    if missing:
        raise WeightsError("a weights record must be complete", received=f"no {', '.join(missing)}", where=str(path))
    for key in ("recipe", "data_spec", "weights"):
        if not isinstance(table[key], dict):
            raise WeightsError(f"{key} of a weights record must be a table", received=table[key], where=str(path))
    if table["weights"].get("part", GENERATOR) != GENERATOR:
        raise WeightsError(
            f"the weights of a record must be of a whole model, or of its {GENERATOR}",
            received=table["weights"]["part"],
            where=str(path),
        )
    if not _names_a_file_beside(table["weights"]):
        raise WeightsError(
            "a weights record must name a file beside it, its sha256 and bytes",
            received=table["weights"],
            where=str(path),
        )
    recipe = recipe_from_table(table["recipe"], name=str(table["name"]), where=str(path))
    try:
        data_spec = DataSpec.from_json(table["data_spec"])
    except (TypeError, ValueError) as error:  # a field of another type than it should have
        raise WeightsError(
            "data_spec of a weights record must be a data specification", received=str(error), where=str(path)
        ) from None
    return Record(path, table, recipe, data_spec)


def read_json(path: Path) -> Any:
    """The content of a JSON file that a run or a publication left.

    Raises:
        WeightsError: The file is missing or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path.name} must be a readable JSON file", received=str(error), where=str(path)) from None


def _names_a_file_beside(weights: dict[str, Any]) -> bool:
    name, size = weights.get("file"), weights.get("bytes")
    beside = isinstance(name, str) and Path(name).name == name and name not in ("", "..") and "\0" not in name
    return beside and isinstance(weights.get("sha256"), str) and isinstance(size, int)


def find_record(registry: Registry, name: str | Path) -> Path:
    """The record of a run folder or of a recipe's published weights.

    A folder that holds no run is not looked into: `mlp/digits` is a recipe even where a folder of that name stands.

    Raises:
        UnknownName: There is no such recipe.
        WeightsError: The recipe has no published weights, the run has none yet, or it is neither recipe nor run.
    """
    folder = Path(name)
    if (folder / "model.json").is_file():
        return folder / "model.json"
    if (folder / "run.json").is_file():
        seeds = sorted(seed.parent for seed in folder.glob("seed-*/model.json"))
        raise WeightsError(
            "weights are in the folder of one finished run",
            received=f"{folder}, {'a reproduction of several runs' if seeds else 'a run without weights yet'}",
            near=[str(seed) for seed in seeds[:3]],
            hint=None if seeds else f"zoo resume {folder}",
        )
    return Path(published(registry, str(name)).record)


def bound_recipe(registry: Registry, record: Record) -> BoundRecipe:
    """The record's recipe bound to the registered family.

    Raises:
        WeightsError: The family now makes another network than when the weights were trained.
    """
    bound = bind(registry, record.recipe, where=str(record.path))
    if bound.family.version != record.table["family_version"]:
        raise WeightsError(
            f"the family {bound.family.name} must have the version that the weights were trained with",
            received=f"version {bound.family.version}; the weights are of version {record.table['family_version']}",
            where=str(record.path),
        )
    return bound


def built(bound: BoundRecipe, record: Record) -> Any:
    """The model that a record's weights are of, as its builder makes it: of an adversarial pair maybe the generator.

    Raises:
        WeightsError: The record is of a generator, and the family makes none.
    """
    model = bound.family.builder.load()(bound.hyperparameters, record.data_spec)
    if "part" not in record.table["weights"]:
        return model
    if not hasattr(model, "alone"):
        raise WeightsError(
            f"weights of a {GENERATOR} must be of an adversarial family",
            received=bound.family.name,
            where=str(record.path),
        )
    return model.alone()
