"""Columns of a table to numbers that are easy to learn from: the one description of preprocessing, for every family.

The encoded columns stand in this order, whatever that of the raw ones:

    numbers and ordinals (missing cells and sentinels as the median, scaled) | indicators (0 or 1) | categories one-hot

`table_transformer` is the description as a scikit-learn transformer of native classes only, so that skops trusts it;
`zoo.layers.table` is the same as a Keras layer. scikit-learn is imported at use: a network that is loaded needs none of
it, and 0.15 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from zoo.data.columns import Column

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline

QUANTILES = 100  # steps of the ranks of a quantile-scaled column
UNSEEN = -1.0  # code of a cell that is not among the categories


@dataclass(frozen=True)
class Group:
    """Columns that are treated alike.

    Attributes:
        name: Of the transformer.
        scaling: As of `Column`.
        sentinels: Numbers that are no numbers.
        places: Where the columns stand in a raw row.
    """

    name: str
    scaling: str
    sentinels: tuple[float, ...]
    places: tuple[int, ...]


def number_groups(columns: Sequence[Column], *, scale: bool = True) -> tuple[Group, ...]:
    """Number and ordinal columns by scaling and sentinels, in the order in which the first of each stands."""
    places: dict[tuple[str, tuple[float, ...]], list[int]] = {}
    for place, column in enumerate(columns):
        if column.role != "category":
            places.setdefault((column.scaling, sentinels_of(column)), []).append(place)
    return tuple(
        Group(f"numbers {number}", scaling if scale else "none", sentinels, tuple(at))
        for number, ((scaling, sentinels), at) in enumerate(places.items(), 1)
    )


def sentinels_of(column: Column) -> tuple[float, ...]:
    """Numbers of a raw row that are no numbers; the unseen code is one for ordinals."""
    return (UNSEEN,) if column.role == "ordinal" else column.sentinels


def places_of(columns: Sequence[Column], kind: str) -> tuple[int, ...]:
    """Where the columns with an "indicator", or the "category" columns, stand in a raw row."""
    if kind == "indicator":
        return tuple(place for place, column in enumerate(columns) if column.has_indicator)
    return tuple(place for place, column in enumerate(columns) if column.role == "category")


def table_transformer(columns: Sequence[Column], *, scale: bool = True) -> ColumnTransformer:
    """Make the unfitted transformer from raw rows to encoded rows.

    Args:
        columns: The input columns, as in `DataSpec.columns`.
        scale: Whether numbers are scaled as their columns say; without it only gaps are filled.

    Returns:
        Transformer from float64 (n, columns) to dense float64 (n, encoded).

    Example:
        >>> job = Column("job", "category", categories=("clerk", "cook"))
        >>> columns = (job, Column("days", "number", sentinels=(-1,)))
        >>> rows = np.array([[0, 3], [1, -1], [-1, 5], [np.nan, 4]])
        >>> table_transformer(columns, scale=False).fit_transform(rows).tolist()
        [[3.0, 0.0, 1.0, 0.0], [4.0, 1.0, 0.0, 1.0], [5.0, 0.0, 0.0, 0.0], [4.0, 0.0, 0.0, 0.0]]
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    steps = [
        (group.name, Pipeline([*_gap_steps(group.sentinels), *_scaling_steps(group.scaling)]), _selection(group.places))
        for group in number_groups(columns, scale=scale)
    ]
    for place in places_of(columns, "indicator"):
        steps.append((f"missing {place}", _indicator(sentinels_of(columns[place])), [place]))
    places = places_of(columns, "category")
    if places:
        codes = [np.arange(len(columns[place].categories), dtype=np.float64) for place in places]
        one_hot = OneHotEncoder(categories=codes, handle_unknown="ignore", sparse_output=False)
        steps.append(("categories", one_hot, list(places)))
    return ColumnTransformer(steps, sparse_threshold=0.0, verbose_feature_names_out=False)


def _selection(places: tuple[int, ...]) -> slice | list[int]:
    """Neighbours as a slice: a view keeps the order in memory, and so the last digit of a sum over rows."""
    first, last = places[0], places[-1]
    return slice(first, last + 1) if places == tuple(range(first, last + 1)) else list(places)


def encoded_names(columns: Sequence[Column]) -> tuple[str, ...]:
    """Names of the encoded columns: "age", "pdays missing", "job=clerk"."""
    numbers = [columns[place].name for group in number_groups(columns) for place in group.places]
    return (*numbers, *_other_names(columns))


def _other_names(columns: Sequence[Column]) -> list[str]:
    indicators = [f"{columns[place].name} missing" for place in places_of(columns, "indicator")]
    categories = [columns[place] for place in places_of(columns, "category")]
    return indicators + [f"{column.name}={name}" for column in categories for name in column.categories]


@dataclass(frozen=True, eq=False)
class TableNumbers:
    """What the transformer learned, one number each for the number and ordinal columns in the order of the encoding.

    Attributes:
        medians: What stands for missing cells, in original units.
        centres: What is subtracted after the logarithm, if any.
        scales: What is divided by.
        quantiles: (QUANTILES, quantile-scaled columns), the values at evenly spaced ranks.
    """

    medians: np.ndarray
    centres: np.ndarray
    scales: np.ndarray
    quantiles: np.ndarray


def numbers_of(transformer: ColumnTransformer, columns: Sequence[Column], *, scale: bool = True) -> TableNumbers:
    """Take what a fitted `table_transformer` learned."""
    learned = []
    for group in number_groups(columns, scale=scale):
        steps = transformer.named_transformers_[group.name].named_steps
        learned.append(_learned(group, steps["impute"].statistics_, steps.get("scale")))
    return _joined(learned)


def learn_numbers(rows: np.ndarray, columns: Sequence[Column], *, scale: bool = True) -> TableNumbers:
    """Learn what `numbers_of` takes from the fitted transformer, to the last digit, in a fifth of the time.

    The imputer's medians are those of masked arrays, which sort every column; and nothing is encoded here.

    Args:
        rows: (n, columns) float64 raw rows, those of the training split.
        columns: As of `table_transformer`.
        scale: As of `table_transformer`.
    """
    learned = []
    for group in number_groups(columns, scale=scale):
        cells = rows[:, _selection(group.places)].copy(order="K")
        missing = np.isnan(cells) | np.isin(cells, group.sentinels)
        cells[missing] = np.nan
        medians = np.zeros(cells.shape[1])
        seen = ~missing.all(axis=0)
        medians[seen] = np.nanmedian(cells[:, seen], axis=0)
        np.copyto(cells, np.broadcast_to(medians, cells.shape), where=missing)
        steps = dict(_scaling_steps(group.scaling))
        if "log" in steps:
            cells = np.arcsinh(cells)
        learned.append(_learned(group, medians, steps["scale"].fit(cells) if "scale" in steps else None))
    return _joined(learned)


def _learned(group: Group, medians: np.ndarray, scaler: Any) -> TableNumbers:
    """The numbers of one group, by its fitted scaler."""
    size = len(group.places)
    centres, scales, quantiles = np.zeros(size), np.ones(size), np.empty((QUANTILES, 0))
    if group.scaling in ("standard", "log"):
        centres, scales = scaler.mean_, scaler.scale_
    elif group.scaling == "min_max":
        centres, scales = scaler.data_min_, 1.0 / scaler.scale_
    elif group.scaling == "quantile":
        quantiles = scaler.quantiles_
    return TableNumbers(medians, centres, scales, quantiles)


def _joined(groups: Sequence[TableNumbers]) -> TableNumbers:
    nothing = TableNumbers(np.empty(0), np.empty(0), np.empty(0), np.empty((QUANTILES, 0)))
    parts = [nothing, *groups]
    return TableNumbers(
        np.concatenate([part.medians for part in parts]),
        np.concatenate([part.centres for part in parts]),
        np.concatenate([part.scales for part in parts]),
        np.concatenate([part.quantiles for part in parts], axis=1),
    )


def decode(
    encoded: np.ndarray, columns: Sequence[Column], numbers: TableNumbers, *, scale: bool = True
) -> dict[str, np.ndarray]:
    """Turn encoded rows, such as centres, back to original units.

    Args:
        encoded: (n, encoded) numbers.
        columns: As of `table_transformer`.
        numbers: What was learned.
        scale: As of `table_transformer`.

    Returns:
        Name of each encoded column -> (n,): numbers and ordinal codes in original units; of indicators and categories
        the share of the row, 0 to 1 for rows that are averages.
    """
    decoded = {}
    place = rank = 0
    for group in number_groups(columns, scale=scale):
        for source in group.places:
            values = encoded[:, place].astype(np.float64) * numbers.scales[place] + numbers.centres[place]
            if group.scaling == "log":
                values = np.sinh(values)
            elif group.scaling == "quantile":
                values = np.interp(ndtr(values), np.linspace(0, 1, QUANTILES), numbers.quantiles[:, rank])
                rank += 1
            decoded[columns[source].name] = values
            place += 1
    return decoded | {name: encoded[:, place + at] for at, name in enumerate(_other_names(columns))}


def _gap_steps(sentinels: tuple[float, ...]) -> list[tuple[str, SimpleImputer]]:
    """Every sentinel and every missing cell made one and the same mark, and that the median of the rest."""
    from sklearn.impute import SimpleImputer

    mark = sentinels[0] if sentinels else np.nan
    return [
        *_marking_steps(sentinels),
        ("impute", SimpleImputer(missing_values=mark, strategy="median", keep_empty_features=True)),
    ]


def _marking_steps(sentinels: tuple[float, ...]) -> list[tuple[str, SimpleImputer]]:
    from sklearn.impute import SimpleImputer

    if not sentinels:
        return []
    mark, others = sentinels[0], sentinels[1:]
    return [
        (
            f"mark {value}",
            SimpleImputer(missing_values=value, strategy="constant", fill_value=mark, keep_empty_features=True),
        )
        for value in (np.nan, *others)
    ]


def _indicator(sentinels: tuple[float, ...]) -> Pipeline:
    from sklearn.impute import MissingIndicator
    from sklearn.pipeline import Pipeline

    mark = sentinels[0] if sentinels else np.nan
    return Pipeline([*_marking_steps(sentinels), ("indicate", MissingIndicator(missing_values=mark, features="all"))])


def _scaling_steps(scaling: str) -> list[tuple[str, Any]]:
    from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, QuantileTransformer, StandardScaler

    if scaling == "none":
        return []
    if scaling == "min_max":
        return [("scale", MinMaxScaler())]
    if scaling == "quantile":
        # the draw of rows that ranks are estimated from is off: every row counts
        return [("scale", QuantileTransformer(n_quantiles=QUANTILES, output_distribution="normal", subsample=None))]
    if scaling == "log":
        return [("log", FunctionTransformer(np.arcsinh, inverse_func=np.sinh)), ("scale", StandardScaler())]
    return [("scale", StandardScaler())]
