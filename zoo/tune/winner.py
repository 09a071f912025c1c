"""The winner of a search is a recipe: written as a file, trained again over seeds, measured once on the test split."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from registry import Registry
from zoo.data.atomic import write_text
from zoo.recipe import BoundRecipe, Promise, Recipe, bind, recipe_from_table, recipe_table, write_recipe
from zoo.recipe.choices import METRICS
from zoo.run import reproduce
from zoo.run.events import Subscriber
from zoo.run.folder import RunFolder, make_folder
from zoo.run.verdict import shown
from zoo.tune.search import Search
from zoo.tune.space import changed, in_words
from zoo.tune.trial import Trial

FOLDER = "winner"


def winner_recipe(registry: Registry, recipe: Recipe, trial: Trial) -> BoundRecipe:
    """The recipe with the settings of a trial, under a name of its own; it promises nothing yet."""
    settled = changed(registry, recipe, trial.settings).recipe
    name = f"{recipe.name}_tuned"
    summary = f"{recipe.summary.rstrip('.')} (settings found by a search)"
    return bind(registry, settled.model_copy(update={"name": name, "summary": summary, "tuning": None}))


def file_of(folder: Path, name: str) -> Path:
    """Where the winner of a search stands."""
    return folder / f"{name.rpartition('/')[2]}.toml"


def write_winner(folder: Path, bound: BoundRecipe, facts: Mapping[str, Any], promise: Promise | None) -> Path:
    """Write the winner's file, with what was searched in its first lines."""
    recipe = bound.recipe.model_copy(update={"promise": promise})
    path = file_of(folder, bound.name)
    write_text(path, "".join(f"# {line}\n" for line in header(facts)) + write_recipe(recipe))
    return path


def header(facts: Mapping[str, Any]) -> list[str]:
    """What the file says of the search that found it."""
    best, settings = facts["best"], facts["settings"]
    found = ", ".join(f"{key} = {value}" for key, value in in_words(best["settings"]))
    lines = [
        f"found by: {' '.join(facts['argv'])}",
        f"{facts['trials']['completed']} trials completed, {facts['trials']['failed']} failed, "
        f"{facts['seconds'] / 60:.1f} minutes, tuner {settings['tuner']}, seed {settings['seed']}",
        f"best trial {best['number']}: validation_{settings['objective']} {shown(best['score'])}, with {found}",
    ]
    if facts.get("base") is not None:
        lines.append(f"the recipe as it stood: validation_{settings['objective']} {shown(facts['base'])}")
    return lines


def retrain(
    registry: Registry, search: Search, trial: Trial, facts: Mapping[str, Any], subscribers: tuple[Subscriber, ...]
) -> dict[str, Any]:
    """Train the winner once for each seed, and promise what it reached on the test split.

    Returns:
        The table of run.json of the reproduction.
    """
    bound = winner_recipe(registry, search.bound.recipe, trial)
    path = write_winner(search.folder.path, bound, facts, None)
    # as whoever reads the file will have it
    bound = bind(registry, recipe_from_table(recipe_table(bound.recipe), name=bound.name, where=str(path)))
    folder = RunFolder(search.folder.path / FOLDER)
    if not (folder.path / "run.json").exists():
        if not folder.path.is_dir():
            make_folder(folder.path)
        seeds: Sequence[int] = range(search.settings.retrain)
        metric = search.objective.metric if search.objective.metric in METRICS.get(bound.recipe.task, ()) else None
        reproduce.begin(
            bound, folder, seeds=seeds, argv=search.table["argv"], placement=search.placement, primary=metric
        )
    table = folder.read()
    if table["status"] != "finished":
        reproduce.go_on(registry, bound, folder, subscribers=subscribers)
        table = folder.read()
    write_winner(search.folder.path, bound, facts, _promise(search, table, path))
    return table


def _promise(search: Search, table: Mapping[str, Any], path: Path) -> Promise | None:
    """What the winner reached; no promise where the trivial baseline has no such metric to stand beside it."""
    if table["baseline"] is None:
        return None
    runs = [RunFolder(search.folder.path / FOLDER / name).read() for name in table["runs"]]
    minutes = statistics.fmean(float(run["seconds"]) for run in runs) / 60
    before = search.bound.recipe.promise
    return Promise(
        command=f"zoo reproduce {path.name}",
        metric=table["primary"],
        mean=table["mean"],  # as it is: of a spread of nothing a rounded one is not reached
        spread=None if table["spread"] is None else float(f"{table['spread']:.3g}"),
        seeds=tuple(table["seeds"]),
        minutes_cpu=max(0.1, round(minutes, 1)),
        baseline=float(f"{table['baseline']:.6g}"),
        parameters=sum(runs[0]["parameters"].values()),
        source=(f"{before.source}; " if before else "") + "settings by zoo tune",
        mended=before.mended if before else "nothing",
    )
