"""Two devices learn the text that one learns: the same losses and weights, each with the states of its rows."""

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
from zoo.data.options import UnitOptions
from zoo.data.text_split import text_data
from zoo.families.lstm_text.hyperparameters import Hyperparameters
from zoo.families.lstm_text.model import build

STEPS, BATCH = 20, 8
TEXT = "It was the best of times, it was the worst of times, it was the age of wisdom. " * 30
data = text_data({"train": TEXT, "validation": TEXT[:99], "test": TEXT[:99]}, UnitOptions())
strategy = tf.distribute.MirroredStrategy(
    ["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
)


def learned(replicas):
    keras.utils.set_random_seed(0)
    with strategy.scope() if replicas == 2 else nullcontext():
        model = build(Hyperparameters(units=24, layers=2, embedding_size=8, dropout=0.0, window=12), data.spec)
        model.compile(optimizer=keras.optimizers.SGD(0.5), loss="sparse_categorical_crossentropy")
        model.prepare_steps(BATCH)
        model.optimizer.build(model.trainable_variables)
    first = [np.asarray(weight) for weight in model.trainable_variables]
    batches = model.training_batches(data.train, batch_size=BATCH, seed=0)
    losses = []

    @tf.function
    def step(batch):
        if replicas == 1:
            return model.train_step(batch)["loss"]
        each = strategy.run(lambda part: model.train_step(part)["loss"], (batch,))
        return strategy.reduce("MEAN", each, axis=None)

    batches = batches.take(STEPS)
    for batch in strategy.experimental_distribute_dataset(batches) if replicas == 2 else batches:
        model.mean_loss.reset_state()
        losses.append(float(step(batch)))
    steps = model.steps_per_pass(len(data.train), BATCH)
    assert steps > STEPS, steps  # the states are carried all the way
    return np.array(losses), first, [np.asarray(weight) for weight in model.trainable_variables]


one, two = learned(1), learned(2)
assert all(map(np.array_equal, one[1], two[1]))
apart = np.abs(one[0] - two[0]) / one[0]
assert apart.max() < 1e-4, apart.max()
assert one[0][-1] < one[0][0] - 0.1, one[0]
for before, some, others in zip(one[1], one[2], two[2], strict=True):
    norm = np.linalg.norm(some - others) / np.linalg.norm(some)
    assert norm < 1e-4, norm
    assert np.abs(some - before).max() > 1e-4
print("losses", apart.max(), "weights", max(np.linalg.norm(a - b) / np.linalg.norm(a) for a, b in zip(one[2], two[2])))
"""


@pytest.mark.slow
def test_two_devices_learn_the_text_that_one_learns() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
