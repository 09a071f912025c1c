"""The space of a search: what families declare, narrowed, widened and checked."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import Registry, default
from zoo.recipe import RecipeError, read_recipe, recipe_hash
from zoo.tune.space import Choice, InvalidSpace, Range, Space, is_range, space_of


@pytest.fixture(scope="module")
def registry() -> Registry:
    return default()


def axes(registry: Registry, name: str, given: dict[str, Any], **asked: Any) -> dict[str, Any]:
    return dict(space_of(registry, read_recipe(registry, name), given, **asked).axes)


def test_the_space_of_a_network_is_what_its_family_and_its_training_declare(registry: Registry) -> None:
    found = axes(registry, "cnn/digits", {})
    assert {"hyperparameters.filters", "training.learning_rate", "training.augmentation.shift"} <= found.keys()
    assert found["training.learning_rate"] == Range(1e-4, 1e-1, log=True)


def test_the_space_of_an_estimator_holds_nothing_of_the_training_table(registry: Registry) -> None:
    assert all(key.startswith("hyperparameters.") for key in axes(registry, "random_forest/diabetes", {}))


def test_augmentation_is_searched_for_pictures_only(registry: Registry) -> None:
    assert not any("augmentation" in key for key in axes(registry, "mlp/xor", {}))


def test_a_range_that_is_asked_for_takes_the_place_of_the_declared_one(registry: Registry) -> None:
    found = axes(registry, "mlp/digits", {"learning_rate": "1e-3..1e-2:log", "units": [[8], [16, 8]]})
    assert found["training.learning_rate"] == Range(1e-3, 1e-2, log=True)
    assert found["hyperparameters.units"] == Choice(([8], [16, 8]))
    assert "training.batch_size" in found


def test_only_what_is_asked_for_is_searched_on_demand(registry: Registry) -> None:
    assert list(axes(registry, "mlp/digits", {"dropout": "0..0.5:step=0.25"}, only=True)) == ["hyperparameters.dropout"]


def test_a_setting_that_was_given_one_value_is_not_searched(registry: Registry) -> None:
    assert "training.epochs" not in axes(registry, "mlp/digits", {}, fixed=("epochs",))


def test_the_words_of_a_list_need_no_quotation_marks(registry: Registry) -> None:
    found = axes(registry, "mlp/digits", {"optimizer": "[adam, sgd]"}, only=True)
    assert found["training.optimizer"] == Choice(("adam", "sgd"))


def test_whether_a_body_is_frozen_can_be_searched(registry: Registry) -> None:
    recipe = read_recipe(registry, "mlp/digits", {"pretrained.weights": "mlp/digits"})
    found = space_of(registry, recipe, {"pretrained.trainable": ["all", "head"]}, only=True).axes
    assert dict(found) == {"pretrained.trainable": Choice(("all", "head"))}


def test_a_range_of_a_whole_number_has_whole_ends(registry: Registry) -> None:
    assert axes(registry, "mlp/digits", {"epochs": "2..9"}, only=True)["training.epochs"].whole
    assert not axes(registry, "mlp/digits", {"learning_rate": "1..2"}, only=True)["training.learning_rate"].whole


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"learning_rate": "1e-1..1e-4"}, "low must be less than high"),
        ({"learning_rate": "0..1:log"}, "begins above zero"),
        ({"learning_rate": {"low": 1e-3, "high": 1e-2, "lg": True}}, "did you mean: log"),
        ({"epochs": "1.5..3"}, "whole numbers"),
        ({"units": []}, "must not be empty"),
        ({"optimizer": ["adam", "adam"]}, "must differ"),
        ({"dropout": "0..2"}, "dropout"),
        ({"units": [[0]]}, "units"),
        ({"learning_rat": [0.1, 0.2]}, "learning_rate"),
    ],
)
def test_a_wrong_range_is_refused_before_anything_is_trained(
    registry: Registry, given: dict[str, Any], says: str
) -> None:
    with pytest.raises((InvalidSpace, RecipeError), match=says):
        axes(registry, "mlp/digits", given)


def test_a_table_of_a_recipe_narrows_the_space_and_leaves_its_hash(registry: Registry) -> None:
    recipe = read_recipe(registry, "mlp/digits")
    tuning = {"only": True, "space": {"training.epochs": [3, 5]}}
    tuned = type(recipe).model_validate(recipe.model_dump() | {"tuning": tuning})
    assert dict(space_of(registry, tuned, {}).axes) == {"training.epochs": Choice((3, 5))}
    assert recipe_hash(tuned) == recipe_hash(recipe)


VALUES = st.one_of(st.integers(-5, 5), st.text("abc", min_size=1, max_size=3), st.booleans(), st.none())
CHOICES = st.lists(VALUES, min_size=1, max_size=4, unique_by=json.dumps).map(lambda values: Choice(tuple(values)))
RANGES = st.tuples(st.floats(1e-6, 1.0), st.floats(1.5, 1e3), st.booleans()).map(lambda ends: Range(*ends))


@given(st.lists(st.one_of(CHOICES, RANGES), min_size=1, max_size=4))
def test_a_grid_counts_every_combination_once(axes: list[Choice | Range]) -> None:
    space = Space({f"key{place}": axis for place, axis in enumerate(axes)})
    found = [json.dumps(space.at(position)) for position in range(space.size())]
    assert len(set(found)) == space.size()
    assert list(space.at(0)) == list(space.axes)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.booleans())
def test_a_text_low_to_high_is_a_range(low: float, high: float, log: bool) -> None:
    assert is_range(f"{low!r}..{high!r}" + (":log" if log else ""))


@pytest.mark.parametrize("value", ["adam", 3, 0.5, "a..b", True, {"momentum": 0.9}])
def test_one_value_is_no_range(value: Any) -> None:
    assert not is_range(value)
