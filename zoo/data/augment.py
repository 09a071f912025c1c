"""Random changes of pictures, each a pure function of a seed: shift, rotation, zoom, mirror, noise.

One affine map a picture does the first four in one resampling; see Simard, Steinkraus and Platt 2003, Best practices
for convolutional neural networks, section 2.1.
"""

from __future__ import annotations

import math

import tensorflow as tf

from zoo.data.spec import DataSpec
from zoo.recipe import Augmentation


def changes_pictures(settings: Augmentation) -> bool:
    """Whether the settings change anything."""
    return settings != Augmentation()


def augment_pictures(
    pictures: tf.Tensor,
    seed: tf.Tensor,
    count: tf.Tensor,
    places: tf.Tensor,
    *,
    settings: Augmentation,
    data_spec: DataSpec,
) -> tf.Tensor:
    """Change pictures of a batch at random; a picture's change does not depend on which others are at hand.

    Args:
        pictures: (n, height, width, channels), the data set's dtype.
        seed: int64 tensor (2,) of the batch; equal seeds give equal changes.
        count: int64 scalar, pictures of the whole batch.
        places: int64 (n,), places of these ones in it.
        settings: How large the changes may be.
        data_spec: Value range and dtype; what is moved in from outside has the lowest value.

    Returns:
        Pictures of the same shape and dtype, within the value range.
    """
    low, high = data_spec.value_range or (0.0, 1.0)
    height, width = data_spec.shape[:2]
    changed = tf.cast(pictures, tf.float32)
    transforms = affine_maps(count, seed, settings=settings, height=height, width=width)
    changed = tf.raw_ops.ImageProjectiveTransformV3(
        images=changed,
        transforms=tf.gather(transforms, places),
        output_shape=tf.constant([height, width]),
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=float(low),
    )
    if settings.noise:
        scale = settings.noise * (high - low)
        shape = tf.concat([[count], tf.shape(changed, tf.int64)[1:]], axis=0)
        drawn = tf.random.stateless_normal(shape, seed + tf.constant([0, 7], seed.dtype), stddev=scale)
        changed += tf.gather(drawn, places)
    changed = tf.clip_by_value(changed, float(low), float(high))
    dtype = tf.as_dtype(data_spec.dtype)
    return tf.cast(tf.round(changed) if dtype.is_integer else changed, dtype)


def affine_maps(count: tf.Tensor, seed: tf.Tensor, *, settings: Augmentation, height: int, width: int) -> tf.Tensor:
    """Draw one map a picture from output to input pixels, about the middle of the picture.

    Returns:
        float32 tensor (count, 8): the rows a0 a1 a2 b0 b1 b2 0 0 of x' = a0 x + a1 y + a2, y' = b0 x + b1 y + b2.
    """
    draws = tf.random.stateless_uniform(tf.stack([count, 5]), seed, minval=-1.0, maxval=1.0)
    angle = draws[:, 0] * (settings.rotation * math.pi / 180.0)
    scale = 1.0 / (1.0 + draws[:, 1] * settings.zoom)
    mirror = tf.where(draws[:, 2] < 0.0, -1.0, 1.0) if settings.flip else tf.ones_like(scale)
    a0, a1 = scale * tf.cos(angle) * mirror, -scale * tf.sin(angle)
    b0, b1 = scale * tf.sin(angle) * mirror, scale * tf.cos(angle)
    middle_x, middle_y = (width - 1) / 2.0, (height - 1) / 2.0
    a2 = middle_x - a0 * middle_x - a1 * middle_y + draws[:, 3] * settings.shift * width
    b2 = middle_y - b0 * middle_x - b1 * middle_y + draws[:, 4] * settings.shift * height
    zeros = tf.zeros_like(a0)
    return tf.stack([a0, a1, a2, b0, b1, b2, zeros, zeros], axis=1)
