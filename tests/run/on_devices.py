"""Trains small runs on a number of logical devices in a process of its own, and says how they ended.

A CPU is split before TensorFlow uses it, so every number of devices needs its own process:

    python on_devices.py DEVICES FOLDER CASES

With `workers` for DEVICES the process is one of those of TF_CONFIG, and the first of them writes.

CASES is a JSON list of [name, changes]. For each of them FOLDER gets `<number>.json` with the rows of metrics.jsonl and
what run.json says of the devices, and `<number>.npz` with the weights.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from registry import default
from zoo.recipe import bind, read_recipe
from zoo.run import trainer
from zoo.run.folder import RunFolder, make_folder
from zoo.run.placement import Placement, place

SGD = {"optimizer": "sgd", "epochs": 2, "steps_per_epoch": 10, "schedule": "constant", "warmup_epochs": 0.0}
# 150 rows a batch of about 1,260: the ninth and the eighteenth step are of fewer rows
MLP = {**SGD, "learning_rate": 0.1, "batch_size": 150, "hyperparameters.dropout": 0.0, "clip_norm": 0.05}
# a learning rate that falls with what the epochs came to
PLATEAU = {
    **MLP,
    "epochs": 4,
    "schedule": "plateau",
    "schedule_options": {"patience": 1, "rate": 0.5},
    "min_delta": 9.0,
    "monitor": "validation_macro_f1",
}
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


def train(number: int, name: str, changes: dict[str, Any], placement: Placement, folder: Path) -> None:
    """Train one case and write how it ended."""
    bound = bind(default(), read_recipe(default(), name, changes))
    name_of = f"run-{number}" if placement.is_chief else f"worker-{placement.cluster.index}-run-{number}"
    run = RunFolder(make_folder(folder / name_of))
    trainer.start(default(), bound, run, seed=0, argv=[], subscribers=(), placement=placement)
    if not placement.is_chief:
        return
    table = run.read()
    told = {"rows": run.rows(), "devices": table["devices"], "metrics": table["metrics"]}
    (folder / f"{number}.json").write_text(json.dumps(told))
    np.savez(folder / f"{number}.npz", **weights(run.path))


def weights(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of all weight files of a run."""
    found: dict[str, np.ndarray] = {}
    for path in sorted(folder.glob("*.weights.h5")):
        with h5py.File(path) as file:
            file.visititems(
                lambda key, value, path=path: (
                    found.update({f"{path.name}/{key}".replace("/", "|"): value[()]})
                    if isinstance(value, h5py.Dataset)
                    else None
                )
            )
    return found


def distance(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> float:
    """How far apart two sets of weights are, as a share of the norm of the first."""
    assert first.keys() == second.keys()
    apart = sum(float(np.sum((first[key].astype(float) - second[key]) ** 2)) for key in first)
    return float(np.sqrt(apart / sum(float(np.sum(first[key].astype(float) ** 2)) for key in first)))


def trained_on(
    devices: int, cases: list[list[Any]], folder: Path
) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """What each case came to on a number of devices."""
    folder.mkdir()
    command = [sys.executable, __file__, str(devices), str(folder), json.dumps(cases)]
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


if __name__ == "__main__":
    asked, target = sys.argv[1], Path(sys.argv[2])
    where = (
        place()
        if asked == "workers"
        else place("mirrored", logical_devices=int(asked))
        if asked != "1"
        else place("one")
    )
    for position, (recipe, settings) in enumerate(json.loads(sys.argv[3])):
        train(position, recipe, settings, where, target)
