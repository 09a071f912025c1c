"""Fresh models by name: of a family, of a recipe, for data that only shape and classes are known of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from registry import Registry, UnknownName, UserError
from zoo.data.spec import DataSpec
from zoo.recipe import RecipeError
from zoo.use.create import changed, class_names, create


def test_a_family_alone_is_built_for_its_own_data_set(registry: Registry) -> None:
    model = create(registry, "mlp")
    assert (model.input_shape, model.output_shape) == ((None, 8, 8, 1), (None, 10))
    assert model.count_params() == 64 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10


def test_a_recipe_gives_its_own_hyperparameters(registry: Registry) -> None:
    assert create(registry, "mlp/digits").count_params() == 50_826


def test_hyperparameters_of_a_recipe_can_be_changed(registry: Registry) -> None:
    assert create(registry, "mlp/digits", units=[16]).count_params() == 64 * 16 + 16 + 16 * 10 + 10


def test_shape_and_classes_are_enough(registry: Registry) -> None:
    model = create(registry, "cnn", num_classes=7, input_shape=(32, 32, 3))
    assert (model.input_shape, model.output_shape) == ((None, 32, 32, 3), (None, 7))
    assert model.inputs[0].dtype == "uint8"


def test_one_size_is_a_vector(registry: Registry) -> None:
    model = create(registry, "mlp", num_classes=2, input_shape=[5])
    assert (model.input_shape, model.inputs[0].dtype) == ((None, 5), "float32")


def test_classes_alone_keep_the_pictures_of_the_data_set(registry: Registry) -> None:
    model = create(registry, "cnn/digits", num_classes=3)
    assert (model.input_shape, model.output_shape) == ((None, 8, 8, 1), (None, 3))
    assert first_layer(model, np.full((1, 8, 8, 1), 16, "uint8")) == 1.0


def test_a_shape_alone_keeps_the_classes_of_the_data_set(registry: Registry) -> None:
    model = create(registry, "cnn/digits", input_shape=(20, 20, 3))
    assert (model.input_shape, model.output_shape) == ((None, 20, 20, 3), (None, 10))


def first_layer(model: Any, pictures: np.ndarray) -> float:
    """What the network makes of the first pixel before the first weight."""
    return float(model.layers[1](pictures)[0, 0, 0, 0])


def test_pictures_are_bytes_unless_a_value_range_is_given(registry: Registry) -> None:
    model = create(registry, "cnn", num_classes=2, input_shape=(8, 8, 1))
    assert first_layer(model, np.full((1, 8, 8, 1), 255, "uint8")) == 1.0


@pytest.mark.parametrize("value_range", [(0, 1), (-1.0, 1.0), [0, 255], (0.0, 16.0)])
def test_the_largest_value_becomes_1_and_fractions_are_kept(
    registry: Registry, value_range: tuple[float, float]
) -> None:
    model = create(registry, "cnn", num_classes=2, input_shape=(8, 8, 1), value_range=value_range)
    low, high = value_range
    assert first_layer(model, np.full((1, 8, 8, 1), high, "float32")) == pytest.approx(1.0)
    quarter = np.full((1, 8, 8, 1), low + (high - low) / 4, "float32")
    if high - low < 100:
        assert model.inputs[0].dtype == "float32"  # a cast to bytes would round 0.25 to 0
        assert first_layer(model, quarter) == pytest.approx(0.25)


def test_another_value_range_of_the_data_set_s_own_pictures(registry: Registry) -> None:
    model = create(registry, "cnn/digits", value_range=(0, 1))
    assert first_layer(model, np.full((1, 8, 8, 1), 0.5, "float32")) == 0.5


@pytest.mark.parametrize(
    "shape",
    [(28, 28), (), (1, 2, 3, 4), (0,), (8, 8, -1), (8.5, 8, 1), ("8", 8, 1), (True,), 5, "abc", {8, 9, 1}],
    ids=repr,
)
def test_a_shape_that_is_none_is_refused(registry: Registry, shape: Any) -> None:
    with pytest.raises(UserError, match=r"input_shape must be \(height, width, channels\)"):
        create(registry, "mlp", num_classes=3, input_shape=shape)


@pytest.mark.parametrize("number", [1, 0, -3, 2.5, True, "ten"], ids=repr)
def test_fewer_than_two_classes_are_refused(registry: Registry, number: Any) -> None:
    with pytest.raises(UserError, match="num_classes must be a whole number, at least 2"):
        create(registry, "mlp", num_classes=number, input_shape=(5,))


@pytest.mark.parametrize("value_range", [(1, 0), (1, 1), (0,), (0, 1, 2), (0, float("inf")), ("a", "b"), 3], ids=repr)
def test_a_value_range_that_is_none_is_refused(registry: Registry, value_range: Any) -> None:
    with pytest.raises(UserError, match=r"value_range must be \(low, high\) with low < high"):
        create(registry, "cnn", num_classes=3, input_shape=(8, 8, 1), value_range=value_range)


def test_an_unknown_hyperparameter_is_refused_with_the_nearest(registry: Registry) -> None:
    with pytest.raises(RecipeError) as caught:
        create(registry, "mlp", num_classes=3, input_shape=(5,), dropot=0.1)
    assert any("dropout" in name for name in caught.value.near)


def test_a_hyperparameter_out_of_range_is_refused(registry: Registry) -> None:
    with pytest.raises(RecipeError, match=r"hyperparameters.dropout: .* less than 1"):
        create(registry, "mlp", num_classes=3, input_shape=(5,), dropout=1.5)


def test_an_unknown_family_is_refused_with_the_nearest(registry: Registry) -> None:
    with pytest.raises(UnknownName) as caught:
        create(registry, "mpl", num_classes=3, input_shape=(5,))
    assert caught.value.near == ("mlp",)


def test_classes_of_numbers_are_refused() -> None:
    with pytest.raises(UserError, match=r"num_classes is for classification\n  received: num_classes = 3"):
        class_names(3, "regression")


def test_other_rows_of_numbers_lose_the_names_of_their_features() -> None:
    own = DataSpec("vector", (2,), "float64", "regression", feature_names=("x", "y"), unit="m")
    other = changed(own, (3,), None, None)
    assert (other.shape, other.feature_names, other.task, other.unit) == ((3,), (), "regression", "m")
    assert changed(own, (2,), None, None) == own
