"""`lbfgs` by name: the loss of the whole split, runs, resume, refusals."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from scipy.optimize import minimize

import zoo
from registry import UserError, build
from zoo.data.spec import Split
from zoo.recipe import RecipeError, Training, bind, read_recipe
from zoo.run.dry_run import dry_run
from zoo.run.errors import Interrupted, TrainingDiverged
from zoo.run.events import Event, Noted, RunStarted, StepsDone
from zoo.run.folder import RunFolder
from zoo.run.lbfgs import LBFGS, make_lbfgs
from zoo.run.quasi_newton import Iterate, Settings, advance
from zoo.run.seeds import start_from
from zoo.run.whole_split import WholeSplit

# three clouds, classes of different weight, a penalty: all that is part of the loss; pieces of 50 and a rest
BLOBS: dict[str, Any] = {
    "dataset": "blobs",
    "hyperparameters.units": [6],
    "hyperparameters.activation": "tanh",
    "hyperparameters.dropout": 0.0,
    "hyperparameters.l2": 0.001,
    "optimizer": "lbfgs",
    "class_weight": {"cloud 1": 2.0},
    "batch_size": 50,
    "epochs": 12,
    "checkpoint_seconds": 0.0,
}


class Valley(keras.layers.Layer):
    """Two weights (a, b); half the mean square of what it says is Rosenbrock's function, smallest at (1, 1)."""

    def build(self, shape: Any) -> None:
        self.place = self.add_weight(
            shape=(2,), initializer=lambda shape, dtype: np.array([-1.2, 1.0]), dtype="float64"
        )

    def call(self, inputs: Any) -> Any:
        a, b = self.place[0], self.place[1]
        return keras.ops.stack([10.0 * (b - a**2), 1.0 - a])[None] + 0.0 * inputs


def compiled(model: keras.Model, loss: Any = "mean_squared_error") -> keras.Model:
    model.compile(LBFGS(), loss, jit_compile=False)
    return model


def minimum(loss: WholeSplit) -> np.ndarray:
    iterate = Iterate.at(loss.evaluate, loss.point())
    while not isinstance(advanced := advance(loss.evaluate, iterate, Settings(tolerance=1e-9)), str):
        iterate = advanced
    return iterate.point


def test_a_quadratic_in_one_weight_ends_at_its_closed_form() -> None:
    x, y = np.array([[1.0], [2.0], [3.0]], "float32"), np.array([[2.0], [3.0], [7.0]], "float32")
    inputs = keras.Input((1,))
    model = compiled(keras.Model(inputs, keras.layers.Dense(1, use_bias=False)(inputs)))
    best = float((x * y).sum() / (x * x).sum())
    assert minimum(WholeSplit(model, Split(x, y), batch_size=2)) == pytest.approx([best], rel=1e-6)


def test_a_curved_valley_in_a_network_ends_where_scipy_ends() -> None:
    inputs = keras.Input((2,), dtype="float64")
    model = compiled(keras.Model(inputs, Valley(dtype="float64")(inputs)))
    loss = WholeSplit(model, Split(np.zeros((1, 2)), np.zeros((1, 2))), batch_size=1)
    start = loss.point()
    theirs = minimize(loss.evaluate, start, jac=True, method="L-BFGS-B", options={"ftol": 0.0, "gtol": 1e-8})
    loss.place(start)
    ours = minimum(loss)
    assert ours == pytest.approx([1.0, 1.0], abs=1e-5)
    assert ours == pytest.approx(theirs.x, abs=1e-5)


def network(features: int = 4, classes: int = 3) -> keras.Model:
    start_from(0)
    inputs = keras.Input((features,))
    hidden = keras.layers.Dense(5, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.01))(inputs)
    model = keras.Model(inputs, keras.layers.Dense(classes)(hidden))
    return compiled(model, keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def points(count: int = 103, features: int = 4, classes: int = 3) -> Split:
    rng = np.random.default_rng(0)
    return Split(rng.normal(size=(count, features)).astype("float32"), rng.integers(0, classes, count))


def test_the_loss_is_that_of_keras_with_penalties_and_class_weights() -> None:
    model, split, weights = network(), points(), {0: 1.0, 1: 3.0, 2: 0.5}
    loss, _ = WholeSplit(model, split, batch_size=40, weights=weights).evaluate(
        WholeSplit(model, split, batch_size=40).point()
    )
    each = np.array([weights[number] for number in split.targets])
    keras_loss = model.evaluate(split.features, split.targets, sample_weight=each, batch_size=103, verbose=0)
    assert loss == pytest.approx(keras_loss, rel=1e-5)


def test_loss_and_gradient_do_not_depend_on_the_size_of_the_pieces() -> None:
    model, split = network(), points()
    whole = WholeSplit(model, split, batch_size=1000)
    point = whole.point()
    loss, gradient = whole.evaluate(point)
    for size in (1, 50, 103):
        other, slopes = WholeSplit(model, split, batch_size=size).evaluate(point)
        assert other == pytest.approx(loss, rel=1e-6)
        assert slopes == pytest.approx(gradient, rel=1e-4, abs=1e-7)


def test_the_gradient_is_the_slope_of_the_loss() -> None:
    loss = WholeSplit(network(), points(), batch_size=50)
    point = loss.point()
    gradient = loss.evaluate(point)[1]
    towards = np.random.default_rng(1).normal(size=point.size)
    rise = (loss.evaluate(point + 1e-3 * towards)[0] - loss.evaluate(point - 1e-3 * towards)[0]) / 2e-3
    assert rise == pytest.approx(gradient @ towards, rel=1e-2)


def train(runs: Path, **changes: Any) -> zoo.jobs.Run:
    return zoo.train("mlp", seed=1, runs=runs, **{**BLOBS, **changes})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return train(tmp_path_factory.mktemp("unbroken"))


def test_a_run_has_a_row_for_each_iteration_and_the_loss_falls_in_each(run: Any) -> None:
    rows = RunFolder(run.folder).rows()
    assert [row["step"] for row in rows] == list(range(1, 13))
    assert set(rows[0]) >= {"learning_rate", "loss", "accuracy", "validation_loss", "validation_accuracy"}
    losses = [row["loss"] for row in rows]
    assert losses == sorted(losses, reverse=True)
    assert rows[-1]["accuracy"] > 0.9


def test_a_step_of_the_run_sees_the_whole_split(run: Any) -> None:
    assert run.facts["devices"]["global_batch"] == run.facts["data"]["sizes"]["train"]


def outcome(folder: Path) -> tuple[str, str, dict[str, object]]:
    facts = RunFolder(folder).read()
    return facts["weights"]["sha256"], (folder / "metrics.jsonl").read_text(), facts["metrics"]


class StopAt:
    """Sends this process a real signal when a run reaches a step; at step 0, before its first evaluation."""

    def __init__(self, step: int) -> None:
        self.step = step

    def __call__(self, event: Event) -> None:
        begun = isinstance(event, RunStarted) and self.step == 0
        if begun or (isinstance(event, StepsDone) and event.step == self.step):
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("step", [0, 1, pytest.param(7, marks=pytest.mark.slow)])
def test_a_resumed_run_equals_the_unbroken_one_bit_for_bit(run: Any, step: int, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        train(tmp_path, subscribers=[StopAt(step)])
    (found,) = tmp_path.glob("*/*/*/run.json")
    assert len(RunFolder(found.parent).rows()) == step
    assert outcome(zoo.resume(found.parent).folder) == outcome(run.folder)


def test_the_run_ends_at_the_tolerance_and_says_so(tmp_path: Path) -> None:
    notes: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, Noted):
            notes.append(event.message)

    ended = train(tmp_path, subscribers=[listen], epochs=200, **{"optimizer_options": {"tolerance": 0.05}})
    assert ended.facts["epochs"] < 200
    assert notes == [f"lbfgs ended after {ended.facts['epochs']} iterations: the gradient is as small as the tolerance"]
    assert notes[0] in (ended.folder / "log.txt").read_text()


def test_patience_ends_the_run_with_the_weights_of_the_best_iteration(tmp_path: Path) -> None:
    clouds = {"data.cluster_std": 4.0, "hyperparameters.units": [20], "hyperparameters.l2": 0.0}
    ended = train(tmp_path, epochs=200, patience=3, **clouds)
    rows = RunFolder(ended.folder).rows()
    losses = [row["validation_loss"] for row in rows]
    assert len(rows) < 200
    assert ended.facts["best_epoch"] == 1 + int(np.argmin(losses)) == len(rows) - 3


def test_a_loss_that_is_no_number_at_the_start_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(TrainingDiverged, match="must be finite at the start"):
        train(tmp_path, **{"hyperparameters.l2": 1e38, "hyperparameters.activation": "relu"})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"learning_rate": 0.1}, "learning_rate has no meaning .*(\n.*)*the line search"),
        ({"schedule": "cosine"}, "schedule has no meaning"),
        ({"warmup_epochs": 1.0}, "warmup_epochs has no meaning"),
        ({"steps_per_epoch": 5}, "steps_per_epoch has no meaning .*(\n.*)*number of iterations"),
        ({"clip_norm": 1.0}, "clip_norm has no meaning"),
        ({"clip_global_norm": 1.0}, "clip_global_norm has no meaning"),
        ({"clip_value": 1.0}, "clip_value has no meaning"),
        ({"weight_decay": 0.1}, "weight_decay has no meaning .*(\n.*)*hyperparameters.l2"),
        ({"mixed_precision": "mixed_bfloat16"}, "float32"),
        ({"augmentation": {"shift": 0.1}}, "same training examples"),
        ({"optimizer_options": {"momentum": 0.9}}, "momentum is not an option of lbfgs"),
        ({"optimizer_options": {"histroy": 5}}, "did you mean: history"),
        ({"optimizer_options": {"history": 0}}, "whole number >= 1"),
        ({"optimizer_options": {"history": 2.5}}, "whole number >= 1"),
        ({"optimizer_options": {"history": True}}, "whole number >= 1"),
        ({"optimizer_options": {"max_evaluations": 1}}, "whole number >= 2"),
        ({"optimizer_options": {"tolerance": -1.0}}, "number >= 0"),
        ({"optimizer_options": {"tolerance": "small"}}, "number >= 0"),
    ],
    ids=str,
)
def test_what_it_cannot_do_is_refused(settings: dict[str, Any], said: str) -> None:
    training = Training.model_validate({"optimizer": "lbfgs", "epochs": 5, **settings})
    with pytest.raises(RecipeError, match=said):
        make_lbfgs(training)


@pytest.mark.parametrize(
    ("changes", "layer"),
    [
        ({"hyperparameters.dropout": 0.5}, "dropout"),
        ({"hyperparameters.batch_norm": True}, "batch_normalization"),
        ({"hyperparameters.input_noise": 0.1}, "gaussian_noise"),
    ],
)
def test_a_network_that_answers_otherwise_in_training_is_refused(
    changes: dict[str, Any], layer: str, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=f"without dropout, noise and batch normalisation\n  received: {layer}"):
        train(tmp_path, **changes)


def test_its_options_reach_it() -> None:
    options = {"history": 3, "tolerance": 1e-3, "max_evaluations": 7}
    made = make_lbfgs(Training(optimizer="lbfgs", optimizer_options=options))
    assert made.settings == Settings(**options)
    assert LBFGS.from_config(json.loads(json.dumps(made.get_config()))).settings == made.settings


def test_it_takes_no_single_steps() -> None:
    with pytest.raises(UserError, match="takes no single steps"):
        network().fit(points().features, points().targets, verbose=0)


def test_a_dry_run_times_its_evaluations() -> None:
    registry = build(with_plugins=False)
    facts = dry_run(registry, bind(registry, read_recipe(registry, "mlp/xor_lbfgs")), seed=0)
    assert facts["seconds_per_step"] > 0.0
    assert facts["batch_shape"] == [4, 2]


@pytest.mark.slow
def test_four_tanh_units_learn_xor_on_30_of_30_seeds(tmp_path: Path) -> None:
    run = zoo.reproduce("mlp/xor_lbfgs", runs=tmp_path)
    assert run.facts["seeds"] == list(range(30))
    assert run.facts["values"] == [1.0] * 30
    assert run.facts["kept"] is True
