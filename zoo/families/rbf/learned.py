"""What a run of the family has learned, read from its folder without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from zoo.data.spec import DataSpec
from zoo.layers.stored import original_units, stored_variables


@dataclass(frozen=True, eq=False)
class Learned:
    """The hidden layer and the output weights.

    Attributes:
        centres: (K, features), encoded.
        widths: (1,) or (K,), in encoded units.
        weights: (K, outputs) output weights, without the constant.
        original: Feature or encoded column -> (K,) in original units, see `zoo.layers.stored`; empty for pictures.
    """

    centres: np.ndarray
    widths: np.ndarray
    weights: np.ndarray
    original: dict[str, np.ndarray]

    @property
    def by_weight(self) -> np.ndarray:
        """Numbers of the centres, the largest output weight first."""
        return np.argsort(-np.abs(self.weights).max(axis=1), kind="stable")


def read_learned(path: Path, spec: DataSpec, hyperparameters: Mapping[str, Any]) -> Learned:
    """Read the weights file of a run.

    Args:
        path: The file.
        spec: The run's data.
        hyperparameters: Of the run, all written out.

    Raises:
        OSError: The file cannot be read.
        KeyError: It is not one of this family.
    """
    with h5py.File(path, "r") as file:
        hidden = _float64(stored_variables(file, "radial_basis"))
        named = dict(zip(_order(hyperparameters), hidden, strict=True))
        weights = _float64(stored_variables(file, "dense"))[0]
        original = original_units(named["centres"], spec, file, scaled=bool(hyperparameters["standardize"]))
    return Learned(named["centres"], np.exp(named["log_widths"]), weights, original)


def _float64(variables: list[np.ndarray]) -> list[np.ndarray]:
    return [variable.astype(np.float64) for variable in variables]


def _order(hyperparameters: Mapping[str, Any]) -> list[str]:
    """The variables of the hidden layer as the file has them: trained ones first."""
    names = {"centres": "train_centres", "log_widths": "train_widths"}
    if hyperparameters["train_scales"]:
        names["log_scales"] = "train_scales"
    return sorted(names, key=lambda name: not hyperparameters[names[name]])
