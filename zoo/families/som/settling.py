"""The grid that a recipe leaves open, settled by the training split. NumPy and scikit-learn only."""

from __future__ import annotations

import numpy as np

from zoo.data.spec import DataSpec, Split
from zoo.families.som.grid import Grid, Topology, suggested_grid
from zoo.layers.table_encoding import table_transformer

MOST = 10_000  # training examples that the two eigenvalues are taken from


def settled_grid(train: Split, data_spec: DataSpec, *, topology: Topology, toroid: bool, standardize: bool) -> Grid:
    """The grid of the rule of thumb for the training split, see `suggested_grid`.

    Args:
        train: Raw training examples.
        data_spec: Kind, value range and columns of the examples.
        topology: Of the grid.
        toroid: Of the grid.
        standardize: Whether vectors and the numbers of tables are scaled.

    Returns:
        The grid.
    """
    chosen = np.linspace(0, len(train) - 1, min(MOST, len(train))).astype(np.int64)
    examples = _encoded(train.features[chosen], data_spec, standardize=standardize)
    return suggested_grid(examples, count=len(train), topology=topology, toroid=toroid)


def _encoded(features: np.ndarray, data_spec: DataSpec, *, standardize: bool) -> np.ndarray:
    """What the layers before the map make of raw examples, up to a common scale, which a ratio does not see."""
    if data_spec.kind == "table":
        return np.asarray(table_transformer(data_spec.columns, scale=standardize).fit_transform(features))
    flat = features.reshape(len(features), -1).astype(np.float64)
    if data_spec.kind == "picture" or not standardize:
        return flat
    spread = flat.std(axis=0)
    return np.asarray((flat - flat.mean(axis=0)) / np.where(spread > 0, spread, 1.0))
