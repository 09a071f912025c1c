"""A trained map as its run folder holds it, read without TensorFlow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from zoo.data.spec import DataSpec
from zoo.families.som.grid import Grid
from zoo.families.som.hyperparameters import Hyperparameters
from zoo.layers.stored import original_units, stored_variables


@dataclass(frozen=True, eq=False)
class StoredMap:
    """A map, its grid, and what its codebook means in original units.

    Attributes:
        grid: The grid.
        codebook: (cells, features), encoded.
        hits: (cells,), training examples of each cell.
        class_shares: (cells, classes) or None.
        data_spec: What the examples look like.
        planes: Name of each feature -> (cells,) in original units; of categories shares. Empty for pictures.
    """

    grid: Grid
    codebook: np.ndarray
    hits: np.ndarray
    class_shares: np.ndarray | None
    data_spec: DataSpec
    planes: dict[str, np.ndarray]


def read_map(folder: Path) -> StoredMap:
    """Read model.json and model.weights.h5 of a finished run.

    Raises:
        OSError: A file is gone or damaged.
    """
    record = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    data_spec = DataSpec.from_json(record["data_spec"])
    settings = record["recipe"]["hyperparameters"]
    with h5py.File(folder / "model.weights.h5", "r") as file:
        own = stored_variables(file, "kohonen_map")
        planes = original_units(own[0], data_spec, file, scaled=bool(settings["standardize"]))
    sides = Hyperparameters.model_validate(settings).sides
    grid = Grid(*sides, settings["topology"], settings["toroid"])
    return StoredMap(grid, own[0], own[2], own[3] if len(own) > 3 else None, data_spec, planes)
