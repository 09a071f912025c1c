"""The jobs that people ask for by name: the runner with the report listening."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from registry import Registry, UserError
from registry.names import near
from zoo.data.catalogue import load as load_data
from zoo.data.errors import InvalidData
from zoo.data.spec import SPLIT_NAMES
from zoo.outcome import Run
from zoo.recipe import BoundRecipe, bind, read_recipe, recipe_from_table
from zoo.recipe.read import read_table
from zoo.recipe.seeds import check_seeds
from zoo.report import figures_of, write_report
from zoo.run import reproduce as reproduction
from zoo.run import trainer
from zoo.run.cross_validate import cross_validate as run_folds
from zoo.run.determinism import checked, seed_of
from zoo.run.devices import suited_to
from zoo.run.events import Event, Noted, RunEnded, Subscriber
from zoo.run.folder import RunFolder, new_folder
from zoo.run.folds import Folding
from zoo.run.outputs import measured_outputs
from zoo.run.placement import Placement
from zoo.run.pretrained import require_source
from zoo.run.tasks import task_of
from zoo.run.unfinished import lacks_report, require_level, unfinished
from zoo.tune.ask import Asked
from zoo.use.predict import load as load_model


def report_when_ended(registry: Registry) -> Subscriber:
    """A subscriber that writes the report of a run that ended, well or not, with the figures of its family.

    A run that a scheduler ends has no time for one; it goes on before long.
    """

    def write(event: Event) -> None:
        if isinstance(event, RunEnded) and not event.hurried:
            write_report(event.folder, figures_of(registry, event.folder))

    return write


def runs_root(runs: str | os.PathLike[str] | None) -> Path:
    """Where run folders go: as given, else ZOO_RUNS_DIR, else `runs` in the working folder."""
    return Path(runs or os.environ.get("ZOO_RUNS_DIR") or "runs")


def _bound(registry: Registry, name: str, overrides: Mapping[str, Any] | None, *, folds: bool = False) -> BoundRecipe:
    """A recipe that can be trained: its trained weights are there, if it begins with some."""
    bound = bind(registry, read_recipe(registry, name, overrides))
    require_source(registry, bound, folds=folds)
    return bound


def train(
    registry: Registry,
    name: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    runs: str | os.PathLike[str] | None = None,
    subscribers: Sequence[Subscriber] = (),
    argv: Sequence[str] | None = None,
    resume: bool = False,
    determinism: str | None = None,
    placement: Placement | None = None,
) -> Run:
    """Make one run of a recipe, or go on with the newest one where it was stopped. See `zoo.train`."""
    chosen = seed_of(checked(determinism), seed)
    check_seeds([chosen])
    bound = bind(registry, read_recipe(registry, name, overrides))
    arguments = argv or sys.argv
    if placement is not None and not placement.is_chief:
        return _join(registry, bound, chosen, placement, arguments, determinism, subscribers)
    listeners = (*subscribers, report_when_ended(registry))
    any_seed = seed is None and determinism == "off"
    stopped = unfinished(runs_root(runs), bound.name, None if any_seed else chosen) if resume else None
    if stopped is not None:
        require_level(stopped, determinism)
        if lacks_report(stopped):
            trainer.require_same_recipe(stopped.read(), bound, stopped)
            return _only_report(registry, stopped)
        trainer.go_on(registry, bound, stopped, subscribers=listeners, placement=placement)
        return Run(stopped.path, stopped.read())
    require_source(registry, bound)
    folder = RunFolder(new_folder(runs_root(runs), bound.name))
    trainer.start(
        registry,
        bound,
        folder,
        seed=chosen,
        argv=arguments,
        subscribers=listeners,
        determinism=determinism,
        placement=placement,
    )
    return Run(folder.path, folder.read())


def _join(
    registry: Registry,
    bound: BoundRecipe,
    seed: int,
    placement: Placement,
    argv: Sequence[str],
    determinism: str | None,
    subscribers: Sequence[Subscriber],
) -> Run:
    """Take part in a run that the chief writes; what this worker writes goes to a folder of its own that is removed."""
    cluster = placement.cluster
    assert cluster is not None
    facts = {"kind": "worker", "name": bound.name, "worker": cluster.index, "workers": len(cluster.workers)}
    if suited_to(bound, placement).cluster is None:
        return Run(Path(), {**facts, "status": "not needed"})
    with tempfile.TemporaryDirectory(prefix="zoo-worker-") as scratch:
        folder = RunFolder(Path(scratch))
        trainer.start(
            registry,
            bound,
            folder,
            seed=seed,
            argv=argv,
            subscribers=tuple(partial(_only_notes, subscriber) for subscriber in subscribers),
            determinism=determinism,
            placement=placement,
        )
        return Run(folder.path, {**facts, "status": folder.read()["status"]})


def _only_notes(subscriber: Subscriber, event: Event) -> None:
    """Tell of an event what concerns every worker; of the run itself the chief tells."""
    if isinstance(event, Noted):
        subscriber(event)


def reproduce(
    registry: Registry,
    name: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    seeds: Sequence[int] | None = None,
    runs: str | os.PathLike[str] | None = None,
    subscribers: Sequence[Subscriber] = (),
    argv: Sequence[str] | None = None,
    determinism: str | None = None,
    placement: Placement | None = None,
) -> Run:
    """Run a recipe's seeds and judge its promise. See `zoo.reproduce`."""
    checked(determinism)
    if placement is not None and placement.cluster is not None:
        raise UserError(
            "a reproduction runs on one host; many hosts share one run at a time",
            received=", ".join(placement.cluster.workers),
            hint=f"zoo train {name} --seed 0 --workers ..., or --strategy mirrored",
        )
    if seeds is not None:
        check_seeds(seeds)
    bound = _bound(registry, name, overrides)
    folder = RunFolder(new_folder(runs_root(runs), bound.name))
    reproduction.begin(bound, folder, seeds=seeds, argv=argv or sys.argv, determinism=determinism, placement=placement)
    reproduction.go_on(registry, bound, folder, subscribers=(*subscribers, report_when_ended(registry)))
    return Run(folder.path, folder.read())


def cross_validate(
    registry: Registry,
    name: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    folds: str | int = 5,
    seed: int = 0,
    runs: str | os.PathLike[str] | None = None,
    subscribers: Sequence[Subscriber] = (),
    argv: Sequence[str] | None = None,
) -> Run:
    """Hold out every row of the training and validation split once. See `zoo.run.cross_validate`."""
    check_seeds([seed])
    folding = Folding.parse(str(folds))
    bound = _bound(registry, name, overrides, folds=True)
    folder = RunFolder(new_folder(runs_root(runs), bound.name))
    listeners = (*subscribers, report_when_ended(registry))
    facts = run_folds(registry, bound, folder, folding, seed=seed, argv=argv or sys.argv, subscribers=listeners)
    return Run(folder.path, facts)


def tune(
    registry: Registry,
    asked: Asked,
    *,
    runs: str | os.PathLike[str] | None = None,
    subscribers: Sequence[Subscriber] = (),
    argv: Sequence[str] | None = None,
) -> Run:
    """Search better settings of a recipe, as `zoo.tune.ask.asked` has checked them. See `zoo.tune`."""
    from zoo.tune import conduct, searches  # KerasTuner, which only this verb needs

    place, root = searches.site(), runs_root(runs)
    if asked.settings.workers > 1 or place is not None:
        searches.require_installed(registry, asked.bound)
    if place is not None and not place.is_chief:
        count = conduct.join(registry, asked.bound, searches.wait_for(root, asked), place, tuple(subscribers))
        return Run(Path(), {"kind": "search_worker", "worker": place.tuner_id, "trials": count})
    folder = searches.stopped(root, asked) if asked.resume else None
    if folder is None:
        folder = RunFolder(new_folder(root, asked.bound.name))
        searches.begin(
            asked.bound, folder, asked.space, asked.settings, argv=argv or sys.argv, placement=asked.placement
        )
    listeners = (*subscribers, report_when_ended(registry))
    conduct.conduct(registry, asked.bound, folder, subscribers=listeners, place=place)
    return Run(folder.path, folder.read())


def study(
    registry: Registry,
    name: str,
    overrides: Mapping[str, Any] | None = None,
    *,
    seeds: Sequence[int] | None = None,
    workers: int = 1,
    deadline_minutes: float = 30.0,
    runs: str | os.PathLike[str] | None = None,
    subscribers: Sequence[Subscriber] = (),
    argv: Sequence[str] | None = None,
    determinism: str | None = None,
    placement: Placement | None = None,
) -> Run:
    """Train every cell of a recipe's study with every seed. See `zoo.study`."""
    from zoo.study import conduct
    from zoo.study.ask import bound_study, require_workers

    checked(determinism)
    require_workers(registry, workers, placement or Placement())
    bound = bound_study(registry, name, overrides, seeds)
    folder = RunFolder(new_folder(runs_root(runs), bound.name))
    conduct.begin(
        registry,
        bound,
        folder,
        seeds=seeds,
        workers=workers,
        deadline_minutes=deadline_minutes,
        argv=argv or sys.argv,
        determinism=determinism,
        placement=placement,
    )
    conduct.go_on(registry, bound, folder, subscribers=(*subscribers, report_when_ended(registry)))
    return Run(folder.path, folder.read())


def resume(
    registry: Registry,
    run: str | os.PathLike[str],
    *,
    subscribers: Sequence[Subscriber] = (),
    placement: Placement | None = None,
) -> Run:
    """Go on with a run or a reproduction that was stopped. See `zoo.resume`."""
    folder = RunFolder(Path(run))
    table = folder.read()
    joins = placement is not None and not placement.is_chief
    if lacks_report(folder) and not joins:
        return _only_report(registry, folder)
    if table["kind"] == "cross_validation":
        raise UserError(
            "a cross-validation is begun again, not resumed",
            received=str(folder.path),
            hint=f"zoo train {table['name']} --cv {table['folding']}",
        )
    path = folder.path / "recipe.toml"
    bound = bind(registry, recipe_from_table(read_table(path), name=table["name"], where=str(path)), where=str(path))
    if placement is not None and joins:
        level = table.get("determinism", {}).get("level")
        return _join(registry, bound, int(table["seed"]), placement, table["argv"], level, subscribers)
    listeners = (*subscribers, report_when_ended(registry))
    if table["kind"] == "search":
        from zoo.tune import conduct, searches

        place = searches.site()
        if place is not None and not place.is_chief:
            raise UserError(
                "the chief goes on with a search; workers join it",
                received=f"KERASTUNER_TUNER_ID={place.tuner_id}",
                hint=f"zoo tune {table['name']} with the chief's options",
            )
        conduct.conduct(registry, bound, folder, subscribers=listeners, place=place)
    elif table["kind"] == "study":
        from zoo.study import conduct as study_conduct
        from zoo.study.ask import stored_study

        study_conduct.go_on(registry, stored_study(registry, table), folder, subscribers=listeners)
    elif table["kind"] == "reproduce":
        reproduction.go_on(registry, bound, folder, subscribers=listeners)
    else:
        trainer.go_on(registry, bound, folder, subscribers=listeners, placement=placement)
    return Run(folder.path, folder.read())


def _only_report(registry: Registry, folder: RunFolder) -> Run:
    """What is left to do of a run that was killed between its end and its report."""
    with folder.held():
        write_report(folder.path, figures_of(registry, folder.path))
    return Run(folder.path, folder.read())


def evaluate(registry: Registry, name: str | os.PathLike[str], *, split: str = "test") -> dict[str, Any]:
    """Measure a trained model on one split of its data set. See `zoo.evaluate`."""
    if split not in SPLIT_NAMES:
        raise UserError(
            "the split must be one of the data set's",
            received=split,
            near=near(split, SPLIT_NAMES),
            hint=f"one of: {', '.join(SPLIT_NAMES)}",
        )
    model = load_model(registry, os.fspath(name))
    bound = bind(registry, model.recipe)
    data = load_data(registry, bound.dataset.name, bound.data_options.model_dump()).for_task(bound.recipe.task)
    stated = model.record.get("data", {}).get("hashes", {}).get(split)
    if stated is not None and stated != data.hashes()[split]:
        raise InvalidData(
            f"the {split} split must be the one that the model was measured on",
            received=f"sha256 {data.hashes()[split][:12]}... instead of {stated[:12]}...",
            where=bound.dataset.name,
        )
    chosen = data.splits[split]
    task = task_of(data.spec)
    if task.examine is not None:
        found = task.examine(model.network, data, (split,))
        metrics, baseline = found.metrics[split], found.baseline[split]
    else:
        outputs = measured_outputs(model.network, data.spec)(chosen)
        metrics = task.score(data.spec, outputs, chosen.targets)
        baseline = task.baseline_score(data, split, outputs)
    return {
        "name": model.recipe.name,
        "split": split,
        "examples": len(chosen),
        "metrics": metrics,
        "baseline": {"name": task.baseline, **baseline},
        "weights": model.record["weights"],
    }
