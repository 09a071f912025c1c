"""Recipes are found by name, by file and from a family's defaults, and refused with the file and the nearest name."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

from registry import InvalidName, InvalidSpec, RecipeFile, Registry, UnknownFamily, UnknownRecipe, UserError, build
from zoo.recipe import RecipeError, bind, read_recipe, recipe_from_table, resolved
from zoo.recipe import __path__ as folders
from zoo.recipe.fields import describe
from zoo.recipe.schema import Training

HEAD = 'summary = "Small network"\nfamily = "mlp"\ndataset = "digits"\ntask = "classification"\n'
MODULES = [f"zoo.recipe.{module.name}" for module in pkgutil.iter_modules(folders)]


def small(folder: Path, text: str = "", *, head: str = HEAD, name: str = "small.toml") -> str:
    """Write a recipe of a few lines."""
    path = folder / name
    path.write_text(head + text, encoding="utf-8")
    return str(path)


def refusal(registry: Registry, name: str) -> UserError:
    """What reading and binding a recipe is refused with."""
    with pytest.raises(UserError) as caught:
        bind(registry, read_recipe(registry, name), where=name)
    return caught.value


def test_a_recipe_is_read_by_its_name(registry: Registry) -> None:
    recipe = read_recipe(registry, "mlp/digits")
    assert (recipe.name, recipe.family, recipe.dataset, recipe.task) == (
        "mlp/digits",
        "mlp",
        "digits",
        "classification",
    )


def test_a_recipe_is_read_by_the_path_of_its_file(registry: Registry, tmp_path: Path) -> None:
    recipe = read_recipe(registry, small(tmp_path, "[training]\nepochs = 2\n"))
    assert (recipe.name, recipe.training.epochs) == ("mlp/small", 2)


def test_a_family_alone_is_its_default_recipe_on_its_own_data_set(registry: Registry) -> None:
    recipe = read_recipe(registry, "cnn")
    assert (recipe.name, recipe.dataset, recipe.promise) == ("cnn/default", registry.family("cnn").dataset, None)
    assert recipe.training == Training()


def test_a_resolved_recipe_says_every_default(registry: Registry) -> None:
    bound = bind(registry, read_recipe(registry, "cnn"))
    assert resolved(bound).hyperparameters["kernel_sizes"] == [3]
    assert resolved(bound).data.keys() == type(bound.data_options).model_fields.keys()


def test_a_misspelt_family_is_refused_with_the_nearest(registry: Registry) -> None:
    with pytest.raises(UnknownFamily) as caught:
        read_recipe(registry, "mpl/digits")
    assert "mlp/digits" in caught.value.near


def test_a_misspelt_recipe_is_refused_with_the_nearest(registry: Registry) -> None:
    with pytest.raises(UnknownRecipe) as caught:
        read_recipe(registry, "mlp/digit")
    assert caught.value.near[0] == "mlp/digits"


def test_a_name_against_the_grammar_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidName):
        read_recipe(registry, "MLP/Digits")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[training]\nepoch = 3\n", "training.epoch is not a setting"),
        ('[training]\nepochs = "3"\n', "training.epochs: input should be a valid integer"),
        ("[training]\nepochs = true\n", "training.epochs: input should be a valid integer"),
        ("[training]\nepochs = 0\n", "training.epochs: input should be greater than or equal to 1"),
        ("[training]\nepochs = 1000001\n", "training.epochs: input should be less than or equal to 1000000"),
        ("[training]\nbatch_size = 1048577\n", "training.batch_size: input should be less than or equal to 1048576"),
        ("[training]\nsteps_per_epoch = 1000000001\n", "training.steps_per_epoch: input should be less than"),
        ("[training]\nlearning_rate = nan\n", "training.learning_rate: input should be a finite number"),
        ("[training]\nsteps_per_execution = 0\n", "training.steps_per_execution"),
        ("[training]\nclip_norm = 1.0\nclip_value = 1.0\n", "at most one of clip_norm"),
        ("[training]\nepochs = 2\nwarmup_epochs = 3\n", "warmup_epochs must not exceed epochs"),
        ("[training.augmentation]\nflips = true\n", "training.augmentation.flips is not a setting"),
        ("[hyperparameters]\nunit = [3]\n", "hyperparameters.unit is not a setting"),
        ("[hyperparameters]\nunits = [3, 0]\n", "hyperparameters.units.1: input should be greater than"),
        ("[hyperparameters]\nunits = 3\n", "hyperparameters.units: must be a list"),
        ("[data]\ntest_share = 0.1\n", "data.test_share is not a setting"),
        ("[data]\ntest_fraction = 1.5\n", "data.test_fraction: input should be less than"),
        ("[optimizer]\nname = 'sgd'\n", "optimizer is not a setting"),
        ("training = 3\n", "training: must be a table"),
        ("[promise]\nmean = 0.9\n", "promise.command must be given"),
        ("name = 'mlp/other'\n", "a recipe's name is that of its file"),
        ("[training\n", "a recipe must be valid TOML"),
        ("[training]\nepochs = 1\nepochs = 2\n", "a recipe must be valid TOML"),
        (f"x = {'1' * 5000}\n", "a recipe must be valid TOML"),
        (f"x = {'[' * 5000}\n", "a recipe must be valid TOML"),
    ],
)
def test_a_wrong_recipe_is_refused_with_what_is_wrong_and_its_file(
    registry: Registry, tmp_path: Path, text: str, said: str
) -> None:
    path = small(tmp_path, text)
    error = refusal(registry, path)
    assert said in error.message
    assert error.where == path


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[training]\nlearningrate = 0.1\n", "learning_rate"),
        ("[training.augmentation]\nrotaton = 3.0\n", "rotation"),
        ("[hyperparameters]\ndrop_out = 0.1\n", "dropout"),
        ("[data]\nsplit_sed = 1\n", "split_seed"),
        ("[hyperparameter]\n", "hyperparameters"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(registry: Registry, tmp_path: Path, text: str, near: str) -> None:
    assert refusal(registry, small(tmp_path, text)).near[0] == near


def test_the_number_of_other_mistakes_is_told(registry: Registry, tmp_path: Path) -> None:
    error = refusal(registry, small(tmp_path, "[training]\nepochs = 0\nbatch_size = 0\n"))
    assert "(and 1 more)" in error.message


@pytest.mark.parametrize("key", ["summary", "family", "dataset"])
def test_a_missing_key_is_refused(registry: Registry, tmp_path: Path, key: str) -> None:
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith(key))
    error = refusal(registry, small(tmp_path, head=head))
    assert error.where == str(tmp_path / "small.toml")
    assert error.message in (f"{key} must be given", f"{key} must be given (and 1 more)")


def test_a_task_that_the_data_set_does_not_offer_is_refused(registry: Registry, tmp_path: Path) -> None:
    error = refusal(registry, small(tmp_path, head=HEAD.replace("classification", "regression")))
    assert error.message == "the data set digits must offer the recipe's task"


def test_an_unknown_data_set_is_refused_with_the_nearest(registry: Registry, tmp_path: Path) -> None:
    error = refusal(registry, small(tmp_path, head=HEAD.replace("digits", "digit")))
    assert error.near == ("digits",)


def test_a_file_name_that_is_no_name_is_refused(registry: Registry, tmp_path: Path) -> None:
    error = refusal(registry, small(tmp_path, name="My-Recipe.toml"))
    assert error.message == "a recipe's file name must be a name"


def test_a_recipe_in_the_folder_of_another_family_is_refused() -> None:
    with pytest.raises(RecipeError, match="must name the family of its folder"):
        recipe_from_table(
            {"summary": "x", "family": "mlp", "dataset": "digits"}, name="cnn/digits", where="digits.toml"
        )


def test_a_missing_file_is_refused(registry: Registry, tmp_path: Path) -> None:
    assert refusal(registry, str(tmp_path / "nothing.toml")).message == "no such recipe file"


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_file_that_is_no_text_is_refused(registry: Registry, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "small.toml"
    path.mkdir() if content is None else path.write_bytes(content)
    assert refusal(registry, str(path)).message == "a recipe must be a readable text file"


@pytest.mark.parametrize("text", ["[training", f"x = {'1' * 5000}", f"x = {'[' * 5000}"])
def test_a_registered_recipe_that_is_no_toml_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    registry = build(with_plugins=False)
    registry.add_recipe(RecipeFile(name="mlp/broken", path=small(tmp_path, text)))
    with pytest.raises(InvalidSpec) as caught:
        read_recipe(registry, "mlp/broken")
    assert caught.value.where is not None
    assert caught.value.where.startswith(str(tmp_path / "small.toml"))


def test_settings_are_described_with_type_default_limits_and_search_range() -> None:
    rows = {row["name"]: row for row in describe(Training)}
    assert rows["epochs"]["default"] == 20
    assert rows["epochs"]["limits"] == ">= 1, <= 1000000"
    assert rows["epochs"]["search"] == {"low": 5, "high": 100, "log": True}
    assert rows["patience"]["type"] == "int | None"
    assert all(row["description"] for row in rows.values())


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_the_recipe_modules_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
