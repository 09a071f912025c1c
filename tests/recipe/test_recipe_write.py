"""Recipes are written as TOML that is read back, compared setting by setting, and hashed."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import Registry
from zoo.recipe import (
    Promise,
    Recipe,
    bind,
    difference,
    read_recipe,
    recipe_from_table,
    recipe_hash,
    resolved,
    write_recipe,
)
from zoo.recipe.names import known

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
words = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
shares = st.floats(0, 0.5)
positive = st.floats(1e-300, 1e300)
scalars = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | text
tables = st.recursive(
    scalars | st.lists(scalars, max_size=3), lambda inner: st.dictionaries(text, inner, max_size=3), max_leaves=6
)

augmentations = st.fixed_dictionaries({}, optional={"shift": shares, "noise": shares, "flip": st.booleans()})
trainings = st.fixed_dictionaries(
    {},
    optional={
        "epochs": st.integers(10, 10**6),
        "batch_size": st.integers(1, 10**6),
        "steps_per_epoch": st.integers(1, 100),
        "optimizer": st.sampled_from(known("optimizers")),
        "optimizer_options": st.dictionaries(text, scalars, max_size=3),
        "learning_rate": positive,
        "schedule": st.sampled_from(["cosine", "step"]),
        "schedule_options": st.dictionaries(text, positive, max_size=2),
        "warmup_epochs": st.floats(0, 10),
        "clip_norm": positive,
        "class_weight": st.just("balanced") | st.dictionaries(text, positive, max_size=2),
        "patience": st.integers(1, 99),
        "steps_per_execution": st.just("auto") | st.integers(1, 64),
        "jit": st.just("auto") | st.booleans(),
        "augmentation": augmentations,
    },
)
promises = st.builds(
    lambda several, **values: {**values, **several},
    several=st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=4, unique=True).map(
        lambda seeds: {"seeds": seeds, "spread": 0.5}
    )
    | st.integers(0, 9).map(lambda seed: {"seeds": [seed]}),
    command=text,
    metric=words,
    mean=st.floats(-1e9, 1e9),
    tolerance=shares,
    minutes_cpu=positive,
    minutes_gpu=st.just("not measured") | positive,
    baseline=st.floats(-1e9, 1e9),
    parameters=st.integers(0, 10**12),
    source=text,
    mended=text,
)
recipes = st.fixed_dictionaries(
    {"summary": text, "family": words, "dataset": words},
    optional={
        "task": words,
        "promise": promises,
        "data": st.dictionaries(text, tables, max_size=3),
        "hyperparameters": st.dictionaries(text, tables, max_size=3),
        "training": trainings,
    },
)


def as_recipe(table: dict[str, Any]) -> Recipe:
    return recipe_from_table(table, name=f"{table['family']}/made", where=None)


def changed(recipe: Recipe, **values: Any) -> Recipe:
    return recipe.model_copy(update=values)


@given(recipes)
def test_what_was_written_is_read_back_as_the_same_recipe(table: dict[str, Any]) -> None:
    recipe = as_recipe(table)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.toml")
        path.write_text(write_recipe(recipe), encoding="utf-8", newline="")
        assert read_recipe(Registry(), str(path)) == recipe


@given(recipes)
def test_writing_is_stable(table: dict[str, Any]) -> None:
    recipe = as_recipe(table)
    assert write_recipe(recipe) == write_recipe(as_recipe(table))
    assert recipe_hash(recipe) == recipe_hash(as_recipe(table))


@pytest.mark.parametrize("name", ["mlp", "cnn", "mlp/digits"])
def test_a_resolved_recipe_is_read_back_and_resolves_to_itself(registry: Registry, tmp_path: Path, name: str) -> None:
    recipe = resolved(bind(registry, read_recipe(registry, name)))
    path = tmp_path / f"{recipe.name.partition('/')[2]}.toml"
    path.write_text(write_recipe(recipe), encoding="utf-8")
    again = read_recipe(registry, str(path))
    assert again == recipe == resolved(bind(registry, again))


def test_a_recipe_differs_from_itself_in_nothing(registry: Registry) -> None:
    recipe = read_recipe(registry, "mlp/digits")
    assert difference(recipe, recipe) == []


def test_a_difference_is_one_line_a_setting(registry: Registry) -> None:
    before = read_recipe(registry, "mlp", {"units": [8]})
    after = read_recipe(registry, "mlp", {"units": [9], "epochs": 30, "shift": 0.1, "test_fraction": 0.3})
    assert difference(before, after) == [
        "data.test_fraction: None -> 0.3",
        "hyperparameters.units: [8] -> [9]",
        "training.augmentation.shift: 0.0 -> 0.1",
        "training.epochs: 20 -> 30",
    ]


PROMISE = Promise(
    command="zoo reproduce mlp/digits",
    metric="accuracy",
    mean=0.9,
    seeds=(0,),
    minutes_cpu=0.1,
    baseline=0.1,
    parameters=1,
    source="written for this test",
    mended="nothing",
)


@pytest.mark.parametrize("words", [{"summary": "other words"}, {"promise": PROMISE}, {"promise": None}])
def test_summary_and_promise_change_neither_hash_nor_difference(registry: Registry, words: dict[str, Any]) -> None:
    recipe = read_recipe(registry, "mlp/digits")
    assert recipe_hash(changed(recipe, **words)) == recipe_hash(recipe)
    assert difference(recipe, changed(recipe, **words)) == []


@pytest.mark.parametrize("change", [{"epochs": 41}, {"dropout": 0.3}, {"split_seed": 1}, {"dataset": "moons"}])
def test_whatever_a_run_depends_on_changes_the_hash(registry: Registry, change: dict[str, Any]) -> None:
    assert recipe_hash(read_recipe(registry, "mlp", change)) != recipe_hash(read_recipe(registry, "mlp"))
