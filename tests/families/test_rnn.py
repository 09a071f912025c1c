"""Recurrent forecasters: cells, sizes and teacher forcing."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from zoo.data.spec import DataSpec
from zoo.families.rnn.hyperparameters import Hyperparameters
from zoo.families.rnn.model import build
from zoo.recipe import RecipeError

SPEC = DataSpec("series", (6,), "float64", "forecasting", horizon=4)


@pytest.mark.parametrize(
    ("cell", "parameters"),
    [
        ("simple", 4 * (1 + 4 + 1) + 5),
        ("lstm", 4 * 4 * (1 + 4 + 1) + 5),
        ("gru", 3 * 4 * (1 + 4 + 2) + 5),  # two biases: the state is gated after its product
    ],
)
def test_each_cell_has_the_weights_of_its_equations(cell: str, parameters: int) -> None:
    model = build(Hyperparameters(cell=cell, units=(4,)), SPEC)  # type: ignore[arg-type]
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == parameters
    assert model.compute_output_shape((3, 6)) == (3, 1)


def test_teacher_forcing_adds_the_errors_inside_the_window_and_changes_no_forecast() -> None:
    windows = np.random.default_rng(0).normal(size=(5, 6))
    made = []
    for steps in (1, 3):
        keras.utils.set_random_seed(0)
        made.append(build(Hyperparameters(cell="gru", units=(4,), forced_steps=steps), SPEC))
    plain, forced = made
    assert np.allclose(plain(windows), forced(windows))
    assert not forced.losses
    forced(windows, training=True)
    (added,) = forced.losses
    # what the network says after the first four and five values of each window, beside the fifth and the sixth
    recurrent = next(layer for layer in forced.layers if isinstance(layer, keras.layers.GRU))
    dense = next(layer for layer in forced.layers if isinstance(layer, keras.layers.Dense))
    said = dense(keras.Model(forced.input, recurrent.output)(windows))
    inside = keras.ops.convert_to_numpy(said)[:, 3:5, 0]
    assert float(added) == pytest.approx(np.mean((inside - windows[:, 4:6]) ** 2), rel=1e-5)


def test_the_penalty_is_the_mean_over_the_members_of_the_squared_kernels() -> None:
    model = build(Hyperparameters(cell="gru", units=(4, 3), ensemble=2, l2=0.1), SPEC)
    recurrent = [layer.cell for layer in model.layers if isinstance(layer, keras.layers.GRU)]
    assert len(recurrent) == 4
    squares = [np.sum(np.square(kernel)) for cell in recurrent for kernel in (cell.kernel, cell.recurrent_kernel)]
    assert sum(map(float, model.losses)) == pytest.approx(0.1 * sum(squares) / 2, rel=1e-5)


def test_more_forced_steps_than_a_window_holds_are_refused() -> None:
    with pytest.raises(RecipeError, match="forced_steps must not exceed the lag"):
        build(Hyperparameters(forced_steps=7), SPEC)


def test_what_is_no_series_is_refused() -> None:
    with pytest.raises(RecipeError, match="forecasts series"):
        build(Hyperparameters(), DataSpec("vector", (6,), "float32", "regression"))
