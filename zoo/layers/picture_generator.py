"""The generator of an adversarial pair: pictures of the data's own size, dtype and range from drawn latents.

It is what published weights of an adversarial family hold; `zoo.layers.adversarial` adds the discriminator to it.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from registry import UserError
from zoo.data.picture_grid import tiled
from zoo.data.spec import DataSpec
from zoo.layers.adversarial_settings import AdversarialSettings
from zoo.layers.preprocessing import picture_range

# Offset that keeps the latents of samples apart from those of training.
SAMPLE_STREAM = 1 << 22
BATCH = 250  # pictures generated in one call


class PictureGenerator(keras.Model):
    """A network from latents to pictures.

    Args:
        generator: From latents (n, latent), or a list of them and of classes (n, classes), to pictures in -1..1, of
            the data's size or larger.
        settings: How many latents, and whether it is told classes.
        data_spec: What a real picture looks like.
        grid: Rows and columns of the sample grid.
        **kwargs: name, and inputs and outputs where they are more than the generator's.
    """

    def __init__(
        self,
        generator: keras.Model,
        settings: AdversarialSettings,
        data_spec: DataSpec,
        *,
        grid: tuple[int, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"inputs": generator.inputs, "outputs": generator.outputs, **kwargs})
        self.generator = generator
        self.settings, self.data_spec, self.grid = settings, data_spec, grid
        self.judge = settings.judge
        self._from_values = tf.function(self._generated, reduce_retracing=True)

    def raw(self, pictures: np.ndarray) -> np.ndarray:
        """The inverse of `seen`: generated pictures in the data's own size, dtype and range."""
        (top, bottom), (left, right) = self.frame
        height, width = pictures.shape[1:3]
        low, high = picture_range(self.data_spec)
        cut = pictures[:, top : height - bottom, left : width - right].astype(np.float32)
        values = np.clip(low + (cut + 1.0) * (0.5 * (high - low)), low, high)
        whole = np.issubdtype(np.dtype(self.data_spec.dtype), np.integer)
        return (np.rint(values) if whole else values).astype(self.data_spec.dtype)

    @property
    def frame(self) -> list[list[int]]:
        """Rows before and after, and columns, that the networks' pictures have around those of the data."""
        sizes = zip(self.generator.output_shape[1:3], self.data_spec.shape[:2], strict=True)
        return [[(own - size) // 2, own - size - (own - size) // 2] for own, size in sizes]

    def latents(self, count: int, seed: int) -> np.ndarray:
        """Standard normal float32 (count, latent) of a seed; fewer of them are the first ones."""
        drawn = np.random.default_rng([SAMPLE_STREAM, seed]).standard_normal((count, self.settings.latent))
        return drawn.astype(np.float32)

    def inputs_of(self, latents: np.ndarray, classes: np.ndarray | None = None) -> Any:
        """What the model takes: latents; where it is conditional, a list of them and of classes as 0 and 1.

        Args:
            latents: float32 (n, latent).
            classes: int (n,); of a conditional model one class after the other if None.

        Raises:
            UserError: Classes are given of a model that is not conditional, or numbers that are none of its classes.
        """
        if not self.settings.conditional:
            if classes is not None:
                raise UserError("only a conditional generator makes pictures of a class", received=self.name)
            return latents
        known = self.data_spec.num_classes or 0
        chosen = np.arange(len(latents)) % known if classes is None else np.asarray(classes)
        if chosen.min(initial=0) < 0 or chosen.max(initial=0) >= known:
            raise UserError(f"classes must lie in 0..{known - 1}", received=chosen.tolist()[:8])
        return [latents, np.eye(known, dtype=np.float32)[chosen]]

    def generate(self, latents: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray:
        """Pictures (n, *data_spec.shape) of the data's dtype, made from latents (n, latent).

        Nothing of the model's state changes. While it trains with an average, these are the average's pictures.
        """
        inputs = self.inputs_of(latents, classes)
        listed = inputs if isinstance(inputs, list) else [inputs]
        values = [keras.ops.convert_to_tensor(value) for value in self._kept()]
        pieces = [
            self._from_values(values, [part[first : first + BATCH] for part in listed]).numpy()
            for first in range(0, len(latents), BATCH)
        ]
        return self.raw(np.concatenate(pieces))

    def _generated(self, values: list[tf.Tensor], inputs: list[tf.Tensor]) -> tf.Tensor:
        fixed = self.generator.non_trainable_variables
        pictures, _ = self.generator.stateless_call(values, fixed, alone_or_listed(inputs), training=False)
        return tf.cast(pictures, tf.float32)

    def samples(self, seed: int) -> dict[str, bytes]:
        """A grid of pictures, always of the same latents, as a PNG file."""
        rows, columns = self.grid
        pictures = self.generate(self.latents(rows * columns, seed))
        grid = tiled(pictures, columns=columns, value_range=picture_range(self.data_spec))
        return {"grid.png": tf.io.encode_png(grid).numpy()}

    def _kept(self) -> list[Any]:
        """Values of the generator's trainable variables that pictures are made with."""
        return list(self.generator.trainable_variables)


def alone_or_listed(tensors: list[Any]) -> Any:
    """The one tensor of a network with one input, else the list of them."""
    return tensors[0] if len(tensors) == 1 else tensors
