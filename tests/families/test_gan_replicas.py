"""Two devices learn what one learns: the same global batch, noise drawn with the data, 10 steps of SGD."""

from __future__ import annotations

import subprocess
import sys

import pytest

# two logical devices must be asked for before TensorFlow has any, hence a process of its own
PROGRAM = """
import sys
from contextlib import nullcontext

import keras
import numpy as np
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
from registry import build as build_registry
from zoo.data.batches import noisy_batches
from zoo.data.catalogue import load
from zoo.families.gan.hyperparameters import Hyperparameters
from zoo.families.gan.model import build
from zoo.run.seeds import start_from

data = load(build_registry(with_plugins=False), "digits", {}).for_task("picture_generation")
strategy = tf.distribute.MirroredStrategy(
    ["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
)


def learned(scope, **settings):
    start_from(0)
    with scope:
        # a dense generator: no batch normalisation, whose statistics are each device's own
        model = build(Hyperparameters(generator="dense", generator_units=[64], latent=10, **settings), data.spec)
        rate = 0.005 if settings.get("loss") == "wasserstein" else 0.05
        model.compile(
            optimizer=keras.optimizers.SGD(rate),
            generator_optimizer=keras.optimizers.SGD(rate, use_ema=True, ema_momentum=0.5),
            jit_compile=False,
        )
    losses = []
    keep = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: losses.append([logs["generator_loss"], logs["discriminator_loss"]])
    )
    batches = noisy_batches(data.train, batch_size=64 * model.critic_steps, seed=0, draw=model.draw)
    first = model.get_weights()
    model.fit(batches, epochs=10, steps_per_epoch=1, shuffle=False, verbose=0, callbacks=[keep])
    return np.array(losses), first, model.get_weights(), [keras.ops.convert_to_numpy(value) for value in model._kept()]


def far(ones, others):
    return max(np.linalg.norm(a - b) / max(np.linalg.norm(a), 1e-6) for a, b in zip(ones, others, strict=True))


for settings in ({}, {"critic_steps": 2, "loss": "wasserstein"}, {"instance_noise": 0.1, "label_smoothing": 0.1}):
    one, two = learned(nullcontext(), **settings), learned(strategy.scope(), **settings)
    assert strategy.num_replicas_in_sync == 2
    assert len(one[0]) == 10
    assert far(one[1], two[1]) == 0.0, "other first weights"
    assert far(one[1], one[2]) > 1e-3, "nothing was learned"
    losses = (np.abs(one[0] - two[0]) / np.abs(one[0])).max()
    print(settings, "losses", losses, "weights", far(one[2], two[2]), "averages", far(one[3], two[3]))
    assert losses < 1e-4, losses
    assert far(one[2], two[2]) < 1e-4, far(one[2], two[2])
    assert far(one[3], two[3]) < 1e-4, far(one[3], two[3])
"""


@pytest.mark.slow
def test_two_devices_learn_what_one_learns() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
