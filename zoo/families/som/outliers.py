"""The examples that a map holds worst, chosen by a rule and told in original units. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.data.columns import Column

QUANTILE = 0.95  # of the training distances: what lies beyond is an outlier
UNUSUAL = 3  # values told of each


@dataclass(frozen=True)
class Value:
    """One value of an example in original units.

    Attributes:
        name: The column.
        text: The value as a reader writes it, unit included.
        rarity: Share of the split that is as far out: the smaller the more unusual.
    """

    name: str
    text: str
    rarity: float


@dataclass(frozen=True)
class Outlier:
    """One example far from the map.

    Attributes:
        row: Its place in the split.
        identifier: What the source calls it, None where it has no names.
        cell: Its best cell.
        distance: To that cell, in the units of the encoded features.
        unusual: Its rarest values, the rarest first.
    """

    row: int
    identifier: str | None
    cell: int
    distance: float
    unusual: tuple[Value, ...]


def distance_limit(training_distances: np.ndarray, quantile: float = QUANTILE) -> float:
    """The distance beyond which an example is an outlier: a quantile of the distances of the training split.

    Example:
        >>> distance_limit(np.arange(101.0))
        95.0
    """
    return float(np.quantile(training_distances, quantile))


def find_outliers(
    distances: np.ndarray,
    cells: np.ndarray,
    limit: float,
    *,
    values: np.ndarray | None = None,
    columns: Sequence[Column] = (),
    identifiers: np.ndarray | None = None,
) -> list[Outlier]:
    """The examples beyond the limit, the farthest first.

    Args:
        distances: (n,), to the best cells.
        cells: int (n,), best cells.
        limit: From `distance_limit`.
        values: (n, columns) raw rows as a data set keeps them; None where there is nothing to tell of single values.
        columns: What the columns of `values` mean.
        identifiers: (n,), what the source calls the examples.

    Returns:
        One record each.

    Example:
        >>> rows = np.array([[3.0], [4.0], [90.0], [5.0]])
        >>> age = Column("age", "number", unit="years", integer=True)
        >>> [found] = find_outliers(np.array([0.1, 0.2, 9.0, 0.3]), np.arange(4), 1.0, values=rows, columns=[age])
        >>> found.row, found.distance, found.unusual[0].text, found.unusual[0].rarity
        (2, 9.0, '90 years', 0.5)
    """
    order = np.argsort(-distances, kind="stable")
    rare = None
    if values is not None and columns:
        rare = np.stack([rarity(values[:, at], column) for at, column in enumerate(columns)], axis=1)
    return [
        Outlier(
            int(row),
            None if identifiers is None else str(identifiers[row]),
            int(cells[row]),
            float(distances[row]),
            () if values is None or rare is None else _unusual(values[row], rare[row], columns),
        )
        for row in order[distances[order] > limit]
    ]


def rarity(values: np.ndarray, column: Column) -> np.ndarray:
    """How much of a column is as unusual as each of its values, 0 to 1.

    Args:
        values: (n,) raw numbers or codes, NaN where missing.
        column: What they mean.

    Returns:
        Of numbers and ordinals twice the share that is as large or larger, or as small or smaller, whichever is less;
        of categories the share of the same category; of missing values the share that is missing.

    Example:
        >>> rarity(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), Column("x", "number")).tolist()
        [0.4, 0.8, 1.0, 0.8, 0.4]
    """
    rarities = np.full(len(values), np.isnan(values).mean())
    there = np.isfinite(values)
    known = values[there]
    if column.role == "category":
        _, place, counts = np.unique(known, return_inverse=True, return_counts=True)
        rarities[there] = counts[place] / len(values)
        return rarities
    ranked = np.sort(known)
    upwards = np.searchsorted(ranked, known, side="right")
    downwards = len(known) - np.searchsorted(ranked, known, side="left")
    rarities[there] = np.minimum(1.0, 2.0 * np.minimum(upwards, downwards) / max(1, len(known)))
    return rarities


def text_of(value: float, column: Column) -> str:
    """A raw number as a reader writes it.

    Example:
        >>> text_of(1809.684, Column("Amount", "number", unit="EUR"))
        '1,809.68 EUR'
    """
    if np.isnan(value):
        return "missing"
    if column.categories:
        return column.categories[int(value)] if value >= 0 else "unseen"
    if column.integer or (abs(value) >= 1000 and float(value).is_integer()):
        number = f"{value:,.0f}"
    else:
        number = f"{value:,.2f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {column.unit}" if column.unit else number


def _unusual(values: np.ndarray, rarities: np.ndarray, columns: Sequence[Column]) -> tuple[Value, ...]:
    first = np.argsort(rarities, kind="stable")[:UNUSUAL]
    return tuple(Value(columns[at].name, text_of(float(values[at]), columns[at]), float(rarities[at])) for at in first)
