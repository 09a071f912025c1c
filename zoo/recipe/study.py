"""The cells of a study: every value of every axis with every other, each a recipe of its own that is validated."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry import Registry
from registry.names import near
from zoo.recipe.bind import BoundRecipe, bind
from zoo.recipe.choices import METRICS
from zoo.recipe.errors import RecipeError
from zoo.recipe.override import apply_overrides
from zoo.recipe.read import recipe_from_table
from zoo.recipe.schema import Recipe, Study
from zoo.recipe.write import recipe_table

MOST_CELLS = 10_000
OF_RUNS = ("best_epoch", "epochs", "seconds", "parameters")
SNR = "signal_to_noise"  # of a regression, in decibels: of the targets' variance to the mean squared error
SPLITS = ("train_", "validation_")
LONGEST = 24  # characters of a label in a folder's name


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        name: As tables and plots call it.
        labels: A short text for each value.
        settings: For each value, the settings by dotted key.
        numbers: The values as numbers, where one setting varies and all its values are numbers; None otherwise.
    """

    name: str
    labels: tuple[str, ...]
    settings: tuple[Mapping[str, Any], ...]
    numbers: tuple[float, ...] | None

    def to_json(self) -> dict[str, Any]:
        """What run.json keeps."""
        numbers = None if self.numbers is None else list(self.numbers)
        return {"name": self.name, "labels": list(self.labels), "numbers": numbers}


@dataclass(frozen=True)
class Cell:
    """One point of the grid.

    Attributes:
        name: Of its folder, `03-adam-10`.
        place: Which value of each axis it has.
        settings: What differs from the recipe, by dotted key.
        bound: Its recipe, validated; without the study and without a promise, which was not measured with it.
    """

    name: str
    place: tuple[int, ...]
    settings: Mapping[str, Any]
    bound: BoundRecipe


@dataclass(frozen=True)
class Grid:
    """All axes and cells of a study.

    Attributes:
        axes: In the order of the recipe.
        cells: The last axis varies fastest.
        metric: What cells are compared by.
        show: Further quantities.
        plot: What is plotted.
    """

    axes: tuple[Axis, ...]
    cells: tuple[Cell, ...]
    metric: str
    show: tuple[str, ...]
    plot: str


def grid(registry: Registry, bound: BoundRecipe, *, where: str | None = None) -> Grid:
    """Spread out the study of a recipe and validate each of its cells.

    Args:
        registry: Where families and data sets are looked up.
        bound: A recipe.
        where: The file that it came from, for messages.

    Raises:
        RecipeError: The recipe has no study, a setting is unknown, a value is not valid, or a quantity is not measured.
    """
    recipe, study = bound.recipe, bound.recipe.study
    where = where or f"recipe {recipe.name}"
    if study is None:
        raise RecipeError(
            "a study needs a recipe with a table [study]",
            received=recipe.name,
            where=where,
            hint=f"zoo copy {recipe.name}, and add [study] with axes",
        )
    axes = _axes(study)
    count = 1
    for axis in axes:
        count *= len(axis.labels)
    if count > MOST_CELLS:
        raise RecipeError(f"a study may have {MOST_CELLS:,} cells", received=f"{count:,} cells", where=where)
    places = list(itertools.product(*(range(len(axis.labels)) for axis in axes)))
    digits = len(str(count))
    cells = tuple(_cell(registry, recipe, axes, place, f"{k:0{digits}d}", where) for k, place in enumerate(places, 1))
    metric = study.metric or (recipe.promise.metric if recipe.promise else METRICS[recipe.task][0])
    plot = study.plot or metric
    for field, names in (("metric", (metric,)), ("show", study.show), ("plot", (plot,))):
        for name in names:
            _require_measured(name, recipe.task, f"study.{field}", where, metric_only=field == "metric")
    return Grid(axes, cells, metric, study.show, plot)


def _axes(study: Study) -> tuple[Axis, ...]:
    axes = []
    for key, values in study.axes.items():
        settings = tuple({key: value} for value in values)
        axes.append(Axis(key, tuple(_label(value) for value in values), settings, _numbers(values)))
    for together in study.zip:
        rows = [dict(zip(together.values, row, strict=True)) for row in zip(*together.values.values(), strict=True)]
        labels = together.labels or tuple(" ".join(_label(value) for value in row.values()) for row in rows)
        axes.append(Axis(together.name, labels, tuple(rows), None))
    for axis in axes:
        if len(set(axis.labels)) != len(axis.labels):
            raise RecipeError(f"the values of the axis {axis.name} must differ", received=", ".join(axis.labels))
    return tuple(axes)


def _numbers(values: Any) -> tuple[float, ...] | None:
    """Values as numbers: also lists of one, such as the units of a single layer."""
    flat = [value[0] if isinstance(value, list | tuple) and len(value) == 1 else value for value in values]
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in flat):
        return None
    return tuple(float(value) for value in flat)


def _label(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "-".join(_label(part) for part in value) or "none"
    if isinstance(value, Mapping):
        return " ".join(f"{key} {_label(part)}" for key, part in value.items()) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cell(
    registry: Registry, recipe: Recipe, axes: tuple[Axis, ...], place: tuple[int, ...], number: str, where: str
) -> Cell:
    settings: dict[str, Any] = {}
    for axis, index in zip(axes, place, strict=True):
        for key in axis.settings[index]:
            if key in settings:
                raise RecipeError(f"{key} stands on two axes of the study", received=axis.name, where=where)
        settings |= axis.settings[index]
    labels = [axis.labels[index] for axis, index in zip(axes, place, strict=True)]
    at = f"{where}, [study] cell {', '.join(labels)}"
    table = {key: value for key, value in recipe_table(recipe).items() if key not in ("study", "promise", "tuning")}
    changed = apply_overrides(registry, table, settings, where=at)
    bound = bind(registry, recipe_from_table(changed, name=recipe.name, where=at), where=at)
    slug = "-".join(re.sub(r"[^A-Za-z0-9.]+", "_", label)[:LONGEST].strip("_.") or "_" for label in labels)
    return Cell(f"{number}-{slug}", place, settings, bound)


def _require_measured(name: str, task: str, field: str, where: str, *, metric_only: bool) -> None:
    metrics = METRICS.get(task, ())
    bare = name
    for prefix in SPLITS:
        bare = bare.removeprefix(prefix)
    of_regression = (SNR,) if task == "regression" else ()
    if bare in (*metrics, *of_regression) and (not metric_only or (bare == name and bare in metrics)):
        return
    if name in OF_RUNS and not metric_only:
        return
    known = [*metrics, *([] if metric_only else (*OF_RUNS, *of_regression))]
    raise RecipeError(
        f"{field} must name what is measured for {task}",
        received=name,
        where=where,
        near=near(name, known),
        hint=f"one of: {', '.join(known)}" + ("" if metric_only else "; of a metric also train_ and validation_"),
    )
