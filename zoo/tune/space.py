"""The space of a search: which settings of a recipe are tried, and in which ranges."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from registry import Registry, UserError
from registry.names import near
from zoo.recipe import BoundRecipe, Pretrained, Recipe, Training, bind, recipe_from_table, recipe_table
from zoo.recipe.override import TOP_LEVEL, apply_overrides, full_key, word

# what of the training table is searched by default, by how a family learns; estimators and formulas read none of it
SEARCHED_TRAINING = {
    "gradient": ("learning_rate", "batch_size", "epochs", "optimizer", "schedule"),
    "adversarial": ("learning_rate", "batch_size"),
    "own_rule": ("epochs",),
}
AUGMENTATION = ("shift", "rotation", "zoom", "flip", "noise")

GRID_POINTS = 5  # of a range without a step, in a grid
FEW = 10  # whole numbers that a grid takes one by one

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"^({_NUMBER})\.\.({_NUMBER})(?::(log)|:step=({_NUMBER}))?$")

_LIST = re.compile(r"^\[(.*)\]$")  # whose words stand without quotation marks, as shells leave them: [adam,sgd]


class InvalidSpace(UserError):
    """A range that cannot be searched."""


@dataclass(frozen=True)
class Choice:
    """A setting that takes one of some values, each as TOML has it (lists and tables too)."""

    values: tuple[Any, ...]

    def points(self) -> tuple[Any, ...]:
        """The values that a grid tries."""
        return self.values

    def to_json(self) -> list[Any]:
        """As a recipe's [tuning.space] writes it."""
        return list(self.values)

    def __str__(self) -> str:
        return ", ".join(_text(value) for value in self.values)


@dataclass(frozen=True)
class Range:
    """A number between two others, both included.

    Attributes:
        low: Smallest value.
        high: Largest value.
        log: Whether equal ratios are equally likely, rather than equal differences.
        step: Distance of neighbouring values, or None for any value (any whole number).
        whole: Whether the values are whole numbers.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    whole: bool = False

    def points(self) -> tuple[Any, ...]:
        """The values that a grid tries: every step, a few whole numbers each, otherwise five evenly spaced."""
        if self.step is not None:
            count = math.floor((self.high - self.low) / self.step + 1e-9) + 1
            return tuple(self._as_is(self.low + position * self.step) for position in range(count))
        if self.whole and not self.log and self.high - self.low < FEW:
            return tuple(range(int(self.low), int(self.high) + 1))
        shares = [position / (GRID_POINTS - 1) for position in range(GRID_POINTS)]
        if self.log:
            values = [self.low * (self.high / self.low) ** share for share in shares]
        else:
            values = [self.low + (self.high - self.low) * share for share in shares]
        return tuple(dict.fromkeys(self._as_is(value) for value in values))

    def count(self) -> int:
        """How many values there are, of whole numbers or steps."""
        return len(self.points()) if self.step is not None else int(self.high) - int(self.low) + 1

    def nearest(self, value: float) -> float | int:
        """A value of the range: itself, or the end, or the last step, that it lies beyond."""
        if self.step is None:
            return min(max(value, self.low), self.high)
        points = self.points()
        return value if value <= points[-1] else points[-1]

    def _as_is(self, value: float) -> float | int:
        return round(value) if self.whole else float(f"{value:.12g}")

    def to_json(self) -> dict[str, Any]:
        """As a recipe's [tuning.space] writes it."""
        table: dict[str, Any] = {"low": self.low, "high": self.high}
        if self.log:
            table["log"] = True
        if self.step is not None:
            table["step"] = self.step
        return table

    def __str__(self) -> str:
        suffix = ", logarithmic" if self.log else "" if self.step is None else f", steps of {self.step:g}"
        return f"{self.low:g} to {self.high:g}{suffix}"


Axis = Choice | Range


@dataclass(frozen=True)
class Space:
    """The settings that a search tries, by dotted path, in the order that a grid counts them in."""

    axes: Mapping[str, Axis]

    def to_json(self) -> dict[str, Any]:
        """As a recipe's [tuning.space] writes it."""
        return {key: axis.to_json() for key, axis in self.axes.items()}

    def size(self) -> int:
        """How many settings a grid of it has."""
        return math.prod(len(axis.points()) for axis in self.axes.values())

    def at(self, position: int) -> dict[str, Any]:
        """The settings at a place of the grid, the last axis fastest.

        Example:
            >>> Space({"a": Choice((1, 2)), "b": Choice(("x", "y", "z"))}).at(4)
            {'a': 2, 'b': 'y'}
        """
        values = {}
        for key, axis in reversed(list(self.axes.items())):
            points = axis.points()
            position, place = divmod(position, len(points))
            values[key] = points[place]
        return dict(reversed(values.items()))


def space_of(
    registry: Registry,
    recipe: Recipe,
    given: Mapping[str, Any],
    *,
    only: bool = False,
    epochs: bool = True,
    fixed: Sequence[str] = (),
) -> Space:
    """The space of a search.

    Args:
        registry: Where names are looked up.
        recipe: What is tuned; its own [tuning] table narrows or widens what the family declares.
        given: Ranges that were asked for, by key: a list of values, a table low, high, log, step, or a text
            "1e-4..1e-1:log"; they go before the recipe's.
        only: Whether to search nothing else; without any given, nothing but what the recipe names.
        epochs: Whether the number of epochs is searched; not by a search that deals them out itself.
        fixed: Keys that were given one value, which are not searched.

    Raises:
        InvalidSpace: There is nothing to search, or a range is wrong.
        RecipeError: A key is no setting, or a value is not valid for it.
    """
    bound, table = bind(registry, recipe), recipe_table(recipe)
    tuning = recipe.tuning
    axes: dict[str, Axis] = {} if only or (tuning and tuning.only) else _declared(bound)
    asked = [("the recipe's [tuning.space]", tuning.space)] if tuning and not (only and given) else []
    asked.append(("a range", dict(given)))
    for where, ranges in asked:
        for key, value in ranges.items():
            path = full_key(registry, table, key, where=where)
            axes[path] = _axis(path, value, _annotation(bound, path))
            _require_valid(registry, recipe, path, axes[path])
    for key in fixed:
        if key not in TOP_LEVEL:
            axes.pop(full_key(registry, table, key, where=None), None)
    if not epochs:
        axes.pop("training.epochs", None)
    if not axes:
        raise InvalidSpace(
            f"a search needs something to search: {recipe.family} declares no ranges",
            hint=f"zoo show {recipe.family}, then a range: key=[1,2,3] or key=0.1..10:log",
        )
    return Space(axes)


def is_range(value: Any) -> bool:
    """Whether a change `key=value` of a search names a range, and not the one value that a setting has."""
    if isinstance(value, str):
        return _RANGE.match(value) is not None or _LIST.match(value) is not None
    return isinstance(value, list) or (isinstance(value, Mapping) and {"low", "high"} <= value.keys())


def _declared(bound: BoundRecipe) -> dict[str, Axis]:
    """What the family and the training table say that a search may try."""
    axes: dict[str, Axis] = {}
    own = type(bound.hyperparameters)
    _collect(axes, own, "hyperparameters", tuple(own.model_fields))
    _collect(axes, Training, "training", SEARCHED_TRAINING.get(bound.learning, ()))
    if bound.learning == "gradient" and "picture" in bound.dataset.features:
        augmentation = Training.model_fields["augmentation"].annotation
        assert isinstance(augmentation, type)
        _collect(axes, augmentation, "training.augmentation", AUGMENTATION)
    return axes


def _collect(axes: dict[str, Axis], settings: type[BaseModel], prefix: str, names: tuple[str, ...]) -> None:
    for name in names:
        field = settings.model_fields[name]
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("search") is not None:
            axes[f"{prefix}.{name}"] = _axis(f"{prefix}.{name}", extra["search"], str(field.annotation))


def _annotation(bound: BoundRecipe, path: str) -> str:
    """The type of a setting, in words; empty of one in a table of free keys."""
    first, *rest = path.split(".")
    tables: dict[str, Any] = {
        "hyperparameters": type(bound.hyperparameters),
        "training": Training,
        "pretrained": Pretrained,
        "data": type(bound.data_options),
    }
    settings = tables[first]
    for name in rest[:-1]:
        settings = settings.model_fields[name].annotation
        if not (isinstance(settings, type) and issubclass(settings, BaseModel)):
            return ""
    return str(settings.model_fields[rest[-1]].annotation)


def _axis(key: str, value: Any, annotation: str) -> Axis:
    """Read a range as a family, a recipe or a person writes it."""
    if isinstance(value, str) and (match := _RANGE.match(value)):
        low, high, log, step = match.groups()
        value = {"low": _read(low), "high": _read(high)} | ({"log": True} if log else {})
        if step:
            value["step"] = _read(step)
    if isinstance(value, str) and (match := _LIST.match(value)):
        value = [word(part.strip()) for part in match[1].split(",")]
    if isinstance(value, list | tuple):
        if not value:
            raise InvalidSpace("a list of values must not be empty", received=f"{key} = []")
        texts = [json.dumps(one) for one in value]
        if len(set(texts)) < len(texts):
            raise InvalidSpace("the values of a range must differ", received=f"{key} = {value}")
        return Choice(tuple(value))
    if not isinstance(value, Mapping):
        raise InvalidSpace(
            "a range is a list of values, a table {low = .., high = ..} or a text low..high",
            received=f"{key} = {value!r}",
            hint=f"{key}=[{value}] or {key}=1..10 or {key}=1e-4..1e-1:log",
        )
    known = ("low", "high", "log", "step")
    for name in value:
        if name not in known:
            raise InvalidSpace(f"a range has {', '.join(known)}", received=f"{key}.{name}", near=near(str(name), known))
    return _range(key, dict(value), whole="int" in annotation and "float" not in annotation)


def _range(key: str, table: dict[str, Any], *, whole: bool) -> Range:
    low, high, log, step = table.get("low"), table.get("high"), table.get("log", False), table.get("step")
    numbers: list[Any] = [low, high] + ([] if step is None else [step])
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers) or log not in (
        True,
        False,
    ):
        raise InvalidSpace("a range has numbers low and high, log true or false", received=f"{key} = {table}")
    assert low is not None
    assert high is not None
    if step is not None and not math.isfinite(step):
        raise InvalidSpace("a step is a distance above zero", received=f"{key}: step = {step}")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InvalidSpace("low must be less than high", received=f"{key} = {low:g}..{high:g}")
    if log and low <= 0:
        raise InvalidSpace(
            "a logarithmic range begins above zero", received=f"{key} = {low:g}..{high:g}:log", hint=f"{key}=1e-6..1"
        )
    if step is not None and (step <= 0 or log):
        raise InvalidSpace("a step is a distance above zero, of a range that is not logarithmic", received=f"{key}")
    if whole and not all(float(one).is_integer() for one in numbers):
        raise InvalidSpace(f"{key} takes whole numbers", received=f"{low:g}..{high:g}")
    if whole:
        return Range(int(low), int(high), bool(log), None if step is None else int(step), True)
    return Range(float(low), float(high), bool(log), None if step is None else float(step))


def _read(text: str) -> int | float:
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)


def _require_valid(registry: Registry, recipe: Recipe, key: str, axis: Axis) -> None:
    """Bind the recipe with each value, or both ends: what a trial would refuse is refused before there is any."""
    ends = axis.values if isinstance(axis, Choice) else (axis.low, axis.high)
    for value in ends:
        changed(registry, recipe, {key: value})


def changed(registry: Registry, recipe: Recipe, values: Mapping[str, Any]) -> BoundRecipe:
    """The recipe with the settings of a trial, bound.

    Raises:
        RecipeError: They do not go together.
    """
    table = apply_overrides(registry, recipe_table(recipe), values, where=None)
    table.pop("promise", None)
    return bind(registry, recipe_from_table(table, name=recipe.name, where=None))


def space_hash(*parts: Any) -> str:
    """sha256 over what must be as it was when a search goes on: its space, its recipe, how trials are scored."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def in_words(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The settings of a trial: last parts of their keys, and values of at most four digits."""
    for key, value in values.items():
        yield key.rpartition(".")[2], _text(value)


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value)
