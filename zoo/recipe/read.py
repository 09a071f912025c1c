"""From a name or a file to a validated recipe, with changes `key=value` applied."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from registry import Registry, names
from zoo.recipe.errors import RecipeError, validated
from zoo.recipe.override import apply_overrides
from zoo.recipe.schema import Recipe

DEFAULT = "default"


def read_recipe(registry: Registry, name: str, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """Find a recipe by name or by path and validate it.

    Args:
        registry: Where names are looked up.
        name: `family` (fresh, family defaults), `family/recipe`, or the path of a TOML file.
        overrides: Changes, by dotted key (`training.epochs`) or by a bare key that only one table has (`epochs`).

    Returns:
        The frozen recipe; its tables `data` and `hyperparameters` are checked by `bind`.

    Raises:
        UnknownName, InvalidName: The name is not registered or not a name.
        RecipeError: The file or a change is not valid.
    """
    where: str | None
    if name.endswith(".toml"):
        path = Path(name)
        table, where = read_table(path), str(path)
        full_name = f"{table.get('family', '')}/{path.stem}"
    else:
        found = registry.resolve(name)
        if found.recipe is None:
            family = registry.family(found.family)
            where, full_name = None, f"{family.name}/{DEFAULT}"
            table = {
                "summary": family.summary,
                "family": family.name,
                "dataset": family.dataset,
                "task": family.tasks[0],
            }
        else:
            entry = registry.recipe(name)
            table, where, full_name = dict(entry.table()), entry.path, entry.name
    if overrides:
        table = apply_overrides(registry, table, overrides, where=where)
    return recipe_from_table(table, name=full_name, where=where)


def recipe_from_table(table: Mapping[str, Any], *, name: str, where: str | None) -> Recipe:
    """Validate the table of a recipe file; `name` is family/recipe, `where` the file it came from."""
    if "name" in table:
        raise RecipeError("a recipe's name is that of its file; leave the key out", received=table["name"], where=where)
    recipe: Recipe = validated(Recipe, {"name": name, **table}, table="", where=where)
    try:
        parsed = names.parse(name)
    except names.InvalidName as error:
        raise RecipeError("a recipe's file name must be a name", received=name, where=where, hint=str(error)) from None
    if parsed.family != recipe.family:
        raise RecipeError(
            f"the recipe {name} must name the family of its folder",
            received=f"family = {recipe.family!r}",
            where=where,
            hint=f'family = "{parsed.family}"',
        )
    return recipe


def read_table(path: Path) -> dict[str, Any]:
    """Parse a recipe file without validating it.

    Raises:
        RecipeError: The file is missing, unreadable or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecipeError("no such recipe file", received=str(path), hint="zoo list") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError("a recipe must be a readable text file", received=str(error), where=str(path)) from None
    except (ValueError, RecursionError) as error:  # also numbers too long and brackets too deep for Python
        raise RecipeError("a recipe must be valid TOML", received=str(error), where=str(path)) from None
