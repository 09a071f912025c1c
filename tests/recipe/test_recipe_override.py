"""Changes `key=value` to a recipe."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import Registry, UnknownDataSet
from zoo.recipe import (
    Pretrained,
    RecipeError,
    bind,
    parse_overrides,
    pretrained_options,
    read_recipe,
    recipe_table,
    with_options,
    write_recipe,
)

PROMISING = """\
summary = "Small network"
family = "mlp"
dataset = "digits"
task = "classification"

[promise]
command = "zoo reproduce mlp/small"
metric = "accuracy"
mean = 0.9
seeds = [0]
minutes_cpu = 0.1
baseline = 0.1
parameters = 650
source = "written for this test"
mended = "nothing"

[training]
epochs = 3
"""


@pytest.fixture
def promising(tmp_path: Path) -> str:
    """A recipe file with a promise."""
    path = tmp_path / "small.toml"
    path.write_text(PROMISING, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("epochs=3", 3),
        ("epochs = 3", 3),
        ("learning_rate=1e-3", 1e-3),
        ("restore_best=false", False),
        ("units=[64, 32]", [64, 32]),
        ("optimizer=sgd", "sgd"),
        ("optimizer='sgd'", "sgd"),
        ("augmentation={shift = 0.1}", {"shift": 0.1}),
        ("summary=a=b", "a=b"),
        ("loss=", ""),
        ("loss=two\nlines = 1", "two\nlines = 1"),
        ("epochs=" + "1" * 5000, "1" * 5000),
    ],
)
def test_a_value_is_toml_or_else_text(word: str, value: Any) -> None:
    assert list(parse_overrides([word]).values()) == [value]


@given(st.dictionaries(st.from_regex(r"[a-z_]+(\.[a-z_]+)*", fullmatch=True), st.integers() | st.booleans()))
def test_changes_written_as_words_are_read_back(changes: dict[str, Any]) -> None:
    words = [f"{key}={str(value).lower()}" for key, value in changes.items()]
    assert parse_overrides(words) == changes


@given(st.text())
def test_any_word_is_a_change_or_refused(word: str) -> None:
    try:
        assert len(parse_overrides([word])) == 1
    except RecipeError:
        assert not word.partition("=")[0].strip() or "=" not in word


@pytest.mark.parametrize("words", [["epochs"], ["=3"], [" =3"], ["epochs=3", "epochs=4"]])
def test_a_word_that_is_no_change_is_refused(words: list[str]) -> None:
    with pytest.raises(RecipeError):
        parse_overrides(words)


@pytest.mark.parametrize("key", ["training.epochs", "epochs"])
def test_a_key_is_dotted_or_bare(registry: Registry, key: str) -> None:
    assert read_recipe(registry, "mlp/digits", {key: 7}).training.epochs == 7


@pytest.mark.parametrize("key", ["training.augmentation.shift", "augmentation.shift", "shift"])
def test_a_nested_key_may_be_shortened(registry: Registry, key: str) -> None:
    assert read_recipe(registry, "cnn", {key: 0.25}).training.augmentation.shift == 0.25


@pytest.mark.parametrize("key", ["training.optimizer_options.momentum", "optimizer_options.momentum"])
def test_a_table_of_free_keys_takes_any_key(registry: Registry, key: str) -> None:
    recipe = read_recipe(registry, "mlp/digits", {"optimizer": "sgd", key: 0.9})
    assert recipe.training.optimizer_options == {"momentum": 0.9}


def test_hyperparameters_and_options_of_the_data_are_changed(registry: Registry) -> None:
    recipe = read_recipe(registry, "mlp", {"units": [5], "test_fraction": 0.25})
    assert (recipe.hyperparameters, recipe.data) == ({"units": [5]}, {"test_fraction": 0.25})


def test_another_data_set_brings_its_own_options(registry: Registry) -> None:
    bound = bind(registry, read_recipe(registry, "mlp", {"samples": 50, "dataset": "moons"}))
    assert (bound.dataset.name, bound.data_options.samples) == ("moons", 50)


def test_a_key_of_two_tables_is_refused_with_both(registry: Registry) -> None:
    with pytest.raises(RecipeError, match="more than one table") as caught:
        read_recipe(registry, "mlp", {"dataset": "moons", "noise": 0.1})
    assert set(caught.value.near) == {"data.noise", "training.augmentation.noise"}


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("epoch", "epochs"),
        ("training.epoch", "training.epochs"),
        ("hyperparameters.drop_out", "hyperparameters.dropout"),
        ("datset", "dataset"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(registry: Registry, key: str, near: str) -> None:
    with pytest.raises(RecipeError, match="is not a setting") as caught:
        read_recipe(registry, "mlp/digits", {key: 1})
    assert near in caught.value.near


@pytest.mark.parametrize("key", ["family", "name", "promise.mean", "epochs.first", "training"])
def test_what_is_no_setting_is_not_changed(registry: Registry, key: str) -> None:
    with pytest.raises(RecipeError, match="is not a setting"):
        read_recipe(registry, "mlp/digits", {key: 1})


def test_a_value_of_another_type_is_refused(registry: Registry) -> None:
    with pytest.raises(RecipeError, match=r"training\.epochs: input should be a valid integer"):
        read_recipe(registry, "mlp/digits", {"epochs": "many"})


def test_an_unknown_data_set_is_refused(registry: Registry) -> None:
    with pytest.raises(UnknownDataSet):
        read_recipe(registry, "mlp/digits", {"dataset": "digit"})


@pytest.mark.parametrize("text", ["training = 3\n", "[training]\naugmentation = 3\n"])
def test_a_change_inside_what_is_no_table_is_refused(registry: Registry, tmp_path: Path, text: str) -> None:
    path = tmp_path / "small.toml"
    path.write_text(PROMISING.partition("[promise]")[0] + text, encoding="utf-8")
    with pytest.raises(RecipeError, match="must be a table") as caught:
        read_recipe(registry, str(path), {"training.augmentation.shift": 0.1})
    assert caught.value.where == str(path)


def test_a_changed_recipe_promises_nothing(registry: Registry, promising: str) -> None:
    assert read_recipe(registry, promising).promise is not None
    assert read_recipe(registry, promising, {"epochs": 4}).promise is None


def test_a_change_to_what_the_recipe_says_already_keeps_the_promise(registry: Registry, promising: str) -> None:
    assert read_recipe(registry, promising, {"epochs": 3, "dataset": "digits"}).promise is not None


def test_a_change_leaves_the_registered_recipe_as_it_is(registry: Registry) -> None:
    before = read_recipe(registry, "mlp/digits")
    read_recipe(registry, "mlp/digits", {"epochs": 1})
    assert read_recipe(registry, "mlp/digits") == before


def test_trained_weights_to_begin_with_are_written_in_full_and_read_back(registry: Registry, tmp_path: Path) -> None:
    changes = with_options({"epochs": 3}, pretrained_options("mlp/digits", "head"))
    recipe = read_recipe(registry, "mlp/digits", changes)
    assert recipe.pretrained == Pretrained(weights="mlp/digits", trainable="head")
    path = tmp_path / "tuned.toml"
    path.write_text(write_recipe(recipe), encoding="utf-8")
    assert read_recipe(registry, str(path)).pretrained == recipe.pretrained


def test_without_trained_weights_a_recipe_has_no_word_of_them(registry: Registry) -> None:
    assert "pretrained" not in recipe_table(read_recipe(registry, "mlp/digits"))


def test_a_bare_weights_is_the_hyperparameter_and_not_trained_weights(registry: Registry) -> None:
    recipe = read_recipe(registry, "knn_classifier/iris", {"weights": "distance"})
    assert (recipe.hyperparameters["weights"], recipe.pretrained) == ("distance", None)
    with pytest.raises(RecipeError, match="trainable is not a setting"):
        read_recipe(registry, "mlp/digits", {"trainable": "head"})


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"trainable": "head"}, "pretrained.weights must be given"),
        ({"weights": ""}, "pretrained.weights"),
        ({"weights": "mlp/digits", "trainable": "body"}, "pretrained.trainable"),
        ({"weights": "mlp/digits", "sha256": "abc"}, "pretrained.sha256"),
    ],
)
def test_a_wrong_table_of_trained_weights_is_refused(registry: Registry, table: dict[str, str], said: str) -> None:
    changes = {f"pretrained.{key}": value for key, value in table.items()}
    with pytest.raises(RecipeError, match=said):
        read_recipe(registry, "mlp/digits", changes)


def test_an_option_and_a_change_do_not_say_the_same_thing_twice() -> None:
    with pytest.raises(RecipeError, match="a key may be changed once"):
        with_options({"dataset": "iris"}, {"dataset": "wine"})
