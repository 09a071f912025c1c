"""Tables inside a network: raw rows in, numbers that are easy to learn from out, by weights learned once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.data.columns import Column
from zoo.data.errors import InvalidData
from zoo.layers.table_encoding import (
    QUANTILES,
    TableNumbers,
    decode,
    encoded_names,
    learn_numbers,
    number_groups,
    places_of,
    sentinels_of,
    table_transformer,
)

__all__ = ["TablePreprocessing", "decode", "encoded_names", "table_transformer"]


@keras.saving.register_keras_serializable("zoo")
class TablePreprocessing(keras.layers.Layer):
    """`table_transformer` as a layer: (n, columns) float64 raw rows to (n, encoded) float32.

    It computes in float64, so that sentinels and codes are compared exactly, and learns in one `adapt` step.

    Args:
        columns: The input columns, as in `DataSpec.columns`, or what `Column.to_json` made of them.
        scale: Whether numbers are scaled as their columns say; without it only gaps are filled.

    Example:
        >>> columns = (Column("job", "category", categories=("clerk", "cook")), Column("age", "number"))
        >>> layer = TablePreprocessing(columns)
        >>> layer.adapt(np.array([[0.0, 20.0], [1.0, 40.0]]))
        >>> np.asarray(layer(np.array([[1.0, 40.0], [np.nan, np.nan]]))).tolist()
        [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """

    def __init__(self, columns: Sequence[Column | dict[str, Any]], *, scale: bool = True, **kwargs: Any) -> None:
        super().__init__(autocast=False, trainable=False, **kwargs)
        self.columns = tuple(column if isinstance(column, Column) else Column.from_json(column) for column in columns)
        self.scale = scale
        groups = number_groups(self.columns, scale=scale)
        self._number_places = [place for group in groups for place in group.places]
        self._scalings = np.array([group.scaling for group in groups for _ in group.places])
        categories = places_of(self.columns, "category")
        self._code_places = [place for place in categories for _ in self.columns[place].categories]
        self._codes = np.array([code for place in categories for code in range(len(self.columns[place].categories))])
        self.encoded_size = len(encoded_names(self.columns))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights: all that `adapt` learns."""
        if input_shape[-1] != len(self.columns):
            raise InvalidData(f"rows must have {len(self.columns)} columns", received=f"shape {input_shape}")
        size = len(self._number_places)
        ranked = int((self._scalings == "quantile").sum())

        def weight(name: str, shape: tuple[int, ...], initializer: str) -> Any:
            return self.add_weight(shape=shape, dtype="float64", initializer=initializer, trainable=False, name=name)

        self.medians = weight("medians", (size,), "zeros")
        self.centres = weight("centres", (size,), "zeros")
        self.scales = weight("scales", (size,), "ones")
        self.quantiles = weight("quantiles", (QUANTILES, ranked), "zeros") if ranked else None
        self.built = True

    def adapt(self, rows: np.ndarray) -> None:
        """Learn medians, scales and ranks from raw rows (n, columns), those of the training split.

        Raises:
            InvalidData: Fewer rows than the ranks of a quantile-scaled column take.
        """
        if not self.built:
            self.build((None, len(self.columns)))
        rows = np.asarray(rows, np.float64)
        if self.quantiles is not None and len(rows) < QUANTILES:
            raise InvalidData(f"quantile scaling takes at least {QUANTILES} training rows", received=len(rows))
        numbers = learn_numbers(rows, self.columns, scale=self.scale)
        self.medians.assign(numbers.medians)
        self.centres.assign(numbers.centres)
        self.scales.assign(numbers.scales)
        if self.quantiles is not None:
            self.quantiles.assign(numbers.quantiles)

    def call(self, rows: Any) -> Any:
        """Encode raw rows: (n, columns) -> float32 (n, encoded)."""
        rows = ops.cast(rows, "float64")
        missing = self._missing(rows)
        parts = [self._numbers(rows, missing)] if self._number_places else []
        indicators = places_of(self.columns, "indicator")
        if indicators:
            parts.append(ops.cast(ops.take(missing, list(indicators), axis=1), "float64"))
        if self._code_places:
            codes = ops.take(rows, self._code_places, axis=1)
            parts.append(ops.cast(ops.equal(codes, self._codes.astype(np.float64)), "float64"))
        return ops.cast(ops.concatenate(parts, axis=1), "float32")

    def _missing(self, rows: Any) -> Any:
        """Which cells hold no number: NaN and sentinels."""
        missing = ops.isnan(rows)
        longest = max((len(sentinels_of(column)) for column in self.columns), default=0)
        for turn in range(longest):
            marks = [(*sentinels_of(column), *[np.nan] * longest)[turn] for column in self.columns]
            missing = ops.logical_or(missing, ops.equal(rows, np.array(marks)))  # nothing equals NaN
        return missing

    def _numbers(self, rows: Any, missing: Any) -> Any:
        gaps = ops.take(missing, self._number_places, axis=1)
        filled = ops.where(gaps, self.medians, ops.take(rows, self._number_places, axis=1))
        if (self._scalings == "log").any():
            filled = ops.where(self._scalings == "log", ops.arcsinh(filled), filled)
        scaled = (filled - self.centres) / self.scales
        if self.quantiles is None:
            return scaled
        ranked = np.flatnonzero(self._scalings == "quantile")
        columns = [scaled[:, place] for place in range(len(self._number_places))]
        for at, place in enumerate(ranked):
            columns[place] = normal_rank(columns[place], self.quantiles[:, at])
        return ops.stack(columns, axis=1)

    def numbers(self) -> TableNumbers:
        """What was learned, as arrays."""
        learned = [self.medians, self.centres, self.scales]
        medians, centres, scales = (ops.convert_to_numpy(weight) for weight in learned)
        quantiles = np.empty((QUANTILES, 0)) if self.quantiles is None else ops.convert_to_numpy(self.quantiles)
        return TableNumbers(medians, centres, scales, quantiles)

    def decode(self, encoded: np.ndarray) -> dict[str, np.ndarray]:
        """Turn encoded rows back to original units; see `zoo.layers.table_encoding.decode`."""
        return decode(np.asarray(encoded), self.columns, self.numbers(), scale=self.scale)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """(n, columns) -> (n, encoded)."""
        return (input_shape[0], self.encoded_size)

    def compute_output_spec(self, rows: Any) -> keras.KerasTensor:
        """float32 whatever the precision policy: the numbers are what the transformer gives."""
        return keras.KerasTensor((rows.shape[0], self.encoded_size), dtype="float32")

    def get_config(self) -> dict[str, Any]:
        """Columns and scaling; the numbers are weights."""
        config: dict[str, Any] = super().get_config()
        config.pop("trainable", None)
        return config | {"columns": [column.to_json() for column in self.columns], "scale": self.scale}


def normal_rank(values: Any, quantiles: Any) -> Any:
    """Standard normal numbers of the same ranks, as scikit-learn's QuantileTransformer gives them.

    Args:
        values: (n,) numbers.
        quantiles: (QUANTILES,) ascending values at evenly spaced ranks from 0 to 1; equal ones share their ranks' mean.

    Returns:
        (n,) numbers within the 5.2 standard deviations that a rank of 1e-7 means.
    """
    upper = _rank(values, quantiles)
    lower = -_rank(-values, -ops.flip(quantiles)) + 1.0
    rank = 0.5 * (upper + lower)
    edge = 1e-7  # scikit-learn's, of values and of ranks
    rank = ops.where(values + edge > quantiles[-1], ops.ones_like(rank), rank)
    rank = ops.where(values - edge < quantiles[0], ops.zeros_like(rank), rank)
    normal = np.sqrt(2.0) * ops.erfinv(2.0 * ops.clip(rank, edge, 1.0 - edge) - 1.0)
    return normal


def _rank(values: Any, quantiles: Any) -> Any:
    """Linear interpolation of evenly spaced ranks; where quantiles are equal, the last of their ranks."""
    steps = QUANTILES - 1
    after = ops.clip(ops.searchsorted(quantiles, values, side="right"), 1, steps)
    low, high = ops.take(quantiles, after - 1), ops.take(quantiles, after)
    width = ops.where(high > low, high - low, ops.ones_like(low))
    share = ops.where(high > low, (values - low) / width, ops.ones_like(low))
    return (ops.cast(after, "float64") - 1.0 + ops.clip(share, 0.0, 1.0)) / steps
