"""The public functions on one screen of `zoo`."""

import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import zoo
from registry import InvalidQuery, UnknownFamily


@pytest.mark.parametrize("name", zoo.__all__)
def test_a_public_name_is_a_function_with_a_docstring(name: str) -> None:
    function = getattr(zoo, name)
    assert inspect.isfunction(function)
    assert inspect.getdoc(function)
    assert inspect.signature(function).return_annotation is not inspect.Signature.empty


def test_the_public_names_are_these() -> None:
    names = {
        "check",
        "compare",
        "create",
        "evaluate",
        "export",
        "load",
        "names",
        "recipe",
        "reproduce",
        "resume",
        "study",
        "train",
        "tune",
    }
    assert set(zoo.__all__) == names
    assert set(dir(zoo)) == {*zoo.__all__, "__version__"}


@pytest.mark.parametrize("module", ["zoo.recipe.schema", "zoo.recipe", "zoo.recipes"])
def test_importing_a_module_of_the_package_hides_no_function(module: str) -> None:
    imported = importlib.import_module(module)
    assert imported.__name__ == module
    assert zoo.recipe("mlp/digits").name == "mlp/digits"


def test_a_module_named_like_a_function_is_imported_by_name(tmp_path: Path) -> None:
    program = "import zoo.recipe.schema; from zoo.recipe import Recipe; print(type(zoo.recipe('cnn')) is Recipe)"
    result = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert result.stdout == "True\n"


def test_names_are_found_by_wildcards_and_facts() -> None:
    names = zoo.names("mlp/*")
    assert "mlp/digits" in names
    assert all(name.startswith("mlp/") for name in names)
    assert set(zoo.names("mlp/*", "dataset=digits")) < set(names)
    assert {"mlp", "cnn", *names} <= set(zoo.names())


def test_a_query_that_cannot_be_understood_is_refused() -> None:
    with pytest.raises(InvalidQuery):
        zoo.names("colour=red")


def test_a_recipe_is_changed_by_bare_and_dotted_keys() -> None:
    recipe = zoo.recipe("mlp/digits", epochs=3, **{"training.batch_size": 8, "hyperparameters.units": [5]})
    assert (recipe.training.epochs, recipe.training.batch_size, recipe.hyperparameters["units"]) == (3, 8, [5])


def test_an_unknown_name_is_refused_before_anything_slow_is_imported(tmp_path: Path) -> None:
    program = """
import sys, zoo
for function in (zoo.recipe, zoo.names):
    try:
        function("mpl=")
    except Exception as error:
        assert type(error).__name__ in ("InvalidName", "InvalidQuery"), error
print(sorted({"tensorflow", "keras", "numpy"} & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert result.stdout == "[]\n"


def test_an_unknown_family_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownFamily) as caught:
        zoo.recipe("mpl")
    assert caught.value.near == ("mlp",)


def test_an_unknown_attribute_is_refused_with_what_there_is() -> None:
    with pytest.raises(AttributeError, match="module 'zoo' has no attribute 'fit'; it has check, compare"):
        zoo.fit  # noqa: B018 - looking it up is what is tested


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import version

    assert zoo.__version__ == version("keras-zoo")


def test_the_examples_of_the_package_run() -> None:
    assert doctest.testmod(zoo).failed == 0
