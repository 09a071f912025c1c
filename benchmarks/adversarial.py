"""Pictures per second of training dcgan/fashion_mnist: ours, the plain Keras form of a GAN, and PyTorch.

All three step the same networks (1,730,048 parameters) on as many pictures, with Adam for each of the two networks, by
turns; PyTorch in a process of its own. The plain form is a `train_step` as tutorials have it: latents drawn inside,
pictures generated once for the discriminator's step and once more for the generator's. Ours draws latents with the
data, generates once, measures four more quantities and averages the generator's weights. PyTorch is written as in its
own DCGAN example, which generates once, too. Ours and the plain form run under one `fit` each, from the same examples
in the same order, as many steps in a compiled call and in an epoch; an epoch is a round.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.overhead import OneEpoch
from benchmarks.pairs import NextLeg, Seconds, Times, ratio_line, seconds_line, take_turns
from registry import default
from zoo.data.batches import training_batches
from zoo.layers.adversarial import AdversarialModel
from zoo.recipe import BoundRecipe, bind, read_recipe
from zoo.run import feeding
from zoo.run.preparation import Prepared, prepare

NAME = "dcgan/fashion_mnist"
STEPS = 10  # of a round, in one compiled call


class PlainPair(keras.Model):
    """The plain Keras form: two networks, two optimisers, noise drawn inside."""

    def __init__(self, generator: keras.Model, discriminator: keras.Model, latent: int) -> None:
        super().__init__()
        self.generator, self.discriminator, self.latent = generator, discriminator, latent
        self.loss_of_generator = keras.metrics.Mean(name="generator_loss")
        self.loss_of_discriminator = keras.metrics.Mean(name="discriminator_loss")
        self.entropy = keras.losses.BinaryCrossentropy(from_logits=True)
        self.built = True

    def compile(self, *, generator_optimizer: Any, **kwargs: Any) -> None:
        super().compile(**kwargs)
        self.generator_optimizer = generator_optimizer

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self.loss_of_generator, self.loss_of_discriminator]

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        raw = data[0]
        real = tf.pad(tf.cast(raw, tf.float32) / 127.5 - 1.0, [[0, 0], [2, 2], [2, 2], [0, 0]], constant_values=-1.0)
        count = tf.shape(real)[0]
        fake = self.generator(tf.random.normal([count, self.latent]), training=True)
        with tf.GradientTape() as tape:
            of_real = self.discriminator(real, training=True)
            of_fake = self.discriminator(fake, training=True)
            loss = 0.5 * (self.entropy(tf.ones_like(of_real), of_real) + self.entropy(tf.zeros_like(of_fake), of_fake))
        self._apply(tape, loss, self.discriminator, self.optimizer)
        latents = tf.random.normal([count, self.latent])
        with tf.GradientTape() as tape:
            judged = self.discriminator(self.generator(latents, training=True), training=True)
            of_generator = self.entropy(tf.ones_like(judged), judged)
        self._apply(tape, of_generator, self.generator, self.generator_optimizer)
        self.loss_of_generator.update_state(of_generator)
        self.loss_of_discriminator.update_state(loss)
        return {metric.name: metric.result() for metric in self.metrics}

    def _apply(self, tape: tf.GradientTape, loss: tf.Tensor, network: keras.Model, optimizer: Any) -> None:
        gradients = tape.gradient(loss, network.trainable_weights)
        optimizer.apply_gradients(zip(gradients, network.trainable_weights, strict=True))


def run(rounds: int = 9) -> None:
    """Print pictures per second and ratios; the bound is 1.0 against the plain Keras form."""
    bound = bind(default(), read_recipe(default(), NAME, {"training.steps_per_execution": STEPS}))
    ready = prepare(default(), bound, seed=0)
    batch = ready.global_batch
    print(f"{NAME}: batches of {batch}, {STEPS} steps in a compiled call and a round", flush=True)

    def fit(model: keras.Model, batches: tf.data.Dataset, next_leg: NextLeg) -> None:
        next_leg()
        callbacks = [OneEpoch(next_leg)]
        model.fit(batches, steps_per_epoch=STEPS, epochs=rounds + 1, callbacks=callbacks, shuffle=False, verbose=0)

    def ours(next_leg: NextLeg) -> None:
        fit(ready.model, feeding.training_batches(ready.model, ready.data.train, batch_size=batch, seed=0), next_leg)

    def plain(next_leg: NextLeg) -> None:
        fit(_plain(ready, bound), training_batches(ready.data.train, batch_size=batch, seed=0), next_leg)

    def in_torch(next_leg: NextLeg) -> None:
        with torch_steps(ready, bound) as steps:
            next_leg()
            for _ in range(rounds + 1):
                of_torch.append(next(steps))
                next_leg()

    of_torch: list[Seconds] = []
    ways = {"ours": ours, "plain Keras": plain}
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is left out: torch is not installed")
    else:
        ways["PyTorch"] = in_torch
    legs = take_turns(ways, rounds + 1)
    times = {name: legs[name].counted() for name in ways}
    if of_torch:  # what another process took, it says itself
        times["PyTorch"] = Times(tuple(took.wall for took in of_torch[1:]), tuple(took.cpu for took in of_torch[1:]))
    _print(times, pictures=STEPS * batch)


def _print(times: dict[str, Times], *, pictures: int) -> None:
    for name, taken in times.items():
        print(seconds_line(f"{name}: {STEPS} steps, wall", taken.wall))
        print(seconds_line(f"{name}: {STEPS} steps, CPU", taken.cpu))
        print(f"{name + ': pictures per second':<58} median {pictures / float(np.median(taken.wall)):.0f}")
    for name in times:
        if name != "ours":
            print(ratio_line(f"speed of ours / {name}, wall", times[name].wall, times["ours"].wall))
            print(ratio_line(f"speed of ours / {name}, CPU", times[name].cpu, times["ours"].cpu))


def _plain(ready: Prepared, bound: BoundRecipe) -> PlainPair:
    like = ready.model
    pair = PlainPair(
        keras.models.clone_model(like.generator), keras.models.clone_model(like.discriminator), latents(like)
    )
    optimizers = [_adam(bound) for _ in range(2)]
    pair.compile(
        optimizer=optimizers[0], generator_optimizer=optimizers[1], steps_per_execution=STEPS, jit_compile=False
    )
    return pair


def latents(model: AdversarialModel) -> int:
    """Numbers that a picture is made from."""
    return int(model.settings.latent)


def _adam(bound: BoundRecipe) -> keras.optimizers.Optimizer:
    training = bound.recipe.training
    return keras.optimizers.Adam(training.learning_rate, **training.optimizer_options)


@contextmanager
def torch_steps(ready: Prepared, bound: BoundRecipe) -> Iterator[Iterator[Seconds]]:
    """The same networks in PyTorch, layer for layer, stepped as in its DCGAN example, in a process of their own.

    Yields:
        An iterator, each item of which is a round: the seconds that it took there.
    """
    training, width = bound.recipe.training, bound.hyperparameters.filters  # type: ignore[attr-defined]
    sizes = latents(ready.model), width, training.batch_size, STEPS, training.learning_rate
    command = [sys.executable, "-m", "benchmarks.adversarial_torch", *map(str, sizes)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        asked, answered = child.stdin, child.stdout
        assert asked is not None
        assert answered is not None

        def rounds() -> Iterator[Seconds]:
            while True:
                asked.write("go\n")
                asked.flush()
                line = answered.readline()
                if not line:
                    raise RuntimeError(f"the process of PyTorch ended with status {child.wait()}")
                wall, cpu = map(float, line.split())
                yield Seconds(wall, cpu)

        yield rounds()
