"""A point on a surface: the documented ways to the last printed digit, and what a run keeps of them."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import zoo
from registry import Registry, UserError
from registry import build as build_registry
from zoo.data.spec import DataSpec
from zoo.families.objective.functions import FUNCTIONS
from zoo.families.objective.hyperparameters import Hyperparameters
from zoo.families.objective.model import build
from zoo.recipe import RecipeError, Training, bind, read_recipe
from zoo.report.read import read_run
from zoo.report.trajectory import read_landscape, read_way
from zoo.run import trainer
from zoo.run.compile import compile_model
from zoo.run.errors import Interrupted
from zoo.run.events import Event, StepsDone, Subscriber
from zoo.run.folder import RunFolder, new_folder

FUNCTION = DataSpec(kind="vector", shape=(1,), dtype="float64", task="minimisation")
# one pass over the documented points at a time, in place of mini-batches
BATCH = {
    "data.passes": 0,
    "training.batch_size": 100,
    "training.steps_per_epoch": 1,
}


def train(tmp_path: Path, name: str, subscribers: Sequence[Subscriber] = (), **changes: Any) -> Path:
    """A run without its report, which takes longer than the training."""
    folder = RunFolder(new_folder(tmp_path, name))
    registry = build_registry(with_plugins=False)
    bound = bind(registry, read_recipe(registry, name, changes))
    trainer.start(registry, bound, folder, seed=0, argv=["zoo"], subscribers=tuple(subscribers))
    return folder.path


def way(folder: Path) -> np.ndarray:
    points = read_way(read_run(folder))
    assert points is not None
    return points


@pytest.mark.parametrize(
    ("changes", "printed"),
    [
        (BATCH, [0.06893943, 2.00432774, 1.2328745]),
        ({}, [-0.05168228, 3.11146125, 1.94541002]),
    ],
    ids=["batch", "mini-batch"],
)
def test_linear_regression_ends_at_the_printed_weights_to_eight_digits(
    tmp_path: Path, changes: dict[str, Any], printed: list[float]
) -> None:
    folder = train(tmp_path, "objective/linear_regression", **changes)
    np.testing.assert_allclose(way(folder)[-1], printed, rtol=0, atol=5e-9)
    assert zoo.load(folder).network.position.tolist() == way(folder)[-1].tolist()


def test_each_step_is_that_of_the_formula(tmp_path: Path) -> None:
    folder = train(tmp_path, "objective/linear_regression", **BATCH, epochs=5)
    generator = np.random.RandomState(0)
    rows = generator.randn(100, 2)
    targets = 3 * rows[:, 0] + 2 * rows[:, 1] + generator.randn(100)
    with_ones, weights = np.c_[np.ones(100), rows], np.zeros(3)
    for point in way(folder):
        np.testing.assert_allclose(point, weights, rtol=0, atol=1e-14)
        weights = weights - 0.01 * with_ones.T @ (with_ones @ weights - targets) / 100


def test_momentum_on_a_parabola_ends_where_the_handbook_does(tmp_path: Path) -> None:
    folder = train(tmp_path, "objective/quadratic")
    x, velocity = 5.0, 0.0
    for point in way(folder):
        assert point[0] == pytest.approx(x, abs=1e-13)
        velocity = 0.9 * velocity - 0.1 * 2 * x
        x += velocity
    assert way(folder)[-1] == pytest.approx([-1.7463], abs=5e-5)


@pytest.mark.parametrize("optimizer", ["adagrad", "rmsprop", "adam", "adadelta", "adamax", "nadam", "nesterov"])
def test_every_optimizer_moves_the_point_downhill(optimizer: str) -> None:
    model = build(Hyperparameters(start=(5.0,)), FUNCTION)
    training = Training(optimizer=optimizer, learning_rate=0.01, epochs=3)
    compile_model(model, training, FUNCTION, steps_per_epoch=1, steps_per_execution=1, jit=False)
    batches = tf.data.Dataset.from_tensors((np.zeros((1, 1)), np.zeros(1))).repeat(3)
    model.fit(batches, shuffle=False, verbose=0)
    assert 0.0 < model.position[0] < 5.0
    assert model.optimizer.learning_rate.dtype == "float64"


def test_a_run_says_how_high_its_point_lies_beside_the_first_one(tmp_path: Path) -> None:
    facts = RunFolder(train(tmp_path, "objective/rosenbrock")).read()
    assert facts["metrics"]["test"]["value"] < 1e-12
    assert facts["metrics"]["test"]["distance"] < 1e-6
    assert facts["baseline"]["name"] == "start"
    assert facts["baseline"]["test"]["value"] == pytest.approx(24.2)


def test_a_run_stores_the_surface_and_the_report_draws_the_way_on_it(tmp_path: Path) -> None:
    folder = zoo.train("objective/saddle", seed=0, runs=tmp_path).folder
    landscape = read_landscape(read_run(folder))
    assert landscape is not None
    x, y = landscape.lines
    assert landscape.values[3, 7] == pytest.approx(x[7] ** 2 - y[3] ** 2)
    assert (folder / "figures" / "trajectory.png").stat().st_size > 10_000


def stop_at_seven(event: Event) -> None:
    if isinstance(event, StepsDone) and event.step >= 7:
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.slow
def test_a_resumed_way_is_the_unbroken_one(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", "objective/quadratic")
    with pytest.raises(Interrupted):
        train(tmp_path / "broken", "objective/quadratic", subscribers=[stop_at_seven])
    (broken,) = (tmp_path / "broken").glob("*/*/*")
    with open(broken / "trajectory.jsonl", "a", encoding="utf-8") as file:
        file.write('{"step": 9, "po')  # what a kill may leave
    zoo.resume(broken)
    assert (broken / "trajectory.jsonl").read_text() == (whole / "trajectory.jsonl").read_text()
    steps = [json.loads(line)["step"] for line in (broken / "trajectory.jsonl").read_text().splitlines()]
    assert steps == list(range(21))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_smallest_where_it_says(name: str) -> None:
    function = FUNCTIONS[name]
    if function.minimum is None:
        return
    best = np.full(len(function.start), function.minimum)
    around = best + np.random.default_rng(0).normal(0, 0.1, (200, len(best)))
    assert (function.value(around) > function.value(best)).all()


def test_the_seed_moves_the_first_point_where_it_is_asked_to() -> None:
    starts = []
    for seed in (0, 0, 1):
        keras.utils.set_random_seed(seed)
        starts.append(build(Hyperparameters(function="rosenbrock", start_spread=0.5), FUNCTION).position)
    assert np.array_equal(starts[0], starts[1])
    assert not np.array_equal(starts[0], starts[2])


def test_a_start_of_other_dimensions_is_refused(registry: Registry) -> None:
    with pytest.raises(RecipeError, match="must have 2 numbers"):
        bind(registry, zoo.recipe("objective/saddle", start=[1.0]))


def test_a_function_on_data_of_a_regression_is_refused() -> None:
    spec = DataSpec(kind="vector", shape=(2,), dtype="float64", task="regression")
    with pytest.raises(UserError, match="of the task regression"):
        build(Hyperparameters(), spec)


def test_an_order_of_examples_is_refused_where_the_model_has_its_own(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"training\.shuffle"):
        train(tmp_path, "perceptron/and", shuffle=False)
