"""Tables whose columns are all numbers, split and checked: what scikit-learn ships or draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.data.columns import Column
from zoo.data.hashes import arrays_sha256, check_hashes
from zoo.data.options import SplitOptions
from zoo.data.spec import Data, DataSpec
from zoo.data.split import make_data

# Drawn numbers go through a matrix product, whose last bits hang on the processor.
DECIMALS = 6


def number_table(
    features: np.ndarray,
    targets: np.ndarray,
    columns: Sequence[Column],
    options: SplitOptions,
    *,
    classes: Sequence[str] | None = None,
    target: str,
    unit: str | None = None,
) -> Data:
    """Split rows of numbers into train, validation and test.

    Args:
        features: (n, columns) numbers.
        targets: (n,) class numbers when there are classes, else numbers.
        columns: One number column a feature.
        options: Fractions, seed and whether to stratify.
        classes: Class names; None for a regression.
        target: Name of the target.
        unit: Unit of the target.

    Returns:
        Checked data of kind "table": features float64, targets int64 or float64.
    """
    spec = DataSpec(
        kind="table",
        shape=(len(columns),),
        dtype="float64",
        task="regression" if classes is None else "classification",
        classes=None if classes is None else tuple(classes),
        target_name=target,
        unit=unit,
        columns=tuple(columns),
    )
    dtype = np.float64 if classes is None else np.int64
    return make_data(features.astype(np.float64), targets.astype(dtype), spec, options)


def check_rounded(data: Data, stored: Mapping[str, str], *, name: str) -> None:
    """Compare the splits, rounded to 6 decimals, with the stored hashes.

    Raises:
        DamagedData: A split differs; the message names it.
    """
    # adding 0 makes -0.0 the same as 0.0
    received = {
        split: arrays_sha256(part.features.round(DECIMALS) + 0.0, part.targets.round(DECIMALS) + 0)
        for split, part in data.splits.items()
    }
    check_hashes(received, stored, name=name)
