"""Recurrent forecasters as Keras models.

Shapes, for a batch of n windows:

    raw (n, lag) -> standardised (n, lag) -> one value a step (n, lag, 1) -> recurrent (n, lag, units[i]) ...
    -> last state (n, units[-1]) -> standardised forecast (n, 1) -> in the units of the series (n, 1)

With `forced_steps` > 1 the last recurrent layer says its state at every step, and the network forecasts from the last
ones of them: each value of the window's end from the true values before it (teacher forcing), which adds a loss of its
own in training. What is forecast after the window is the same either way.

Source: simple cells: Elman 1990; LSTM: Hochreiter and Schmidhuber 1997, Neural Computation 9, with the forget gate of
Gers, Schmidhuber and Cummins 2000; GRU: Cho et al. 2014, arXiv:1406.1078; teacher forcing: Williams and Zipser 1989,
Neural Computation 1; noise on the inputs of a forecaster that feeds on its own outputs: Jaeger 2001, GMD report 148.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from zoo.data.spec import DataSpec
from zoo.families.rnn.hyperparameters import Hyperparameters
from zoo.layers.preprocessing import raw_input
from zoo.layers.series import SeriesScale, forecasts
from zoo.recipe import RecipeError

CELLS = {"simple": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}


@keras.saving.register_keras_serializable("zoo")
class TeacherForcing(layers.Layer):
    """Forecasts at the last steps of a window (n, steps, 1) -> the one after the window (n, 1).

    In training the others, whose true values stand in the window, add their mean squared error to the loss; in
    standardised units, as the loss itself.

    Args:
        share: What the error is multiplied by: of an ensemble, whose loss is the mean over its members, 1 / members.
    """

    def __init__(self, share: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.share = share

    def call(self, inputs: tuple[Any, Any], training: bool = False) -> Any:
        """Forecasts (n, steps, 1) and standardised windows (n, lag) to the last forecast (n, 1)."""
        said, windows = inputs
        if training:
            steps = said.shape[1]
            wanted = ops.cast(windows[:, 1 - steps :], said.dtype)
            self.add_loss(self.share * ops.mean(ops.square(said[:, :-1, 0] - wanted)))
        return said[:, -1]

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, int]:
        """(n, steps, 1) -> (n, 1)."""
        return (input_shape[0][0], 1)

    def get_config(self) -> dict[str, Any]:
        """The share, and what all layers have."""
        config: dict[str, Any] = super().get_config()
        return config | {"share": self.share}


def member(scaled: keras.KerasTensor, hyperparameters: Hyperparameters) -> keras.KerasTensor:
    """One network from standardised windows (n, lag) to standardised forecasts, float32 (n, 1)."""
    values = layers.Reshape((scaled.shape[1], 1))(scaled)
    if hyperparameters.input_noise:
        values = layers.GaussianNoise(hyperparameters.input_noise)(values)
    forced = hyperparameters.forced_steps > 1
    # the loss is the mean over the members of an ensemble, and so is what each of them is penalised by
    penalty = keras.regularizers.L2(hyperparameters.l2 / hyperparameters.ensemble) if hyperparameters.l2 else None
    for number, units in enumerate(hyperparameters.units, 1):
        values = CELLS[hyperparameters.cell](
            units,
            kernel_regularizer=penalty,
            recurrent_regularizer=penalty,
            dropout=hyperparameters.dropout,
            recurrent_dropout=hyperparameters.recurrent_dropout,
            return_sequences=forced or number < len(hyperparameters.units),
        )(values)
    outputs = layers.Dense(1, dtype="float32")
    if not forced:
        return outputs(values)
    last = values[:, -hyperparameters.forced_steps :]
    return TeacherForcing(1.0 / hyperparameters.ensemble, dtype="float32")([outputs(last), scaled])


def build(hyperparameters: Hyperparameters, data_spec: DataSpec) -> keras.Model:
    """Build the network for windows into a series.

    Args:
        hyperparameters: Cell, sizes, noise, members.
        data_spec: Of kind "series".

    Returns:
        Model from (n, lag) to float32 forecasts (n, 1) in the units of the series.

    Raises:
        RecipeError: The data are no series, or `forced_steps` is more than a window holds.
    """
    if data_spec.kind != "series":
        raise RecipeError("the family rnn forecasts series", received=f"{data_spec.kind} data")
    (lag,) = data_spec.shape
    if hyperparameters.forced_steps > lag:
        raise RecipeError(
            "hyperparameters.forced_steps must not exceed the lag of the data",
            received=f"forced_steps = {hyperparameters.forced_steps}, data.lag = {lag}",
        )
    raw = raw_input(data_spec)
    scaled, mean, spread = SeriesScale(name="standardization")(raw)
    members = [member(scaled, hyperparameters) for _ in range(hyperparameters.ensemble)]
    return keras.Model(raw, forecasts(members, mean, spread), name="rnn")
