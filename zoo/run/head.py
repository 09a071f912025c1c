"""What run.json says of whatever begins: a run, a reproduction, a cross-validation, a search or a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo.recipe import BoundRecipe, recipe_hash, recipe_table, resolved
from zoo.run import environment
from zoo.run.folder import RunFolder, now
from zoo.run.placement import Placement


def head(
    bound: BoundRecipe,
    folder: RunFolder,
    kind: str,
    argv: Sequence[str],
    *,
    repeats: dict[str, Any] | None = None,
    placement: Placement | None = None,
) -> dict[str, Any]:
    """The facts that all kinds state when they begin.

    Args:
        bound: The recipe.
        folder: Where it is written.
        kind: run, reproduce, cross_validation, search or study.
        argv: The command.
        repeats: What `zoo.run.determinism.enter` returned.
        placement: Where it runs; on one device, or on all GPUs, if not given.
    """
    recipe = resolved(bound)
    return {
        "name": bound.name,
        "id": folder.name,
        "kind": kind,
        "status": "running",
        "argv": list(argv),
        "started": now(),
        "ended": None,
        "seconds": 0.0,
        "recipe_hash": recipe_hash(recipe),
        "recipe": recipe_table(recipe),
        "versions": environment.versions(),
        "git": environment.git_state(),
        "host": environment.host(),
        **({} if repeats is None else {"determinism": repeats}),
        "placement": (placement or Placement()).to_json(),
        "error": None,
    }
