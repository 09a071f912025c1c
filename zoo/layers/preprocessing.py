"""The first layers of every network: raw examples in, numbers of a convenient size out."""

from __future__ import annotations

import math

import keras

from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.layers.quantile_steps import QuantileSteps
from zoo.layers.series import SeriesScale
from zoo.layers.table import TablePreprocessing

# layers whose weights say what the training split looked like, and nothing of what was learned from it
PREPROCESSING = (keras.layers.Normalization, TablePreprocessing, SeriesScale, QuantileSteps)


def raw_input(data_spec: DataSpec) -> keras.KerasTensor:
    """The network's input: a batch of raw examples, shape (batch, *data_spec.shape), of the data set's own dtype."""
    return keras.Input(data_spec.shape, dtype=data_spec.dtype, name="raw")


def preprocess(raw: keras.KerasTensor, data_spec: DataSpec, *, standardize: bool = True) -> keras.KerasTensor:
    """Scale raw examples inside the network, so that preprocessing is part of its saved state.

    Pictures are scaled from their value range to 0..1. Vectors are standardised to mean 0 and variance 1 feature by
    feature with statistics of the training split (`zoo.run` adapts the layer once, before the first step). Tables are
    filled, scaled and encoded as their columns say, see `zoo.layers.table_encoding`. Windows into a series are
    standardised by one mean and one spread, float64.

    Args:
        raw: What `raw_input` returned.
        data_spec: Kind, shape, value range and columns of the examples.
        standardize: Whether vectors, series and the numbers of a table are scaled; without it they are passed on as
            they are.

    Returns:
        Tensor of the same shape; of tables (batch, encoded columns).

    Raises:
        InvalidData: Pictures without a value range.
    """
    if data_spec.kind == "picture":
        low, high = picture_range(data_spec)
        return keras.layers.Rescaling(1.0 / (high - low), offset=-low / (high - low), name="rescaling")(raw)
    if data_spec.kind == "table":
        return TablePreprocessing(data_spec.columns, scale=standardize, name="table")(raw)
    if standardize and data_spec.kind == "series":
        return SeriesScale(name="standardization")(raw)[0]
    if standardize:
        return keras.layers.Normalization(axis=-1, name="standardization")(raw)
    return raw


def renew_constants(model: keras.Model) -> None:
    """After weights were set from outside: Keras' normalisation computes with constants that it made of its weights."""
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def picture_range(data_spec: DataSpec) -> tuple[float, float]:
    """Smallest and largest pixel value: what black and white are.

    Raises:
        InvalidData: The specification is not one of pictures, which always have a value range.
    """
    if data_spec.kind != "picture" or data_spec.value_range is None:
        raise InvalidData("pixel values are asked of pictures", received=f"{data_spec.kind} data")
    return data_spec.value_range


def output_units(data_spec: DataSpec) -> int:
    """Units of the last layer: one logit a class, or one number a target."""
    if data_spec.classes is not None:
        return len(data_spec.classes)
    return math.prod(data_spec.target_shape)
