"""Weights of one network for another: layers by their place, kernels for other channels, heads, features."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import Registry, UserError
from zoo.layers.preprocessing import renew_constants
from zoo.use.create import create
from zoo.weights.adapt import features_of, freeze_body, head_of, kernel_for, layers_by_place, take_over

PICTURES = {"filters": [3, 4], "batch_norm": True, "head": "global_average"}


def cnn(registry: Registry, channels: int = 1, **changes: Any) -> keras.Model:
    return create(registry, "cnn", num_classes=3, input_shape=(8, 8, channels), **{**PICTURES, **changes})


def mlp(registry: Registry, units: tuple[int, ...] = (6, 5), classes: int = 3) -> keras.Model:
    return create(registry, "mlp", num_classes=classes, input_shape=(4,), units=list(units))


def test_places_do_not_depend_on_what_was_built_before(registry: Registry) -> None:
    one, two = cnn(registry), cnn(registry)
    assert list(layers_by_place(one)) == list(layers_by_place(two))
    assert list(layers_by_place(one)) == [
        "conv2d",
        "batch_normalization",
        "conv2d_1",
        "batch_normalization_1",
        "outputs",
    ]


def test_all_weights_of_the_same_network_are_taken(registry: Registry) -> None:
    source, target = cnn(registry), cnn(registry)
    took = take_over(source, target)
    assert (took.adapted, took.fresh) == ((), ())
    for mine, theirs in zip(target.weights, source.weights, strict=True):
        assert np.array_equal(mine, theirs)


@given(st.integers(1, 5), st.integers(1, 9), st.integers(1, 3))
def test_a_grey_picture_in_other_channels_says_the_same(own: int, factor: int, size: int) -> None:
    kernel = np.random.default_rng(own * factor).normal(size=(size, size, own, 2)).astype(np.float32)
    # of more channels exactly where they are a multiple: otherwise some are left out of the last repetition
    for wanted in (1, own * factor):
        assert kernel_for(kernel, wanted).shape == (size, size, wanted, 2)
        assert kernel_for(kernel, wanted).sum(axis=2) == pytest.approx(kernel.sum(axis=2), abs=1e-4)


def test_three_channels_for_four_are_weighed_as_timm_does() -> None:
    kernel = np.array([3.0, 6.0, 9.0], np.float32).reshape(1, 1, 3, 1)
    # 3, 6, 9 and 3 again, times 3/4
    assert kernel_for(kernel, 4).ravel() == pytest.approx([2.25, 4.5, 6.75, 2.25])


@pytest.mark.parametrize(("own", "wanted"), [(1, 3), (3, 1)])
def test_grey_and_colour_networks_agree_on_grey_pictures(registry: Registry, own: int, wanted: int) -> None:
    source, target = cnn(registry, own), cnn(registry, wanted)
    took = take_over(source, target, channels=(own, wanted))
    assert [place for place, _ in took.adapted] == ["conv2d"]
    grey = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1)).astype(np.uint8)
    told = [np.asarray(model(np.repeat(grey, model.input_shape[-1], axis=3))) for model in (source, target)]
    assert told[0] == pytest.approx(told[1], abs=1e-5)


def test_the_shortcut_of_a_residual_block_is_adapted_too(registry: Registry) -> None:
    source, target = cnn(registry, 1, residual=True), cnn(registry, 2, residual=True)
    took = take_over(source, target, channels=(1, 2))
    assert [place for place, _ in took.adapted] == ["conv2d", "conv2d_1"]
    assert took.fresh == ()


def test_taking_ends_at_the_first_layer_that_does_not_fit(registry: Registry) -> None:
    source, target = mlp(registry, (6, 5, 4)), mlp(registry, (6, 7, 4))
    before = [np.asarray(weight) for weight in layers_by_place(target)["dense_2"].weights]
    took = take_over(source, target)
    assert took.taken == ("standardization", "dense")
    assert dict(took.fresh) == {
        "dense_1": "weights of shape (6, 7), the trained ones have (6, 5)",
        "dense_2": "behind dense_1",
        "outputs": "behind dense_1",
    }
    after = layers_by_place(target)["dense_2"].weights
    assert all(np.array_equal(one, two) for one, two in zip(before, after, strict=True))


def test_preprocessing_alone_is_nothing_learned(registry: Registry) -> None:
    took = take_over(mlp(registry, (6,)), mlp(registry, (7,)))
    assert took.taken == took.preprocessing == ("standardization",)
    assert not took.learned


def test_what_was_standardised_with_is_taken_and_used(registry: Registry) -> None:
    source, target = mlp(registry), mlp(registry)
    source.get_layer("standardization").adapt(np.array([[1.0, 2, 3, 4], [9.0, 8, 7, 6]]))
    take_over(source, target)
    rows = np.ones((2, 4), np.float32)
    assert np.asarray(target(rows)) == pytest.approx(np.asarray(source(rows)), abs=1e-6)


def test_standardisation_goes_by_weights_that_were_set_once_its_constants_are_renewed(registry: Registry) -> None:
    source, target, rows = mlp(registry), mlp(registry), np.ones((2, 4), np.float32)
    source.get_layer("standardization").adapt(np.array([[1.0, 2, 3, 4], [9.0, 8, 7, 6]]))
    target.set_weights(source.get_weights())
    renew_constants(target)
    assert np.asarray(target(rows)) == pytest.approx(np.asarray(source(rows)), abs=1e-6)


def test_the_head_is_the_output_layer_and_alone_learns_on_a_frozen_body(registry: Registry) -> None:
    model = cnn(registry)
    assert list(head_of(model)) == ["outputs"]
    assert freeze_body(model) == ("outputs",)
    assert [variable.path for variable in model.trainable_variables] == ["outputs/kernel", "outputs/bias"]


def test_batch_normalisation_of_a_frozen_body_keeps_its_statistics(registry: Registry) -> None:
    model = cnn(registry)
    freeze_body(model)
    before = {
        place: [np.asarray(weight) for weight in layer.weights] for place, layer in layers_by_place(model).items()
    }
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    pictures = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1)).astype(np.uint8)
    model.fit(pictures, np.arange(16) % 3, verbose=0)
    for place, layer in layers_by_place(model).items():
        same = all(np.array_equal(one, two) for one, two in zip(before[place], layer.weights, strict=True))
        assert same == (place != "outputs")


def test_every_member_of_an_ensemble_has_a_head_and_features(registry: Registry) -> None:
    model = create(registry, "rnn/sine_mix", units=[4], ensemble=2, forced_steps=1)
    assert len(head_of(model)) == 2
    features, head = features_of(model)
    assert (features.output_shape, len(head)) == ((None, 8), 2)


def test_features_that_are_no_vectors_are_refused(registry: Registry) -> None:
    with pytest.raises(UserError, match="features are vectors"):
        features_of(create(registry, "rnn/sine_mix", units=[4], ensemble=1, forced_steps=4))


def test_another_kind_of_layer_is_not_taken() -> None:
    def network(layer: keras.Layer) -> keras.Model:
        inputs = keras.Input((4,))
        return keras.Model(inputs, layer(inputs))

    took = take_over(
        network(keras.layers.Dense(4, name="x")), network(keras.layers.EinsumDense("ab,bc->ac", 4, name="x"))
    )
    assert took.fresh == (("x", "a EinsumDense, the trained one is a Dense"),)
