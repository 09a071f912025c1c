"""What a run does and leaves behind."""

from __future__ import annotations

import json
import math
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import zoo
from registry import DataSet, build
from zoo import jobs
from zoo.data.errors import InvalidData
from zoo.recipe import RecipeError, Training
from zoo.run.devices import steps_per_execution
from zoo.run.errors import RunFolderError, TrainingDiverged
from zoo.run.folder import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> jobs.Run:
    return zoo.train("mlp/digits", epochs=3, runs=tmp_path_factory.mktemp("runs"), seed=5)


def test_a_run_folder_holds_what_the_design_names(run) -> None:
    names = {path.name for path in run.folder.iterdir() if not path.name.startswith(".")}
    assert names >= {
        "recipe.toml",
        "run.json",
        "metrics.jsonl",
        "model.weights.h5",
        "model.json",
        "figures",
        "report.html",
        "log.txt",
        "predictions.npz",
    }


def test_run_json_states_where_the_run_came_from(run) -> None:
    facts = run.facts
    assert facts["status"] == "finished"
    assert facts["seed"] == 5
    assert facts["versions"].keys() >= {"python", "keras", "tensorflow", "keras-zoo"}
    assert facts["devices"]["strategy"] == "one"
    assert set(facts["data"]["hashes"]) == {"train", "validation", "test"}
    assert facts["baseline"]["name"] == "majority"
    assert facts["metrics"]["test"]["accuracy"] > facts["baseline"]["test"]["accuracy"]
    assert facts["error"] is None


def test_metrics_have_one_row_an_epoch(run) -> None:
    rows = RunFolder(run.folder).rows()
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert rows[-1]["step"] == run.facts["steps"]
    assert rows[0].keys() >= {"learning_rate", "loss", "accuracy", "validation_loss", "validation_accuracy"}


def test_the_resolved_recipe_trains_the_same_network(run, tmp_path: Path) -> None:
    recipe = tmp_path / "mlp" / "again.toml"
    recipe.parent.mkdir()
    recipe.write_text((run.folder / "recipe.toml").read_text())
    again = zoo.train(str(recipe), seed=5, runs=tmp_path / "runs")
    assert again.facts["weights"]["sha256"] == run.facts["weights"]["sha256"]


def test_another_seed_gives_other_weights(run, tmp_path: Path) -> None:
    other = zoo.train("mlp/digits", epochs=3, runs=tmp_path, seed=6)
    assert other.facts["weights"]["sha256"] != run.facts["weights"]["sha256"]


@pytest.mark.slow
def test_a_run_leaves_the_random_state_of_later_runs_alone(run, tmp_path: Path) -> None:
    zoo.train("mlp/xor", epochs=1, runs=tmp_path)
    again = zoo.train("mlp/digits", epochs=3, runs=tmp_path, seed=5)
    assert again.facts["weights"]["sha256"] == run.facts["weights"]["sha256"]


def test_a_diverging_run_fails_with_step_and_learning_rate(tmp_path: Path) -> None:
    with pytest.raises(TrainingDiverged) as failed:
        zoo.train("mlp/digits", epochs=2, optimizer="sgd", learning_rate=1e30, schedule="constant", runs=tmp_path)
    assert "within steps 1 to" in str(failed.value)
    assert "1e+30" in str(failed.value)
    (path,) = tmp_path.glob("*/*/*/run.json")
    facts = json.loads(path.read_text())
    assert facts["status"] == "failed"
    assert facts["error"]["type"] == "TrainingDiverged"
    assert (path.parent / "report.html").is_file()
    assert not (path.parent / "model.weights.h5").exists()


def test_the_weights_of_the_best_epoch_are_kept(tmp_path: Path) -> None:
    # a learning rate that grows too large late: the best epoch is not the last
    run = zoo.train("mlp/digits", epochs=6, learning_rate=0.05, schedule="constant", runs=tmp_path)
    rows = RunFolder(run.folder).rows()
    best = min(rows, key=lambda row: row["validation_loss"])
    assert run.facts["best_epoch"] == best["epoch"]
    assert math.isclose(run.metrics["validation"]["log_loss"], best["validation_loss"], rel_tol=1e-3)


def test_patience_ends_a_run_early(tmp_path: Path) -> None:
    run = zoo.train("mlp/moons_overfit", patience=3, restore_best=True, runs=tmp_path)
    assert run.facts["epochs"] == run.facts["best_epoch"] + 3
    assert run.facts["epochs"] < 50


def test_an_unknown_quantity_to_monitor_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as refused:
        zoo.train("mlp/xor", monitor="validation_acuracy", runs=tmp_path)
    assert "validation_accuracy" in refused.value.near


def test_augmentation_of_vectors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="for pictures"):
        zoo.train("mlp/xor", runs=tmp_path, **{"training.augmentation.noise": 0.1})


PLANE = """
import numpy as np
from zoo.data.options import SplitOptions
from zoo.data.spec import DataSpec
from zoo.data.split import make_data

class Options(SplitOptions):
    pass

def load(options):
    features = np.random.default_rng(0).uniform(-1, 1, (300, 2)).astype("float32")
    targets = (3 * features[:, 0] - 2 * features[:, 1] + 1).astype("float32")
    spec = DataSpec("vector", (2,), "float32", "regression", feature_names=("x1", "x2"), target_name="height")
    return make_data(features, targets, spec, options)
"""
PLANE_RECIPE = """
summary = "a plane"
family = "mlp"
dataset = "plane"
task = "regression"
[hyperparameters]
units = []
[training]
epochs = 30
learning_rate = 0.05
"""


def test_regression_finds_a_plane_and_reports_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plane_data.py").write_text(PLANE)
    (tmp_path / "plane.toml").write_text(PLANE_RECIPE)
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = build(with_plugins=False)
    registry.add_dataset(
        DataSet(
            name="plane",
            summary="points of a plane",
            tasks=("regression",),
            loader="plane_data:load",
            options="plane_data:Options",
            licence="CC0-1.0",
            source="made here",
            examples=300,
            classes=None,
            features="two numbers",
            embedded=True,
        )
    )
    run = jobs.train(registry, str(tmp_path / "plane.toml"), runs=tmp_path / "runs")
    assert run.facts["primary"] == "mse"
    assert run.facts["baseline"]["name"] == "mean"
    assert run.metrics["test"]["mse"] < 1e-4 < run.facts["baseline"]["test"]["mse"]
    assert run.metrics["test"]["r2"] > 0.999
    assert "residual" in run.report.read_text().lower()


def test_steps_per_execution_divides_the_epoch() -> None:
    assert steps_per_execution(Training(), 40) == 10
    assert steps_per_execution(Training(), 37) == 1
    with pytest.raises(RecipeError) as refused:
        steps_per_execution(Training(steps_per_execution=7), 40)
    assert refused.value.near == ("4", "5", "8")


def test_more_steps_in_a_call_than_the_devices_can_do_are_refused() -> None:
    assert steps_per_execution(Training(steps_per_execution=20), 40) == 20
    assert steps_per_execution(Training(), 40, largest=1) == 1
    assert steps_per_execution(Training(steps_per_execution=1), 40, largest=1) == 1
    with pytest.raises(RecipeError, match="take 1 step in one compiled call") as refused:
        steps_per_execution(Training(steps_per_execution=4), 40, largest=1)
    assert refused.value.received == "training.steps_per_execution = 4"


def test_a_place_that_cannot_be_written_is_said_so_before_training(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    done = subprocess.run(
        [sys.executable, "-m", "zoo", "train", "mlp/xor", "--runs", str(blocked)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "in a place that can be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_full_disk_ends_in_one_message_and_no_weights_that_look_whole(tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = subprocess.run(
        [sys.executable, "-m", "zoo", "train", "mlp/digits", "epochs=1", "--runs", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stderr
    assert not list(tmp_path.rglob("model.weights.h5"))
    assert not list(tmp_path.rglob("*.part"))


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"run\.json"):
        zoo.resume(tmp_path)


def test_a_run_of_a_newer_format_is_refused(run, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({**run.facts, "format": 99}))
    with pytest.raises(RunFolderError, match="format 1 or older"):
        zoo.resume(tmp_path)


def test_a_held_run_cannot_be_resumed_by_another(run) -> None:
    folder = RunFolder(run.folder)
    with folder.held():
        assert folder.is_held()
        with pytest.raises(RunFolderError, match="one process at a time"), folder.held():
            pass
    assert not folder.is_held()


def test_a_model_is_not_evaluated_on_other_data_than_it_was_measured_on(run, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(run.folder, tmp_path / "run"))
    record = json.loads((folder / "model.json").read_text())
    record["data"]["hashes"]["test"] = "0" * 64
    (folder / "model.json").write_text(json.dumps(record))
    with pytest.raises(InvalidData, match="measured on"):
        zoo.evaluate(folder)
    assert zoo.evaluate(folder, split="train")["examples"] == run.facts["data"]["sizes"]["train"]
