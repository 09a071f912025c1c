"""Several devices that share a batch end where one device ends: partial batches, clipping and statistics included."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from on_devices import distance

SGD = {"optimizer": "sgd", "epochs": 2, "steps_per_epoch": 10, "schedule": "constant", "warmup_epochs": 0.0}
# 150 rows a batch of about 1,260: the ninth and the eighteenth step are of fewer rows
MLP = {**SGD, "learning_rate": 0.1, "batch_size": 150, "hyperparameters.dropout": 0.0, "clip_norm": 0.05}
CNN = {
    **SGD,
    "learning_rate": 0.1,
    "batch_size": 150,
    "hyperparameters.dropout": 0.0,
    "hyperparameters.filters": [4, 8],
    "hyperparameters.batch_norm": True,
    "class_weight": "balanced",
}
TEXT = {
    **SGD,
    "dataset": "text_file",
    "learning_rate": 0.5,
    "batch_size": 9,
    "clip_global_norm": 0.1,
    "hyperparameters.units": 12,
    "hyperparameters.dropout": 0.0,
    "hyperparameters.window": 12,
}
RNN = {**SGD, "learning_rate": 0.1, "batch_size": 30, "clip_value": 0.01}
SOM = {"epochs": 20, "hyperparameters.rows": 6, "hyperparameters.columns": 6}
GAN = {**SGD, "epochs": 1, "batch_size": 32, "learning_rate": 0.01, "optimizer_options": {}}


def trained_on(
    devices: int, cases: list[list[Any]], folder: Path
) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """What each case came to on a number of devices."""
    folder.mkdir()
    program = Path(__file__).with_name("on_devices.py")
    command = [sys.executable, str(program), str(devices), str(folder), json.dumps(cases)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=540, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return [
        (json.loads((folder / f"{number}.json").read_text()), dict(np.load(folder / f"{number}.npz")))
        for number in range(len(cases))
    ]


def require_equal(one: Any, several: Any, *, losses: float = 1e-4, weights: float | None = 1e-4) -> None:
    """Losses of all epochs and weights at the end, within shares of them."""
    assert len(one[0]["rows"]) == len(several[0]["rows"])
    for expected, found in zip(one[0]["rows"], several[0]["rows"], strict=True):
        # a generator's diversity is that of one device's part of a batch
        for name in expected.keys() - {"diversity"}:
            assert found[name] == pytest.approx(expected[name], rel=losses, abs=1e-7), name
    if weights is not None:
        assert distance(one[1], several[1]) < weights


def test_two_devices_train_as_one(tmp_path: Path) -> None:
    cases = [["mlp/digits", MLP]]
    (one,) = trained_on(1, cases, tmp_path / "one")
    (two,) = trained_on(2, cases, tmp_path / "two")
    require_equal(one, two)
    assert one[0]["devices"]["strategy"] == "one"
    facts = two[0]["devices"]
    assert (facts["strategy"], facts["replicas"], facts["global_batch"], facts["per_replica_batch"]) == (
        "mirrored",
        2,
        150,
        75,
    )


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
