"""What a run of the family has learned, read from its folder without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from zoo.data.spec import DataSpec
from zoo.layers.table_encoding import TableNumbers, decode


@dataclass(frozen=True, eq=False)
class Learned:
    """The hidden layer and the output weights.

    Attributes:
        centres: (K, features), encoded.
        widths: (1,) or (K,), in encoded units.
        weights: (K, outputs) output weights, without the constant.
        original: Feature or encoded column -> (K,) in original units, see `original_units`; empty for pictures.
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
        hidden = _variables(file, "radial_basis")
        named = dict(zip(_order(hyperparameters), hidden, strict=True))
        weights = _variables(file, "dense")[0]
        original = original_units(named["centres"], spec, file, scaled=bool(hyperparameters["standardize"]))
    return Learned(named["centres"], np.exp(named["log_widths"]), weights, original)


def original_units(centres: np.ndarray, spec: DataSpec, file: h5py.File, *, scaled: bool) -> dict[str, np.ndarray]:
    """Centres as a reader of the data knows them.

    Returns:
        Of vectors feature -> (K,) in original units; of tables what `zoo.layers.table_encoding.decode` gives, in which
        categories are shares; of pictures nothing.
    """
    if spec.kind == "table":
        medians, offsets, scales, *ranked = _variables(file, "table_preprocessing")
        quantiles = ranked[0] if ranked else np.empty((0, 0))
        return decode(centres, spec.columns, TableNumbers(medians, offsets, scales, quantiles), scale=scaled)
    if spec.kind == "vector":
        names = spec.feature_names or tuple(f"feature {place + 1}" for place in range(spec.shape[0]))
        if scaled:
            mean, variance, *_ = _variables(file, "normalization")
            centres = centres * np.sqrt(variance) + mean
        return dict(zip(names, centres.T, strict=True))
    return {}


def _variables(file: h5py.File, layer: str) -> list[np.ndarray]:
    """The variables of the only layer of a class; Keras names them by class and order."""
    variables = file[f"layers/{layer}/vars"]
    return [variables[str(place)][()].astype(np.float64) for place in range(len(variables))]


def _order(hyperparameters: Mapping[str, Any]) -> list[str]:
    """The variables of the hidden layer as the file has them: trained ones first."""
    names = {"centres": "train_centres", "log_widths": "train_widths"}
    if hyperparameters["train_scales"]:
        names["log_scales"] = "train_scales"
    return sorted(names, key=lambda name: not hyperparameters[names[name]])
