"""Several devices that share a batch end where one device ends: partial batches, clipping and statistics included."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from on_devices import CNN, GAN, MLP, PLATEAU, RNN, SOM, TEXT, require_equal, trained_on
from stops import kill_at_the_first_checkpoint

from zoo.run.folder import RunFolder


@pytest.mark.slow
def test_two_devices_train_as_one(tmp_path: Path) -> None:
    # vectors are standardised by what only the model itself is adapted to
    cases = [["mlp/digits", MLP], ["mlp/digits", PLATEAU], ["mlp", {**MLP, "dataset": "blobs", "data.samples": 2000}]]
    one, waiting, vectors = trained_on(1, cases, tmp_path / "one")
    two, waiting_on_two, vectors_on_two = trained_on(2, cases, tmp_path / "two")
    require_equal(one, two)
    require_equal(vectors, vectors_on_two)
    require_equal(waiting, waiting_on_two)
    assert one[0]["devices"]["strategy"] == "one"
    facts = two[0]["devices"]
    assert (facts["strategy"], facts["replicas"], facts["global_batch"], facts["per_replica_batch"]) == (
        "mirrored",
        2,
        150,
        75,
    )


REFUSALS = """
from registry import UserError, default
from zoo.recipe import bind, read_recipe
from zoo.run.devices import find_devices
from zoo.run.placement import place
from zoo.run.preparation import prepare

def refused(function):
    try:
        function()
    except UserError as error:
        print(error)
    else:
        print("not refused")

def prepared(name, **changes):
    return lambda: prepare(default(), bind(default(), read_recipe(default(), name, changes)), 0, devices=three)

three = find_devices(place("mirrored", logical_devices=3))
refused(lambda: find_devices(place("mirrored", devices="cpu:0,cpu:1")))
refused(lambda: find_devices(place(logical_devices=2)))
refused(lambda: find_devices(place(devices="cpu:7")))
refused(lambda: find_devices(place(devices="gpu:0")))
refused(prepared("gan/digits", batch_size=32))
refused(prepared("mlp/digits", jit=True))
refused(prepared("mlp/digits", mixed_precision="mixed_float16", clip_norm=1.0))
"""


def test_what_several_devices_cannot_do_is_refused_before_anything_is_built() -> None:
    done = subprocess.run([sys.executable, "-c", REFUSALS], capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "not refused" not in done.stdout
    for message in (
        "shares batches in one way",
        "split before TensorFlow uses it",
        "must be visible to TensorFlow",
        "try: training.batch_size=33",
        "cannot be compiled with XLA",
        "clipped in float32 or mixed_bfloat16",
    ):
        assert message in done.stdout


@pytest.mark.slow
def test_a_killed_run_on_two_devices_goes_on_to_the_same_end(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("The quick brown fox jumps over the lazy dog, and the dog sleeps on.\n" * 120)
    # an odd batch, and a state that goes on from step to step on each device
    settings = {**TEXT, "data.path": str(text), "epochs": 10, "checkpoint_seconds": 0.0}
    words = [f"{key}={json.dumps(value)}" for key, value in settings.items()]
    command = [sys.executable, "-m", "zoo", "train", "lstm_text", *words, "--strategy", "mirrored"]
    command += ["--logical-devices", "2", "--resume", "auto", "--runs"]
    unbroken = subprocess.run([*command, str(tmp_path / "unbroken")], capture_output=True, text=True, check=False)
    assert unbroken.returncode == 0, unbroken.stderr[-3000:]
    folder = kill_at_the_first_checkpoint([*command, str(tmp_path / "killed")], tmp_path / "killed")
    assert RunFolder(folder).status() == "killed"
    resumed = subprocess.run(
        [sys.executable, "-m", "zoo", "resume", str(folder)], capture_output=True, text=True, check=False
    )
    assert resumed.returncode == 0, resumed.stderr[-3000:]
    (expected,) = (tmp_path / "unbroken").glob("*/*/*")
    first, second = RunFolder(expected).read(), RunFolder(folder).read()
    assert second["devices"]["replicas"] == 2
    assert first["weights"]["sha256"] == second["weights"]["sha256"]
    assert first["metrics"] == second["metrics"]


@pytest.mark.slow
def test_two_and_four_devices_train_every_family_as_one(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("The quick brown fox jumps over the lazy dog, and the dog sleeps on.\n" * 120)
    cases = [
        ["mlp/digits", MLP],
        ["cnn/digits", CNN],
        ["lstm_text", {**TEXT, "data.path": str(text)}],
        ["rnn/sine_mix", RNN],
        ["som", SOM],
        ["som", {**SOM, "epochs": 5, "hyperparameters.chunk_size": 100}],
        ["gan/digits", GAN],
        ["cnn/digits", {**CNN, "optimizer": "adam", "learning_rate": 0.001}],
    ]
    one = trained_on(1, cases, tmp_path / "one")
    for devices in (2, 4):
        several = trained_on(devices, cases, tmp_path / str(devices))
        for expected, found in zip(one[:-1], several[:-1], strict=True):
            require_equal(expected, found)
            assert found[0]["devices"]["replicas"] == devices
        # Adam divides by the size of gradients, however small: only losses are close
        require_equal(one[-1], several[-1], losses=1e-3, weights=None)
