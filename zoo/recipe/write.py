"""Write a recipe back to TOML; reading what was written gives the same recipe."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import Table

from zoo.recipe.schema import Recipe

TABLES = ("promise", "data", "hyperparameters", "pretrained", "training", "tuning", "study")

# what a run does not depend on
BESIDE = ("summary", "promise", "tuning", "study", "weights_url")


def recipe_table(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain TOML values: no name (the file has it), nothing that is not set."""
    table = recipe.model_dump(mode="json", exclude_none=True)
    del table["name"]
    return table


def write_recipe(recipe: Recipe) -> str:
    """The text of the TOML file, tables in the house's order."""
    table = recipe_table(recipe)
    document = tomlkit.document()
    for key, value in table.items():
        if key not in TABLES:
            document.add(key, value)
    for key in TABLES:
        if key in table:
            document.add(tomlkit.nl())
            document.add(key, _table(table[key]))
    return tomlkit.dumps(document)


def _table(values: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    nested = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            nested[key] = value
        else:
            table.add(key, value)
    for key, value in nested.items():
        table.add(key, _table(value))
    return table


def recipe_hash(recipe: Recipe) -> str:
    """sha256 over what a run depends on.

    That is everything but the summary, the promise, how to search and to study, and where weights are fetched from.
    """
    table = {key: value for key, value in recipe_table(recipe).items() if key not in BESIDE}
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()


def difference(before: Recipe, after: Recipe) -> list[str]:
    """One line for each setting that differs: `training.epochs: 20 -> 30`."""
    return table_difference(recipe_table(before), recipe_table(after))


def table_difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The same of two tables that `recipe_table` made.

    >>> table_difference({"training": {"epochs": 20}}, {"training": {"epochs": 30}})
    ['training.epochs: 20 -> 30']
    """
    old, new = _flat(before), _flat(after)
    lines = []
    for key in sorted(old.keys() | new.keys()):
        if key.split(".")[0] not in BESIDE and old.get(key) != new.get(key):
            lines.append(f"{key}: {old.get(key)!r} -> {new.get(key)!r}")
    return lines


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat
