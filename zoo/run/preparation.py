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
from zoo.layers.series import spread_of
from zoo.recipe import BoundRecipe, RecipeError, Training, recipe_hash, resolved
from zoo.run import estimator, lbfgs, seeds
from zoo.run.adapt import adapt
from zoo.run.compile import build_metrics, compile_adversarial, compile_model, require_adversarial
from zoo.run.devices import Devices, find_devices, precision_policy, steps_per_execution
from zoo.run.feeding import FeedsItself, steps_per_pass
from zoo.run.judge import require_judge
from zoo.run.plan import Plan

# ways to learn that this release trains
LEARNINGS = ("gradient", "adversarial", "own_rule", "closed_form", "estimator")


@dataclass(frozen=True)
class Prepared:
    """A run that is ready to learn: everything is built, adapted and compiled, nothing is trained.

    Attributes:
        data: The data, under the recipe's task.
        model: A Keras model; of a family that learns as an estimator, a scikit-learn estimator.
        devices: Where it runs.
        plan: Lengths and intervals.
        global_batch: Examples that a step sees, over all devices.
        bound: The recipe with what it left open settled by the training split; what the model was built from.
    """

    data: Data
    model: Any
    devices: Devices
    plan: Plan
    global_batch: int
    bound: BoundRecipe


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


def prepare(registry: Registry, bound: BoundRecipe, seed: int, data: Data | None = None) -> Prepared:
    """Load the data, unless they are given as of a fold, seed, build, adapt and compile."""
    training = bound.recipe.training
    data = load_data(registry, bound) if data is None else data
    devices = find_devices()
    if bound.learning == "adversarial":
        require_adversarial(training, devices.precision(training))
        require_judge(getattr(bound.hyperparameters, "judge", None), data.spec)
    seeds.start_from(seed)
    built = settled(bound, data)
    with precision_policy(devices.precision(training)):
        model = built.family.builder.load()(built.hyperparameters, data.spec)
    batch = training.batch_size
    if bound.learning in ("gradient", "adversarial"):
        if training.optimizer == lbfgs.NAME:
            _require_examples(model)
            batch = len(data.train)
        whole_pass = steps_per_pass(model, data.train, batch)
        steps = training.steps_per_epoch or whole_pass
        execution, epochs = steps_per_execution(training, steps), training.epochs
    else:
        steps = execution = 1
        epochs = training.epochs if bound.learning == "own_rule" else 1
    if bound.learning == "estimator":
        estimator.seed(model, seed)
    else:
        adapt(model, data.train)
    if bound.learning == "gradient":
        compile_model(
            model,
            training,
            data.spec,
            steps_per_epoch=steps,
            steps_per_execution=execution,
            jit=devices.jit(training),
            spread=spread_of(data.spec, data.train.targets),
        )
        if isinstance(model, FeedsItself):
            model.prepare_steps(batch)
        else:
            build_metrics(model, data.train)
        if training.optimizer == lbfgs.NAME:
            lbfgs.require_same_answer(model, data.train)
    if bound.learning == "adversarial":
        compile_adversarial(
            model, training, steps_per_epoch=steps, steps_per_execution=execution, jit=devices.jit(training)
        )
    plan = Plan(epochs, steps, execution, training.checkpoint_seconds, recipe_hash(resolved(bound)), seed)
    return Prepared(data, model, devices, plan, batch, built)


def _require_examples(model: Any) -> None:
    if isinstance(model, FeedsItself):
        raise RecipeError(
            "lbfgs takes networks whose examples stand by themselves",
            received=f"{type(model).__name__}, which goes on from step to step",
            hint="training.optimizer=adam",
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
