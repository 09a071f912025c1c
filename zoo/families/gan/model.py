"""`gan`: a generator of pictures and a dense discriminator.

Shapes of the convolutional generator, for n pictures of 28 by 28 pixels and one channel:

    latent (n, 100) -> dense (n, 7, 7, 128) -> (n, 14, 14, 128) -> (n, 14, 14, 64) -> pictures (n, 28, 28, 1)

Of the dense discriminator:

    pictures (n, 784) -> (n, 512) -> (n, 256) -> realness (n, 1), a logit

Source: Goodfellow et al. 2014, arXiv:1406.2661. Sizes of the defaults: a generator of 856,193 and a discriminator of
533,505 parameters, as in a widespread Keras listing for MNIST; leaky ReLU: Maas, Hannun and Ng 2013.
"""

from __future__ import annotations

import math

import keras
from keras import layers

from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.families.gan.hyperparameters import Hyperparameters
from zoo.layers.adversarial import AdversarialModel
from zoo.layers.adversarial_settings import AdversarialSettings

GRID = (5, 5)


def require_pictures(data_spec: DataSpec, settings: AdversarialSettings) -> None:
    """Refuse what is not pictures, and conditions without classes.

    Raises:
        InvalidData: The data are not pictures; or the networks are to be told the class and there is none.
    """
    if data_spec.kind != "picture":
        raise InvalidData("an adversarial network makes pictures", received=f"{data_spec.kind} data")
    if settings.conditional and data_spec.classes is None:
        raise InvalidData("hyperparameters.conditional is for data with classes", received="data without classes")


def latent_inputs(
    data_spec: DataSpec, settings: AdversarialSettings
) -> tuple[list[keras.KerasTensor], keras.KerasTensor]:
    """Inputs of a generator, and what its first layer sees: latents (n, latent) and classes, one beside the other."""
    inputs = [keras.Input((settings.latent,), name="latent")]
    if settings.conditional:
        inputs.append(keras.Input((data_spec.num_classes,), name="classes"))
    return inputs, layers.Concatenate()(inputs) if len(inputs) > 1 else inputs[0]


def network(inputs: list[keras.KerasTensor], outputs: keras.KerasTensor, name: str) -> keras.Model:
    """A network of one input, or of a list of them."""
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs, name=name)


def limited(layer: keras.Layer, settings: AdversarialSettings) -> keras.Layer:
    """A layer of the discriminator, its kernel divided by its largest singular value where that is asked for."""
    return layers.SpectralNormalization(layer) if settings.spectral_normalization else layer


def convolutional_generator(hyperparameters: Hyperparameters, data_spec: DataSpec) -> keras.Model:
    """From latents (n, latent) to pictures in -1..1, each side the next multiple of 4."""
    height, width = (math.ceil(size / 4) for size in data_spec.shape[:2])
    first, second, third = hyperparameters.generator_filters
    inputs, outputs = latent_inputs(data_spec, hyperparameters)
    outputs = layers.Dense(height * width * first)(outputs)
    outputs = layers.LeakyReLU(hyperparameters.slope)(outputs)
    outputs = layers.Reshape((height, width, first))(outputs)
    for filters, strides in ((second, 2), (third, 1)):
        outputs = layers.Conv2DTranspose(filters, 3, strides=strides, padding="same")(outputs)
        outputs = layers.BatchNormalization()(outputs)
        outputs = layers.LeakyReLU(hyperparameters.slope)(outputs)
    outputs = layers.Conv2DTranspose(data_spec.shape[-1], 3, strides=2, padding="same")(outputs)
    return network(inputs, layers.Activation("tanh", dtype="float32")(outputs), "generator")


def dense_generator(hyperparameters: Hyperparameters, data_spec: DataSpec) -> keras.Model:
    """From latents (n, latent) to pictures in -1..1 of the data's own size."""
    inputs, outputs = latent_inputs(data_spec, hyperparameters)
    for units in hyperparameters.generator_units:
        outputs = layers.Dense(units)(outputs)
        outputs = layers.LeakyReLU(hyperparameters.slope)(outputs)
    outputs = layers.Dense(math.prod(data_spec.shape))(outputs)
    outputs = layers.Activation("tanh", dtype="float32")(outputs)
    return network(inputs, layers.Reshape(data_spec.shape)(outputs), "generator")


def dense_discriminator(hyperparameters: Hyperparameters, data_spec: DataSpec, shape: tuple[int, ...]) -> keras.Model:
    """From pictures (n, *shape) to logits (n, 1)."""
    inputs = [keras.Input(shape, name="pictures")]
    outputs = layers.Flatten()(inputs[0])
    if hyperparameters.conditional:
        inputs.append(keras.Input((data_spec.num_classes,), name="classes"))
        outputs = layers.Concatenate()([outputs, inputs[1]])
    for units in hyperparameters.discriminator_units:
        outputs = limited(layers.Dense(units), hyperparameters)(outputs)
        outputs = layers.LeakyReLU(hyperparameters.slope)(outputs)
        if hyperparameters.dropout:
            outputs = layers.Dropout(hyperparameters.dropout)(outputs)
    # float32 whatever the precision policy, as all that the losses see
    outputs = limited(layers.Dense(1, dtype="float32"), hyperparameters)(outputs)
    return network(inputs, outputs, "discriminator")


def build(hyperparameters: Hyperparameters, data_spec: DataSpec) -> AdversarialModel:
    """Build both networks for pictures of `data_spec`.

    Args:
        hyperparameters: Sizes, loss and balance.
        data_spec: Size, channels and value range of the pictures; classes of conditional models.

    Returns:
        Model from latents (n, latent) to pictures in -1..1 and their realness (n, 1).

    Raises:
        InvalidData: The data are not pictures, or have no classes where the networks are to be told them.
    """
    require_pictures(data_spec, hyperparameters)
    make = convolutional_generator if hyperparameters.generator == "convolutional" else dense_generator
    generator = make(hyperparameters, data_spec)
    discriminator = dense_discriminator(hyperparameters, data_spec, generator.output_shape[1:])
    return AdversarialModel(generator, discriminator, hyperparameters, data_spec, grid=GRID, name="gan")
