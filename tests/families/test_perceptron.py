"""The perceptron: its rule, its answers, its runs."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

import zoo
from registry import Registry
from zoo import jobs
from zoo.data.spec import DataSpec, Split
from zoo.datasets import blobs, gates, xor
from zoo.families.perceptron.hyperparameters import Hyperparameters
from zoo.families.perceptron.model import Perceptron, build
from zoo.recipe import RecipeError, Training, bind, read_recipe
from zoo.report import read_run
from zoo.run.adapt import adapt
from zoo.run.dry_run import dry_run
from zoo.run.errors import Interrupted
from zoo.run.events import Event, StepsDone
from zoo.run.folder import RunFolder
from zoo.run.outputs import outputs_of
from zoo.use.create import create

BITS = Hyperparameters(standardize=False)


def learned(
    spec: DataSpec, split: Split, hyperparameters: Hyperparameters = BITS, *, epochs: int = 100, seed: int = 0
) -> tuple[Perceptron, list[float]]:
    """A perceptron after its epochs, and its errors in each."""
    model = build(hyperparameters, spec)
    adapt(model, split)
    training = Training(epochs=epochs, learning_rate=0.1)
    rows = [row for rows in model.learn(split, split, training, seed=seed, first=0) for row in rows]
    return model, [row["errors"] for row in rows]


def answers(model: Perceptron, split: Split) -> list[int]:
    return model.predict(split.features, verbose=0).argmax(axis=1).tolist()


def test_the_and_gate_is_learned_as_the_source_has_it() -> None:
    data = gates.load(gates.Options())
    model, errors = learned(data.spec, data.train)
    assert errors == [2.0, 3.0, 3.0] + [0.0] * 97
    assert model.unit.kernel.numpy() == pytest.approx([0.2, 0.1], abs=1e-12)
    assert float(model.unit.bias) == pytest.approx(-0.2, abs=1e-12)
    assert answers(model, data.train) == [0, 0, 0, 1]


@pytest.mark.parametrize("gate", ["and", "or", "nand", "nor"])
def test_a_gate_that_a_line_separates_is_learned(gate: str) -> None:
    data = gates.load(gates.Options(gate=gate))
    model, errors = learned(data.spec, data.train, epochs=10)
    assert errors[-1] == 0.0
    assert answers(model, data.train) == data.train.targets.tolist()


def test_the_exclusive_or_is_never_learned() -> None:
    data = xor.load(xor.Options())
    model, errors = learned(data.spec, data.train)
    assert min(errors) > 0.0
    assert answers(model, data.train) != data.train.targets.tolist()


def test_an_input_on_the_plane_is_of_the_second_class() -> None:
    data = gates.load(gates.Options())
    model = build(BITS, data.spec)  # all weights zero: every point lies on the plane
    assert answers(model, data.train) == [1, 1, 1, 1]


def test_it_knows_no_degrees() -> None:
    data = gates.load(gates.Options())
    outputs = outputs_of(learned(data.spec, data.train)[0], data.spec, data.test.features)
    assert outputs.tolist() == [[1, 0], [1, 0], [1, 0], [0, 1]]


@pytest.mark.parametrize("shuffle", [False, True])
def test_separable_clouds_in_many_dimensions_are_learned(shuffle: bool) -> None:
    options = blobs.Options(samples=300, centers=2, features=7, cluster_std=0.5)
    data = blobs.load(options)
    model, errors = learned(data.spec, data.train, Hyperparameters(shuffle=shuffle), epochs=20)
    assert errors[-1] == 0.0
    assert answers(model, data.test) == data.test.targets.tolist()


def test_it_can_end_with_the_first_epoch_without_errors() -> None:
    data = gates.load(gates.Options())
    early = Hyperparameters(standardize=False, stop_without_errors=True)
    assert learned(data.spec, data.train, early)[1] == [2.0, 3.0, 3.0, 0.0]


def test_the_order_of_an_epoch_is_that_of_its_seed() -> None:
    data = blobs.load(blobs.Options(centers=2, cluster_std=6.0))
    shuffled = Hyperparameters(shuffle=True)
    first, second = (learned(data.spec, data.train, shuffled, epochs=3, seed=seed)[1] for seed in (0, 1))
    assert first == learned(data.spec, data.train, shuffled, epochs=3, seed=0)[1] != second


@pytest.mark.parametrize("classes", [None, ("a", "b", "c")])
def test_anything_but_two_classes_is_refused(classes: tuple[str, ...] | None) -> None:
    task = "classification" if classes else "regression"
    spec = DataSpec("vector", (2,), "float32", task, classes=classes)
    with pytest.raises(RecipeError, match=r"two classes(.*\n)*  did you mean: mlp"):
        build(BITS, spec)


def test_a_dry_run_of_what_takes_no_steps_is_refused(registry: Registry) -> None:
    with pytest.raises(RecipeError, match="received: perceptron learns by own_rule"):
        dry_run(registry, bind(registry, read_recipe(registry, "perceptron/and")), seed=0)


def test_it_takes_pictures(registry: Registry) -> None:
    model = create(registry, "perceptron", num_classes=2, input_shape=(8, 8, 1))
    assert model.count_params() == 65


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> jobs.Run:
    return zoo.train("perceptron/xor", runs=tmp_path_factory.mktemp("runs"))


def test_a_run_has_errors_and_accuracy_of_each_epoch_and_the_figure_of_the_errors(run: jobs.Run) -> None:
    rows = RunFolder(run.folder).rows()
    assert len(rows) == 100
    assert rows[0] == {"epoch": 1, "step": 1, "errors": 3.0, "accuracy": 0.5, "validation_accuracy": 0.5}
    page = run.report.read_text(encoding="utf-8")
    assert "<h2>Errors per epoch</h2>" in page
    assert "4 corrections in the last epoch: the rule has not come to an end." in page


def test_the_negative_control_says_that_its_baseline_is_not_beaten(run: jobs.Run) -> None:
    assert read_run(run.folder).promise is not None
    assert "does not beat the trivial baseline (majority), 0.5000" in run.report.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_resumed_run_equals_the_unbroken_one(tmp_path: Path) -> None:
    changes: dict[str, Any] = {
        "dataset": "blobs",
        "data.centers": 2,
        "data.cluster_std": 6.0,
        "hyperparameters.shuffle": True,
        "epochs": 6,
        "learning_rate": 0.1,
    }

    def stop(event: Event) -> None:
        if isinstance(event, StepsDone) and event.step == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    unbroken = zoo.train("perceptron", runs=tmp_path / "unbroken", **changes)
    with pytest.raises(Interrupted):
        zoo.train("perceptron", runs=tmp_path / "stopped", subscribers=[stop], **changes)
    (found,) = tmp_path.glob("stopped/*/*/*/run.json")
    resumed = zoo.resume(found.parent)
    for key in ("metrics", "epochs"):
        assert resumed.facts[key] == unbroken.facts[key]
    assert resumed.facts["weights"]["sha256"] == unbroken.facts["weights"]["sha256"]
    assert RunFolder(resumed.folder).rows() == RunFolder(unbroken.folder).rows()
