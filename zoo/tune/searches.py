"""The folders of searches: begun, found again, and compared with what is asked now."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from registry import Registry, UserError, default
from zoo.data.atomic import write_text
from zoo.recipe import BoundRecipe, recipe_hash, resolved, write_recipe
from zoo.run import determinism as determinisms
from zoo.run.errors import RunFolderError, WorkerLost
from zoo.run.folder import RunFolder
from zoo.run.head import head
from zoo.run.placement import Placement
from zoo.run.unfinished import lacks_report
from zoo.tune.ask import Asked
from zoo.tune.chief import FIRST_WORKER_SECONDS, site
from zoo.tune.settings import Settings
from zoo.tune.space import Space, space_hash

__all__ = ["begin", "require_installed", "require_same_search", "search_hash", "site", "stopped", "wait_for"]


def begin(
    bound: BoundRecipe,
    folder: RunFolder,
    space: Space,
    settings: Settings,
    *,
    argv: Sequence[str],
    determinism: str | None = None,
    placement: Placement | None = None,
) -> None:
    """Write what a search is going to do; `zoo.tune.conduct` does it."""
    repeats = determinisms.enter(determinism)
    write_text(folder.path / "recipe.toml", write_recipe(resolved(bound)))
    folder.write(
        {
            **head(bound, folder, "search", argv, repeats=repeats, placement=placement),
            "settings": settings.__dict__,
            "space": space.to_json(),
            "space_hash": search_hash(bound, space, settings),
        }
    )


def search_hash(bound: BoundRecipe, space: Space, settings: Settings) -> str:
    """sha256 over the recipe, the space and how trials are scored: another one is another search."""
    return space_hash(recipe_hash(resolved(bound)), list(space.to_json().items()), settings.deciding())


def require_same_search(table: Mapping[str, Any], bound: BoundRecipe, space: Space, settings: Settings) -> None:
    """Refuse to go on with another space, another recipe or another way to score.

    Raises:
        RunFolderError: Something differs; the message says what.
    """
    if table["space_hash"] == search_hash(bound, space, settings):
        return
    asked, before = space.to_json(), table["space"]
    different = [key for key in dict.fromkeys([*before, *asked]) if before.get(key) != asked.get(key)]
    different += [key for key, value in settings.deciding().items() if table["settings"].get(key) != value]
    if table["recipe_hash"] != recipe_hash(resolved(bound)):
        different.append("the recipe")
    raise RunFolderError(
        "a search goes on with the space, the recipe and the score that it began with",
        received=f"another {', '.join(different) or 'order of the space'}",
        hint=f"zoo tune {bound.name}, without --resume, for a new search",
    )


def stopped(root: Path, asked: Asked) -> RunFolder | None:
    """The newest search of a recipe, if it was stopped; it gets the trials, time and workers that are asked for now.

    Raises:
        RunFolderError: A process is working on it, or it has another space, recipe or score.
    """
    for path in sorted((root / asked.bound.name).glob("*/run.json"), reverse=True):
        folder = RunFolder(path.parent)
        table = folder.read()
        if table.get("kind") != "search":
            continue
        status = folder.status()
        if status == "finished":
            return folder if lacks_report(folder) else None
        if status == "running":
            raise RunFolderError(
                "a search can be worked on by one process at a time; the newest one is running",
                received=str(folder.path),
            )
        require_same_search(table, asked.bound, asked.space, asked.settings)
        folder.update(settings=asked.settings.__dict__)
        return folder
    return None


def wait_for(root: Path, asked: Asked) -> RunFolder:
    """The search that the chief on another host has begun in the shared folder of runs.

    Raises:
        WorkerLost: There is none after ten minutes.
    """
    began, wanted = time.monotonic(), search_hash(asked.bound, asked.space, asked.settings)
    while time.monotonic() - began < FIRST_WORKER_SECONDS:
        for path in sorted((root / asked.bound.name).glob("*/run.json"), reverse=True):
            table = RunFolder(path.parent).read()
            same = table.get("kind") == "search" and table.get("space_hash") == wanted
            if same and RunFolder(path.parent).status() == "running":
                return RunFolder(path.parent)
        time.sleep(1.0)
    raise WorkerLost(
        "a worker must find the search of its chief in the folder of runs, which they share",
        received=str(root / asked.bound.name),
        hint="the same command with KERASTUNER_TUNER_ID=chief, on one host",
    )


def require_installed(registry: Registry, bound: BoundRecipe) -> None:
    """Refuse what other processes would not find: a family that only this process has registered.

    Raises:
        UserError: The registry is not the installed one.
    """
    if registry is not default():
        raise UserError(
            "workers are processes of their own, which know what is installed",
            received=f"{bound.name} of another registry",
            hint="workers=1, or a plugin that is installed",
        )
