"""What the columns of a table mean: role, unit, categories, missing cells, sentinels and known traps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

from zoo.data.errors import InvalidData

Role = Literal["number", "ordinal", "category", "identifier", "target"]
Scaling = Literal["standard", "min_max", "log", "quantile", "none"]
INPUT_ROLES = ("number", "ordinal", "category")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Args:
        name: As the header spells it; only an identifier's may be empty.
        role: "number", "ordinal" (ranked categories), "category", "identifier" (names a row, never an input) or
            "target".
        description: What it holds, in words.
        unit: Unit of its numbers, None for pure numbers and categories.
        categories: Of category and ordinal columns, in order; the code of a cell is its place here, -1 when it is not
            among them. Of a target, the class names as the file spells them.
        missing: Cell texts that mean "missing".
        sentinels: Numbers that stand for "does not apply", such as -1 days; they become the median and an indicator.
        scaling: Of numbers: "standard" (mean 0, variance 1), "min_max" (0 to 1), "log" (inverse hyperbolic sine, a
            logarithm that goes through 0 and takes negative numbers, then standard), "quantile" (ranks made normal) or
            "none".
        integer: Whether its numbers are whole.
        indicator: Whether an input of its own says which cells are missing; a column with sentinels always has one,
            and so has every number column with missing cells in the training split.
        trap: What goes wrong when the column is taken at its word.

    Raises:
        InvalidData: Fields that contradict one another.

    Example:
        >>> days = Column("pdays", "number", unit="days", sentinels=(-1,), integer=True)
        >>> Column.from_json(days.to_json()) == days
        True
    """

    name: str
    role: Role
    description: str = ""
    unit: str | None = None
    categories: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)
    sentinels: tuple[float, ...] = ()
    scaling: Scaling = "standard"
    integer: bool = False
    indicator: bool = False
    trap: str | None = None

    def __post_init__(self) -> None:
        self._require(bool(self.name) or self.role == "identifier", "name must not be empty", self.name)
        self._require(self.role in get_args(Role), f"role must be one of {', '.join(get_args(Role))}", self.role)
        scalings = ", ".join(get_args(Scaling))
        self._require(self.scaling in get_args(Scaling), f"scaling must be one of {scalings}", self.scaling)
        ranked = self.role in ("category", "ordinal")
        self._require(bool(self.categories) or not ranked, f"a column of role {self.role} must list its categories", ())
        self._require(
            not self.categories or ranked or self.role == "target",
            f"a column of role {self.role} has no categories",
            self.categories,
        )
        self._require(
            len(set(self.categories)) == len(self.categories), "categories must be different names", self.categories
        )
        both = sorted(set(self.categories) & set(self.missing))
        self._require(not both, "a cell text must be a category or mean missing, not both", both)
        self._require(not self.sentinels or self.role == "number", "only number columns have sentinels", self.sentinels)
        self._require(all(map(math.isfinite, self.sentinels)), "sentinels must be finite numbers", self.sentinels)

    @property
    def is_input(self) -> bool:
        """Whether a model may see it."""
        return self.role in INPUT_ROLES

    @property
    def has_indicator(self) -> bool:
        """Whether an input of its own says which of its cells hold no number."""
        return self.role != "category" and (self.indicator or bool(self.sentinels))

    def in_words(self) -> str:
        """Role, unit, categories, marks and description in one line.

        Example:
            >>> Column("pdays", "number", "days since the last call", unit="days", sentinels=(-1,)).in_words()
            'number, days, -1 means none: days since the last call'
        """
        facts: list[str] = [self.role]
        facts += [f"one of {', '.join(self.categories)}"] if self.categories else []
        facts += [self.unit] if self.unit else []
        facts += ["whole"] if self.integer else []
        facts += [f"{sentinel:g} means none" for sentinel in self.sentinels]
        facts += [f"{text!r} means missing" for text in self.missing if text]
        return ", ".join(facts) + (f": {self.description}" if self.description else "")

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a JSON-serialisable dictionary; `from_json` is the inverse."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Make a column from what `to_json` returned.

        Raises:
            InvalidData: An unknown or a missing field, or fields that contradict one another.
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(record) - known)
        if unknown or not {"name", "role"} <= set(record):
            raise InvalidData(
                f"a column must have name and role, and no fields but {', '.join(sorted(known))}",
                received=sorted(record),
            )
        values: dict[str, Any] = dict(record)
        values |= {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        return cls(**values)

    def _require(self, holds: bool, message: str, received: object) -> None:
        if not holds:
            raise InvalidData(message, received=received, where=f"column {self.name!r}")


def input_columns(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns that a model may see, in order."""
    return tuple(column for column in columns if column.is_input)


def target_column(columns: Iterable[Column]) -> Column:
    """The one target among columns.

    Raises:
        InvalidData: There is none, or more than one.
    """
    targets = [column for column in columns if column.role == "target"]
    if len(targets) != 1:
        raise InvalidData("a table must have one target column", received=[column.name for column in targets])
    return targets[0]


def number_columns(names: Iterable[str], **fields: Any) -> tuple[Column, ...]:
    """Number columns that differ in nothing but the name."""
    return tuple(Column(name, "number", **fields) for name in names)
