"""Specs: what they refuse, what they convert, and JSON both ways."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_examples import a_dataset, a_family, some_weights

from registry import LEARNING, DataSet, Family, RecipeFile, Reference, Weights
from registry.errors import InvalidName, InvalidSpec

parts = st.from_regex(r"[a-z][a-z0-9]{0,7}(_[a-z0-9]{1,7}){0,2}", fullmatch=True)
recipes = st.builds("{}/{}".format, parts, parts)
lines = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
references = st.builds("{}.{}:{}".format, parts, parts, parts)
common = {"provider": lines, "place": st.text()}
words = st.lists(parts, min_size=1, max_size=3)
counts = st.none() | st.integers(1, 10**9)

specs = st.one_of(
    st.builds(
        Family,
        name=parts,
        summary=lines,
        tasks=words,
        learning=st.sampled_from(LEARNING),
        builder=references,
        dataset=parts,
        hyperparameters=references,
        source=lines,
        figures=st.lists(references, max_size=3),
        version=lines,
        **common,
    ),
    st.builds(
        DataSet,
        name=parts,
        summary=lines,
        tasks=words,
        loader=references,
        options=references,
        licence=lines,
        source=lines,
        examples=counts,
        classes=counts,
        features=lines,
        embedded=st.booleans(),
        **common,
    ),
    st.builds(RecipeFile, name=recipes, path=st.just(str(Path.cwd())), **common),
    st.builds(
        Weights,
        name=recipes,
        record=lines,
        file=lines,
        bytes=st.integers(1, 10**12),
        sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
        **common,
    ),
)


@given(specs)
def test_a_spec_comes_back_from_json_as_it_was(spec: Family | DataSet | RecipeFile | Weights) -> None:
    assert type(spec).from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_texts_become_references_and_lists_become_tuples() -> None:
    family = a_family(tasks=["classification"], builder="json:loads", figures=["json:dumps", Reference("json:load")])
    assert family.builder == Reference("json:loads")
    assert family.figures == (Reference("json:dumps"), Reference("json:load"))
    assert family.tasks == ("classification",)


def test_a_field_with_a_default_may_be_absent_from_json() -> None:
    values = a_family().to_json()
    for name in ("figures", "version", "provider", "place"):
        del values[name]
    assert Family.from_json(values) == a_family()


def test_an_unknown_field_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidSpec, match="a family has no such field") as caught:
        Family.from_json({**a_family().to_json(), "sumary": "x"})
    assert caught.value.near[0] == "summary"


@pytest.mark.parametrize("name", ["summary", "builder"])
def test_a_missing_field_is_named(name: str) -> None:
    values = a_family().to_json()
    del values[name]
    with pytest.raises(InvalidSpec, match=f"a family needs the field '{name}'"):
        Family.from_json(values)


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        a_family().summary = "another"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        a_family().builder = "json:dumps"  # type: ignore[misc]


def test_specs_can_be_members_of_sets() -> None:
    assert len({a_family(), a_family(), a_family(version="2")}) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("summary", ""),
        ("summary", "two\nlines"),
        ("summary", None),
        ("source", " "),
        ("version", 1),
        ("tasks", ()),
        ("tasks", "classification"),
        ("tasks", None),
        ("tasks", ["Classification"]),
        ("learning", "gradients"),
        ("builder", "json.loads"),
        ("figures", "json:loads"),
        ("figures", ["json"]),
    ],
)
def test_a_wrong_field_of_a_family_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidSpec):
        a_family(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"), [("examples", 0), ("examples", 1.5), ("classes", True), ("embedded", 1), ("licence", "")]
)
def test_a_wrong_field_of_a_data_set_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidSpec, match=f"data set 'digits': {field} must be"):
        a_dataset(**{field: value})


@pytest.mark.parametrize(("field", "value"), [("bytes", 0), ("bytes", None), ("sha256", "A1" * 32), ("sha256", None)])
def test_a_wrong_field_of_weights_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidSpec, match=f"weights 'mlp/digits': {field} must be"):
        some_weights(**{field: value})


def test_a_misspelt_way_of_learning_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidSpec) as caught:
        a_family(learning="own_rules")
    assert caught.value.near == ("own_rule",)


def test_names_of_specs_follow_the_grammar() -> None:
    with pytest.raises(InvalidName, match="a family's name"):
        a_family("MLP")
    with pytest.raises(InvalidName, match="family 'mlp': dataset"):
        a_family(dataset="Digits")
    with pytest.raises(InvalidName, match="a data set's name"):
        a_dataset("8x8")
    with pytest.raises(InvalidName, match="must be family/recipe"):
        some_weights("mlp")


def test_a_recipe_file_has_an_absolute_path() -> None:
    with pytest.raises(InvalidSpec, match="an absolute path"):
        RecipeFile(name="mlp/digits", path="recipes/mlp/digits.toml")


def test_the_table_of_a_recipe_is_read_once_and_handed_out_as_copies(tmp_path: Path) -> None:
    path = tmp_path / "digits.toml"
    path.write_text('summary = "Digits"\n[training]\nepochs = 3\n')
    recipe = RecipeFile(name="mlp/digits", path=str(path))
    recipe.table()["training"]["epochs"] = 4
    path.unlink()
    assert recipe.table() == {"summary": "Digits", "training": {"epochs": 3}}


def test_a_recipe_that_is_no_toml_is_refused_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "digits.toml"
    path.write_text('summary = "Digits"\nepochs = = 3\n')
    with pytest.raises(InvalidSpec) as caught:
        RecipeFile(name="mlp/digits", path=str(path)).table()
    assert caught.value.where == f"{path}:2"


def test_a_recipe_that_ends_too_early_is_refused_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "digits.toml"
    path.write_text("epochs =")
    with pytest.raises(InvalidSpec, match="is not valid TOML") as caught:
        RecipeFile(name="mlp/digits", path=str(path)).table()
    assert caught.value.where == str(path)


def test_a_recipe_that_is_not_there_or_no_text_is_refused_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "digits.toml"
    with pytest.raises(InvalidSpec, match=r"cannot be read: .*No such file"):
        RecipeFile(name="mlp/digits", path=str(path)).table()
    path.write_bytes(b"\xff")
    with pytest.raises(InvalidSpec, match="cannot be read"):
        RecipeFile(name="mlp/digits", path=str(path)).table()


def test_a_family_lists_its_references_by_field() -> None:
    assert list(a_family(figures=["json:dumps"]).references()) == ["builder", "hyperparameters", "figures[0]"]
    assert list(a_dataset().references()) == ["loader", "options"]
