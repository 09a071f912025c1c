"""Changes to a recipe: `key=value`, by dotted path or by a bare key that only one table has."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from registry import Registry
from registry.names import near
from zoo.recipe.errors import RecipeError
from zoo.recipe.name_tables import SETTING_ALIASES
from zoo.recipe.schema import Pretrained, Training

TOP_LEVEL = ("dataset", "task")
# a table whose settings are written in full: `weights` alone is a hyperparameter of some families
IN_FULL = "pretrained"


def parse_overrides(texts: Sequence[str]) -> dict[str, Any]:
    """Parse `key=value` words of a command line; values are TOML, or text where they are not.

    Example:
        >>> parse_overrides(["epochs=3", "hyperparameters.units=[64, 32]", "optimizer=sgd"])
        {'epochs': 3, 'hyperparameters.units': [64, 32], 'optimizer': 'sgd'}

    Raises:
        RecipeError: A word has no `=`, no key, or names a key twice.
    """
    overrides: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            raise RecipeError("a change is written key=value", received=text, hint="training.epochs=3")
        if key in overrides:
            raise RecipeError("a key may be changed once", received=text)
        overrides[key] = word(value.strip())
    return overrides


def pretrained_options(weights: str | None, trainable: str | None) -> dict[str, str | None]:
    """The changes that `--from` and `--trainable` are short for."""
    return {f"{IN_FULL}.weights": weights, f"{IN_FULL}.trainable": trainable}


def with_options(overrides: Mapping[str, Any] | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Changes and options that are short forms of changes, those that are not None.

    Example:
        >>> with_options({"epochs": 3}, {"dataset": "iris", "pretrained.weights": None})
        {'epochs': 3, 'dataset': 'iris'}

    Raises:
        RecipeError: An option says what a change says too.
    """
    changes = dict(overrides or {})
    for key, value in options.items():
        if value is None:
            continue
        if key in changes:
            raise RecipeError("a key may be changed once", received=f"{key}={changes[key]}, and as an option {value}")
        changes[key] = value
    return changes


def word(text: str) -> Any:
    """A value as a command line has it: TOML, or text where it is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except ValueError:  # not TOML, or a number of more digits than Python reads
        return text


def apply_overrides(
    registry: Registry, table: Mapping[str, Any], overrides: Mapping[str, Any], *, where: str | None
) -> dict[str, Any]:
    """Return a copy of a recipe's table with the changes made.

    A change that the promise was not measured with removes the promise: a run with other settings promises nothing.
    """
    changed = copy.deepcopy(dict(table))
    for key in TOP_LEVEL:
        if key in overrides:
            changed[key] = overrides[key]
    known = _known_keys(registry, changed)
    for key, value in overrides.items():
        if key in TOP_LEVEL:
            continue
        path = _full_path(key, known, where)
        table_of_key = _table_at(changed, path[:-1], where)
        for other in [other for other, name in SETTING_ALIASES.items() if name == path[-1]]:
            table_of_key.pop(other, None)  # the recipe may say it by another name
        table_of_key[path[-1]] = value
    if changed != table:
        changed.pop("promise", None)
    if any(key in overrides for key in TOP_LEVEL):
        changed.pop("study", None)  # whose axes are settings of another data set or task
    return changed


def full_key(registry: Registry, table: Mapping[str, Any], key: str, *, where: str | None) -> str:
    """The dotted path of a setting that people may call by its last part: `epochs` is `training.epochs`.

    Raises:
        RecipeError: There is no such setting, or more than one.
    """
    return ".".join(_full_path(key, _known_keys(registry, table), where))


def _table_at(table: dict[str, Any], path: tuple[str, ...], where: str | None) -> dict[str, Any]:
    """The table at a path, made where there is none."""
    for depth, part in enumerate(path, 1):
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise RecipeError(f"{'.'.join(path[:depth])} must be a table", received=repr(table), where=where)
    return table


def _known_keys(registry: Registry, table: Mapping[str, Any]) -> dict[tuple[str, ...], bool]:
    """Every settable path; True for those whose value is a table of free keys."""
    family = registry.family(str(table.get("family", "")))
    dataset = registry.dataset(str(table.get("dataset", "")))
    known: dict[tuple[str, ...], bool] = {}
    for prefix, settings in (
        ("hyperparameters", family.hyperparameters.load()),
        ("training", Training),
        ("data", dataset.options.load()),
        (IN_FULL, Pretrained),
    ):
        _collect(settings, (prefix,), known)
    return known


def _collect(settings: type[BaseModel], prefix: tuple[str, ...], known: dict[tuple[str, ...], bool]) -> None:
    for name, field in settings.model_fields.items():
        known[(*prefix, name)] = "dict[" in str(field.annotation)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            _collect(field.annotation, (*prefix, name), known)


def _full_path(key: str, known: Mapping[tuple[str, ...], bool], where: str | None) -> tuple[str, ...]:
    path = tuple(key.split("."))
    if path[0] == "dataset":  # whose options stand in the table `data`
        path = ("data", *path[1:])
    if path in known:
        return path
    matches = [full for full in known if full[-len(path) :] == path and full[0] != IN_FULL]
    other = SETTING_ALIASES.get(path[-1])
    if not matches and other is not None:
        matches = [full for full in known if full[-len(path) :] == (*path[:-1], other)]
    if not matches and len(path) > 1:
        owner = path[:-1]
        matches = [(*full, path[-1]) for full, free in known.items() if free and full[-len(owner) :] == owner]
    if len(matches) == 1:
        return matches[0]
    if len(matches) > 1:
        raise RecipeError(
            f"{key} is a setting of more than one table; write it in full",
            received=key,
            where=where,
            near=[".".join(full) for full in matches],
        )
    candidates = {".".join(full) for full in known} | {full[-1] for full in known} | set(TOP_LEVEL)
    raise RecipeError(
        f"{key} is not a setting", received=key, where=where, near=near(key, sorted(candidates)), hint="zoo show NAME"
    )
