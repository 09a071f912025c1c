"""How many parameters a network has, and which pictures are too small for it."""

from __future__ import annotations

from typing import Any

import pytest

from registry import Registry, UserError, build
from zoo.data.catalogue import load as load_data
from zoo.data.spec import DataSpec
from zoo.recipe import RecipeError, bind, read_recipe
from zoo.run.preparation import settled
from zoo.use.create import create

TEN = tuple("0123456789")
EMOJI = DataSpec("picture", (64, 64, 3), "uint8", "picture_generation", (0, 255))
# data that are not in the package; their shapes are
FETCHED = DataSpec("picture", (28, 28, 1), "uint8", "classification", (0, 255), TEN)
PROMISED = [entry.name for entry in build(with_plugins=False).recipes() if "promise" in entry.table()]
LENET = {"filters": [6, 16], "kernel_sizes": [5], "padding": "valid", "dense_units": [120, 84]}


def count(registry: Registry, name: str, **changes: Any) -> int:
    return int(create(registry, name, num_classes=10, input_shape=(28, 28, 1), **changes).count_params())


def promised_networks(kind: str) -> list[str]:
    """Recipes of networks on "embedded" data, on fetched "pictures" or on fetched "tables"."""
    registry = build(with_plugins=False)
    names = []
    for name in PROMISED:
        bound = bind(registry, read_recipe(registry, name))
        fetched = "pictures" if "pictures" in bound.dataset.features else "tables"
        if bound.learning != "estimator" and kind == ("embedded" if bound.dataset.embedded else fetched):
            names.append(name)
    return names


def must_have_the_promised_size(registry: Registry, name: str, spec: DataSpec | None = None) -> None:
    bound = bind(registry, read_recipe(registry, name))
    assert bound.recipe.promise is not None
    if spec is None:
        data = load_data(registry, bound.dataset.name, bound.data_options.model_dump())
        data = data.for_task(bound.recipe.task)
        spec, bound = data.spec, settled(bound, data)
    model = bound.family.builder.load()(bound.hyperparameters, spec)
    assert model.count_params() == bound.recipe.promise.parameters


@pytest.mark.parametrize("name", promised_networks("embedded"))
def test_the_network_has_the_promised_number_of_parameters(registry: Registry, name: str) -> None:
    must_have_the_promised_size(registry, name)


@pytest.mark.parametrize("name", promised_networks("pictures"))
def test_the_network_on_fetched_pictures_has_the_promised_number_of_parameters(registry: Registry, name: str) -> None:
    must_have_the_promised_size(registry, name, EMOJI if name == "dcgan/emoji" else FETCHED)


@pytest.mark.real
@pytest.mark.parametrize("name", promised_networks("tables"))
def test_the_network_on_fetched_tables_has_the_promised_number_of_parameters(registry: Registry, name: str) -> None:
    must_have_the_promised_size(registry, name)


def test_two_valid_blocks_on_28x28_have_34826_parameters(registry: Registry) -> None:
    assert count(registry, "cnn", filters=[32, 64], kernel_sizes=[3], padding="valid", batch_norm=False) == 34_826


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_lenet_5_has_44426_parameters(registry: Registry, pooling: str) -> None:
    assert count(registry, "cnn", **LENET, pooling=pooling) == 44_426


def test_a_linear_model_has_one_layer(registry: Registry) -> None:
    assert count(registry, "mlp", units=[]) == 784 * 10 + 10


def test_batch_normalisation_takes_the_place_of_the_bias(registry: Registry) -> None:
    plain, normalised = (count(registry, "mlp", units=[16], batch_norm=on) for on in (False, True))
    assert normalised - plain == 4 * 16 - 16


@pytest.mark.parametrize(
    ("shape", "changes", "block"),
    [
        ((8, 8, 1), {"filters": [4] * 4}, "block 4 of 4"),
        ((8, 2, 1), {"filters": [4] * 4}, "block 2 of 4"),
        ((5, 5, 1), LENET, "block 1 of 2"),
        ((28, 28, 1), {"padding": "valid", "kernel_sizes": [7], "convolutions": 3}, "block 2 of 2"),
        ((8, 8, 1), {"padding": "valid", "kernel_sizes": [5], "pooling": "none", "filters": [4] * 2}, "block 2 of 2"),
    ],
)
def test_pictures_too_small_for_the_blocks_are_refused_with_the_block(
    registry: Registry, shape: tuple[int, ...], changes: dict[str, Any], block: str
) -> None:
    with pytest.raises(UserError, match=f"{block} leaves none\n  received: pictures of {shape[0]}x{shape[1]}"):
        create(registry, "cnn", num_classes=2, input_shape=shape, **changes)


def test_pictures_just_large_enough_are_taken(registry: Registry) -> None:
    assert create(registry, "cnn", num_classes=2, input_shape=(8, 8, 1), filters=[4] * 3).output_shape == (None, 2)


def test_a_cnn_refuses_vectors_and_names_the_mlp(registry: Registry) -> None:
    with pytest.raises(
        UserError, match=r"takes pictures(.*\n)*  received: vector of shape \(5,\)\n  did you mean: mlp"
    ):
        create(registry, "cnn", num_classes=2, input_shape=(5,))


def test_kernel_sizes_are_one_or_one_for_each_block(registry: Registry) -> None:
    with pytest.raises(RecipeError, match="one for each of the 3 blocks"):
        create(registry, "cnn", num_classes=2, input_shape=(8, 8, 1), filters=[4] * 3, kernel_sizes=[3, 3])


def test_residual_blocks_need_the_size_kept(registry: Registry) -> None:
    with pytest.raises(RecipeError, match='residual needs padding = "same"'):
        create(registry, "cnn", num_classes=2, input_shape=(8, 8, 1), residual=True, padding="valid")
