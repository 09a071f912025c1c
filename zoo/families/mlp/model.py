"""The multilayer perceptron as a Keras model.

Shapes, for a batch of n examples:

    raw (n, *shape) -> scaled (n, *shape) -> flat (n, features) -> hidden (n, units[i]) ... -> outputs (n, units out)

Of a series: raw (n, lag) -> standardised (n, lag) -> hidden ... -> standardised forecast (n, 1) of each member of the
ensemble -> their mean in the units of the series (n, 1).

With `steps` the flat inputs have the numbers once more, as steps between quantiles.

Outputs are logits, one a class, for classification, and plain numbers for regression and forecasting.

Source: Rumelhart, Hinton and Williams 1986; dropout: Srivastava et al. 2014, JMLR 15, section 4; batch normalisation
before the activation: Ioffe and Szegedy 2015, arXiv:1502.03167, section 3.2.
"""

from __future__ import annotations

import math

import keras
from keras import layers

from zoo.data.spec import DataSpec
from zoo.families.mlp.hyperparameters import Hyperparameters
from zoo.layers.activations import activation
from zoo.layers.initializers import initializer
from zoo.layers.penalties import penalty
from zoo.layers.preprocessing import output_units, preprocess, raw_input
from zoo.layers.quantile_steps import QuantileSteps
from zoo.layers.series import SeriesScale, forecasts, require_series, require_standardized
from zoo.recipe import RecipeError


def hidden_layer(inputs: keras.KerasTensor, units: int, hyperparameters: Hyperparameters) -> keras.KerasTensor:
    """One hidden layer: (n, features) -> (n, units)."""
    own = hyperparameters
    outputs = layers.Dense(
        units,
        kernel_initializer=initializer(own.initializer),
        kernel_regularizer=penalty(own.regularizer, own.l1, own.l2, members=own.ensemble),
        use_bias=not hyperparameters.batch_norm,
    )(inputs)
    if hyperparameters.batch_norm:
        outputs = layers.BatchNormalization()(outputs)
    outputs = activation(hyperparameters.activation)(outputs)
    return layers.Dropout(hyperparameters.dropout)(outputs) if hyperparameters.dropout else outputs


def numbers_of(data_spec: DataSpec) -> int:
    """How many of the flat inputs are numbers; of a table they come first, before indicators and categories.

    Raises:
        RecipeError: The inputs are pictures.
    """
    if data_spec.kind == "picture":
        raise RecipeError("hyperparameters.steps is for vectors and tables", received="pictures")
    if data_spec.kind == "table":
        return sum(column.role != "category" for column in data_spec.columns)
    return math.prod(data_spec.shape)


def member(
    scaled: keras.KerasTensor, hyperparameters: Hyperparameters, data_spec: DataSpec, *, name: str | None = None
) -> keras.KerasTensor:
    """The network from scaled examples to its outputs: (n, ...) -> float32 (n, units out)."""
    outputs = layers.Flatten()(scaled)
    if hyperparameters.steps:
        outputs = QuantileSteps(numbers_of(data_spec), hyperparameters.steps)(outputs)
    if hyperparameters.input_noise:
        outputs = layers.GaussianNoise(hyperparameters.input_noise)(outputs)
    for units in hyperparameters.units:
        outputs = hidden_layer(outputs, units, hyperparameters)
    # float32 whatever the precision policy: a softmax over float16 logits loses the small probabilities
    return layers.Dense(output_units(data_spec), dtype="float32", name=name)(outputs)


def build(hyperparameters: Hyperparameters, data_spec: DataSpec) -> keras.Model:
    """Build the network for raw examples of `data_spec`.

    Args:
        hyperparameters: Sizes, activation and regularisation.
        data_spec: Shape and kind of the inputs; classes or targets.

    Returns:
        Model from (n, *data_spec.shape) to float32 logits (n, classes) or numbers (n, targets).

    Raises:
        RecipeError: `steps` of pictures, whose pixels are no columns; an ensemble of what does not forecast.
    """
    raw = raw_input(data_spec)
    if data_spec.kind == "series":
        require_standardized(hyperparameters.standardize)
        scaled, mean, spread = SeriesScale(name="standardization")(raw)
        members = [member(scaled, hyperparameters, data_spec) for _ in range(hyperparameters.ensemble)]
        return keras.Model(raw, forecasts(members, mean, spread), name="mlp")
    if hyperparameters.ensemble > 1:
        require_series(data_spec, "ensemble")
    scaled = preprocess(raw, data_spec, standardize=hyperparameters.standardize)
    return keras.Model(raw, member(scaled, hyperparameters, data_spec, name="outputs"), name="mlp")
