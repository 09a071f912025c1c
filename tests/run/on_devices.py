"""Trains small runs on a number of logical devices in a process of its own, and says how they ended.

A CPU is split before TensorFlow uses it, so every number of devices needs its own process:

    python on_devices.py DEVICES FOLDER CASES

CASES is a JSON list of [name, changes]. For each of them FOLDER gets `<number>.json` with the rows of metrics.jsonl and
what run.json says of the devices, and `<number>.npz` with the weights.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from registry import default
from zoo.recipe import bind, read_recipe
from zoo.run import trainer
from zoo.run.folder import RunFolder, make_folder
from zoo.run.placement import Placement, place


def train(number: int, name: str, changes: dict[str, Any], placement: Placement, folder: Path) -> None:
    """Train one case and write how it ended."""
    bound = bind(default(), read_recipe(default(), name, changes))
    run = RunFolder(make_folder(folder / f"run-{number}"))
    trainer.start(default(), bound, run, seed=0, argv=[], subscribers=(), placement=placement)
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


if __name__ == "__main__":
    count, target = int(sys.argv[1]), Path(sys.argv[2])
    where = place("one") if count == 1 else place("mirrored", logical_devices=count)
    for position, (recipe, settings) in enumerate(json.loads(sys.argv[3])):
        train(position, recipe, settings, where, target)
