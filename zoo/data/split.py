"""Seeded splits into train, validation and test rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.model_selection import train_test_split

from zoo.data.errors import InvalidData
from zoo.data.options import SplitOptions, ValidationOptions
from zoo.data.spec import Data, DataSpec, Split


def split_rows(targets: np.ndarray, task: str, options: SplitOptions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the rows of the three splits.

    Fractions are of all rows, rounded to whole examples, at least one a split. The rows of a split are sorted, so that
    the order of examples says nothing about the draw.

    Args:
        targets: Array (n, ...), the targets of all rows.
        task: The task; only "classification" is stratified.
        options: fractions, seed and whether to stratify.

    Returns:
        int64 rows of train, validation and test.

    Raises:
        InvalidData: Too few rows, or too few of a class to stratify.

    Example:
        >>> train, validation, test = split_rows(np.array([0, 1] * 10), "classification", SplitOptions())
        >>> len(train), len(validation), len(test)
        (14, 2, 4)
    """
    rows = np.arange(len(targets), dtype=np.int64)
    test_size = _size(len(rows), options.test_fraction)
    validation_size = _size(len(rows), options.validation_fraction)
    if test_size + validation_size >= len(rows):
        raise InvalidData(
            "the rows must be enough for a training, a validation and a test example",
            received=f"{len(rows)} rows, of which {validation_size} validation and {test_size} test",
            hint="use more rows or smaller fractions",
        )
    rest, test = _divide(rows, targets, test_size, task, options)
    train, validation = _divide(rest, targets, validation_size, task, options)
    return train, validation, test


def make_data(
    features: np.ndarray,
    targets: np.ndarray,
    spec: DataSpec,
    options: SplitOptions,
    *,
    identifiers: np.ndarray | None = None,
) -> Data:
    """Split one source into train, validation and test, and check the result.

    Args:
        features: Array (n, *spec.shape).
        targets: Array (n, *spec.target_shape).
        spec: What one example looks like.
        options: fractions, seed and whether to stratify.
        identifiers: Text array (n,), what the source calls each row; None when it has no names for them.

    Returns:
        The checked data. In the specification of a table, number columns with missing cells in the training split have
        an indicator.

    Raises:
        InvalidData: Arrays that break the specification, or too few rows.
    """
    _check_lengths(features, targets, "source")
    parts = split_rows(targets, spec.task, options)
    train, validation, test = (
        Split(features[rows], targets[rows], rows, None if identifiers is None else identifiers[rows]) for rows in parts
    )
    spec = _with_indicators(spec, train)
    splitting = "stratified" if _is_stratified(spec.task, options) else "random"
    draw, _ = _draw(np.arange(len(targets), dtype=np.int64), targets, len(test), spec.task, options)
    return _checked(Data(spec, train, validation, test, splitting, draw))


def make_data_with_test(
    train_features: np.ndarray,
    train_targets: np.ndarray,
    test_features: np.ndarray,
    test_targets: np.ndarray,
    spec: DataSpec,
    options: ValidationOptions,
) -> Data:
    """Draw the validation split from the training rows of a source that has its own test split.

    Args:
        train_features: Array (n, *spec.shape).
        train_targets: Array (n, *spec.target_shape).
        test_features: Array (m, *spec.shape).
        test_targets: Array (m, *spec.target_shape).
        spec: What one example looks like.
        options: Fraction of the training rows, seed and whether to stratify.

    Returns:
        The checked data; its test split has no rows, because its source is another file.

    Raises:
        InvalidData: Arrays that break the specification, or too few rows.
    """
    _check_lengths(train_features, train_targets, "training")
    _check_lengths(test_features, test_targets, "test")
    rows = np.arange(len(train_targets), dtype=np.int64)
    size = _size(len(rows), options.validation_fraction)
    if size >= len(rows):
        raise InvalidData(
            "the training rows must be enough for a training and a validation example", received=f"{len(rows)} rows"
        )
    train, validation = _divide(rows, train_targets, size, spec.task, options)
    return _checked(
        Data(
            spec,
            train=Split(train_features[train], train_targets[train], train),
            validation=Split(train_features[validation], train_targets[validation], validation),
            test=Split(test_features, test_targets),
            splitting="fixed",
        )
    )


def _with_indicators(spec: DataSpec, train: Split) -> DataSpec:
    """Give an indicator to the number columns of a table that have missing cells in the training split."""
    if spec.kind != "table" or not np.isnan(train.features).any():
        return spec
    has_gaps = np.isnan(train.features).any(axis=0)
    columns = (
        replace(column, indicator=True) if gaps and column.role != "category" else column
        for column, gaps in zip(spec.columns, has_gaps, strict=True)
    )
    return replace(spec, columns=tuple(columns))


def _divide(
    rows: np.ndarray, targets: np.ndarray, size: int, task: str, options: ValidationOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Take `size` of the rows away; return the rest and what was taken, both sorted."""
    rest, taken = _draw(rows, targets, size, task, options)
    return np.sort(rest), np.sort(taken)


def _draw(
    rows: np.ndarray, targets: np.ndarray, size: int, task: str, options: ValidationOptions
) -> tuple[np.ndarray, np.ndarray]:
    """The same in the order of the draw."""
    labels = None
    if _is_stratified(task, options):
        labels = targets[rows]
        _check_enough_of_each_class(labels, size)
    rest, taken = train_test_split(rows, test_size=size, random_state=options.split_seed, stratify=labels)
    return rest, taken


def _check_enough_of_each_class(labels: np.ndarray, size: int) -> None:
    classes, counts = np.unique(labels, return_counts=True)
    rarest = int(counts.argmin())
    if counts[rarest] >= 2 and min(size, len(labels) - size) >= len(classes):
        return
    raise InvalidData(
        f"a stratified split must have 2 rows of every class to divide and room for all {len(classes)} classes",
        received=f"{len(labels)} rows, {counts[rarest]} of class {classes[rarest]}, a split of {size}",
        hint="use more rows, a larger fraction, or stratify=false",
    )


def _is_stratified(task: str, options: ValidationOptions) -> bool:
    return options.stratify and task == "classification"


def _size(count: int, fraction: float) -> int:
    return max(1, round(count * fraction))


def _check_lengths(features: np.ndarray, targets: np.ndarray, what: str) -> None:
    if len(features) != len(targets):
        raise InvalidData(
            f"the {what} features and targets must have the same number of rows",
            received=f"{len(features)} and {len(targets)}",
        )


def _checked(data: Data) -> Data:
    data.check()
    return data
