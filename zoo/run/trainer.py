"""Train a bound recipe into a run folder, or go on with one that was stopped; Keras `fit` does the stepping."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from registry import Registry, ZooError
from zoo.data.atomic import write_bytes, write_json, write_text
from zoo.data.augment import augment_pictures, changes_pictures
from zoo.data.batches import Augment, evaluation_batches, steps_per_pass, training_batches
from zoo.data.catalogue import load
from zoo.data.spec import Data, DataSpec
from zoo.recipe import BoundRecipe, RecipeError, Training, recipe_hash, resolved, write_recipe
from zoo.run import environment, seeds
from zoo.run.adapt import adapt
from zoo.run.checkpoint import Checkpoints, Position
from zoo.run.compile import build_metrics, compile_model
from zoo.run.conductor import Conductor, Plan
from zoo.run.devices import Devices, find_devices, precision_policy, steps_per_execution
from zoo.run.errors import Interrupted, RunFailed, RunFolderError
from zoo.run.events import Noted, RunEnded, RunStarted, Subscriber, emitter
from zoo.run.folder import RunFolder, now
from zoo.run.monitor import Monitor
from zoo.run.scores import PRIMARY, baseline_scores, class_weights, predictions, score
from zoo.run.signals import Signals
from zoo.weights.files import save_weights
from zoo.weights.record import make_record


@dataclass(frozen=True)
class Prepared:
    """A run that is ready to step: everything is built, adapted and compiled, nothing is trained."""

    data: Data
    model: keras.Model
    devices: Devices
    plan: Plan


def start(
    registry: Registry,
    bound: BoundRecipe,
    folder: RunFolder,
    *,
    seed: int,
    argv: Sequence[str],
    subscribers: tuple[Subscriber, ...],
    signals: Signals | None = None,
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

    Raises:
        Interrupted: A signal came; the run can be resumed.
        TrainingDiverged, RunFailed: The run failed, and run.json says why.
        UserError: The recipe, the data set and the family do not go together.
    """
    if bound.family.learning != "gradient":
        raise RecipeError(
            "this release trains families that learn by gradient",
            received=f"{bound.family.name} learns by {bound.family.learning}",
        )
    with folder.held():
        write_text(folder.path / "recipe.toml", write_recipe(resolved(bound)))
        folder.write(
            {
                "name": bound.name,
                "id": folder.name,
                "kind": "run",
                "status": "running",
                "argv": list(argv),
                "started": now(),
                "ended": None,
                "seconds": 0.0,
                "seed": seed,
                "family_version": bound.family.version,
                "recipe_hash": recipe_hash(resolved(bound)),
                "versions": environment.versions(),
                "git": environment.git_state(),
                "host": environment.host(),
                "promise": bound.recipe.promise.model_dump(mode="json") if bound.recipe.promise else None,
                "primary": bound.recipe.promise.metric if bound.recipe.promise else PRIMARY[bound.recipe.task],
                "error": None,
            }
        )
        _conduct(registry, bound, folder, seed, signals, emitter(subscribers))


def go_on(
    registry: Registry,
    bound: BoundRecipe,
    folder: RunFolder,
    *,
    subscribers: tuple[Subscriber, ...],
    signals: Signals | None = None,
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
        folder.remove_leftovers()
        folder.update(status="running", ended=None, error=None)
        _conduct(registry, bound, folder, int(table["seed"]), signals, emit)


def require_same_recipe(table: Mapping[str, Any], bound: BoundRecipe, folder: RunFolder) -> None:
    """Refuse to go on with other settings than a run or a reproduction began with.

    Raises:
        RunFolderError: The recipe's hash is not the one in run.json.
    """
    if table["recipe_hash"] != recipe_hash(resolved(bound)):
        raise RunFolderError("the recipe must be as it was when the run began", where=str(folder.path / "recipe.toml"))


def _require_same_data(folder: RunFolder, data: Data) -> None:
    """Refuse to go on with other examples than the run began with."""
    stated = folder.read().get("data", {}).get("hashes")
    if stated is not None and stated != data.hashes():
        other = [name for name, sha256 in data.hashes().items() if stated.get(name) != sha256]
        raise RunFolderError(
            "the data must be what the run began with", received=f"another {', '.join(other)}", where=str(folder.path)
        )


def _conduct(
    registry: Registry, bound: BoundRecipe, folder: RunFolder, seed: int, signals: Signals | None, emit: Subscriber
) -> None:
    """Run to the end and leave a true status, whatever happens; signals are watched until the report is written."""
    began, before = time.monotonic(), float(folder.read()["seconds"])

    def close(status: str, facts: dict[str, Any] | None) -> None:
        folder.update(status=status, ended=now(), seconds=round(before + time.monotonic() - began, 3), error=facts)
        folder.log(status if facts is None else f"{status}: {facts['message']}")
        emit(RunEnded(folder.path, status))

    with nullcontext(signals) if signals is not None else Signals() as watched:
        try:
            _train(registry, bound, folder, seed, watched, emit)
        except BaseException as error:
            stated = _stated(error, folder)
            status = "interrupted" if isinstance(error, Interrupted | KeyboardInterrupt) else "failed"
            try:
                close(status, error_facts(stated))
            except Exception as second:
                # the first error is the one that the user has to know; the second goes with it
                stated.add_note(f"and the run folder could not be told: {second}")
            if stated is error:
                raise
            raise stated from error
        close("finished", None)


def _stated(error: BaseException, folder: RunFolder) -> BaseException:
    """The error as the user should read it: one of the system or of memory becomes one that says what to do."""
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


def error_facts(error: BaseException) -> dict[str, Any]:
    """What run.json keeps of the error that ended a run."""
    message = error.message if isinstance(error, ZooError) else str(error)
    facts: dict[str, Any] = {"type": type(error).__name__, "message": message}
    for key in ("received", "hint", "step", "learning_rate"):
        value = getattr(error, key, None)
        if value is not None:
            facts[key] = value if isinstance(value, int | float) and math.isfinite(value) else str(value)
    return facts


def prepare(registry: Registry, bound: BoundRecipe, seed: int) -> Prepared:
    """Load the data, seed, build, adapt and compile."""
    training = bound.recipe.training
    data = load(registry, bound.dataset.name, bound.data_options.model_dump())
    steps = training.steps_per_epoch or steps_per_pass(len(data.train), training.batch_size)
    execution = steps_per_execution(training, steps)
    devices = find_devices()
    seeds.start_from(seed)
    with precision_policy(devices.precision(training)):
        model = bound.family.builder.load()(bound.hyperparameters, data.spec)
    adapt(model, data.train)
    compile_model(
        model, training, data.spec, steps_per_epoch=steps, steps_per_execution=execution, jit=devices.jit(training)
    )
    build_metrics(model, data.train)
    plan = Plan(training.epochs, steps, execution, training.checkpoint_seconds, recipe_hash(resolved(bound)))
    return Prepared(data, model, devices, plan)


def _train(
    registry: Registry, bound: BoundRecipe, folder: RunFolder, seed: int, signals: Signals, emit: Subscriber
) -> None:
    training = bound.recipe.training
    ready = prepare(registry, bound, seed)
    _require_same_data(folder, ready.data)
    monitor, checkpoints = Monitor.of(training), Checkpoints(folder.path / "checkpoint")
    position = (
        checkpoints.restore(
            ready.model, monitor, recipe_hash=ready.plan.recipe_hash, note=lambda text: _note(folder, emit, text)
        )
        or Position()
    )
    folder.keep_rows(position.rows)
    conductor = Conductor(ready.plan, folder, monitor, checkpoints, signals, emit, position)
    parameters = _parameters(ready.model)
    facts = ready.devices.facts(training.batch_size, training)
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
    _fit(ready, conductor, bound, seed)
    if training.restore_best and monitor.weights:
        ready.model.set_weights(monitor.weights)
    _finish(ready, conductor, bound, folder)


def augmentation(training: Training, data_spec: DataSpec) -> Augment | None:
    """What changes the training pictures on their way, or None.

    Raises:
        RecipeError: The recipe augments what is not pictures.
    """
    if not changes_pictures(training.augmentation):
        return None
    if data_spec.kind != "picture":
        raise RecipeError("training.augmentation is for pictures", received=f"{data_spec.kind} data")
    return partial(augment_pictures, settings=training.augmentation, data_spec=data_spec)


def _fit(ready: Prepared, conductor: Conductor, bound: BoundRecipe, seed: int) -> None:
    """Step to the end: the rest of an epoch that a checkpoint stands in, then whole epochs."""
    training, plan, position = bound.recipe.training, ready.plan, conductor.position
    augment = augmentation(training, ready.data.spec)
    batches = training_batches(
        ready.data.train, batch_size=training.batch_size, seed=seed, first_step=conductor.global_step, augment=augment
    )
    settings: dict[str, Any] = {
        "validation_data": evaluation_batches(ready.data.validation),
        "class_weight": class_weights(ready.data, training.class_weight),
        "callbacks": [conductor],
        "shuffle": False,
        "verbose": 0,
    }
    if position.step:
        conductor.set_model(ready.model)
        conductor.continue_epoch()
        rest = plan.steps_per_epoch - position.step
        ready.model.fit(
            batches, initial_epoch=position.epoch, epochs=position.epoch + 1, steps_per_epoch=rest, **settings
        )
        batches = training_batches(
            ready.data.train,
            batch_size=training.batch_size,
            seed=seed,
            first_step=conductor.global_step,
            augment=augment,
        )
    if not conductor.stopped and conductor.position.epoch < plan.epochs:
        ready.model.fit(
            batches,
            initial_epoch=conductor.position.epoch,
            epochs=plan.epochs,
            steps_per_epoch=plan.steps_per_epoch,
            **settings,
        )


def _finish(ready: Prepared, conductor: Conductor, bound: BoundRecipe, folder: RunFolder) -> None:
    """Score the best weights on every split (the test split for the first time) and write what the run leaves."""
    data, monitor = ready.data, conductor.monitor
    arrays = predictions(ready.model, data)
    scores = {name: score(data.spec, arrays[f"{name}_outputs"], split.targets) for name, split in data.splits.items()}
    weights = save_weights(ready.model, folder.path / "model.weights.h5")
    record = make_record(bound, resolved(bound), data, weights)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    write_bytes(folder.path / "predictions.npz", buffer.getvalue())
    write_json(folder.path / "model.json", record)
    last = conductor.position.rows
    folder.update(
        metrics=scores,
        baseline=baseline_scores(data),
        best_epoch=monitor.best_epoch if bound.recipe.training.restore_best else last,
        epochs=last,
        steps=conductor.global_step,
        weights=weights,
    )


def _parameters(model: keras.Model) -> dict[str, int]:
    count = {"trainable": model.trainable_weights, "non_trainable": model.non_trainable_weights}
    return {kind: sum(int(np.prod(weight.shape)) for weight in weights) for kind, weights in count.items()}


def _note(folder: RunFolder, emit: Subscriber, message: str) -> None:
    folder.log(message)
    emit(Noted(message))
