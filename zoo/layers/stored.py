"""Vectors of encoded features as a reader of the data knows them, from a weights file and without TensorFlow."""

from __future__ import annotations

import h5py
import numpy as np

from zoo.data.spec import DataSpec
from zoo.layers.table_encoding import TableNumbers, decode


def stored_variables(file: h5py.File, layer: str) -> list[np.ndarray]:
    """The variables of the only layer of a class, such as "normalization", in their order.

    Keras names what is in the file by class and order, not by the layer's own name.

    Raises:
        KeyError: The file has no such layer.
    """
    variables = file[f"layers/{layer}/vars"]
    return [variables[str(place)][()] for place in range(len(variables))]


def original_units(encoded: np.ndarray, data_spec: DataSpec, file: h5py.File, *, scaled: bool) -> dict[str, np.ndarray]:
    """The inverse of `zoo.layers.preprocessing.preprocess`, as far as it has one.

    Args:
        encoded: (K, features), such as the centres of a layer behind the preprocessing.
        data_spec: What a raw example looks like.
        file: The weights file, open.
        scaled: Whether the preprocessing scaled vectors and numbers.

    Returns:
        Of vectors feature -> (K,) in original units, of windows "3 before", "2 before", "1 before" -> (K,); of tables
        what `zoo.layers.table_encoding.decode` gives, in which categories are shares; of pictures nothing.
    """
    if data_spec.kind == "table":
        medians, centres, scales, *ranked = stored_variables(file, "table_preprocessing")
        numbers = TableNumbers(medians, centres, scales, ranked[0] if ranked else np.empty((0, 0)))
        return decode(encoded, data_spec.columns, numbers, scale=scaled)
    if data_spec.kind == "series":
        mean, spread = stored_variables(file, "series_scale")
        lag = encoded.shape[1]
        return dict(zip([f"{lag - place} before" for place in range(lag)], (encoded * spread + mean).T, strict=True))
    if data_spec.kind == "vector":
        values = encoded
        if scaled:
            mean, variance, *_ = stored_variables(file, "normalization")
            values = encoded * np.sqrt(variance) + mean
        names = data_spec.feature_names or tuple(f"feature {number}" for number in range(1, encoded.shape[1] + 1))
        return dict(zip(names, values.T, strict=True))
    return {}
