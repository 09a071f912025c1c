"""Bind a recipe to its family and its data set: everything is validated before anything is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry import DataSet, Family, Registry
from registry.names import near
from zoo.recipe.choices import METRICS, TWO_CLASS_METRICS
from zoo.recipe.errors import RecipeError, validated
from zoo.recipe.fields import Settings
from zoo.recipe.schema import Recipe


@dataclass(frozen=True)
class BoundRecipe:
    """A recipe with its family, its data set, and their validated settings."""

    recipe: Recipe
    family: Family
    dataset: DataSet
    hyperparameters: Settings
    data_options: Any

    @property
    def name(self) -> str:
        return self.recipe.name

    @property
    def learning(self) -> str:
        """How the model learns: as its family does, unless the hyperparameters decide it by their own `learning`."""
        return str(getattr(self.hyperparameters, "learning", self.family.learning))


def bind(registry: Registry, recipe: Recipe, *, where: str | None = None) -> BoundRecipe:
    """Validate the recipe's tables against the family's and the data set's own classes.

    Raises:
        UnknownFamily, UnknownDataSet: A name is not registered.
        RecipeError: A setting is unknown or out of range, family, data set and task do not go together, or the promise
            is about a metric that is not measured.
    """
    family, dataset = registry.family(recipe.family), registry.dataset(recipe.dataset)
    where = where or f"recipe {recipe.name}"
    for owner, tasks in ((f"family {family.name}", family.tasks), (f"data set {dataset.name}", offered(dataset))):
        if recipe.task not in tasks:
            raise RecipeError(
                f"the {owner} must offer the recipe's task",
                received=f"task = {recipe.task!r}",
                where=where,
                hint=f"{owner} offers: {', '.join(tasks)}",
            )
    hyperparameters = validated(
        family.hyperparameters.load(), recipe.hyperparameters, table="hyperparameters", where=where
    )
    options = dataset.options.load()
    data_options = validated(options, recipe.data, table="data", where=where)
    # the registered number of classes is that of the default options: others may change it
    _check_metric(recipe, dataset, dataset.classes if data_options == options() else None, where)
    bound = BoundRecipe(recipe, family, dataset, hyperparameters, data_options)
    if recipe.study is not None:
        from zoo.recipe.study import grid  # whose cells are bound here in turn

        grid(registry, bound, where=where)
    return bound


def offered(dataset: DataSet) -> tuple[str, ...]:
    """The tasks of a data set: its own; a map can be made of any; of two classes the second can be an anomaly."""
    return (*dataset.tasks, "mapping", *(["anomaly_detection"] if dataset.classes == 2 else []))


def _check_metric(recipe: Recipe, dataset: DataSet, classes: int | None, where: str) -> None:
    """A promise names a metric of its task: found out before the seeds are trained, not after."""
    known = METRICS.get(recipe.task)
    if recipe.promise is None or known is None:
        return
    if classes not in (None, 2):
        known = tuple(metric for metric in known if metric not in TWO_CLASS_METRICS)
    if recipe.promise.metric not in known:
        raise RecipeError(
            f"promise.metric must be measured for {recipe.task} on the data set {dataset.name}",
            received=f"metric = {recipe.promise.metric!r}",
            where=where,
            near=near(recipe.promise.metric, known),
            hint=f"one of: {', '.join(known)}",
        )


def resolved(bound: BoundRecipe) -> Recipe:
    """The recipe with every default written out, as a run folder keeps it."""
    return bound.recipe.model_copy(
        update={
            "data": bound.data_options.model_dump(mode="json", exclude_none=True),
            "hyperparameters": bound.hyperparameters.model_dump(mode="json", exclude_none=True),
        }
    )
