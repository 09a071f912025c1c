"""The networks of the adversarial families: their sizes, their pictures, and which settings go together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from registry import Registry, UserError
from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.layers.adversarial import AdversarialModel
from zoo.run.seeds import start_from
from zoo.weights.files import load_weights, weights_bytes

TEN = tuple("0123456789")


def pictures(height: int, width: int, channels: int, **changes: Any) -> DataSpec:
    spec = {"dtype": "uint8", "value_range": (0, 255), "classes": TEN, **changes}
    return DataSpec("picture", (height, width, channels), task="picture_generation", **spec)


def build(registry: Registry, family: str, spec: DataSpec, **settings: Any) -> AdversarialModel:
    entry = registry.family(family)
    model: AdversarialModel = entry.builder.load()(entry.hyperparameters.load()(**settings), spec)
    return model


def test_gan_has_the_sizes_of_its_source(registry: Registry) -> None:
    model = build(registry, "gan", pictures(28, 28, 1))
    assert (model.generator.count_params(), model.discriminator.count_params()) == (856_193, 533_505)
    assert model.generator.output_shape == (None, 28, 28, 1)


def test_dcgan_has_the_sizes_of_its_source(registry: Registry) -> None:
    model = build(registry, "dcgan", pictures(64, 64, 3))
    assert (model.generator.count_params(), model.discriminator.count_params()) == (3_578_624, 2_767_616)
    assert model.generator.output_shape == (None, 64, 64, 3)


def test_dcgan_of_32_pixels_has_half_the_widths_at_every_size(registry: Registry) -> None:
    model = build(registry, "dcgan", pictures(28, 28, 1))
    shapes = [layer.output.shape[1:] for layer in model.generator.layers if "conv2d" in layer.name]
    assert shapes == [(4, 4, 256), (8, 8, 128), (16, 16, 64), (32, 32, 1)]


def test_the_scales_of_batch_normalisation_start_around_one(registry: Registry) -> None:
    start_from(0)
    model = build(registry, "dcgan", pictures(28, 28, 1))
    (scales,) = [np.asarray(v) for v in model.generator.variables if v.path.endswith("batch_normalization/gamma")][:1]
    assert abs(scales.mean() - 1.0) < 0.01
    assert 0.01 < scales.std() < 0.03


VARIED: dict[str, list[dict[str, Any]]] = {
    "gan": [
        {},
        {"generator": "dense", "generator_units": [32], "dropout": 0.3},
        {"conditional": True, "spectral_normalization": True},
        {"loss": "wasserstein"},
    ],
    "dcgan": [
        {"filters": 4},
        {"filters": 4, "conditional": True, "spectral_normalization": True},
        {"filters": 4, "loss": "wasserstein", "discriminator_norm": "layer"},
        {"filters": 4, "discriminator_norm": "none", "loss": "hinge"},
    ],
}
SPECS = [pictures(8, 8, 1, value_range=(0, 16)), pictures(12, 9, 3, dtype="float32", value_range=(-1.0, 1.0))]
CASES = [(family, settings) for family, all_settings in VARIED.items() for settings in all_settings]


@pytest.mark.parametrize("spec", SPECS, ids=["grey", "colour"])
@pytest.mark.parametrize(("family", "settings"), CASES)
def test_pictures_have_the_form_of_the_data(
    registry: Registry, family: str, settings: dict[str, Any], spec: DataSpec
) -> None:
    model = build(registry, family, spec, latent=5, **settings)
    made = model.generate(model.latents(3, seed=1))
    assert (made.shape, made.dtype) == ((3, *spec.shape), spec.dtype)
    low, high = spec.value_range or (0, 0)
    assert low <= made.min() <= made.max() <= high
    generated, realness = model(model.inputs_of(model.latents(3, seed=1)))
    assert (realness.shape, realness.dtype) == ((3, 1), "float32")
    assert np.abs(generated).max() <= 1.0


@pytest.mark.parametrize(("family", "settings"), CASES)
def test_weights_of_both_networks_are_in_one_file(registry: Registry, family: str, settings: dict[str, Any]) -> None:
    model, other = (build(registry, family, SPECS[0], latent=5, **settings) for _ in range(2))
    load_weights(other, weights_bytes(model), where="here")
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(one, two)


@pytest.mark.parametrize("spec", [*SPECS, pictures(28, 28, 1), pictures(5, 7, 3)], ids=str)
def test_what_the_networks_see_is_undone_without_loss(registry: Registry, spec: DataSpec) -> None:
    model = build(registry, "dcgan", spec, filters=4)
    low, high = spec.value_range or (0, 0)
    raw = np.random.default_rng(0).uniform(low, high, (2, *spec.shape)).astype(spec.dtype)
    seen = np.asarray(model.seen(raw))
    assert seen.shape[1:] == model.generator.output_shape[1:]
    assert np.abs(seen).max() <= 1.0
    assert np.allclose(model.raw(seen), raw, atol=1e-6)


def test_fewer_latents_are_the_first_ones(registry: Registry) -> None:
    model = build(registry, "gan", SPECS[0], latent=5)
    assert np.array_equal(model.latents(7, seed=3)[:4], model.latents(4, seed=3))
    assert not np.array_equal(model.latents(4, seed=3), model.latents(4, seed=4))


def test_a_conditional_generator_is_told_the_class(registry: Registry) -> None:
    model = build(registry, "gan", SPECS[0], latent=5, conditional=True)
    latents = model.latents(4, seed=0)
    _, told = model.inputs_of(latents, np.array([3, 0, 9, 3]))
    assert told.argmax(axis=1).tolist() == [3, 0, 9, 3]
    with pytest.raises(UserError, match=r"classes must lie in 0\.\.9"):
        model.generate(latents, np.array([10, 0, 0, 0]))


def test_only_a_conditional_generator_takes_classes(registry: Registry) -> None:
    model = build(registry, "gan", SPECS[0], latent=5)
    with pytest.raises(UserError, match="only a conditional generator"):
        model.generate(model.latents(1, seed=0), np.array([3]))


def test_a_condition_needs_classes(registry: Registry) -> None:
    with pytest.raises(InvalidData, match="conditional is for data with classes"):
        build(registry, "dcgan", pictures(8, 8, 1, classes=None), conditional=True)


def test_vectors_are_refused(registry: Registry) -> None:
    with pytest.raises(InvalidData, match="makes pictures"):
        build(registry, "gan", DataSpec("vector", (3,), "float32", "regression"))


@pytest.mark.parametrize(
    ("family", "settings", "message"),
    [
        ("gan", {"loss": "hinge", "label_smoothing": 0.1}, "label_smoothing goes with"),
        ("gan", {"loss": "wasserstein", "gradient_penalty": 0.0}, "needs a gradient penalty"),
        ("dcgan", {"loss": "wasserstein"}, "a gradient penalty is of single pictures"),
        ("gan", {"generator_filters": [8, 8]}, "generator_filters"),
        ("gan", {"discriminator_units": [8, 0]}, "discriminator_units must be positive"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    registry: Registry, family: str, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        registry.family(family).hyperparameters.load()(**settings)
