"""What can be wrong with a recipe, and how a pydantic complaint becomes one clear message."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ValidationError

from registry import UserError
from registry.names import near
from zoo.recipe.name_tables import SETTING_ALIASES

# what TOML calls the types that pydantic names in Python's words
TOML_WORDS = {"tuple_type": "must be a list", "dict_type": "must be a table", "model_type": "must be a table"}


class RecipeError(UserError):
    """A recipe, or a change made to one, is not valid."""


def explain(error: ValidationError, settings: type[BaseModel], *, table: str, where: str | None) -> RecipeError:
    """Turn the first complaint of pydantic about `table` into a RecipeError with the nearest names."""
    details = error.errors(include_url=False)
    first = details[0]
    path = ".".join(str(part) for part in (table, *first["loc"]) if part != "")
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    if first["type"] == "extra_forbidden":
        owner = _settings_at(settings, first["loc"][:-1])
        known = list(owner.model_fields) if owner else []
        others = [other for other, name in SETTING_ALIASES.items() if name in known]
        return RecipeError(
            f"{path} is not a setting{more}",
            received=f"{path} = {first['input']!r}",
            where=where,
            near=near(str(first["loc"][-1]), [*known, *others]),
            hint=f"one of: {', '.join(known)}" if known else f"leave the table [{table}] empty",
        )
    if first["type"] == "missing":
        return RecipeError(f"{path} must be given{more}", where=where, received="nothing")
    if first["type"] == "unknown_name":
        context = first["ctx"]
        return RecipeError(
            f"{path}: {context['message']}{more}",
            received=repr(first["input"]),
            where=where,
            near=context["near"],
            hint=context["hint"],
        )
    message = TOML_WORDS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    return RecipeError(
        f"{path}: {message[0].lower() + message[1:]}{more}",
        received=repr(first["input"]),
        where=where,
        near=_near_literals(first),
    )


def _near_literals(complaint: Any) -> list[str]:
    """The nearest of the words that a setting takes, where it takes only some."""
    if complaint["type"] != "literal_error" or not isinstance(complaint["input"], str):
        return []
    return near(complaint["input"], re.findall(r"'([^']*)'", complaint["ctx"]["expected"]))


def validated(settings: type[Any], values: dict[str, Any], *, table: str, where: str | None) -> Any:
    """Build `settings` from `values`; a RecipeError says what is wrong in which table of which file."""
    try:
        return settings.model_validate(values)
    except ValidationError as error:
        raise explain(error, settings, table=table, where=where) from None


def _settings_at(settings: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The settings class that owns the key at `location`."""
    owner = settings
    for part in location:
        field = owner.model_fields.get(str(part))
        if field is None:
            return None
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return None
        owner = field.annotation
    return owner
