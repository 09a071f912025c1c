"""A recurrent network on two devices learns what it learns on one."""

from __future__ import annotations

import subprocess
import sys

import pytest

# two logical devices must be asked for before TensorFlow has any, hence a process of its own
PROGRAM = """
from contextlib import nullcontext

import keras
import numpy as np
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
from registry import build as build_registry
from zoo.data.batches import training_batches
from zoo.data.catalogue import load
from zoo.families.rnn.hyperparameters import Hyperparameters
from zoo.families.rnn.model import build
from zoo.layers.series import spread_of
from zoo.recipe import Training
from zoo.run.adapt import adapt
from zoo.run.compile import compile_model
from zoo.run.seeds import start_from

STEPS = 20
data = load(build_registry(with_plugins=False), "sine_mix", {})
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
training = Training(optimizer="sgd", learning_rate=0.05, batch_size=32)


class Losses(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(logs["loss"])


def learned(scope, cell):
    start_from(0)
    with scope:
        model = build(Hyperparameters(cell=cell, units=(8,), ensemble=2), data.spec)
        adapt(model, data.train)
        compile_model(
            model, training, data.spec, steps_per_epoch=STEPS, steps_per_execution=1, jit=False,
            spread=spread_of(data.spec, data.train.targets),
        )
    losses = Losses()
    batches = training_batches(data.train, batch_size=32, seed=0)
    model.fit(batches, steps_per_epoch=STEPS, epochs=1, callbacks=[losses], shuffle=False, verbose=0)
    return np.array(losses.seen), np.concatenate([np.ravel(weight) for weight in model.get_weights()])


assert strategy.num_replicas_in_sync == 2
for cell in ("simple", "lstm", "gru"):
    (losses, weights), (two_losses, two_weights) = learned(nullcontext(), cell), learned(strategy.scope(), cell)
    assert len(losses) == len(two_losses) == STEPS
    apart = np.abs(two_losses / losses - 1).max()
    moved = np.linalg.norm(two_weights - weights) / np.linalg.norm(weights)
    print(cell, apart, moved)
    assert apart < 1e-4, (cell, apart)
    assert moved < 1e-4, (cell, moved)
"""


@pytest.mark.slow
def test_two_devices_learn_what_one_does_in_twenty_steps() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
