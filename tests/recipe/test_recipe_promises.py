"""The header of every recipe is a promise: parsed, bound, and checked against its body."""

from pathlib import Path

import numpy as np
import pytest

from registry import Registry, build
from registry.names import parse
from zoo.data.catalogue import load
from zoo.data.spec import DataSpec
from zoo.recipe import Promise, Recipe, bind, read_recipe
from zoo.recipe.choices import METRICS
from zoo.run.generation_scores import noise_scores
from zoo.run.tasks import TASKS, score
from zoo.run.verdict import beats, direction_of

OF_MAPS = ("mapping", "anomaly_detection")  # their baseline needs the trained map
OF_MODELS = (*OF_MAPS, "minimisation")  # and that of a function the point that it began with
REGISTRY = build(with_plugins=False)
NAMES = [entry.name for entry in REGISTRY.recipes()]
PROMISING = [name for name in NAMES if "promise" in REGISTRY.recipe(name).table()]
# recipes of data that are not ours to have, or of runs that are too long
NOT_RUN = {"dcgan/pokemon"}


@pytest.fixture(params=NAMES)
def recipe(registry: Registry, request: pytest.FixtureRequest) -> Recipe:
    """Each recipe of the folder `recipes`."""
    return read_recipe(registry, request.param)


@pytest.fixture(params=PROMISING)
def promising(registry: Registry, request: pytest.FixtureRequest) -> Recipe:
    """Each recipe that promises something."""
    return read_recipe(registry, request.param)


@pytest.fixture
def promise(promising: Recipe) -> Promise:
    """Its promise."""
    assert promising.promise is not None
    return promising.promise


def test_every_recipe_promises_something_but_those_that_were_not_run() -> None:
    assert set(NAMES) - set(PROMISING) == NOT_RUN


@pytest.mark.parametrize("name", NAMES)
def test_only_a_recipe_that_says_in_its_first_line_that_it_was_not_run_promises_nothing(
    registry: Registry, name: str
) -> None:
    path = Path(registry.recipe(name).path)
    says_so = path.read_text(encoding="utf-8").startswith("# not run: ")
    assert says_so == (name in NOT_RUN) == (read_recipe(registry, name).promise is None)


def metrics_of(task: str, classes: int | None) -> set[str]:
    """The names of the metrics that the runner measures for a task."""
    if TASKS[task].examine is not None:
        return set(METRICS[task])
    labels = tuple(map(str, range(classes))) if classes else None
    if task == "forecasting":
        spec = DataSpec(kind="series", shape=(1,), dtype="float32", task=task, horizon=2)
        return set(score(spec, np.zeros((2, 2), np.float32), np.arange(2)))
    spec = DataSpec(kind="vector", shape=(1,), dtype="float32", task=task, classes=labels)
    count = classes or 2
    columns = (classes or 1) + (4 if task in OF_MAPS else 0)
    outputs = np.eye(count, columns, dtype=np.float32)
    outputs[:, -(classes or 1) :] = 0.5
    return set(score(spec, outputs, np.arange(count)))


def test_a_recipe_goes_with_its_family_and_its_data_set(registry: Registry, recipe: Recipe) -> None:
    bound = bind(registry, recipe)
    assert bound.family.name == parse(recipe.name).family
    assert bound.dataset.name == recipe.dataset


def test_a_recipe_says_in_one_line_what_it_is(recipe: Recipe) -> None:
    assert len(recipe.summary) > 10
    assert recipe.summary.isprintable()


def test_the_promised_command_is_the_one_that_runs_this_recipe(promising: Recipe, promise: Promise) -> None:
    assert promise.command == f"zoo reproduce {promising.name}"


def test_the_promised_metric_is_one_that_the_task_has(registry: Registry, promising: Recipe, promise: Promise) -> None:
    assert promise.metric in metrics_of(promising.task, registry.dataset(promising.dataset).classes)


def test_a_promise_is_better_than_its_baseline_or_says_that_it_is_not(promise: Promise) -> None:
    if promise.beats_baseline:
        assert beats(promise.mean, promise.baseline, direction_of(promise.metric))


def test_a_spread_is_told_where_there_are_several_seeds(promise: Promise) -> None:
    assert (promise.spread is not None) == (len(promise.seeds) > 1)
    assert all(seed >= 0 for seed in promise.seeds)


def test_minutes_are_told_and_more_than_none(promise: Promise) -> None:
    assert promise.minutes_cpu > 0
    assert promise.minutes_gpu == "not measured" or promise.minutes_gpu > 0


def test_a_promise_names_its_source_and_what_was_mended(promise: Promise) -> None:
    assert promise.parameters > 0
    assert len(promise.source) > 10
    assert promise.mended


def of_data(embedded: bool) -> list[str]:
    """Recipes whose data come with an installed package, or those that do not; their baseline is one of the data."""
    registry = build(with_plugins=False)
    tables = {name: registry.recipe(name).table() for name in NAMES}
    of_the_data = {
        name: table for name, table in tables.items() if table.get("task") not in OF_MODELS and name not in NOT_RUN
    }
    return [name for name, table in of_the_data.items() if registry.dataset(table["dataset"]).embedded is embedded]


def check_baseline(registry: Registry, name: str) -> None:
    bound = bind(registry, read_recipe(registry, name))
    promise = bound.recipe.promise
    assert promise is not None
    data = load(registry, bound.dataset.name, bound.data_options.model_dump()).for_task(bound.recipe.task)
    if bound.recipe.task == "picture_generation":
        baseline = noise_scores(data, bound.hyperparameters.judge, "test")
    else:
        baseline = TASKS[bound.recipe.task].baseline_score(data, "test", np.zeros((0, 0), np.float32))
    assert promise.baseline == pytest.approx(baseline[promise.metric], abs=0.005)


@pytest.mark.parametrize("name", of_data(embedded=True))
def test_the_baseline_is_that_of_the_embedded_data(registry: Registry, name: str) -> None:
    check_baseline(registry, name)


@pytest.mark.real
@pytest.mark.parametrize("name", of_data(embedded=False))
def test_the_baseline_is_that_of_the_real_data(registry: Registry, name: str) -> None:
    check_baseline(registry, name)
