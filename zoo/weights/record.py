"""The record beside a weights file: all that is needed to build the network again and to trust the file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import Registry
from zoo.data.spec import DataSpec
from zoo.recipe import BoundRecipe, Recipe, bind, recipe_from_table, recipe_table
from zoo.weights.errors import WeightsError

FORMAT = 1
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


def make_record(bound: BoundRecipe, recipe: Recipe, data_spec: DataSpec, weights: dict[str, Any]) -> dict[str, Any]:
    """The table of a record: `weights` is what `save_weights` returned, `recipe` has every default written out."""
    return {
        "format": FORMAT,
        "name": recipe.name,
        "family_version": bound.family.version,
        "recipe": recipe_table(recipe),
        "data_spec": data_spec.to_json(),
        "weights": weights,
    }


def read_record(path: Path) -> Record:
    """Read and check a record.

    Raises:
        WeightsError: The file is missing, broken, or of a newer format.
        RecipeError, InvalidData: Its recipe or data specification is not valid.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise WeightsError(
            "a weights record must be a readable JSON file", received=str(error), where=str(path)
        ) from None
    if not isinstance(table, dict) or not isinstance(table.get("format"), int):
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
    weights = table["weights"]
    name = weights.get("file") if isinstance(weights, dict) else None
    if not isinstance(name, str) or Path(name).name != name or {"sha256", "bytes"} - weights.keys():
        raise WeightsError(
            "a record must name a weights file beside it, its sha256 and bytes", received=weights, where=str(path)
        )
    recipe = recipe_from_table(table["recipe"], name=str(table["name"]), where=str(path))
    return Record(path, table, recipe, DataSpec.from_json(table["data_spec"]))


def find_record(registry: Registry, name: str | Path) -> Path:
    """The record of a run folder or of a recipe's published weights.

    Raises:
        UnknownName, InvalidName: There is no such recipe.
        WeightsError: The recipe has no published weights, or the run has not ended.
    """
    folder = Path(name)
    if folder.is_dir():
        path = folder / "model.json"
        if path.is_file():
            return path
        seeds = sorted(seed.parent for seed in folder.glob("seed-*/model.json"))
        raise WeightsError(
            "the folder must be a finished run with weights",
            received=str(folder),
            near=[str(seed) for seed in seeds[:3]],
            hint=None if seeds else f"zoo resume {folder}",
        )
    found = registry.resolve(str(name))
    weights = registry.weights_of(str(name)) if found.recipe else None
    if weights is None:
        pretrained = [entry.name for entry in registry.weights()]
        raise WeightsError(
            "pretrained weights are loaded by the name of a recipe that has them",
            received=str(name),
            near=[entry for entry in pretrained if entry.startswith(f"{found.family}/")],
            hint=f"zoo train {name}, then load the run folder; or zoo list pretrained",
        )
    return Path(weights.record)


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
