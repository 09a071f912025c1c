"""Runs that begin with trained weights: what they take, who learns, and that they stop and go on exactly."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stops import StopAt, outcome, stopped_folder

import zoo
from registry import Registry, UserError, build
from zoo.recipe import RecipeError, bind, read_recipe
from zoo.run.errors import Interrupted, RunFolderError
from zoo.run.folder import RunFolder
from zoo.run.preparation import Prepared, load_data, prepare
from zoo.run.pretrained import require_source
from zoo.run.source_checks import require_new_rows
from zoo.weights.adapt import layers_by_place
from zoo.weights.errors import WeightsError
from zoo.weights.load import load_network

# a network with all that has a state: standardisation, batch normalisation and dropout
NETWORK = {"hyperparameters.units": [8, 6], "hyperparameters.batch_norm": True, "hyperparameters.dropout": 0.2}
SHORT = {**NETWORK, "dataset": "blobs", "epochs": 3, "batch_size": 32, "steps_per_execution": 1}
# other clouds, one more of them, and much farther out
OTHER = {**SHORT, "data.generator_seed": 7, "data.centers": 4, "data.cluster_std": 9.0}
BODY = ["standardization", "dense", "batch_normalization", "dense_1", "batch_normalization_1"]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return build(with_plugins=False)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on three clouds."""
    return zoo.train("mlp", runs=tmp_path_factory.mktemp("source"), **SHORT).folder


def prepared(registry: Registry, source: Path | str, name: str = "mlp", *, seed: int = 0, **changes: Any) -> Prepared:
    changes = {**OTHER, "pretrained.weights": str(source), **changes} if name == "mlp" else changes
    return prepare(registry, bind(registry, read_recipe(registry, name, changes)), seed)


def weights(network: Any, places: list[str]) -> list[np.ndarray]:
    return [np.asarray(weight) for place in places for weight in layers_by_place(network)[place].weights]


def equal(one: list[np.ndarray], two: list[np.ndarray]) -> bool:
    return len(one) == len(two) and all(np.array_equal(mine, theirs) for mine, theirs in zip(one, two, strict=True))


def test_the_body_and_its_preprocessing_are_taken_and_the_head_is_new_where_the_classes_are_others(
    registry: Registry, source: Path
) -> None:
    ready = prepared(registry, source)
    assert ready.beginning is not None
    assert list(ready.beginning.takeover.taken) == BODY
    assert dict(ready.beginning.takeover.fresh) == {"outputs": "other classes"}
    assert equal(weights(ready.model, BODY), weights(load_network(registry, source).network, BODY))


def test_the_same_classes_keep_the_head(registry: Registry, source: Path) -> None:
    ready = prepared(registry, source, **{"data.centers": 3})
    rows = ready.data.test.features[:9]
    assert np.asarray(ready.model(rows)) == pytest.approx(
        np.asarray(load_network(registry, source).network(rows)), abs=1e-6
    )


def test_what_is_new_is_drawn_as_without_trained_weights(registry: Registry, source: Path) -> None:
    ready = prepared(registry, source, seed=4)
    bound = bind(registry, read_recipe(registry, "mlp", OTHER))
    fresh = prepare(registry, bound, 4)
    assert equal(weights(ready.model, ["outputs"]), weights(fresh.model, ["outputs"]))
    assert [variable.path for variable in ready.model.variables] == [
        variable.path for variable in fresh.model.variables
    ]


def test_a_run_says_what_it_began_with_and_a_frozen_body_stays_as_it_was(
    registry: Registry, source: Path, tmp_path: Path
) -> None:
    run = zoo.train("mlp", pretrained=source, trainable="head", runs=tmp_path, **OTHER)
    began = run.facts["pretrained"]
    assert began["sha256"] == RunFolder(source).read()["weights"]["sha256"]
    assert (began["weights"], began["dataset"]) == (str(source), "blobs")
    assert (began["taken"], began["fresh"], began["adapted"]) == (BODY, {"outputs": "other classes"}, {})
    assert began["preprocessing"] == ["standardization"]
    assert f"begins with the weights of {source}" in (run.folder / "log.txt").read_text()
    assert f"{source}, sha256 {began['sha256'][:12]}..." in (run.folder / "report.html").read_text()
    assert 'trainable = "head"' in (run.folder / "recipe.toml").read_text()
    # 6 units to 4 classes
    assert run.facts["parameters"]["trainable"] == 6 * 4 + 4
    ends, begins = load_network(registry, run.folder).network, load_network(registry, source).network
    assert equal(weights(ends, BODY), weights(begins, BODY))


@pytest.mark.slow
@pytest.mark.parametrize("trainable", ["head", "all"])
def test_a_resumed_run_equals_the_unbroken_one_bit_for_bit_without_its_source(
    source: Path, trainable: Any, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(source, copy)
    asked = {"pretrained": copy, "trainable": trainable, "seed": 3, **OTHER}
    unbroken = zoo.train("mlp", runs=tmp_path / "unbroken", **asked)
    with pytest.raises(Interrupted):
        zoo.train("mlp", runs=tmp_path / "stopped", subscribers=[StopAt(11)], **asked)
    shutil.rmtree(copy)
    resumed = zoo.train("mlp", runs=tmp_path / "stopped", resume="auto", **asked)
    assert resumed.folder == stopped_folder(tmp_path / "stopped")
    assert outcome(resumed.folder) == outcome(unbroken.folder)
    assert resumed.facts["pretrained"] == unbroken.facts["pretrained"]


@pytest.mark.slow
def test_a_run_whose_checkpoints_cannot_be_read_does_not_go_on_with_fresh_weights(source: Path, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        zoo.train("mlp", pretrained=source, runs=tmp_path, subscribers=[StopAt(11)], **OTHER)
    folder = stopped_folder(tmp_path)
    for checkpoint in (folder / "checkpoint").glob("step-*.npz"):
        checkpoint.write_bytes(b"damaged")
    with pytest.raises(RunFolderError, match="goes on from a checkpoint that can be read"):
        zoo.resume(folder)


@pytest.mark.slow
def test_a_run_that_never_saved_begins_again_with_the_same_weights_or_not_at_all(source: Path, tmp_path: Path) -> None:
    unbroken = zoo.train("mlp", pretrained=source, runs=tmp_path / "unbroken", **OTHER)
    with pytest.raises(Interrupted):
        zoo.train("mlp", pretrained=source, runs=tmp_path / "stopped", subscribers=[StopAt(11)], **OTHER)
    folder = stopped_folder(tmp_path / "stopped")
    shutil.rmtree(folder / "checkpoint")
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    table = json.loads((other / "run.json").read_text())
    table["pretrained"]["sha256"] = "0" * 64
    (other / "run.json").write_text(json.dumps(table))
    with pytest.raises(RunFolderError, match="must be those that the run began with"):
        zoo.resume(other)
    assert outcome(zoo.resume(folder).folder) == outcome(unbroken.folder)


@pytest.mark.slow
def test_the_recipe_of_a_run_folder_makes_the_same_run_again(source: Path, tmp_path: Path) -> None:
    run = zoo.train("mlp", pretrained=source, trainable="head", runs=tmp_path / "first", **OTHER)
    recipe = tmp_path / "mlp.toml"
    shutil.copy(run.folder / "recipe.toml", recipe)
    again = zoo.reproduce(str(recipe), seeds=[0], runs=tmp_path / "again")
    assert outcome(again.folder / "seed-0") == outcome(run.folder)


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("cnn/digits", {}, "must be of the family cnn"),
        ("som/digits", {}, "som/digits learns by own_rule"),
        ("mlp", {"pretrained.sha256": "0" * 64}, "must have the sha256 that the recipe states"),
        ("mlp", {"pretrained.weights": "mlp/digits"}, "must have the kind of the trained weights"),
        ("mlp", {"data.features": 3}, "must have the features of the trained weights"),
        (
            "mlp",
            {"hyperparameters.units": [9, 6]},
            "none; dense: weights of shape (2, 9), the trained ones have (2, 8)",
        ),
        ("mlp", {"hyperparameters.units": [8, 7], "pretrained.trainable": "head"}, "a frozen body must be trained all"),
        (
            "mlp",
            {"activation": "tanh", "pretrained.trainable": "head"},
            "hyperparameters.activation = tanh, trained with relu",
        ),
    ],
)
def test_what_cannot_fit_is_refused_with_the_reason(
    registry: Registry, source: Path, name: str, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        prepared(registry, source, name, **{"pretrained.weights": str(source), **changes})
    assert reason in str(caught.value)


def test_what_cannot_fit_leaves_no_folder(source: Path, tmp_path: Path) -> None:
    for weights_of, error in ((source, RecipeError), ("cnn/lenet5_book", UserError), (tmp_path, UserError)):
        with pytest.raises(error):
            zoo.train("cnn/digits", pretrained=weights_of, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_folds_of_the_data_that_the_weights_were_trained_on_are_refused(registry: Registry, source: Path) -> None:
    from zoo.jobs import cross_validate

    with pytest.raises(RecipeError, match="rows that are held out must be new to the weights"):
        cross_validate(registry, "mlp", {**OTHER, "pretrained.weights": str(source)}, argv=["test"])


@pytest.mark.parametrize(
    ("changes", "received", "hint"),
    [
        (
            {"data.split_seed": 7},
            "another validation and another test split of blobs than they were trained beside; "
            "data.split_seed = 7, trained with 0",
            "data.split_seed=0",
        ),
        ({"data.validation_fraction": 0.2}, "another validation split of blobs", "data.validation_fraction=0.1"),
    ],
)
def test_weights_that_may_have_seen_what_is_held_out_are_refused(
    registry: Registry, source: Path, changes: dict[str, Any], received: str, hint: str
) -> None:
    asked = {**SHORT, "pretrained.weights": str(source), **changes}
    with pytest.raises(RecipeError, match="examples that are held out must be new to the weights") as caught:
        prepare(registry, bind(registry, read_recipe(registry, "mlp", asked)), 0)
    assert received in str(caught.value)
    assert hint in str(caught.value)


def test_the_same_splits_are_gone_on_with(registry: Registry, source: Path) -> None:
    asked = {**SHORT, "pretrained.weights": str(source)}
    ready = prepare(registry, bind(registry, read_recipe(registry, "mlp", asked)), 0)
    assert ready.beginning is not None
    assert ready.beginning.takeover.fresh == ()


@pytest.mark.slow
def test_a_validation_split_that_was_trained_on_is_refused_though_the_seed_of_the_rows_is_another(
    registry: Registry, tmp_path: Path
) -> None:
    plane = {"dataset": "noisy_plane", "task": "regression", "epochs": 1, "steps_per_epoch": 1}
    run = zoo.train("mlp", runs=tmp_path, **plane, **{"data.generator_seed": 1}).folder
    for seed, refused in ((0, True), (4, False)):
        asked = {**plane, "data.generator_seed": seed, "pretrained.weights": str(run)}
        bound = bind(registry, read_recipe(registry, "mlp", asked))
        record = require_source(registry, bound)
        assert record is not None
        with pytest.raises(RecipeError, match="must be new to the weights") if refused else nullcontext():
            require_new_rows(registry, record, bound, load_data(registry, bound))


def test_hyperparameters_that_are_others_than_those_of_the_weights_are_told(registry: Registry, source: Path) -> None:
    began = prepared(registry, source, activation="tanh", dropout=0.1).beginning
    assert began is not None
    assert began.to_json()["other_hyperparameters"] == {
        "activation": {"here": "tanh", "there": "relu"},
        "dropout": {"here": 0.1, "there": 0.2},
    }
    assert "other hyperparameters: activation = tanh instead of relu, dropout = 0.1 instead of 0.2" in began.in_words()


def test_what_acts_in_training_alone_may_differ_for_a_frozen_body(registry: Registry, source: Path) -> None:
    assert prepared(registry, source, dropout=0.1, **{"pretrained.trainable": "head"}).beginning is not None


def test_a_series_of_another_quantity_is_refused(registry: Registry) -> None:
    with pytest.raises(RecipeError, match=r"value \(no unit\), trained on intensity \(no unit\)"):
        prepared(registry, "", "rnn/santa_fe_laser", dataset="sine_mix", **{"pretrained.weights": "rnn/santa_fe_laser"})


def test_trained_weights_that_are_damaged_are_refused(source: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(source, copy)
    (copy / "model.weights.h5").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="must have the size"):
        zoo.train("mlp", pretrained=copy, runs=tmp_path / "runs", **OTHER)


def test_a_convolutional_network_goes_on_with_other_pictures_and_says_what_is_new(registry: Registry) -> None:
    changes = {"dataset": "digits", "padding": "same", "pretrained.weights": "cnn/mnist"}
    ready = prepared(registry, "", "cnn/mnist", **changes)
    assert ready.beginning is not None
    # 28x28 and 8x8 pictures: the convolutions fit, what a Flatten makes of them does not
    assert ready.beginning.takeover.taken == ("conv2d", "conv2d_1")
    assert list(dict(ready.beginning.takeover.fresh)) == ["outputs"]


@pytest.mark.slow
def test_a_few_steps_from_trained_weights_come_further_than_from_fresh_ones(tmp_path: Path) -> None:
    few = {"epochs": 1, "steps_per_epoch": 4, "runs": tmp_path}
    begun = zoo.train("cnn/digits", pretrained="cnn/digits", trainable="head", **few)
    fresh = zoo.train("cnn/digits", **few)
    assert begun.metrics["test"]["accuracy"] > 0.97
    assert fresh.metrics["test"]["accuracy"] < 0.8


@pytest.mark.real
def test_networks_of_handwritten_digits_begin_on_clothes_with_all_but_their_head(registry: Registry) -> None:
    ready = prepared(registry, "", "cnn/mnist", dataset="fashion_mnist", **{"pretrained.weights": "cnn/mnist"})
    assert ready.beginning is not None
    assert ready.beginning.takeover.taken == ("conv2d", "conv2d_1")
    assert dict(ready.beginning.takeover.fresh) == {"outputs": "other classes"}


MIRRORED = """
import sys
import numpy as np
from registry import default
from zoo.recipe import bind, read_recipe
from zoo.run.devices import find_devices
from zoo.run.placement import place
from zoo.run.preparation import prepare

two = find_devices(place("mirrored", logical_devices=2))
changes = {"dataset": "blobs", "units": [8, 6], "batch_norm": True, "dropout": 0.2}
changes |= {"data.generator_seed": 7, "data.cluster_std": 9.0}
changes |= {"pretrained.weights": sys.argv[1], "pretrained.trainable": "head"}
ready = prepare(default(), bind(default(), read_recipe(default(), "mlp", changes)), 0, devices=two)
rows = ready.data.test.features[:9]
print(float(np.abs(np.asarray(ready.model(rows)) - np.asarray(ready.stepped(rows))).max()))
print([variable.path for variable in ready.stepped.trainable_variables])
"""


@pytest.mark.slow
def test_the_copy_on_several_devices_begins_with_the_same_weights_and_scale(source: Path) -> None:
    command = [sys.executable, "-c", MIRRORED, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    apart, learns = done.stdout.strip().splitlines()[-2:]
    assert float(apart) < 1e-6
    assert learns == "['outputs/kernel', 'outputs/bias']"
