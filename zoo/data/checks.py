"""What must hold of the arrays of a split under their specification."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.data.errors import InvalidData

if TYPE_CHECKING:
    from zoo.data.spec import DataSpec, Split


def require(holds: bool, message: str, received: object) -> None:
    """Refuse what does not hold.

    Raises:
        InvalidData: It does not.
    """
    if not holds:
        raise InvalidData(message, received=received)


def is_numeric(name: str) -> bool:
    """Whether a text is numpy's own name of a numeric dtype."""
    try:
        dtype = np.dtype(name)
    except TypeError:
        return False
    return dtype.name == name and dtype.kind in "biuf"


def check_shapes(spec: DataSpec, name: str, split: Split) -> None:
    """Refuse an empty split, and arrays of other shapes or another dtype than the specification says."""
    size = len(split)
    require(size > 0, f"the {name} split must hold at least one example", "0 examples")
    require(
        split.features.shape[1:] == spec.shape,
        f"features of the {name} split must have shape (n, {', '.join(map(str, spec.shape))})",
        split.features.shape,
    )
    require(
        split.targets.shape == (size, *spec.target_shape),
        f"targets of the {name} split must have shape {(size, *spec.target_shape)}",
        split.targets.shape,
    )
    require(
        split.features.dtype == spec.dtype,
        f"features of the {name} split must have dtype {spec.dtype}",
        str(split.features.dtype),
    )


def check_features(spec: DataSpec, name: str, features: np.ndarray) -> None:
    """Refuse features out of range, and those that are no numbers."""
    if spec.kind == "table":
        _check_cells(spec, name, features)
    elif features.dtype.kind == "f":
        _require_finite(f"features of the {name} split", features)
    if spec.value_range is not None:
        low, high = spec.value_range
        smallest, largest = features.min().item(), features.max().item()
        require(
            low <= smallest and largest <= high,
            f"features of the {name} split must lie in {low}..{high}",
            f"{smallest}..{largest}",
        )


def _check_cells(spec: DataSpec, name: str, features: np.ndarray) -> None:
    """Numbers of a table may be missing (NaN) but not infinite, codes are places among the categories or -1."""
    for place, column in enumerate(spec.columns):
        cells = features[:, place]
        broken = np.isinf(cells)
        must = "finite numbers or NaN"
        if column.role != "number":
            must = f"whole numbers in -1..{len(column.categories) - 1} or NaN"
            broken |= ~np.isnan(cells) & ((cells != np.rint(cells)) | (cells < -1) | (cells >= len(column.categories)))
        require(
            not broken.any(),
            f"column {column.name!r} of the {name} split must hold {must}",
            f"{cells[broken.argmax()]} in row {broken.argmax() + 1}",
        )


def check_targets(spec: DataSpec, name: str, targets: np.ndarray) -> None:
    """Refuse targets that are no classes of the specification, or no finite numbers."""
    if spec.classes is None:
        if targets.dtype.kind == "f":
            _require_finite(f"targets of the {name} split", targets)
        return
    require(
        targets.dtype.kind in "iu", f"targets of the {name} split must be integer class numbers", str(targets.dtype)
    )
    smallest, largest = targets.min().item(), targets.max().item()
    require(
        smallest >= 0 and largest < len(spec.classes),
        f"targets of the {name} split must lie in 0..{len(spec.classes) - 1}",
        f"{smallest}..{largest}",
    )


def check_rows(name: str, split: Split) -> None:
    """Refuse rows of the source that are told twice, and identifiers of another form."""
    identifiers = split.identifiers
    if identifiers is not None:
        require(
            identifiers.dtype.kind == "U" and identifiers.shape == (len(split),),
            f"identifiers of the {name} split must be a text array of shape ({len(split)},)",
            f"{identifiers.dtype} {identifiers.shape}",
        )
    if split.rows is None:
        return
    require(
        split.rows.dtype == np.int64 and split.rows.shape == (len(split),),
        f"rows of the {name} split must be an int64 array of shape ({len(split)},)",
        f"{split.rows.dtype} {split.rows.shape}",
    )
    repeated = len(split) - len(np.unique(split.rows))
    require(repeated == 0, f"the {name} split must hold each row of the source once", f"{repeated} repeated rows")


def _require_finite(what: str, array: np.ndarray) -> None:
    broken = int(np.count_nonzero(~np.isfinite(array)))
    require(broken == 0, f"{what} must be finite numbers", f"{broken} values are NaN or infinite")
