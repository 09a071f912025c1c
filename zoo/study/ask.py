"""What a user asked a study to be, checked before TensorFlow is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from registry import Registry, UserError, default
from zoo.recipe import BoundRecipe, RecipeError, bind, read_recipe, recipe_from_table, recipe_table
from zoo.recipe.override import TOP_LEVEL, full_key
from zoo.recipe.seeds import check_seeds
from zoo.recipe.study import grid
from zoo.run.placement import Placement
from zoo.run.pretrained import require_source


def bound_study(
    registry: Registry, name: str, overrides: Mapping[str, Any] | None, seeds: Sequence[int] | None = None
) -> BoundRecipe:
    """Read and validate a recipe with a study, and all its cells.

    Raises:
        UnknownName: There is no such recipe.
        RecipeError: It has no study, something of it is not valid, or a change is of what stands on an axis.
        WeightsError: A cell begins with trained weights that are not there.
        UserError: The seeds are not seeds.
    """
    if seeds is not None:
        check_seeds(seeds)
    whole = read_recipe(registry, name)
    bound = bind(registry, read_recipe(registry, name, overrides), where=name)
    for cell in grid(registry, bound, where=name).cells:
        require_source(registry, cell.bound)
    assert whole.study is not None
    axes = {key for axis in (whole.study.axes, *(one.values for one in whole.study.zip)) for key in axis}
    table = recipe_table(whole)
    for key in overrides or {}:
        full = key if key in TOP_LEVEL else full_key(registry, table, key, where=name)
        if full in axes:
            raise RecipeError(
                "what stands on an axis of the study cannot be changed besides",
                received=f"{full} = {(overrides or {})[key]!r}",
                where=name,
                hint=f"zoo copy {name}, and other axes",
            )
    return bound


def stored_study(registry: Registry, table: Mapping[str, Any]) -> BoundRecipe:
    """The recipe of a study as its run.json has it: TOML files are written in another order, which counts for axes."""
    return bind(registry, recipe_from_table(table["recipe"], name=table["name"], where=None))


def require_workers(registry: Registry, workers: int, placement: Placement) -> None:
    """Refuse what worker processes cannot do.

    Raises:
        UserError: There are none, their registry is another one, or several devices are asked for besides.
    """
    if workers < 1:
        raise UserError("there must be at least one worker", received=workers, hint="--workers 2")
    if placement.cluster is not None or (workers > 1 and placement.names_several):
        raise UserError(
            "a cell runs in one process: several devices share its batches, or are dealt out to workers",
            received=f"--strategy {placement.strategy} --workers {workers}",
            hint="--workers 2 alone, or --strategy mirrored alone",
        )
    if workers > 1 and registry is not default():
        raise UserError(
            "worker processes know the families that are installed",
            received="a registry of one's own",
            hint="workers=1",
        )
