"""The losses of adversarial networks against their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from zoo.layers.adversarial_losses import discriminator_loss, generator_loss, gradient_penalty

REAL, FAKE = np.array([[2.0], [-0.5]], np.float32), np.array([[-1.0], [0.25]], np.float32)


def sure(logits: np.ndarray) -> np.ndarray:
    """The probability that a picture is real."""
    return 1.0 / (1.0 + np.exp(-logits.astype(np.float64)))


@pytest.mark.parametrize("name", ["non_saturating", "minimax"])
def test_the_logistic_discriminator_is_binary_cross_entropy(name: str) -> None:
    expected = 0.5 * (-np.log(sure(REAL)).mean() - np.log(1.0 - sure(FAKE)).mean())
    assert float(discriminator_loss(name, REAL, FAKE)) == pytest.approx(expected, rel=1e-6)


def test_a_discriminator_that_knows_nothing_loses_log_2() -> None:
    assert float(discriminator_loss("non_saturating", REAL * 0, FAKE * 0)) == pytest.approx(math.log(2), rel=1e-6)


def test_smoothing_lowers_the_target_of_real_pictures_only() -> None:
    of_real = -(0.9 * np.log(sure(REAL)) + 0.1 * np.log(1.0 - sure(REAL))).mean()
    expected = 0.5 * (of_real - np.log(1.0 - sure(FAKE)).mean())
    assert float(discriminator_loss("minimax", REAL, FAKE, smoothing=0.1)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hinge", np.maximum(0, 1 - REAL).mean() + np.maximum(0, 1 + FAKE).mean()),
        ("wasserstein", FAKE.mean() - REAL.mean()),
    ],
)
def test_margins_and_distances(name: str, expected: float) -> None:
    assert float(discriminator_loss(name, REAL, FAKE)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("non_saturating", -np.log(sure(FAKE)).mean()),
        ("minimax", np.log(1.0 - sure(FAKE)).mean()),
        ("hinge", -FAKE.mean()),
        ("wasserstein", -FAKE.mean()),
    ],
)
def test_what_the_generator_minimises(name: str, expected: float) -> None:
    assert float(generator_loss(name, FAKE)) == pytest.approx(expected, rel=1e-6)


def test_the_penalty_of_a_linear_critic_is_its_slope_less_one() -> None:
    slopes = np.random.default_rng(0).normal(size=(4, 4, 1)).astype(np.float32)

    def critic(pictures: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(pictures * slopes, axis=[1, 2, 3])[:, None]

    real, fake = tf.zeros((3, 4, 4, 1)), tf.ones((3, 4, 4, 1))
    found = float(gradient_penalty(critic, real, fake, tf.constant([0.0, 0.5, 1.0])[:, None, None, None]))
    assert found == pytest.approx((np.linalg.norm(slopes) - 1.0) ** 2, rel=1e-5)


def test_the_penalty_is_taken_between_the_pictures() -> None:
    seen = []

    def critic(pictures: tf.Tensor) -> tf.Tensor:
        seen.append(pictures.numpy().ravel().tolist())
        return tf.reduce_sum(tf.square(pictures), axis=[1, 2, 3])[:, None]

    gradient_penalty(
        critic, tf.zeros((2, 1, 1, 1)), tf.ones((2, 1, 1, 1)), tf.constant([0.25, 1.0])[:, None, None, None]
    )
    assert seen == [[0.25, 1.0]]
