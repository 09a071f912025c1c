"""The radial basis function network as a Keras model.

Shapes, for a batch of n examples:

    raw (n, *shape) -> scaled (n, ...) -> flat (n, features) -> hidden (n, centres) -> outputs (n, units out)

The hidden layer is learned without targets, in the one `adapt` step: centres and widths. The output weights follow in
closed form (least squares aims at 0 and 1 for classes, and a calibration makes logits of its numbers; of a series it
aims at the values themselves), or by the optimiser, with the task's loss, which can move centres and widths too.

Source: Broomhead and Lowe 1988, Multivariable functional interpolation and adaptive networks, Complex Systems 2; Moody
and Darken 1989; training of all, the scale of each input included ("hyper basis functions"): Poggio and Girosi 1990,
Networks for approximation and learning, Proc. IEEE 78, section IV.
"""

from __future__ import annotations

import keras
from keras import layers

from zoo.data.spec import DataSpec
from zoo.families.rbf.calibration import Calibration
from zoo.families.rbf.hyperparameters import Hyperparameters
from zoo.families.rbf.layer import RadialBasis
from zoo.families.rbf.least_squares import CALIBRATION, HIDDEN, OUTPUTS, LeastSquares, linear_units
from zoo.layers.preprocessing import output_units, preprocess, raw_input
from zoo.layers.series import SeriesScale, forecasts, require_standardized


def hidden_layer(hyperparameters: Hyperparameters) -> RadialBasis:
    """The kernels around the centres: (n, features) -> (n, centres).

    float64 where least squares follows: its weights can be large and of both signs, so that digits cancel. Otherwise
    float32 whatever the precision policy, because squared distances are differences.
    """
    return RadialBasis(
        hyperparameters.centres,
        kernel=hyperparameters.kernel,
        placement=hyperparameters.placement,
        iterations=hyperparameters.k_means_iterations,
        width=hyperparameters.width,
        neighbours=hyperparameters.neighbours,
        width_factor=hyperparameters.width_factor,
        train_centres=hyperparameters.train_centres,
        train_widths=hyperparameters.train_widths,
        train_scales=hyperparameters.train_scales,
        dtype="float64" if hyperparameters.output == "least_squares" else "float32",
        name=HIDDEN,
    )


def build(hyperparameters: Hyperparameters, data_spec: DataSpec) -> keras.Model:
    """Build the network for raw examples of `data_spec`.

    Args:
        hyperparameters: Centres, widths, kernel and how the outputs are learned.
        data_spec: Shape and kind of the inputs; classes or targets.

    Returns:
        Model from (n, *data_spec.shape) to float32 logits (n, classes) or numbers (n, targets); one that learns in
        closed form has the method `learn`.
    """
    raw = raw_input(data_spec)
    if data_spec.kind == "series":
        require_standardized(hyperparameters.standardize)
        # windows are flat already, and stay float64: a closed loop feeds on its own rounding
        flat, mean, spread = SeriesScale(name="standardization")(raw)
    else:
        flat = layers.Flatten()(preprocess(raw, data_spec, standardize=hyperparameters.standardize))
    hidden = hidden_layer(hyperparameters)(flat)
    if hyperparameters.output == "gradient":
        penalty = keras.regularizers.L2(hyperparameters.ridge) if hyperparameters.ridge else None
        outputs = layers.Dense(
            output_units(data_spec),
            use_bias=hyperparameters.bias,
            kernel_regularizer=penalty,
            dtype="float32",
            name=OUTPUTS,
        )(hidden)
        if data_spec.kind == "series":
            outputs = forecasts([outputs], mean, spread)
        return keras.Model(raw, outputs, name="rbf")
    units = linear_units(data_spec)
    numbers = layers.Dense(
        units, use_bias=hyperparameters.bias, kernel_initializer="zeros", dtype="float64", name=OUTPUTS
    )(hidden)
    last = layers.Identity(dtype="float32") if data_spec.classes is None else Calibration(units, name=CALIBRATION)
    return LeastSquares(
        raw,
        last(numbers),
        data_spec=data_spec,
        ridge=hyperparameters.ridge,
        calibration=hyperparameters.calibration,
        name="rbf",
    )
