"""A promise is refused before anything is trained when it could not be judged afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry import Registry, UserError
from zoo.data.spec import DataSpec
from zoo.recipe import RecipeError, bind, read_recipe
from zoo.recipe.choices import METRICS, TWO_CLASS_METRICS
from zoo.recipe.seeds import check_seeds
from zoo.run.tasks import score

RECIPE = """
summary = "Small network"
family = "mlp"
dataset = "{dataset}"

[promise]
command = "zoo reproduce mlp/small"
metric = "{metric}"
mean = 0.9
seeds = [{seed}]
minutes_cpu = 0.1
baseline = 0.5
parameters = 42
source = "written for this test"
mended = "nothing"
"""


def bound(registry: Registry, folder: Path, *, dataset: str = "digits", metric: str = "accuracy", seed: int = 0) -> str:
    """Read and bind a recipe that promises something; the metric that it promises."""
    path = folder / "small.toml"
    path.write_text(RECIPE.format(dataset=dataset, metric=metric, seed=seed), encoding="utf-8")
    recipe = bind(registry, read_recipe(registry, str(path)), where=str(path)).recipe
    assert recipe.promise is not None
    return recipe.promise.metric


def measured(task: str, classes: int | None) -> set[str]:
    """The metrics that the runner measures on a small split of a task."""
    names = tuple(map(str, range(classes))) if classes else None
    spec = DataSpec(kind="vector", shape=(1,), dtype="float32", task=task, classes=names)
    count = classes or 3  # more than inputs, and one
    return set(score(spec, np.eye(count, classes or 1, dtype=np.float32), np.arange(count)))


def test_the_table_of_metrics_is_what_the_runner_measures() -> None:
    assert set(METRICS["regression"]) == measured("regression", None)
    assert set(METRICS["classification"]) == measured("classification", 2)
    assert set(METRICS["classification"]) - set(TWO_CLASS_METRICS) == measured("classification", 3)


def test_a_promise_about_a_metric_that_is_not_measured_is_refused_with_the_nearest(
    registry: Registry, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match=r"promise\.metric must be measured for classification") as caught:
        bound(registry, tmp_path, metric="balanced_acuracy")
    assert caught.value.near[0] == "balanced_accuracy"
    assert caught.value.where == str(tmp_path / "small.toml")


def test_a_metric_of_two_classes_is_promised_on_two_classes_only(registry: Registry, tmp_path: Path) -> None:
    assert bound(registry, tmp_path, dataset="moons", metric="auc") == "auc"
    with pytest.raises(RecipeError, match="on the data set digits"):
        bound(registry, tmp_path, metric="auc")


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_promise_about_a_seed_that_cannot_be_drawn_from_is_refused(
    registry: Registry, tmp_path: Path, seed: int
) -> None:
    with pytest.raises(RecipeError, match="seeds must be whole numbers from 0 to 4294967295"):
        bound(registry, tmp_path, seed=seed)


@pytest.mark.parametrize("seeds", [[], [3, 3], [-1], [2**32], [1.0], [True], ["1"]])
def test_seeds_that_cannot_be_run_are_refused(seeds: list[int]) -> None:
    with pytest.raises(UserError, match="seeds must be different whole numbers from 0 to 4294967295"):
        check_seeds(seeds)


def test_the_smallest_and_the_largest_seed_are_taken() -> None:
    assert check_seeds([0, 2**32 - 1]) == (0, 2**32 - 1)
