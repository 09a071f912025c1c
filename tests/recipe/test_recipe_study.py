"""What a recipe may say of a study, and the cells that it stands for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from registry import Registry, build
from zoo.recipe import RecipeError, bind, read_recipe, recipe_from_table, recipe_hash, write_recipe
from zoo.recipe.override import apply_overrides
from zoo.recipe.study import Grid, grid

BASE: dict[str, Any] = {
    "summary": "a dense network of which a study is made",
    "family": "mlp",
    "dataset": "digits",
    "task": "classification",
}
WITH_STUDIES = [
    entry.name
    for entry in build(with_plugins=False).recipes()
    if "study" in read_recipe(build(with_plugins=False), entry.name).model_dump(exclude_none=True)
]


def cells(registry: Registry, study: dict[str, Any], **changes: Any) -> Grid:
    recipe = recipe_from_table({**BASE, **changes, "study": study}, name="mlp/mine", where="mine.toml")
    return grid(registry, bind(registry, recipe), where="mine.toml")


def test_every_value_goes_with_every_other(registry: Registry) -> None:
    axes = {"training.optimizer": ["sgd", "adam"], "hyperparameters.units": [[10], [50], [100]]}
    found = cells(registry, {"axes": axes})
    assert [cell.name for cell in found.cells] == [
        *("1-sgd-10", "2-sgd-50", "3-sgd-100", "4-adam-10", "5-adam-50", "6-adam-100")
    ]
    assert found.cells[4].bound.recipe.training.optimizer == "adam"
    assert found.cells[4].bound.hyperparameters.units == (50,)  # type: ignore[attr-defined]
    assert found.axes[1].numbers == (10.0, 50.0, 100.0)
    assert found.axes[0].numbers is None


def test_settings_that_vary_together_make_one_axis(registry: Registry) -> None:
    together = {
        "name": "optimizer",
        "labels": ["slow", "fast"],
        "values": {"training.optimizer": ["sgd", "adam"], "training.learning_rate": [0.1, 0.001]},
    }
    found = cells(registry, {"zip": [together], "axes": {"dropout": [0.0, 0.5]}})
    assert [cell.name for cell in found.cells] == ["1-0-slow", "2-0-fast", "3-0.5-slow", "4-0.5-fast"]
    assert found.cells[3].bound.recipe.training.learning_rate == 0.001


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ({"axes": {"training.optimiser": ["sgd"]}}, "did you mean: training.optimizer"),
        ({"axes": {"dropout": [0.1, 1.5]}}, "cell 1.5"),
        ({"axes": {"dropout": 0.1}}, "must be a list of values"),
        ({"axes": {"dropout": [0.1, 0.1]}}, "must differ"),
        ({"seeds": [0, 1]}, "at least one axis"),
        ({"axes": {"dropout": [0.1]}, "seeds": [1, 1]}, "seeds must be different"),
        ({"axes": {"dropout": [0.1]}, "metric": "mse"}, "study.metric must name"),
        ({"axes": {"dropout": [0.1]}, "show": ["best_epoc"]}, "did you mean: best_epoch"),
        ({"axes": {"dropout": [0.1]}, "axis": {}}, "study.axis is not a setting"),
        ({"zip": [{"name": "both", "values": {"dropout": [0.1], "epochs": [1, 2]}}]}, "needs as many values"),
        ({"axes": {"dropout": [0.1]}, "zip": [{"name": "a", "values": {"dropout": [0.2]}}]}, "stands on two axes"),
    ],
)
def test_a_study_that_cannot_be_is_refused_before_anything_trains(
    registry: Registry, study: dict[str, Any], said: str
) -> None:
    with pytest.raises(RecipeError) as raised:
        cells(registry, study)
    assert said in str(raised.value)


def test_a_study_changes_no_hash_and_its_cells_promise_nothing(registry: Registry) -> None:
    plain = read_recipe(registry, "mlp/digits")
    table = plain.model_dump(mode="json", exclude_none=True, exclude={"name"})
    with_study = recipe_from_table({**table, "study": {"axes": {"dropout": [0.1]}}}, name="mlp/digits", where=None)
    assert recipe_hash(with_study) == recipe_hash(plain)
    (cell,) = grid(registry, bind(registry, with_study)).cells
    assert cell.bound.recipe.promise is None
    assert cell.bound.recipe.study is None


def test_another_data_set_takes_the_study_away(registry: Registry) -> None:
    table = {**BASE, "study": {"axes": {"dropout": [0.1]}}}
    assert "study" not in apply_overrides(registry, table, {"dataset": "iris"}, where=None)
    assert "study" in apply_overrides(registry, table, {"epochs": 3}, where=None)


@pytest.mark.parametrize("name", WITH_STUDIES)
def test_a_recipe_with_a_study_is_written_and_read_alike(registry: Registry, name: str) -> None:
    recipe = read_recipe(registry, name)
    again = recipe_from_table(tomllib.loads(write_recipe(recipe)), name=name, where=None)
    assert again == recipe


@pytest.mark.parametrize("name", WITH_STUDIES)
def test_every_cell_of_a_recipe_with_a_study_is_valid(registry: Registry, name: str) -> None:
    found = grid(registry, bind(registry, read_recipe(registry, name)))
    assert len({cell.name for cell in found.cells}) == len(found.cells) > 1
    assert Path(registry.recipe(name).path).read_text(encoding="utf-8").count("[study") >= 1
