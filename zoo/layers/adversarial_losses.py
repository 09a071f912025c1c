"""Losses of two networks that learn from each other, from the discriminator's logits ("realness") of pictures.

Source: minimax and non-saturating: Goodfellow et al. 2014, arXiv:1406.2661, section 3; hinge: Miyato et al. 2018,
arXiv:1802.05957, equations 16 and 17; Wasserstein: Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875, with the
gradient penalty of Gulrajani et al. 2017, arXiv:1704.00028, equation 3; one-sided label smoothing: Salimans et al.
2016, arXiv:1606.03498, section 3.4.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf


def discriminator_loss(name: str, real: tf.Tensor, fake: tf.Tensor, *, smoothing: float = 0.0) -> tf.Tensor:
    """What the discriminator minimises.

    Args:
        name: non_saturating or minimax (the same for the discriminator), hinge or wasserstein.
        real: Logits (n, 1) of real pictures.
        fake: Logits (n, 1) of generated ones.
        smoothing: How far below 1 the target of real pictures lies.

    Returns:
        A number; of the first two the mean of the losses of real and of generated pictures, log 2 where the
        discriminator cannot tell them apart.
    """
    if name == "hinge":
        return tf.reduce_mean(tf.nn.relu(1.0 - real)) + tf.reduce_mean(tf.nn.relu(1.0 + fake))
    if name == "wasserstein":
        return tf.reduce_mean(fake) - tf.reduce_mean(real)
    return 0.5 * (_cross_entropy(real, 1.0 - smoothing) + _cross_entropy(fake, 0.0))


def generator_loss(name: str, fake: tf.Tensor) -> tf.Tensor:
    """What the generator minimises, from the logits (n, 1) of its pictures.

    minimax is log(1 - D), whose gradient vanishes where the discriminator is sure; non_saturating is -log D.
    """
    if name == "non_saturating":
        return _cross_entropy(fake, 1.0)
    if name == "minimax":
        return -_cross_entropy(fake, 0.0)
    return -tf.reduce_mean(fake)


def gradient_penalty(
    discriminator: Callable[[tf.Tensor], tf.Tensor], real: tf.Tensor, fake: tf.Tensor, share: tf.Tensor
) -> tf.Tensor:
    """Mean squared distance from 1 of the slope of the logits, at pictures between real and generated ones.

    Args:
        discriminator: From pictures to logits; without batch normalisation, which ties the pictures of a batch.
        real: Pictures (n, height, width, channels).
        fake: As many generated ones.
        share: (n, 1, 1, 1) in 0..1, how far each point lies from the real picture.
    """
    between = real + share * (fake - real)
    with tf.GradientTape() as tape:
        tape.watch(between)
        realness = discriminator(between)
    slopes = tape.gradient(realness, between)
    # 1e-12: the root of 0 has no derivative
    norms = tf.sqrt(tf.reduce_sum(tf.square(slopes), axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean(tf.square(norms - 1.0))


def _cross_entropy(logits: tf.Tensor, target: float) -> tf.Tensor:
    targets = tf.fill(tf.shape(logits), tf.cast(target, logits.dtype))
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(targets, logits))
