"""What a data set is: its specification, its splits and the checks that every data set passes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import combinations
from numbers import Integral
from typing import Any, Self

import numpy as np

from zoo.data.checks import check_features, check_rows, check_shapes, check_targets, is_numeric, require
from zoo.data.columns import Column
from zoo.data.hashes import arrays_sha256
from zoo.data.text import Vocabulary, check_codes

KINDS = ("picture", "vector", "table", "text", "series")
SPLITTINGS = ("random", "stratified", "fixed", "exhaustive", "position")
# whose splits are different by how they are made: none of them names its rows
WITHOUT_ROWS = ("fixed", "position")
SPLIT_NAMES = ("train", "validation", "test")
MOST = 2**26  # numbers of one example: a picture of 4,096 by 4,096 in colour has 50 million
_RANK = {"picture": 3, "vector": 1, "table": 1, "text": 0, "series": 1}


@dataclass(frozen=True)
class DataSpec:
    """What one example looks like: all that a builder may know about the data.

    Args:
        kind: "picture" (height, width, channels), "vector" (features,), "table" (input columns,), "text" (), whose
            examples are codes in the order of the text and whose targets are the codes that follow, or "series" (lag,):
            values one after the other, of which the target is the next.
        shape: Shape of one example's features.
        dtype: Numpy name of the features' dtype, such as "uint8".
        task: What is learned, such as "classification" or "regression".
        value_range: Smallest and largest value a feature may have, or None when there is no bound.
        classes: Class names in the order of their integer targets; None unless the task has classes.
        feature_names: One name a feature of a vector; those of the columns of a table; empty for pictures.
        target_name: Name of the target.
        target_shape: Shape of one example's target; () is one number.
        unit: Unit of the target, None for classes and pure numbers.
        columns: The input columns of a table, in order. A row holds float64 numbers: of a number column the number
            itself (sentinels stay), of a category or ordinal column the place of the cell among the categories and -1
            when it is not among them, NaN where the cell is missing.
        vocabulary: The units of a text and their codes; None of other data.
        horizon: Steps that a forecast of a series goes on from its own outputs; None of all else.

    Raises:
        InvalidData: Fields that contradict one another.

    Example:
        >>> spec = DataSpec("vector", (1,), "float32", "classification", classes=("no", "yes"), feature_names=("x",))
        >>> spec.num_classes
        2
        >>> DataSpec.from_json(spec.to_json()) == spec
        True
    """

    kind: str
    shape: tuple[int, ...]
    dtype: str
    task: str
    value_range: tuple[float, float] | None = None
    classes: tuple[str, ...] | None = None
    feature_names: tuple[str, ...] = ()
    target_name: str = "target"
    target_shape: tuple[int, ...] = ()
    unit: str | None = None
    columns: tuple[Column, ...] = ()
    vocabulary: Vocabulary | None = None
    horizon: int | None = None

    def __post_init__(self) -> None:
        if self.kind == "table" and not self.feature_names:
            object.__setattr__(self, "feature_names", tuple(column.name for column in self.columns))
        require(self.kind in KINDS, f"kind must be one of {', '.join(KINDS)}", self.kind)
        require(
            len(self.shape) == _RANK[self.kind] and all(isinstance(size, Integral) and size > 0 for size in self.shape),
            f"shape of a {self.kind} must have {_RANK[self.kind]} positive sizes",
            self.shape,
        )
        # a record of another person states it too, and a network is built from it before its weights are looked at
        require(math.prod(self.shape) <= MOST, f"an example must have at most {MOST:,} numbers", self.shape)
        require(is_numeric(self.dtype), "dtype must be the numpy name of a numeric dtype", self.dtype)
        require(bool(self.task), "task must not be empty", self.task)
        require(
            self.kind != "picture" or self.value_range is not None,
            "value_range of a picture must be given, such as (0, 255).",
            self.value_range,
        )
        if self.value_range is not None:
            low, high = self.value_range
            require(
                low < high and math.isfinite(low) and math.isfinite(high),
                "value_range must be (low, high) with low < high, both finite",
                self.value_range,
            )
        if self.task == "classification":
            require(self.classes is not None, "a classification task must name its classes", self.classes)
        if self.classes is not None:
            require(
                len(self.classes) >= 2 and len(set(self.classes)) == len(self.classes),
                "classes must be at least two different names",
                self.classes,
            )
        if self.feature_names:
            require(
                self.kind != "picture" and len(self.feature_names) == self.shape[0],
                "feature_names must hold one name for each feature of a vector",
                self.feature_names,
            )
        require(
            (self.vocabulary is not None) == (self.kind == "text"),
            "a vocabulary is of texts, and of all texts",
            self.kind,
        )
        if self.kind == "series":
            require(self.dtype in ("float32", "float64"), "dtype of a series must be float32 or float64", self.dtype)
            require(not self.target_shape, "target_shape of a series must be (), the next value", self.target_shape)
        goes_on = self.horizon is not None and self.horizon > 0
        require(goes_on == (self.kind == "series"), "horizon must be positive, and of a series", self.horizon)
        self._check_columns()

    def _check_columns(self) -> None:
        names = tuple(column.name for column in self.columns)
        if self.kind != "table":
            require(not names, f"columns are of tables; {self.kind} data have none", names)
            return
        require(
            len(names) == self.shape[0] and len(set(names)) == len(names) and names == self.feature_names,
            f"columns of a table must be {self.shape[0]} columns of different names, those of feature_names",
            names,
        )
        roles = [column.role for column in self.columns]
        require(all(column.is_input for column in self.columns), "columns of a table must be inputs, no target", roles)
        require(self.dtype == "float64", "dtype of a table must be float64", self.dtype)

    @property
    def num_classes(self) -> int | None:
        """Number of classes, None when the task has none."""
        return None if self.classes is None else len(self.classes)

    @property
    def inputs(self) -> int:
        """Numbers of an example; of a table its columns."""
        return math.prod(self.shape)

    def for_task(self, task: str) -> Self:
        """The same examples under another task, such as a map of what others classify."""
        return self if task == self.task else replace(self, task=task)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a JSON-serialisable dictionary; `from_json` is the inverse."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        record = {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
        vocabulary = None if self.vocabulary is None else self.vocabulary.to_json()
        return record | {"columns": [column.to_json() for column in self.columns], "vocabulary": vocabulary}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Make a specification from what `to_json` returned.

        Args:
            record: field name -> value; fields with a default may be absent.

        Returns:
            The specification.

        Raises:
            InvalidData: an unknown or a missing field.
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(record) - known)
        require(not unknown, f"the fields of a data specification are {', '.join(sorted(known))}", unknown)
        missing = sorted({"kind", "shape", "dtype", "task"} - set(record))
        require(not missing, f"a data specification must have {', '.join(missing)}", sorted(record))
        values: dict[str, Any] = dict(record)
        values |= {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        values["columns"] = tuple(Column.from_json(column) for column in values.get("columns", ()))
        if values.get("vocabulary") is not None:
            values["vocabulary"] = Vocabulary.from_json(values["vocabulary"])
        return cls(**values)


@dataclass(frozen=True, eq=False)
class Split:
    """One part of a data set. The arrays are read-only, so that the hash stays true.

    Args:
        features: Array (n, *shape).
        targets: Array (n, *target_shape).
        rows: int64 array (n,), where each example stands in the source; None when the split has a source of its own.
        identifiers: Text array (n,), what the source calls each example, such as a customer's number; None when it
            has no names for them.
    """

    features: np.ndarray
    targets: np.ndarray
    rows: np.ndarray | None = None
    identifiers: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name in ("features", "targets", "rows", "identifiers"):
            array = getattr(self, name)
            if array is not None:
                object.__setattr__(self, name, _read_only(array))

    def __len__(self) -> int:
        return len(self.features)

    @cached_property
    def sha256(self) -> str:
        """Hex digest over dtype, shape and C-order bytes of the features, the targets, and the identifiers if any."""
        named = () if self.identifiers is None else (self.identifiers,)
        return arrays_sha256(self.features, self.targets, *named)


@dataclass(frozen=True, eq=False)
class Data:
    """A loaded data set.

    Args:
        spec: What one example looks like.
        train: What the model and its preprocessing learn from.
        validation: What chooses the epoch and the hyperparameters.
        test: What is only measured.
        splitting: "random" or "stratified" (drawn with a seed), "fixed" (the source has its own test split; validation
            is drawn from its training rows), "exhaustive" (each split is the whole domain), "position" (one part after
            the other).
        draw: int64 array, rows of training and validation split together in the order in which they were left when the
            test split was drawn, which is the order `train_test_split` alone gives; None where nothing was drawn.
    """

    spec: DataSpec
    train: Split
    validation: Split
    test: Split
    splitting: str
    draw: np.ndarray | None = None

    def for_task(self, task: str) -> Self:
        """The same data under another task."""
        return self if task == self.spec.task else replace(self, spec=self.spec.for_task(task))

    @property
    def splits(self) -> dict[str, Split]:
        """The splits by name: train, validation, test."""
        return {name: getattr(self, name) for name in SPLIT_NAMES}

    def hashes(self) -> dict[str, str]:
        """Return the sha256 of each split."""
        return {name: split.sha256 for name, split in self.splits.items()}

    def sizes(self) -> dict[str, int]:
        """Return the number of examples of each split."""
        return {name: len(split) for name, split in self.splits.items()}

    def duplicates(self) -> dict[str, int]:
        """Count examples whose features and target also occur in another split.

        Real data hold true duplicates, so they are counted and not refused.

        Returns:
            "validation in train", "test in train" and "test in validation" -> number of examples; nothing of a text,
            where every pair of characters is a duplicate.
        """
        if self.spec.kind == "text":
            return {}
        contents = {name: _row_contents(split) for name, split in self.splits.items()}
        counts = {}
        for first, second in combinations(SPLIT_NAMES, 2):
            known = set(contents[first])
            counts[f"{second} in {first}"] = sum(row in known for row in contents[second])
        return counts

    def check(self) -> None:
        """Refuse data that would make training or its figures wrong.

        Raises:
            InvalidData: a split is empty, has other shapes or dtypes than the specification says, holds NaN (tables
                may), infinite or out-of-range values, codes outside the categories or targets outside the classes, or
                shares rows of the source with another split.
        """
        require(self.splitting in SPLITTINGS, f"splitting must be one of {', '.join(SPLITTINGS)}", self.splitting)
        for name, split in self.splits.items():
            check_shapes(self.spec, name, split)
            check_features(self.spec, name, split.features)
            check_targets(self.spec, name, split.targets)
            check_rows(name, split)
            if self.spec.vocabulary is not None:
                check_codes(self.spec.vocabulary, name, split)
        if self.splitting != "exhaustive":
            self._check_overlap()

    def _check_overlap(self) -> None:
        if self.splitting not in WITHOUT_ROWS:
            for name, split in self.splits.items():
                require(split.rows is not None, f"the {name} split must say which rows of the source it holds", None)
        for first, second in combinations(SPLIT_NAMES, 2):
            first_rows, second_rows = self.splits[first].rows, self.splits[second].rows
            if first_rows is None or second_rows is None:
                continue
            shared = np.intersect1d(first_rows, second_rows)
            require(
                shared.size == 0,
                f"the {first} and {second} splits must not share rows of the source",
                f"{shared.size} shared rows, the first is row {shared[0] if shared.size else ''}",
            )


def _read_only(array: np.ndarray) -> np.ndarray:
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def _row_contents(split: Split) -> list[bytes]:
    return [feature.tobytes() + target.tobytes() for feature, target in zip(split.features, split.targets, strict=True)]
