"""What is registered: families, data sets, recipe files and weights, as frozen data with lazy references."""

import copy
import dataclasses
import functools
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from registry.errors import InvalidName, InvalidSpec
from registry.names import check_part, near, parse
from registry.reference import Reference

__all__ = ["BUILT_IN_PROVIDER", "LEARNING", "DataSet", "Family", "RecipeFile", "Reference", "Spec", "Weights"]

BUILT_IN_PROVIDER = "keras-zoo"
LEARNING = ("gradient", "adversarial", "own_rule", "closed_form", "estimator")

Given = TypeVar("Given")
Held = TypeVar("Held")


class Converted(Generic[Given, Held]):
    """A dataclass field that takes one type and holds another: a text is given, a Reference is held.

    Type checkers read both types from the descriptor, so that specs may be written with plain strings.
    """

    def __init__(self, convert: Callable[[Given], Held], **default: Held) -> None:
        self._convert = convert
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Held: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Held: ...
    def __get__(self, instance: object | None, owner: type) -> Held:
        if instance is not None:
            value: Held = vars(instance)[self._name]
            return value
        if not self._default:
            raise AttributeError(self._name)  # dataclasses take this as: the field has no default
        return self._default["default"]

    def __set__(self, instance: object, value: Given) -> None:
        vars(instance)[self._name] = self._convert(value)


def _reference(value: Reference | str) -> Reference:
    return value if isinstance(value, Reference) else Reference(value)


def _references(values: Iterable[Reference | str]) -> tuple[Reference, ...]:
    return tuple(_reference(value) for value in _several(values))


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(_several(values))


def _several(values: Iterable[Any]) -> Iterable[Any]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidSpec("must be a list or tuple", received=values)
    return values


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What all specs share: a name, who provides them, where they were registered, JSON both ways.

    Args:
        name: The name under which it is found.
        provider: The distribution that registered it; filled in for plugins by the registry.
        place: `file:line` of the register call; filled in by the registry.
    """

    kind: ClassVar[str]

    name: str
    provider: str = BUILT_IN_PROVIDER
    place: str = ""

    def to_json(self) -> dict[str, Any]:
        """Write the spec as JSON values.

        Returns:
            A dictionary of texts, numbers, booleans, None and lists; `from_json` gives the spec back.
        """
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Make a spec from what `to_json` wrote.

        Args:
            values: One value a field; fields with a default may be absent.

        Returns:
            The spec.

        Raises:
            InvalidSpec: A field is missing, unknown or wrong.
        """
        fields = {field.name: field for field in dataclasses.fields(cls)}
        for key in values:
            if key not in fields:
                raise InvalidSpec(f"a {cls.kind} has no such field", received=key, near=near(str(key), fields))
        for name, field in fields.items():
            if name not in values and field.default is dataclasses.MISSING:
                raise InvalidSpec(f"a {cls.kind} needs the field {name!r}", received=sorted(values))
        return cls(**values)

    def _fail(self, field: str, rule: str) -> None:
        raise InvalidSpec(f"{self._label}: {field} must be {rule}", received=getattr(self, field))

    @property
    def _label(self) -> str:
        return f"{self.kind} {self.name!r}"

    def _check_lines(self, *fields: str) -> None:
        for field in fields:
            value = getattr(self, field)
            if not isinstance(value, str) or not value.strip() or len(value.splitlines()) != 1:
                self._fail(field, "one line of text")

    def _check_words(self, field: str) -> None:
        values = getattr(self, field)
        if not values:
            self._fail(field, "at least one word")
        for value in values:
            try:
                check_part(value, f"{self._label}: each of {field}")
            except InvalidName as error:
                raise InvalidSpec(error.message, received=value, near=error.near) from None

    def _check_counts(self, *fields: str) -> None:
        for field in fields:
            value = getattr(self, field)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
                self._fail(field, "a whole number from 1, or None where it is not known")


@dataclass(frozen=True, kw_only=True)
class Family(Spec):
    """A kind of model: builder, default data set and typed hyperparameters.

    Args:
        name: The family's name.
        summary: What it is, one line.
        tasks: What it can be trained for, "classification", "regression", ...
        learning: How it learns, one of LEARNING; it chooses the conformance checks and what resume means.
        builder: `build(hyperparameters, data_spec)` that returns the model.
        dataset: Name of the data set it is trained on where none is named.
        hyperparameters: The class of its hyperparameters.
        source: Where it comes from: paper, section.
        figures: The figures that only this family has.
        version: Changes when the same hyperparameters give another model.

    Raises:
        InvalidName: The name does not follow the grammar.
        InvalidSpec: Another field is wrong.
    """

    kind: ClassVar[str] = "family"

    summary: str
    tasks: Converted[Iterable[str], tuple[str, ...]] = Converted(_words)
    learning: str
    builder: Converted[Reference | str, Reference] = Converted(_reference)
    dataset: str
    hyperparameters: Converted[Reference | str, Reference] = Converted(_reference)
    source: str
    figures: Converted[Iterable[Reference | str], tuple[Reference, ...]] = Converted(_references, default=())
    version: str = "1"

    def __post_init__(self) -> None:
        check_part(self.name, "a family's name")
        self._check_lines("summary", "source", "version", "provider")
        self._check_words("tasks")
        if self.learning not in LEARNING:
            near_ones = near(str(self.learning), LEARNING)
            rule = f"{self._label}: learning must be one of {', '.join(LEARNING)}"
            raise InvalidSpec(rule, received=self.learning, near=near_ones)
        check_part(self.dataset, f"{self._label}: dataset")

    def references(self) -> dict[str, Reference]:
        """List the lazy references by field."""
        figures = {f"figures[{index}]": figure for index, figure in enumerate(self.figures)}
        return {"builder": self.builder, "hyperparameters": self.hyperparameters, **figures}


@dataclass(frozen=True, kw_only=True)
class DataSet(Spec):
    """A named data recipe: where the examples come from and what they are.

    Args:
        name: The data set's name.
        summary: What it is, one line.
        tasks: What it can be used for.
        loader: `load(options)` that returns the three splits.
        options: The class of its options.
        licence: Under which the examples may be used, "CC BY 4.0".
        source: Who made it, where it is published.
        examples: How many, None where the options decide.
        classes: How many, None where there are none.
        features: In words, "8x8 grey pictures, uint8 0..16".
        embedded: True where nothing has to be downloaded.

    Raises:
        InvalidName: The name does not follow the grammar.
        InvalidSpec: Another field is wrong.
    """

    kind: ClassVar[str] = "data set"

    summary: str
    tasks: Converted[Iterable[str], tuple[str, ...]] = Converted(_words)
    loader: Converted[Reference | str, Reference] = Converted(_reference)
    options: Converted[Reference | str, Reference] = Converted(_reference)
    licence: str
    source: str
    examples: int | None
    classes: int | None
    features: str
    embedded: bool

    def __post_init__(self) -> None:
        check_part(self.name, "a data set's name")
        self._check_lines("summary", "licence", "source", "features", "provider")
        self._check_words("tasks")
        self._check_counts("examples", "classes")
        if not isinstance(self.embedded, bool):
            self._fail("embedded", "True or False")

    def references(self) -> dict[str, Reference]:
        """List the lazy references by field."""
        return {"loader": self.loader, "options": self.options}


@dataclass(frozen=True, kw_only=True)
class RecipeFile(Spec):
    """A recipe's name and its TOML file.

    Args:
        name: "family/recipe".
        path: Absolute path of the file.

    Raises:
        InvalidName: The name does not follow the grammar.
        InvalidSpec: The path is not absolute.
    """

    kind: ClassVar[str] = "recipe"

    path: str

    def __post_init__(self) -> None:
        _check_recipe_name(self.name)
        self._check_lines("provider")
        if not isinstance(self.path, str) or not os.path.isabs(self.path):
            self._fail("path", "an absolute path")

    def table(self) -> dict[str, Any]:
        """Read the file; it is parsed once.

        Returns:
            The TOML document, a copy that the caller may change.

        Raises:
            InvalidSpec: The file cannot be read or is not TOML; names file and line.
        """
        return copy.deepcopy(self._table)

    @functools.cached_property
    def _table(self) -> dict[str, Any]:
        import tomllib

        try:
            with open(self.path, "rb") as file:
                return tomllib.load(file)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            where = f"{self.path}:{line.group(1)}" if line else self.path
            raise InvalidSpec(f"{self._label} is not valid TOML: {error}", where=where) from error
        except (OSError, ValueError, RecursionError) as error:  # also numbers too long, brackets too deep for Python
            raise InvalidSpec(f"{self._label} cannot be read: {error}", where=self.path) from error


@dataclass(frozen=True, kw_only=True)
class Weights(Spec):
    """Published weights: the file, its checksum and the record of the run that made it.

    Args:
        name: Name of the recipe that was trained, "family/recipe".
        record: Path of the JSON record.
        file: Path of the weights.
        bytes: Size of the file.
        sha256: Its checksum, 64 hexadecimal digits.

    Raises:
        InvalidName: The name does not follow the grammar.
        InvalidSpec: Another field is wrong.
    """

    kind: ClassVar[str] = "weights"

    record: str
    file: str
    bytes: int
    sha256: str

    def __post_init__(self) -> None:
        _check_recipe_name(self.name)
        self._check_lines("record", "file", "provider")
        if self.bytes is None:
            self._fail("bytes", "a whole number from 1")
        self._check_counts("bytes")
        if not isinstance(self.sha256, str) or not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            self._fail("sha256", "64 hexadecimal digits in lower case")


def _check_recipe_name(name: str) -> None:
    if parse(name).recipe is None:
        raise InvalidName("a recipe's name must be family/recipe", received=name)


def _plain(value: Any) -> Any:
    if isinstance(value, Reference):
        return str(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
