"""Everything before the first step: data, seeds, the model, what it learns before the first step, compilation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras
import numpy as np

from registry import Registry
from zoo.data.augment import augment_pictures, changes_pictures
from zoo.data.batches import Augment
from zoo.data.catalogue import load
from zoo.data.spec import Data, DataSpec
from zoo.layers.preprocessing import renew_constants
from zoo.layers.series import spread_of
from zoo.recipe import BoundRecipe, RecipeError, Training, recipe_hash, resolved
from zoo.run import estimator, lbfgs, seeds
from zoo.run.adapt import adapt
from zoo.run.compile import build_metrics, compile_adversarial, compile_model, require_adversarial
from zoo.run.devices import Devices, find_devices, precision_policy, steps_per_execution
from zoo.run.feeding import FeedsItself, steps_per_pass
from zoo.run.judge import require_judge
from zoo.run.losses import require_targets
from zoo.run.many_hosts import prepare_for_fit
from zoo.run.minimisation import Moves
from zoo.run.placement import Placement
from zoo.run.plan import Plan
from zoo.run.pretrained import Beginning, begin, freeze, load_source
from zoo.run.scores import class_weights
from zoo.run.shared_steps import SharedSteps

# ways to learn that this release trains
LEARNINGS = ("gradient", "adversarial", "own_rule", "closed_form", "estimator")


@dataclass(frozen=True)
class Prepared:
    """A run that is ready to learn: everything is built, adapted and compiled, nothing is trained.

    Attributes:
        data: The data, under the recipe's task.
        model: A Keras model; of a family that learns as an estimator, a scikit-learn estimator.
        stepped: What learns: the model itself, or its copy on several devices, whose weights it takes over at the end.
        devices: Where it runs.
        plan: Lengths and intervals.
        global_batch: Examples that a step sees, over all devices.
        bound: The recipe with what it left open settled by the training split; what the model was built from.
        beginning: The trained weights that it begins with; None of a run that begins fresh, or goes on.
    """

    data: Data
    model: Any
    stepped: Any
    devices: Devices
    plan: Plan
    global_batch: int
    bound: BoundRecipe
    beginning: Beginning | None = None


def require_known_learning(bound: BoundRecipe) -> None:
    """Refuse a way to learn that the runner does not know, before anything is written.

    Raises:
        RecipeError: The family learns in another way.
    """
    if bound.learning not in LEARNINGS:
        raise RecipeError(
            f"this release trains families that learn by {', '.join(LEARNINGS)}",
            received=f"{bound.family.name} learns by {bound.learning}",
        )


def load_data(registry: Registry, bound: BoundRecipe) -> Data:
    """The recipe's data, under its task."""
    return load(registry, bound.dataset.name, bound.data_options.model_dump()).for_task(bound.recipe.task)


def prepare(
    registry: Registry,
    bound: BoundRecipe,
    seed: int,
    data: Data | None = None,
    devices: Devices | None = None,
    *,
    begins: bool = True,
) -> Prepared:
    """Load the data, unless they are given as of a fold, seed, build, adapt and compile.

    Trained weights that the recipe begins with are taken over unless the run does not begin: a checkpoint holds all.

    On several devices the model is adapted as on one, and a copy of it on the devices is compiled. One device is taken
    if none are given.
    """
    training = bound.recipe.training
    data = load_data(registry, bound) if data is None else data
    devices = devices or find_devices(Placement("one"))
    steps_learned = bound.learning in ("gradient", "adversarial")
    if training.schedule == "plateau" and not steps_learned:
        raise RecipeError(
            "the schedule plateau is for families that learn by gradient",
            received=f"{bound.family.name}, which learns by {bound.learning}",
            hint="leave training.schedule out",
        )
    if bound.learning == "adversarial":
        require_adversarial(training, devices.precision(training))
        require_judge(getattr(bound.hyperparameters, "judge", None), data.spec)
    if devices.strategy is not None:
        require_shareable(bound, devices)
    if bound.learning == "gradient":
        require_targets(training, data)
    built = settled(bound, data)
    # before the seeds are started from: a run that goes on does without, and must draw and name all the same
    source = load_source(registry, bound, data) if begins else None
    seeds.start_from(seed)
    model = _build(built, data, devices)
    beginning = begin(registry, source, model, bound, data.spec)
    freeze(model, bound)
    batch = training.batch_size
    _require_order(model, bound)
    if steps_learned:
        if training.optimizer == lbfgs.NAME:
            _require_examples(model)
            batch = len(data.train)
        whole_pass = steps_per_pass(model, data.train, batch)
        steps = training.steps_per_epoch or whole_pass
        # the way of a point is kept after each call
        largest = 1 if isinstance(model, Moves) else devices.largest_execution
        execution, epochs = steps_per_execution(training, steps, largest=largest), training.epochs
    else:
        steps = execution = 1
        epochs = training.epochs if bound.learning == "own_rule" else 1
    if bound.learning == "estimator":
        estimator.seed(model, seed)
    else:
        adapt(model, data.train, without=beginning.names if beginning else ())
    stepped = model
    if devices.strategy is not None:
        seeds.start_from(seed)
    with devices.scope():
        if devices.strategy is not None and steps_learned:
            stepped = _build(built, data, devices)
            freeze(stepped, bound)
            stepped.set_weights(model.get_weights())
            renew_constants(stepped)
            synchronize_statistics(stepped)
        _compile(stepped, bound, data, devices, steps=steps, execution=execution, batch=batch)
    if training.optimizer == lbfgs.NAME and bound.learning == "gradient":
        lbfgs.require_same_answer(model, data.train)
    plan = Plan(epochs, steps, execution, training.checkpoint_seconds, recipe_hash(resolved(bound)), seed)
    return Prepared(data, model, stepped, devices, plan, batch, built, beginning)


def _build(built: BoundRecipe, data: Data, devices: Devices) -> Any:
    """A fresh model, the same one each time that the seeds are started from."""
    with precision_policy(devices.precision(built.recipe.training)):
        return built.family.builder.load()(built.hyperparameters, data.spec)


def _compile(
    model: Any, bound: BoundRecipe, data: Data, devices: Devices, *, steps: int, execution: int, batch: int
) -> None:
    """Compile what learns in steps, in the scope of its devices."""
    training = bound.recipe.training
    if bound.learning == "adversarial":
        compile_adversarial(
            model, training, steps_per_epoch=steps, steps_per_execution=execution, jit=devices.jit(training)
        )
    if bound.learning == "gradient":
        compile_model(
            model,
            training,
            data.spec,
            steps_per_epoch=steps,
            steps_per_execution=execution,
            jit=devices.jit(training),
            spread=spread_of(data.spec, data.train.targets),
            weighted=devices.strategy is not None,
        )
        if isinstance(model, FeedsItself):
            model.prepare_steps(batch)
        else:
            build_metrics(model, data.train)
            if devices.strategy is not None:
                SharedSteps(model, class_weights(data, training.class_weight))
    if devices.strategy is not None and bound.learning in ("gradient", "adversarial"):
        prepare_for_fit(model, devices.strategy)


def require_shareable(bound: BoundRecipe, devices: Devices) -> None:
    """Refuse settings that several devices cannot follow together, before anything is built.

    Raises:
        RecipeError: Two networks that learn from each other need equal parts of a batch; float16 needs one scale of the
            loss for all devices, which clipping would not know.
    """
    training = bound.recipe.training
    if bound.learning == "adversarial" and training.batch_size % devices.replicas:
        size = -(-training.batch_size // devices.replicas) * devices.replicas
        raise RecipeError(
            "a batch of an adversarial family must divide evenly among the devices: its networks look at whole batches",
            received=f"training.batch_size = {training.batch_size}, {devices.replicas} devices",
            hint=f"training.batch_size={size}",
        )
    clips = training.clip_norm or training.clip_global_norm or training.clip_value
    if clips and devices.precision(training) == "mixed_float16":
        raise RecipeError(
            "gradients of several devices are clipped in float32 or mixed_bfloat16",
            received="training.mixed_precision = 'mixed_float16' with clipping",
            hint="training.mixed_precision=mixed_bfloat16",
        )


def synchronize_statistics(model: keras.Model) -> None:
    """Let batch normalisation take its means over the whole batch and not over each device's part."""
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True


def _require_examples(model: Any) -> None:
    if isinstance(model, FeedsItself):
        raise RecipeError(
            "lbfgs takes networks whose examples stand by themselves",
            received=f"{type(model).__name__}, which goes on from step to step",
            hint="training.optimizer=adam",
        )


def _require_order(model: Any, bound: BoundRecipe) -> None:
    """Refuse an order of the examples where the model has its own."""
    own = isinstance(model, FeedsItself) or bound.learning != "gradient"
    if bound.recipe.training.shuffle is not None and own:
        raise RecipeError(
            "training.shuffle is for families that learn by gradient from examples that stand by themselves",
            received=f"shuffle = {str(bound.recipe.training.shuffle).lower()}, {bound.family.name}",
            hint="leave training.shuffle out",
        )


def settled(bound: BoundRecipe, data: Data) -> BoundRecipe:
    """The recipe with the hyperparameters that it left to the training split, such as the grid of a map.

    They are a function of recipe and data, which are both compared on resume; model.json has them written out.
    """
    settle = getattr(bound.hyperparameters, "settled", None)
    return bound if settle is None else replace(bound, hyperparameters=settle(data))


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


def parameters_of(model: Any) -> dict[str, int]:
    """Numbers of trainable and fixed parameters; an estimator says so itself once it is fitted."""
    if not isinstance(model, keras.Model):
        return {"trainable": estimator.parameters(model), "non_trainable": 0}
    count = {"trainable": model.trainable_weights, "non_trainable": model.non_trainable_weights}
    return {kind: sum(int(np.prod(weight.shape)) for weight in weights) for kind, weights in count.items()}
