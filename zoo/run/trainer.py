"""Train a bound recipe into a run folder, or go on with one that was stopped."""

from __future__ import annotations

import hashlib
import math
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from registry import Registry, ZooError
from zoo.data.atomic import write_text
from zoo.data.spec import Data
from zoo.layers.preprocessing import renew_constants
from zoo.recipe import BoundRecipe, recipe_hash, recipe_table, resolved, table_difference, write_recipe
from zoo.run import determinism as determinisms
from zoo.run import environment
from zoo.run.checkpoint import Checkpoints, Position
from zoo.run.conductor import Conductor
from zoo.run.devices import find_devices, suited_to
from zoo.run.errors import TEMPORARY, Interrupted, RunFailed, RunFolderError, WorkerLost
from zoo.run.events import Noted, RunEnded, RunStarted, Subscriber, emitter
from zoo.run.extent import WHOLE, Extent
from zoo.run.finishing import finish
from zoo.run.folder import RunFolder, now
from zoo.run.head import head
from zoo.run.learning import learn
from zoo.run.many_hosts import LOST, Hosts, waiting_for_workers
from zoo.run.monitor import Monitor
from zoo.run.placement import Placement
from zoo.run.preparation import parameters_of, prepare, require_known_learning
from zoo.run.pretrained import require_restored, require_source, state_beginning
from zoo.run.signals import Signals
from zoo.run.tasks import TASKS


def start(
    registry: Registry,
    bound: BoundRecipe,
    folder: RunFolder,
    *,
    seed: int,
    argv: Sequence[str],
    subscribers: tuple[Subscriber, ...],
    signals: Signals | None = None,
    data: Data | None = None,
    placement: Placement | None = None,
    determinism: str | None = None,
    extent: Extent = WHOLE,
) -> None:
    """Train into a new folder; when this returns, run.json says `finished`.

    Args:
        registry: Where data sets are looked up.
        bound: What to train.
        folder: An empty folder.
        seed: Seed of the run.
        argv: The command, for the record.
        subscribers: Who is told of events.
        signals: Watched by the caller over several runs; the run's own if not given.
        data: Trained on instead of the recipe's own, as a fold of them; such a run cannot be resumed.
        placement: Where it runs; on one device, or on all GPUs, if not given.
        determinism: A level of `zoo.run.determinism`; the process's own if not given.
        extent: How far it goes; all the way if not given.

    Raises:
        Interrupted: A signal came; the run can be resumed.
        TrainingDiverged, RunFailed: The run failed, and run.json says why.
        UserError: The recipe, the data set and the family do not go together.
    """
    require_known_learning(bound)
    require_source(registry, bound)
    repeats = determinisms.enter(determinism)
    with folder.held():
        write_text(folder.path / "recipe.toml", write_recipe(resolved(bound)))
        folder.write(
            {
                **head(bound, folder, "run", argv, repeats=repeats, placement=placement),
                "seed": seed,
                "family_version": bound.family.version,
                "promise": bound.recipe.promise.model_dump(mode="json") if bound.recipe.promise else None,
                "primary": bound.recipe.promise.metric if bound.recipe.promise else TASKS[bound.recipe.task].primary,
            }
        )
        _conduct(registry, bound, folder, seed, signals, emitter(subscribers), data, placement, extent)


def go_on(
    registry: Registry,
    bound: BoundRecipe,
    folder: RunFolder,
    *,
    subscribers: tuple[Subscriber, ...],
    signals: Signals | None = None,
    placement: Placement | None = None,
    extent: Extent = WHOLE,
) -> None:
    """Go on with a stopped run from its last checkpoint, or from the beginning where it has none.

    Raises:
        RunFolderError: The run is finished, or a process is working on it.
        Otherwise as `start`.
    """
    with folder.held():
        table = folder.read()
        if table["status"] == "finished":
            raise RunFolderError("only a run that has not finished can be resumed", received=str(folder.path))
        require_same_recipe(table, bound, folder)
        if table["family_version"] != bound.family.version:
            raise RunFolderError(
                f"the family {bound.family.name} must have the version that the run began with",
                received=f"version {bound.family.version}; the run began with {table['family_version']}",
                where=str(folder.path),
            )
        emit = emitter(subscribers)
        changed = [name for name, version in environment.versions().items() if table["versions"].get(name) != version]
        if changed:
            _note(folder, emit, f"other versions than when the run began: {', '.join(changed)}; the end may differ")
        began = table.get("determinism", {})
        repeats = determinisms.enter(began.get("level"))
        if other := determinisms.differences(began, repeats):
            _note(folder, emit, f"not as when the run began: {', '.join(other)}; the end may differ")
        folder.remove_leftovers()
        folder.update(status="running", ended=None, error=None)
        where = placement or placed_in(table)
        _conduct(registry, bound, folder, int(table["seed"]), signals, emit, placement=where, extent=extent)


def placed_in(table: Mapping[str, Any]) -> Placement:
    """Where a run began, on this host."""
    stated = dict(table.get("placement", {}))
    return Placement(**{**stated, "devices": tuple(stated.get("devices", ()))})


def require_same_recipe(table: Mapping[str, Any], bound: BoundRecipe, folder: RunFolder) -> None:
    """Refuse to go on with other settings than a run or a reproduction began with.

    Raises:
        RunFolderError: The recipe's hash is not the one in run.json.
    """
    asked = resolved(bound)
    if table["recipe_hash"] == recipe_hash(asked):
        return
    changed = table_difference(table["recipe"], recipe_table(asked)) if "recipe" in table else []
    raise RunFolderError(
        "the recipe must be as it was when the run began",
        received="; ".join(changed) or "another recipe",
        where=str(folder.path / "recipe.toml"),
        hint=f"zoo train {bound.name}, for a new run",
    )


def _require_same_data(folder: RunFolder, data: Data) -> None:
    """Refuse to go on with other examples than the run began with."""
    stated = folder.read().get("data", {}).get("hashes")
    if stated is not None and stated != data.hashes():
        other = [name for name, sha256 in data.hashes().items() if stated.get(name) != sha256]
        raise RunFolderError(
            "the data must be what the run began with", received=f"another {', '.join(other)}", where=str(folder.path)
        )


def _conduct(
    registry: Registry,
    bound: BoundRecipe,
    folder: RunFolder,
    seed: int,
    signals: Signals | None,
    emit: Subscriber,
    data: Data | None = None,
    placement: Placement | None = None,
    extent: Extent = WHOLE,
) -> None:
    """Run to the end and leave a true status, whatever happens; signals are watched until the report is written."""
    began, before = time.monotonic(), float(folder.read()["seconds"])

    def close(
        status: str, facts: dict[str, Any] | None = None, stopped: Signals | None = None, *, hurried: bool = False
    ) -> None:
        folder.update(status=status, ended=now(), seconds=round(before + time.monotonic() - began, 3), error=facts)
        if stopped is not None:
            stopped.obeyed()
        folder.log(status if facts is None else f"{status}: {facts['message']}")
        emit(RunEnded(folder.path, status, hurried))

    def late(number: int) -> None:
        """Said by another thread, before it ends the process: this one obeyed no signal in time."""
        if folder.read()["status"] == "running":
            name = signal.Signals(number).name
            place = "its last checkpoint" if any(folder.path.glob("checkpoint/step-*.npz")) else "its beginning"
            message = f"{name} stopped the run within what cannot be cut in two; it goes on from {place}"
            facts = {"type": "Interrupted", "message": message, "hint": f"zoo resume {folder.path}"}
            seconds = round(before + time.monotonic() - began, 3)
            folder.update(status="interrupted", ended=now(), seconds=seconds, error=facts)
            folder.log(f"interrupted: {message}")
            print(f"zoo: {message}; try: zoo resume {folder.path}", file=sys.stderr)

    with nullcontext(signals) if signals is not None else Signals() as watched, watched.telling(late):
        try:
            _train(registry, bound, folder, seed, watched, emit, data or extent.data, placement or Placement(), extent)
        except BaseException as error:
            stated = _stated(error, folder, placement or Placement())
            status = "interrupted" if isinstance(stated, Interrupted | KeyboardInterrupt | WorkerLost) else "failed"
            try:
                obeyed = watched if status == "interrupted" else None  # of several runs the others go on
                close(status, error_facts(stated), obeyed, hurried=is_hurried(stated))
            except Exception as second:
                # the first error is the one that the user has to know; the second goes with it
                stated.add_note(f"and the run folder could not be told: {second}")
            if stated is error:
                raise
            raise stated from error
        close("finished")


def _stated(error: BaseException, folder: RunFolder, placement: Placement) -> BaseException:
    """The error as the user should read it: one of the system or of memory becomes one that says what to do."""
    if placement.cluster is not None and isinstance(error, LOST):
        return WorkerLost(
            "every worker must go on until all have finished; another one no longer answers",
            received=type(error).__name__,
            where=f"worker {placement.cluster.index} of {len(placement.cluster.workers)}",
            hint=f"start all of them again with --resume auto, or zoo resume {folder.path}",
        )
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return RunFailed(
            "the network and a batch must fit in memory",
            received=type(error).__name__,
            where=str(folder.path),
            hint="a smaller training.batch_size or a smaller network; zoo train NAME --dry-run says how large it is",
        )
    if not isinstance(error, OSError):
        return error
    return RunFailed(
        "the run folder must be writable until the run ends",
        received=str(error),
        where=str(folder.path),
        hint=f"free space, then zoo resume {folder.path}",
    )


def is_hurried(error: BaseException) -> bool:
    """Whether a run was ended by what a scheduler sends before it kills."""
    return isinstance(error, Interrupted) and error.exit_code == TEMPORARY


def error_facts(error: BaseException) -> dict[str, Any]:
    """What run.json keeps of the error that ended a run."""
    message = error.message if isinstance(error, ZooError) else str(error)
    facts: dict[str, Any] = {"type": type(error).__name__, "message": message}
    for key in ("received", "hint", "step", "learning_rate"):
        value = getattr(error, key, None)
        if value is not None:
            facts[key] = value if isinstance(value, int | float) and math.isfinite(value) else str(value)
    return facts


def _train(
    registry: Registry,
    bound: BoundRecipe,
    folder: RunFolder,
    seed: int,
    signals: Signals,
    emit: Subscriber,
    data: Data | None,
    placement: Placement,
    extent: Extent,
) -> None:
    training = bound.recipe.training
    suited = suited_to(bound, placement)
    if suited != placement and placement.names_several:
        _note(folder, emit, f"{bound.name} learns on one device: what its steps are made of cannot be divided")
    many = len(suited.cluster.workers) if suited.cluster else 1
    with waiting_for_workers(many, lambda text: _note(folder, emit, text), partial(signals.end_now, signal.SIGTERM)):
        devices = find_devices(suited)
    signals.watch_again()
    hosts = Hosts(devices.strategy, devices.host)
    monitor, checkpoints = Monitor.of(training, learning=bound.learning), Checkpoints(folder.path / "checkpoint")
    begins = not checkpoints.files()
    ready = prepare(registry, bound, seed, data, devices, begins=begins)
    _require_same_data(folder, ready.data)
    started = state_beginning(ready.beginning, folder, lambda text: _note(folder, emit, text))
    _require_alike(hosts, {"recipe": ready.plan.recipe_hash, "seed": seed, **started, **ready.data.hashes()})
    position = Position()
    stepped = bound.learning != "estimator"  # whose one step is never cut in two
    if stepped:
        restore = partial(checkpoints.restore, note=lambda text: _note(folder, emit, text))
        restored = restore(ready.stepped, monitor, recipe_hash=ready.plan.recipe_hash, hosts=hosts)
        require_restored(bound, folder, begins=begins or restored is not None)
        position = restored or position
    if hosts.is_chief:
        folder.keep_rows(position.rows)
    conductor = Conductor(
        ready.plan, folder, monitor, checkpoints, signals, emit, position, hosts=hosts, keeps_checkpoints=stepped
    )
    if extent.halt is not None:
        conductor.halt_by(extent.halt, folder.rows())
    conductor.set_model(ready.stepped)
    conductor.follow(ready.stepped)
    conductor.any_order = folder.read().get("determinism", {}).get("level") == "off"
    parameters = parameters_of(ready.model)
    facts = ready.devices.facts(ready.global_batch, training)
    folder.update(
        devices=facts,
        parameters=parameters,
        data={
            "name": bound.dataset.name,
            "spec": ready.data.spec.to_json(),
            "hashes": ready.data.hashes(),
            "sizes": ready.data.sizes(),
            "splitting": ready.data.splitting,
        },
    )
    first = conductor.global_step
    folder.log(
        f"training {bound.name}, seed {seed}, from step {first} of {ready.plan.epochs * ready.plan.steps_per_epoch}"
    )
    emit(
        RunStarted(
            folder.path,
            bound.name,
            seed,
            ready.plan.epochs,
            ready.plan.steps_per_epoch,
            first,
            sum(parameters.values()),
            facts,
        )
    )
    conductor.obey()
    learn(ready, conductor, bound, seed)
    if stepped:
        conductor.pause()
    if ready.stepped is not ready.model:
        ready.model.set_weights(ready.stepped.get_weights())
    if training.restore_best and monitor.weights:
        ready.model.set_weights(monitor.weights)
    if stepped:
        renew_constants(ready.model)
    _require_equal_ends(hosts, ready.model)
    if hosts.is_chief:
        finish(ready, conductor, bound, folder, extent)
    # nobody leaves before the chief has finished: it would take that for a worker lost
    hosts.agree(0)


def _require_equal_ends(hosts: Hosts, model: Any) -> None:
    """Compare what all hosts ended with: a difference would be a fault of ours or of a machine, and is never kept.

    Raises:
        RunFailed: The weights differ.
    """
    if not hosts.are_many:
        return
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(weight).tobytes() for weight in model.get_weights()))
    facts = {"weights": digest.hexdigest()}
    (differ,) = hosts.agree(int(hosts.facts_of_chief(facts) != facts))
    if differ:
        raise RunFailed("every worker must end with the same weights", received=f"sha256 {facts['weights'][:12]}...")


def _require_alike(hosts: Hosts, facts: dict[str, Any]) -> None:
    """Refuse to begin where hosts were started with different recipes, seeds or data; all of them refuse.

    Raises:
        RunFolderError: This host or another one differs from the chief.
    """
    told = hosts.facts_of_chief(facts) if hosts.are_many else facts
    different = [name for name in facts if facts[name] != told.get(name)]
    (any_different,) = hosts.agree(int(bool(different)))
    if any_different:
        raise RunFolderError(
            "every worker must be started with the chief's recipe, seed and data",
            received=f"another {', '.join(different)}" if different else "another worker differs",
        )


def _note(folder: RunFolder, emit: Subscriber, message: str) -> None:
    folder.log(message)
    emit(Noted(message))
