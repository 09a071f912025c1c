"""The hidden layer: kernels and distances against NumPy, centres and widths, and what is trained of it."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial.distance import cdist

from zoo.data.errors import InvalidData
from zoo.families.rbf.centres import choose_centres, choose_widths
from zoo.families.rbf.layer import RadialBasis, kernel_of, squared_distances

KERNELS = {
    "gaussian": lambda r: np.exp(-(r**2) / 2),
    "multiquadric": lambda r: np.sqrt(1 + r**2),
    "inverse_multiquadric": lambda r: 1 / np.sqrt(1 + r**2),
    "thin_plate": lambda r: r**2 * np.log(np.where(r > 0, r, 1.0)),
}


@pytest.fixture
def examples() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(200, 5)) * [1, 2, 3, 1, 1] + 4.0


def adapted(examples: np.ndarray, units: int = 12, *, dtype: str = "float64", **settings: object) -> RadialBasis:
    keras.utils.set_random_seed(3)
    layer = RadialBasis(units, dtype=dtype, **settings)
    layer.adapt(examples)
    return layer


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("width", ["d_max", "nearest"])
def test_the_units_are_the_kernels_of_the_distances(examples: np.ndarray, kernel: str, width: str) -> None:
    layer = adapted(examples, kernel=kernel, width=width)
    centres = keras.ops.convert_to_numpy(layer.centres)
    expected = KERNELS[kernel](cdist(examples, centres) / layer.widths)
    np.testing.assert_allclose(layer(examples), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_on_a_centre_the_kernel_and_its_gradient_are_finite(kernel: str) -> None:
    squares = tf.Variable([[0.0, 1e-20, 1e20]])
    with tf.GradientTape() as tape:
        values = kernel_of(kernel, squares)
    assert np.isfinite(values).all()
    assert np.isfinite(tape.gradient(values, squares)).all()
    assert values[0, 0] == KERNELS[kernel](np.array(0.0))


def test_distances_far_from_the_origin_keep_their_digits() -> None:
    rng = np.random.default_rng(1)
    near = rng.normal(size=(50, 4)).astype(np.float32)
    far = near + np.float32(4096.0)  # exactly the same steps between the numbers that are left
    squares = squared_distances(far, far[:7])
    np.testing.assert_allclose(squares, cdist(far, far[:7]) ** 2, rtol=1e-5, atol=1e-5)
    assert keras.ops.min(squares) >= 0.0


def test_the_units_are_those_of_a_network_of_another_precision(examples: np.ndarray) -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        layer = adapted(examples, dtype="float32")
        units = layer(examples.astype(np.float32))
    finally:
        keras.config.set_dtype_policy("float32")
    assert units.dtype == "float32"


@pytest.mark.parametrize("placement", ["k_means", "mini_batch_k_means", "sample"])
def test_the_same_seed_gives_the_same_centres_and_another_seed_others(examples: np.ndarray, placement: str) -> None:
    one, two = adapted(examples, placement=placement), adapted(examples, placement=placement)
    keras.utils.set_random_seed(4)
    other = RadialBasis(12, placement=placement, dtype="float64")
    other.adapt(examples)
    assert np.array_equal(one.get_weights()[0], two.get_weights()[0])
    assert not np.array_equal(one.get_weights()[0], other.get_weights()[0])


def test_sampled_centres_are_different_examples(examples: np.ndarray) -> None:
    repeated = np.repeat(examples[:10], 20, axis=0)
    centres = choose_centres(repeated, 10, placement="sample", random_state=0)
    assert {tuple(row) for row in centres} == {tuple(row) for row in examples[:10]}


def test_k_means_centres_are_the_means_of_what_is_nearest(examples: np.ndarray) -> None:
    centres = choose_centres(examples, 6, placement="k_means", random_state=0)
    nearest = cdist(examples, centres).argmin(axis=1)
    means = [examples[nearest == number].mean(axis=0) for number in range(6)]
    np.testing.assert_allclose(centres, means, rtol=1e-6)


@pytest.mark.parametrize("placement", ["k_means", "mini_batch_k_means", "sample"])
@pytest.mark.parametrize("rows", [3, 40])
def test_fewer_different_examples_than_centres_are_refused(placement: str, rows: int) -> None:
    examples = np.repeat(np.eye(3), 40, axis=0)[:: 120 // rows][:rows]
    with pytest.raises(InvalidData, match="4 centres take as many different training examples") as refused:
        choose_centres(examples, 4, placement=placement, random_state=0)
    assert refused.value.received == 3


def test_widths_follow_their_rules() -> None:
    centres = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0], [6.0, 8.0]])
    distances = cdist(centres, centres)
    pairs = distances[np.triu_indices(4, 1)]
    assert choose_widths(centres, rule="d_max") == pytest.approx([10.0 / np.sqrt(8)])
    assert choose_widths(centres, rule="median", factor=2.0) == pytest.approx([2 * np.median(pairs)])
    nearest = np.sort(distances, axis=1)[:, 1:3].mean(axis=1)
    assert choose_widths(centres, rule="nearest", neighbours=2) == pytest.approx(nearest)


@pytest.mark.parametrize("trained", ["train_centres", "train_widths", "train_scales"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_gradients_reach_what_is_trained_and_nothing_else(examples: np.ndarray, kernel: str, trained: str) -> None:
    layer = adapted(examples, kernel=kernel, width="nearest", **{trained: True})
    (variable,) = layer.trainable_variables
    with tf.GradientTape() as tape:
        loss = keras.ops.sum(keras.ops.square(layer(examples)))
    slopes = tape.gradient(loss, variable.value).numpy()
    assert np.isfinite(slopes).all()
    assert (slopes != 0.0).all()
    # a step along the gradient changes the loss as the gradient says
    step = 1e-6 * slopes / np.linalg.norm(slopes)
    variable.assign_add(step)
    after = keras.ops.sum(keras.ops.square(layer(examples)))
    assert float(after - loss) == pytest.approx(float((step * slopes).sum()), rel=1e-2)


def test_a_scale_of_zero_size_takes_its_feature_away(examples: np.ndarray) -> None:
    layer = adapted(examples, train_scales=True)
    layer.log_scales.assign([0.0, 0.0, 0.0, 0.0, -60.0])
    moved = examples + np.array([0, 0, 0, 0, 5.0])
    np.testing.assert_allclose(layer(examples), layer(moved), rtol=1e-12)


def test_the_layer_is_made_again_from_its_configuration(examples: np.ndarray) -> None:
    layer = adapted(examples, kernel="thin_plate", width="nearest", neighbours=3, train_scales=True)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    again.set_weights(layer.get_weights())
    assert np.array_equal(again(examples), layer(examples))
