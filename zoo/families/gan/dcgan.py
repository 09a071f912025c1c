"""`dcgan`: transposed convolutions make a picture, their mirror image judges it.

Shapes for n pictures of 64 by 64 pixels in colour; `filters` is 64:

    latent (n, 100) -> (n, 4, 4, 512) -> (n, 8, 8, 256) -> (n, 16, 16, 128) -> (n, 32, 32, 64) -> (n, 64, 64, 3)
    pictures -> (n, 32, 32, 64) -> (n, 16, 16, 128) -> (n, 8, 8, 256) -> (n, 4, 4, 512) -> realness (n, 1), a logit

3,578,624 and 2,767,616 parameters, statistics of batch normalisation included. Pictures of another size are made by as
many stages as lead from 4 pixels to their longer side, or beyond it.

Source: Radford, Metz and Chintala 2015, arXiv:1511.06434, section 3; layers and widths: Zhang, Lipton, Li and Smola,
Dive into Deep Learning, section 20.2 (printed copies have a stage too many, which makes 128 by 128 pixels, and draw
the scales of batch normalisation around 0 instead of 1).
"""

from __future__ import annotations

import math

import keras
from keras import layers

from zoo.data.spec import DataSpec
from zoo.families.gan.hyperparameters import ConvolutionalHyperparameters
from zoo.families.gan.model import latent_inputs, limited, network, require_pictures
from zoo.layers.adversarial import AdversarialModel

GRID = (3, 7)
FIRST = 4  # pixels on a side of the first maps


def stages(data_spec: DataSpec) -> int:
    """How often the side doubles from 4 pixels to the picture's longer side."""
    return max(1, math.ceil(math.log2(max(data_spec.shape[:2]) / FIRST)))


def kernels(hyperparameters: ConvolutionalHyperparameters) -> keras.initializers.Initializer:
    """What the kernels are drawn from: N(0, 0.02)."""
    return keras.initializers.RandomNormal(0.0, hyperparameters.initial_deviation)


def batch_norm(hyperparameters: ConvolutionalHyperparameters) -> keras.Layer:
    """Batch normalisation with the momentum and the epsilon of the source; scales are drawn from N(1, 0.02)."""
    scales = keras.initializers.RandomNormal(1.0, hyperparameters.initial_deviation)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=scales)


def make_generator(hyperparameters: ConvolutionalHyperparameters, data_spec: DataSpec) -> keras.Model:
    """From latents (n, latent) to square pictures in -1..1."""
    count = stages(data_spec)
    inputs, outputs = latent_inputs(data_spec, hyperparameters)
    outputs = layers.Reshape((1, 1, outputs.shape[-1]))(outputs)

    def doubled(maps: keras.KerasTensor, filters: int, strides: int, padding: str) -> keras.KerasTensor:
        return layers.Conv2DTranspose(
            filters, 4, strides, padding, use_bias=False, kernel_initializer=kernels(hyperparameters)
        )(maps)

    for stage in range(count):
        filters = hyperparameters.filters * 2 ** (count - 1 - stage)
        outputs = doubled(outputs, filters, *((2, "same") if stage else (1, "valid")))
        outputs = layers.ReLU()(batch_norm(hyperparameters)(outputs))
    outputs = doubled(outputs, data_spec.shape[-1], 2, "same")
    return network(inputs, layers.Activation("tanh", dtype="float32")(outputs), "generator")


def make_discriminator(
    hyperparameters: ConvolutionalHyperparameters, data_spec: DataSpec, shape: tuple[int, int, int]
) -> keras.Model:
    """From pictures (n, *shape) to logits (n, 1)."""
    inputs = [keras.Input(shape, name="pictures")]
    outputs = inputs[0]
    if hyperparameters.conditional:
        inputs.append(keras.Input((data_spec.num_classes,), name="classes"))
        # each class a map of its own, 1 everywhere or 0 everywhere
        maps = layers.Reshape((1, 1, inputs[1].shape[-1]))(inputs[1])
        outputs = layers.Concatenate()([outputs, layers.UpSampling2D(shape[:2])(maps)])
    for stage in range(stages(data_spec)):
        convolution = layers.Conv2D(
            hyperparameters.filters * 2**stage,
            4,
            2,
            "same",
            use_bias=hyperparameters.discriminator_norm == "none",
            kernel_initializer=kernels(hyperparameters),
        )
        outputs = limited(convolution, hyperparameters)(outputs)
        if hyperparameters.discriminator_norm == "batch":
            outputs = batch_norm(hyperparameters)(outputs)
        elif hyperparameters.discriminator_norm == "layer":
            outputs = layers.GroupNormalization(groups=1)(outputs)
        outputs = layers.LeakyReLU(hyperparameters.slope)(outputs)
    last = layers.Conv2D(1, FIRST, use_bias=False, kernel_initializer=kernels(hyperparameters), dtype="float32")
    return network(inputs, layers.Flatten()(limited(last, hyperparameters)(outputs)), "discriminator")


def build(hyperparameters: ConvolutionalHyperparameters, data_spec: DataSpec) -> AdversarialModel:
    """Build both networks for pictures of `data_spec`; as `zoo.families.gan.model.build`."""
    require_pictures(data_spec, hyperparameters)
    generator = make_generator(hyperparameters, data_spec)
    discriminator = make_discriminator(hyperparameters, data_spec, generator.output_shape[1:])
    return AdversarialModel(generator, discriminator, hyperparameters, data_spec, grid=GRID, name="dcgan")
