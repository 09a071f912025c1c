"""How a hyperparameter is declared: default, limits, one line of description and the range that a search may try."""

from __future__ import annotations

from collections.abc import Container
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.fields import FieldInfo

from zoo.recipe.name_tables import SETTING_ALIASES


class Settings(BaseModel):
    """A frozen, typed table of settings; keys that are not declared are refused, and so are values of another type.

    Nothing is converted but whole numbers to numbers and lists to tuples: `epochs = "3"` or `true` is a mistake.

    Every table of a recipe (training, promise, the hyperparameters of a family, the options of a data set) is one of
    these, so that defaults, limits and descriptions live in one place.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _settings_have_other_names(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        named: dict[Any, Any] = {}
        for key, value in values.items():
            name = setting_name(key, cls.model_fields)
            if name in named:
                raise ValueError(f"{name} is given twice, as {key} too")
            named[name] = value
        return named

    @field_validator("*", mode="before")
    @classmethod
    def _lists_are_tuples(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


def setting_name(key: Any, known: Container[str]) -> Any:
    """The name of the setting that a key means: its own, or another that documents use for it.

    >>> setting_name("gaussian_noise", ["input_noise"]), setting_name("gaussian_noise", ["noise"])
    ('input_noise', 'gaussian_noise')
    """
    other = SETTING_ALIASES.get(key) if isinstance(key, str) else None
    return other if key not in known and other in known else key


def setting(default: Any, description: str, *, search: Any = None, **limits: Any) -> Any:
    """Declare one setting of a `Settings` class.

    Args:
        default: The value when the recipe says nothing; `...` for a setting that must be given.
        description: One line, shown by `zoo show` and in the documentation.
        search: What a search may try: a list of values, or a table `{"low": .., "high": .., "log": true}`.
        **limits: Limits as pydantic's `Field` names them: `ge`, `gt`, `le`, `lt`, `min_length`, ...

    Returns:
        What pydantic's `Field` returns.

    Example:
        >>> class Hyperparameters(Settings):
        ...     dropout: float = setting(0.2, "share of units dropped", ge=0.0, lt=1.0, search=[0.0, 0.2, 0.5])
        >>> Hyperparameters().dropout
        0.2
    """
    extra = {"search": search} if search is not None else None
    return Field(default, description=description, json_schema_extra=extra, **limits)


def limits_in_words(field: FieldInfo) -> str:
    """The limits of a field as a reader writes them: `>= 0, < 1`; an empty string when there are none."""
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<", "min_length": "length >=", "max_length": "length <="}
    words = []
    for item in field.metadata:
        for attribute, sign in signs.items():
            value = getattr(item, attribute, None)
            if value is not None:
                words.append(f"{sign} {value}")
    return ", ".join(words)


def describe(settings: type[BaseModel]) -> list[dict[str, Any]]:
    """One row a setting: name, type, default, limits, search range and description (JSON types only)."""
    schema = settings.model_json_schema()
    rows = []
    for name, field in settings.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        default = None if field.is_required() else schema["properties"][name].get("default")
        rows.append(
            {
                "name": name,
                "type": _type_in_words(field.annotation),
                "default": default,
                "limits": limits_in_words(field),
                "search": extra.get("search"),
                "description": field.description or "",
            }
        )
    return rows


def _type_in_words(annotation: Any) -> str:
    if annotation is NoneType:
        return "None"
    if isinstance(annotation, type) and not getattr(annotation, "__args__", ()):
        return annotation.__name__
    if get_origin(annotation) in (Union, UnionType):
        return " | ".join(_type_in_words(part) for part in get_args(annotation))
    if get_origin(annotation) is Annotated and get_args(annotation)[0] is str:
        return "str"
    return str(annotation).replace("typing.", "").replace("NoneType", "None")
