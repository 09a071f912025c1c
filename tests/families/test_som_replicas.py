"""The batch rule on two devices learns what it learns on one."""

from __future__ import annotations

import subprocess
import sys

import pytest

# two logical devices must be asked for before TensorFlow has any, hence a process of its own
PROGRAM = """
from contextlib import nullcontext

import numpy as np
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
from registry import build as build_registry
from zoo.data.catalogue import load
from zoo.families.som.hyperparameters import Hyperparameters
from zoo.families.som.model import build
from zoo.recipe import RecipeError, Training
from zoo.run.adapt import adapt
from zoo.run.seeds import start_from

data = load(build_registry(with_plugins=False), "digits", {}).for_task("mapping")
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def learned(scope, **settings):
    start_from(0)
    with scope:
        model = build(Hyperparameters(rows=6, columns=5, **settings), data.spec)
        adapt(model, data.train)
        learning = model.learn(data.train, data.validation, Training(epochs=3), seed=0, first=0)
        rows = [row for rows in learning for row in rows]
    return np.asarray(model.map.codebook), rows[-1]["quantization_error"], np.asarray(model.map.hits)


one, two = learned(nullcontext()), learned(strategy.scope(), chunk_size=300)
assert strategy.num_replicas_in_sync == 2
assert np.abs(one[0] - two[0]).max() < 1e-4, np.abs(one[0] - two[0]).max()
assert abs(one[1] - two[1]) < 1e-4
assert two[2].sum() == len(data.train)
try:
    learned(strategy.scope(), trim=0.1)
except RecipeError as refused:
    assert "takes one device" in str(refused)
else:
    raise AssertionError("trimming on two devices is not refused")
"""


@pytest.mark.slow
def test_two_devices_learn_the_map_that_one_learns() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
