"""The multilayer perceptron with its numbers as steps between quantiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry import Registry
from zoo import jobs
from zoo.data.columns import Column
from zoo.data.spec import DataSpec
from zoo.families.mlp.hyperparameters import Hyperparameters
from zoo.families.mlp.model import build, numbers_of
from zoo.layers.quantile_steps import QuantileSteps
from zoo.recipe import RecipeError

COLOUR = Column("colour", "category", categories=("red", "green", "blue"))
SIZE = Column("size", "ordinal", categories=("small", "large"))
DAYS = Column("days", "number", sentinels=(-1.0,))
TABLE = DataSpec(
    "table", (3,), "float64", "classification", classes=("no", "yes"), columns=(COLOUR, SIZE, DAYS),
    feature_names=("colour", "size", "days"),
)  # fmt: skip


def test_numbers_and_ordinals_of_a_table_get_steps_and_categories_none() -> None:
    assert numbers_of(TABLE) == 2
    model = build(Hyperparameters(steps=5, units=[]), TABLE)
    # size and days, whether days are missing, three colours; then five steps of each number
    assert model.get_layer("outputs").kernel.shape == (2 + 1 + 3 + 2 * 5, 2)


def test_pictures_have_no_steps() -> None:
    spec = DataSpec("picture", (8, 8, 1), "uint8", "classification", (0, 16), ("a", "b"))
    with pytest.raises(RecipeError, match="steps is for vectors and tables"):
        build(Hyperparameters(steps=5), spec)


@pytest.mark.slow
def test_a_linear_model_of_steps_bends(registry: Registry, tmp_path: Path) -> None:
    changes = {"dataset": "moons", "hyperparameters.units": [], "optimizer": "lbfgs", "epochs": 40, "batch_size": 1000}
    losses = []
    for steps in (0, 8):
        run = jobs.train(registry, "mlp", {**changes, "hyperparameters.steps": steps}, runs=tmp_path)
        losses.append(run.facts["metrics"]["train"]["log_loss"])
    assert losses[1] < 0.7 * losses[0]


def test_the_quantiles_travel_with_the_weights(registry: Registry, tmp_path: Path) -> None:
    changes = {"dataset": "moons", "hyperparameters.steps": 8, "epochs": 1}
    run = jobs.train(registry, "mlp", changes, runs=tmp_path)
    network = run.load(registry).network
    (layer,) = (layer for layer in network.layers if isinstance(layer, QuantileSteps))
    quantiles = layer.get_weights()[0]
    assert quantiles.shape == (9, 2)
    assert np.all(np.diff(quantiles, axis=0) > 0.0)
