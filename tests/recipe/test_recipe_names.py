"""Names by kind: one table, any spelling, the nearest to one that is not known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from names_page import page

from registry import Registry
from zoo.recipe import RecipeError, Training, bind, parse_overrides, read_recipe, resolved, write_recipe
from zoo.recipe.choices import METRICS
from zoo.recipe.errors import validated
from zoo.recipe.names import KINDS, SETTING_ALIASES, canonical, checked, choices, key_of, known, spellings
from zoo.recipe.schema import Augmentation

ROOT = Path(__file__).parents[2]
EVERY = [(kind, text) for kind in KINDS for choice in choices(kind) for text in (choice.name, *choice.aliases)]


@given(st.sampled_from(EVERY), st.sampled_from([str.upper, str.title, str, lambda text: text.replace("_", "-")]))
def test_a_name_in_any_spelling_is_one_name_and_that_is_itself(name: tuple[str, str], spell: Any) -> None:
    kind, text = name
    found = canonical(kind, spell(text))
    assert found is not None
    assert canonical(kind, found) == found


@pytest.mark.parametrize("kind", KINDS)
def test_no_spelling_means_two_names(kind: str) -> None:
    count = sum(1 + len(choice.aliases) for choice in choices(kind))
    assert len(spellings(kind)) == count


@given(st.text(max_size=12))
def test_what_is_no_spelling_of_a_name_is_refused(text: str) -> None:
    if canonical("optimizers", text) is None:
        with pytest.raises(RecipeError, match="must be one of the optimizers"):
            checked("optimizers", text)


@pytest.mark.parametrize(
    ("kind", "typed", "meant"),
    [("optimizers", "adan", "adam"), ("activations", "swich", "silu"), ("losses", "hubber", "huber")],
)
def test_an_unknown_name_is_refused_with_the_nearest(kind: str, typed: str, meant: str) -> None:
    with pytest.raises(RecipeError) as refused:
        checked(kind, typed)
    assert meant in refused.value.near


@pytest.mark.parametrize("typed", ["optimisers", "activation"])
def test_an_unknown_kind_is_refused_with_the_nearest(typed: str) -> None:
    with pytest.raises(RecipeError, match="names have a kind") as refused:
        choices(typed)
    assert refused.value.near


def test_an_unknown_optimiser_of_a_recipe_is_refused_with_the_nearest() -> None:
    with pytest.raises(RecipeError, match=r"training\.optimizer: must be one of the optimizers") as refused:
        validated(Training, {"optimizer": "adan"}, table="training", where=None)
    assert "adam" in refused.value.near


@pytest.mark.parametrize(
    ("change", "reason"),
    [("activation=step", "the family perceptron takes it"), ("initializer=kmeans", "placement of the family rbf")],
)
def test_a_name_of_another_family_is_refused_with_the_reason(registry: Registry, change: str, reason: str) -> None:
    with pytest.raises(RecipeError, match=reason):
        bind(registry, read_recipe(registry, "mlp", parse_overrides([change])))


def test_a_resolved_recipe_keeps_keras_own_spelling(registry: Registry) -> None:
    words = [
        "activation=Swish",
        "initializer=xavier_normal",
        "regularizer=ElasticNet",
        "optimizer=NAG",
        "loss=CrossEntropy",
    ]
    words += ["schedule=CosineDecay", "monitor=val_macro_recall"]
    text = write_recipe(resolved(bind(registry, read_recipe(registry, "mlp", parse_overrides(words)))))
    for line in (
        'activation = "silu"',
        'initializer = "glorot_normal"',
        'regularizer = "l1_l2"',
        'optimizer = "nesterov"',
        'loss = "categorical_crossentropy"',
        'schedule = "cosine"',
        'monitor = "validation_balanced_accuracy"',
    ):
        assert line in text


@pytest.mark.parametrize("key", SETTING_ALIASES)
def test_a_setting_s_other_name_works_in_a_change_and_in_a_recipe(registry: Registry, key: str, tmp_path: Path) -> None:
    value = {"batch_norm": "true", "patience": "3"}.get(SETTING_ALIASES[key], "0.25")
    name = "cnn/digits" if key == "translation" else "mlp"
    changed = resolved(bind(registry, read_recipe(registry, name, parse_overrides([f"{key}={value}"]))))
    usual = resolved(bind(registry, read_recipe(registry, name)))
    by_own_name = parse_overrides([f"{SETTING_ALIASES[key]}={value}"])
    assert changed == resolved(bind(registry, read_recipe(registry, name, by_own_name))) != usual
    path = tmp_path / "other.toml"
    text = write_recipe(changed)
    assert f"\n{SETTING_ALIASES[key]} = " in text
    path.write_text(text.replace(f"\n{SETTING_ALIASES[key]} = ", f"\n{key} = "), encoding="utf-8")
    again = resolved(bind(registry, read_recipe(registry, str(path))))
    assert (again.training, again.hyperparameters) == (changed.training, changed.hyperparameters)
    # a change by the one name takes the place of what the recipe says by the other
    assert bind(registry, read_recipe(registry, str(path), by_own_name)).recipe.training == changed.training


def test_a_setting_given_by_two_names_is_refused() -> None:
    with pytest.raises(RecipeError, match="patience is given twice, as early_stopping too"):
        validated(Training, {"patience": 3, "early_stopping": 4}, table="training", where=None)


def test_a_misspelt_other_name_is_near_to_it() -> None:
    with pytest.raises(RecipeError) as refused:
        validated(Training, {"early_stoping": 3}, table="training", where=None)
    assert refused.value.near == ("early_stopping",)


def test_every_metric_of_a_task_has_its_line_and_every_line_its_task() -> None:
    measured = {name for names in METRICS.values() for name in names}
    assert measured == set(known("metrics"))


def test_every_augmentation_is_a_setting() -> None:
    assert set(known("augmentations")) == set(Augmentation.model_fields)


def test_every_regulariser_that_is_a_setting_is_one_of_the_family_mlp_or_of_the_training(registry: Registry) -> None:
    settings = {*registry.family("mlp").hyperparameters.load().model_fields, *Training.model_fields}
    assert {choice.name for choice in choices("regularizers")} - {"l1_l2"} <= settings


def test_initialisers_that_depend_on_the_data_are_hyperparameters_of_their_families(registry: Registry) -> None:
    rbf = bind(registry, read_recipe(registry, "rbf", {"placement": "k_means"})).hyperparameters
    som = bind(registry, read_recipe(registry, "som", {"initialization": "pca"})).hyperparameters
    assert (rbf.placement, som.initialization) == ("k_means", "pca")  # type: ignore[attr-defined]


def test_the_page_is_what_the_table_says() -> None:
    assert (ROOT / "docs" / "names.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("text", ["Glorot-Uniform", "glorot uniform", "GlorotUniform"])
def test_case_hyphens_and_underscores_do_not_count(text: str) -> None:
    assert key_of(text) == "glorotuniform"
