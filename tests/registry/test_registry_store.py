"""The registry: what is added is found, what is taken is refused, what is unknown is named with what is near."""

from pathlib import Path

import pytest
import registry_examples
from registry_examples import BUILT_IN, a_dataset, a_family, some_weights

import registry.store
from registry import RecipeFile, Registry, build, default
from registry.errors import (
    BrokenReference,
    DuplicateName,
    InvalidName,
    InvalidSpec,
    UnknownDataSet,
    UnknownFamily,
    UnknownRecipe,
)
from registry.names import Name


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """A folder with the recipes mlp/digits and mlp/xor, and files beside them that are no recipes."""
    (tmp_path / "mlp").mkdir()
    for name in ("digits", "xor"):
        (tmp_path / "mlp" / f"{name}.toml").write_text(f'summary = "{name}"\n')
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "mlp" / "README.md").write_text("")
    return tmp_path


@pytest.fixture
def filled(recipes: Path) -> Registry:
    registry = build(BUILT_IN, with_plugins=False)
    registry.add_family(a_family("cnn"))
    registry.add_recipes(recipes)
    registry.add_weights(some_weights())
    return registry


def line_of(text: str) -> int:
    """The line of this file that ends in a comment."""
    lines = Path(__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.endswith(f"# {text}"))


def test_what_was_added_is_listed_by_name(filled: Registry) -> None:
    assert [family.name for family in filled.families()] == ["cnn", "mlp"]
    assert [dataset.name for dataset in filled.datasets()] == ["digits"]
    assert [recipe.name for recipe in filled.recipes()] == ["mlp/digits", "mlp/xor"]
    assert [weights.name for weights in filled.weights()] == ["mlp/digits"]


def test_what_was_added_is_found_by_name(filled: Registry, recipes: Path) -> None:
    assert filled.family("cnn").summary == "Dense layers"
    assert filled.dataset("digits").examples == 1797
    assert filled.recipe("mlp/xor").table() == {"summary": "xor"}
    assert filled.recipe("mlp/xor").place == str(recipes.resolve() / "mlp" / "xor.toml")


def test_only_a_trained_recipe_has_weights(filled: Registry) -> None:
    weights = filled.weights_of("mlp/digits")
    assert weights is not None
    assert weights.bytes == 1024
    assert filled.weights_of("mlp/xor") is None


def test_a_spec_remembers_where_it_was_registered() -> None:
    registry = Registry()
    registry.add_family(a_family())  # the family
    registry.add_dataset(a_dataset())  # the data set
    registry.add_weights(some_weights())  # the weights
    assert registry.family("mlp").place == f"{__file__}:{line_of('the family')}"
    assert registry.dataset("digits").place == f"{__file__}:{line_of('the data set')}"
    assert registry.weights()[0].place == f"{__file__}:{line_of('the weights')}"


def test_a_duplicate_name_is_refused_with_both_places() -> None:
    registry = Registry()
    registry.add_family(a_family())  # the first
    with pytest.raises(DuplicateName) as caught:
        registry.add_family(a_family())  # the second
    assert f"at {__file__}:{line_of('the first')} by keras-zoo" in caught.value.message
    assert f"again at {__file__}:{line_of('the second')} by keras-zoo" in caught.value.message


def test_duplicates_of_every_kind_are_refused(filled: Registry, recipes: Path) -> None:
    with pytest.raises(DuplicateName, match="data set 'digits'"):
        filled.add_dataset(a_dataset())
    with pytest.raises(DuplicateName, match="weights 'mlp/digits'"):
        filled.add_weights(some_weights())
    with pytest.raises(DuplicateName, match=r"recipe 'mlp/xor'.*elsewhere\.toml"):
        filled.add_recipe(RecipeFile(name="mlp/xor", path=str(recipes / "elsewhere.toml")))


def test_a_family_and_a_data_set_may_share_a_name() -> None:
    registry = Registry()
    registry.add_family(a_family("ising"))
    registry.add_dataset(a_dataset("ising"))
    assert registry.family("ising").name == registry.dataset("ising").name


def test_a_misspelt_family_is_refused_with_the_nearest(filled: Registry) -> None:
    with pytest.raises(UnknownFamily) as caught:
        filled.family("mpl")
    assert (caught.value.received, caught.value.near, caught.value.hint) == ("mpl", ("mlp",), "zoo list")


def test_a_recipe_named_without_its_family_is_refused_with_its_whole_name(filled: Registry) -> None:
    with pytest.raises(UnknownFamily) as caught:
        filled.resolve("digits")
    assert caught.value.near == ("mlp/digits",)


def test_a_misspelt_family_of_a_recipe_is_refused_with_the_nearest_recipe(filled: Registry) -> None:
    with pytest.raises(UnknownFamily) as caught:
        filled.recipe("mpl/digits")
    assert caught.value.near[0] == "mlp/digits"


def test_a_misspelt_family_of_an_unknown_recipe_is_refused_with_the_nearest_family(filled: Registry) -> None:
    with pytest.raises(UnknownFamily) as caught:
        filled.resolve("mpl/fashion_mnist_deep")
    assert caught.value.near == ("mlp",)


def test_a_misspelt_data_set_is_refused_with_the_nearest(filled: Registry) -> None:
    with pytest.raises(UnknownDataSet) as caught:
        filled.dataset("digit")
    assert (caught.value.near, caught.value.hint) == (("digits",), "zoo data list")


def test_an_unknown_recipe_is_refused_with_the_recipes_of_its_family(filled: Registry) -> None:
    with pytest.raises(UnknownRecipe, match="its recipes are mlp/digits, mlp/xor") as caught:
        filled.resolve("mlp/digitz")
    assert (caught.value.near[0], caught.value.hint) == ("mlp/digits", "zoo list 'mlp/*'")


def test_a_family_without_recipes_says_so(filled: Registry) -> None:
    with pytest.raises(UnknownRecipe, match="it has none"):
        filled.recipe("cnn/digits")


def test_a_name_that_exists_is_resolved_to_its_parts(filled: Registry) -> None:
    assert filled.resolve("cnn") == Name("cnn")
    assert filled.resolve("mlp/xor") == Name("mlp", "xor")


def test_a_text_that_is_no_name_is_not_resolved(filled: Registry) -> None:
    with pytest.raises(InvalidName):
        filled.resolve("mlp/digits/again")


def test_a_folder_of_recipes_must_exist(tmp_path: Path) -> None:
    with pytest.raises(InvalidSpec, match="must exist"):
        Registry().add_recipes(tmp_path / "nowhere")


@pytest.mark.parametrize("misplaced", ["digits.toml", "mlp/deep/digits.toml"])
def test_a_recipe_at_another_depth_is_refused(tmp_path: Path, misplaced: str) -> None:
    path = tmp_path / misplaced
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    with pytest.raises(InvalidSpec, match=r"<family>/<recipe>\.toml"):
        Registry().add_recipes(tmp_path)


@pytest.mark.parametrize("misnamed", ["mlp/Digits.toml", "my-family/digits.toml"])
def test_a_recipe_file_under_another_grammar_is_refused(tmp_path: Path, misnamed: str) -> None:
    path = tmp_path / misnamed
    path.parent.mkdir()
    path.write_text("")
    with pytest.raises(InvalidName, match="must start with a lower-case letter"):
        Registry().add_recipes(tmp_path)


def test_what_a_transaction_adds_is_credited_to_its_provider(recipes: Path) -> None:
    registry = Registry()
    with registry.transaction("zoo-plugin-one") as inside:
        inside.add_family(a_family())
        inside.add_recipes(recipes)
    registry.add_family(a_family("cnn"))
    assert registry.family("mlp").provider == registry.recipe("mlp/xor").provider == "zoo-plugin-one"
    assert registry.family("cnn").provider == "keras-zoo"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_transaction_that_fails_takes_back_all_it_added(recipes: Path, error: type[BaseException]) -> None:
    registry = build(BUILT_IN, with_plugins=False)

    @registry.transaction("zoo-plugin-one")
    def register() -> None:
        registry.add_family(a_family("cnn"))
        registry.add_dataset(a_dataset("moons"))
        registry.add_recipes(recipes)
        registry.add_weights(some_weights())
        raise error

    with pytest.raises(error):
        register()
    assert [family.name for family in registry.families()] == ["mlp"]
    assert [dataset.name for dataset in registry.datasets()] == ["digits"]
    assert registry.recipes() == registry.weights() == ()


def test_built_ins_are_credited_to_the_zoo_and_placed_in_their_own_file() -> None:
    family = build(BUILT_IN, with_plugins=False).family("mlp")
    assert family.provider == "keras-zoo"
    assert family.place.startswith(f"{registry_examples.__file__}:")


def test_each_build_is_a_registry_of_its_own() -> None:
    first, second = build(BUILT_IN, with_plugins=False), build(BUILT_IN, with_plugins=False)
    first.add_family(a_family("cnn"))
    assert [family.name for family in second.families()] == ["mlp"]


def test_a_built_in_that_cannot_be_registered_is_fatal() -> None:
    with pytest.raises(BrokenReference, match="registry_examples"):
        build(("registry_examples:registre",))


def test_the_default_registry_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.store, "build", lambda: build(BUILT_IN))
    default.cache_clear()
    try:
        assert default() is default()
        assert default().family("mlp").name == "mlp"
    finally:
        default.cache_clear()
