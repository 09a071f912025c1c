"""A generator and a discriminator as one Keras model that steps both.

Shapes, for n pictures:

    latent (n, latent), of conditional models classes (n, classes) as 0 and 1
        -> generator: pictures (n, height, width, channels) in -1..1 -> discriminator: realness (n, 1), a logit

`height` and `width` are those that the networks can make, at least those of the data: real pictures are set in the
middle of the lowest value, generated ones are cut out of it.

Source: Goodfellow et al. 2014, arXiv:1406.2661, algorithm 1; conditional: Mirza and Osindero 2014, arXiv:1411.1784.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.data.spec import DataSpec
from zoo.layers.adversarial_losses import discriminator_loss, generator_loss, gradient_penalty
from zoo.layers.adversarial_settings import AdversarialSettings
from zoo.layers.picture_generator import PictureGenerator, alone_or_listed
from zoo.layers.preprocessing import picture_range
from zoo.layers.replicas import apply_gradients, replica_count

# share of the spread of real pictures under which generated ones are said to be all alike
ALIKE = 0.1
# the same of the first epoch, whose mean has the grey pictures of the first steps in it
ALIKE_AT_FIRST = 0.01


class AdversarialModel(PictureGenerator):
    """Two networks, each with an optimiser of its own; made by the builder of a family.

    One step takes `critic_steps` batches. The discriminator steps on each, the generator once, on the last: through the
    pictures that the discriminator has just learned from, which are generated once.

    Args:
        generator: From latents (n, latent), or a list of them and of classes (n, classes), to pictures in -1..1.
        discriminator: From pictures, or a list of them and of classes, to logits (n, 1).
        settings: Loss and balance.
        data_spec: What a real picture looks like.
        grid: Rows and columns of the sample grid.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        settings: AdversarialSettings,
        data_spec: DataSpec,
        *,
        grid: tuple[int, int],
        **kwargs: Any,
    ) -> None:
        inputs = [keras.Input((settings.latent,), name="latent")]
        if settings.conditional:
            inputs.append(keras.Input((data_spec.num_classes,), name="classes"))
        pictures = generator(alone_or_listed(inputs))
        realness = discriminator(alone_or_listed([pictures, *inputs[1:]]))
        outer = {"inputs": alone_or_listed(inputs), "outputs": [pictures, realness]}
        super().__init__(generator, settings, data_spec, grid=grid, **outer, **kwargs)
        self.discriminator = discriminator
        self.critic_steps = settings.critic_steps
        self._means = {name: keras.metrics.Mean(name=name) for name in self._quantities()}

    def alone(self) -> PictureGenerator:
        """The generator without the discriminator: the same variables, as they are now."""
        return PictureGenerator(self.generator, self.settings, self.data_spec, grid=self.grid, name=self.name)

    def compile(self, *, optimizer: Any, generator_optimizer: Any, **kwargs: Any) -> None:
        """Compile both networks; the optimisers are built at once, so that a checkpoint can be restored into them.

        Args:
            optimizer: The discriminator's.
            generator_optimizer: The generator's; with `use_ema` its averages are what is kept.
            **kwargs: steps_per_execution and jit_compile as Keras takes them.
        """
        super().compile(optimizer=optimizer, loss=None, **kwargs)
        self.generator_optimizer = generator_optimizer
        self.optimizer.build(self.discriminator.trainable_variables)
        self.generator_optimizer.build(self.generator.trainable_variables)

    @property
    def optimizers(self) -> list[Any]:
        """Both optimisers, for what must hold the state of all."""
        return [self.optimizer, self.generator_optimizer]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Running means over an epoch; `loss`, which every model has, is the generator's."""
        return list(self._means.values())

    def _quantities(self) -> list[str]:
        judged = [] if self.settings.loss == "wasserstein" else ["real_judged_right", "fake_judged_right"]
        return ["loss", "generator_loss", "discriminator_loss", *judged, "diversity"]

    def draw(self, count: int, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """The noise of one step, a pure function of the seed.

        Args:
            count: Rows of the step.
            seed: int64 tensor (2,).

        Returns:
            latent (count, latent); with instance noise noise (count, 2, height, width, channels), for real and for
            generated pictures; with a gradient penalty share (count, 1, 1, 1) in 0..1.
        """
        drawn = {"latent": tf.random.stateless_normal([count, self.settings.latent], seed)}
        if self.settings.instance_noise:
            shape = [count, 2, *self.generator.output_shape[1:]]
            noise = tf.random.stateless_normal(
                shape, seed + tf.constant([0, 1 << 40], tf.int64), stddev=self.settings.instance_noise
            )
            drawn["noise"] = noise
        if self.settings.penalty:
            drawn["share"] = tf.random.stateless_uniform([count, 1, 1, 1], seed + tf.constant([0, 1 << 41], tf.int64))
        return drawn

    def train_step(self, data: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Step both networks once.

        Args:
            data: pictures and classes of `critic_steps` batches, and what `draw` gave for them.
        """
        n = self.critic_steps
        # every n-th row, so that the parts of a batch are the same however many devices share it
        parts = [{name: value[first::n] for name, value in data.items()} for first in range(n)]
        for part in parts[:-1]:
            self._step_discriminator(part, self._generate(part, training=True))
        return self._step_both(parts[-1])

    def _step_both(self, part: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in self.generator.trainable_variables])
            fake = self._generate(part, training=True)
            with tape.stop_recording():
                real, found = self._step_discriminator(part, fake)
            loss = generator_loss(self.settings.loss, self._realness(part, fake, 1))
            scaled = loss / replica_count()
        _apply(tape, scaled, self.generator, self.generator_optimizer)
        found |= {
            "loss": loss,
            "generator_loss": loss,
            # sums of variances over pixels: half the mean squared distance of two pictures
            "diversity": tf.math.divide_no_nan(_spread(fake), _spread(real)),
        }
        for name, mean in self._means.items():
            mean.update_state(found[name])
        return {name: mean.result() for name, mean in self._means.items()}

    def _step_discriminator(
        self, part: dict[str, tf.Tensor], fake: tf.Tensor
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Step the discriminator; returns the real pictures as it sees them, without noise, and what was found."""
        real = self.seen(part["pictures"])
        fake = tf.stop_gradient(fake)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in self.discriminator.trainable_variables])
            of_real, of_fake = self._realness(part, real, 0), self._realness(part, fake, 1)
            loss = discriminator_loss(self.settings.loss, of_real, of_fake, smoothing=self.settings.label_smoothing)
            whole = loss
            if self.settings.penalty:
                whole += self.settings.penalty * gradient_penalty(
                    lambda pictures: self._judged(part, pictures), real, fake, part["share"]
                )
            scaled = whole / replica_count()
        _apply(tape, scaled, self.discriminator, self.optimizer)
        right = {
            "real_judged_right": tf.reduce_mean(tf.cast(of_real > 0, tf.float32)),
            "fake_judged_right": tf.reduce_mean(tf.cast(of_fake < 0, tf.float32)),
        }
        return real, {"discriminator_loss": whole, **right}

    def _generate(self, part: dict[str, tf.Tensor], *, training: bool) -> tf.Tensor:
        return self.generator(alone_or_listed([part["latent"], *self._told(part)]), training=training)

    def _realness(self, part: dict[str, tf.Tensor], pictures: tf.Tensor, place: int) -> tf.Tensor:
        noisy = pictures + part["noise"][:, place] if "noise" in part else pictures
        return self._judged(part, noisy)

    def _judged(self, part: dict[str, tf.Tensor], pictures: tf.Tensor) -> tf.Tensor:
        return self.discriminator(alone_or_listed([pictures, *self._told(part)]), training=True)

    def _told(self, part: dict[str, tf.Tensor]) -> list[tf.Tensor]:
        if not self.settings.conditional:
            return []
        return [tf.one_hot(tf.cast(part["classes"], tf.int32), self.data_spec.num_classes)]

    def seen(self, raw: Any) -> tf.Tensor:
        """Raw pictures (n, *data_spec.shape) as the networks see them: in -1..1 and of their size."""
        low, high = picture_range(self.data_spec)
        scaled = (tf.cast(raw, tf.float32) - low) * (2.0 / (high - low)) - 1.0
        frame = [[0, 0], *self.frame, [0, 0]]
        return tf.pad(scaled, frame, constant_values=-1.0) if np.any(frame) else scaled

    def _kept(self) -> list[Any]:
        """Values of the generator's trainable variables that are kept: averages, once it was compiled with any."""
        optimizer = getattr(self, "generator_optimizer", None)
        if optimizer is None or not optimizer.use_ema or not int(keras.ops.convert_to_numpy(optimizer.iterations)):
            return list(self.generator.trainable_variables)
        return list(optimizer._model_variables_moving_average)  # Keras has no public name for them

    def keep(self) -> None:
        """End training: the generator's weights become what is kept of them."""
        values = [keras.ops.convert_to_numpy(value) for value in self._kept()]
        for variable, value in zip(self.generator.trainable_variables, values, strict=True):
            variable.assign(value)
        self.generator_optimizer.use_ema = False

    def warning(self, row: dict[str, float]) -> str | None:
        """What should be said of an epoch's numbers: that the pictures are nearly all alike."""
        if row["diversity"] >= (ALIKE if row["epoch"] > 1 else ALIKE_AT_FIRST):
            return None
        return (
            f"collapse: generated pictures differ from one another by {row['diversity']:.1%} of what real ones do; "
            "try hyperparameters.generator_rate, instance_noise, label_smoothing, or another loss"
        )


def _apply(tape: tf.GradientTape, loss: tf.Tensor, network: keras.Model, optimizer: Any) -> None:
    variables = network.trainable_variables
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    apply_gradients(optimizer, gradients, variables)


def _spread(pictures: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.math.reduce_variance(tf.cast(pictures, tf.float32), axis=0))
