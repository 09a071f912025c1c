"""How a prepared model learns: stepped by Keras `fit`, by a rule of its own, in closed form, or as an estimator."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Protocol

import tensorflow as tf

from zoo.data.spec import Split
from zoo.recipe import BoundRecipe, Training
from zoo.run import estimator, lbfgs
from zoo.run.conductor import LONGEST_CALL, CallTooLong, Conductor
from zoo.run.feeding import evaluation_batches, evaluation_steps, training_batches
from zoo.run.preparation import Prepared, augmentation
from zoo.run.scores import class_weights


class LearnsByItself(Protocol):
    """A Keras model whose own rule, or formula, stands in for gradient descent.

    All its state is in its layers' variables and all its randomness a function of (seed, epoch): a run that stopped
    after any epoch goes on as if it had not.
    """

    def learn(
        self, train: Split, validation: Split, training: Training, *, seed: int, first: int, **divided: Any
    ) -> Iterator[list[dict[str, float]]]:
        """Learn from the epoch `first` on (counted from 0), or all at once in closed form.

        A rule whose hyperparameters say `divides` is given `strategy` where several devices share the examples.

        Yields:
            After one epoch or several: a row of numbers for each of them, as metrics.jsonl keeps it.
        """
        ...


def learn(ready: Prepared, conductor: Conductor, bound: BoundRecipe, seed: int) -> None:
    """Learn to the end of the plan, from where the conductor stands."""
    match bound.learning:
        case "gradient" if bound.recipe.training.optimizer == lbfgs.NAME:
            lbfgs.minimise(ready.model, ready.data, bound.recipe.training, conductor)
        case "gradient":
            _fit(ready, conductor, bound, seed)
        case "adversarial":
            _fit(ready, conductor, bound, seed)
            ready.stepped.keep()
        case "estimator":
            data = ready.data
            estimator.fit(ready.model, data, bound)
            conductor.rows_done([estimator.row(ready.model, data)])
        case _:
            _by_itself(ready, conductor, bound, seed)


def _by_itself(ready: Prepared, conductor: Conductor, bound: BoundRecipe, seed: int) -> None:
    model: LearnsByItself = ready.model
    training, data = bound.recipe.training, ready.data
    conductor.set_model(ready.model)
    if conductor.stopped or conductor.position.epoch >= ready.plan.epochs:
        return
    strategy = ready.devices.strategy
    divided = {} if strategy is None else {"strategy": strategy}
    first = conductor.position.epoch
    for rows in model.learn(data.train, data.validation, training, seed=seed, first=first, **divided):
        conductor.rows_done(rows)
        if conductor.stopped:
            break


def _fit(ready: Prepared, conductor: Conductor, bound: BoundRecipe, seed: int) -> None:
    """Step to the end, in compiled calls that are short enough for signals; what they compute does not depend on it."""
    if bound.recipe.training.steps_per_execution == "auto" and ready.devices.strategy is None:
        conductor.longest_call = LONGEST_CALL
    # the checkpoint of a run whose calls were shortened may stand between two of the usual length
    size = math.gcd(ready.plan.steps_per_execution, conductor.position.step)
    while not conductor.stopped and conductor.position.epoch < ready.plan.epochs:
        if size != conductor.plan.steps_per_execution:
            _shorten(ready.stepped, conductor.shorten(size))
        try:
            _fit_on(ready, conductor, bound, seed)
        except CallTooLong:
            _shorten(ready.stepped, size := conductor.shorten())


def _in_any_order(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Batches as threads finish them; those that go on where the one before ended stay in their order all the same."""
    options = tf.data.Options()
    options.deterministic = False
    return batches.with_options(options)


def _shorten(model: Any, steps: int) -> None:
    """Compile anew for so many steps in a call: Keras does it by itself only for a new optimiser."""
    model.steps_per_execution = steps
    model.train_function = model.test_function = model._eval_epoch_iterator = None


def _fit_on(ready: Prepared, conductor: Conductor, bound: BoundRecipe, seed: int) -> None:
    """Step on: the rest of an epoch that a checkpoint stands in, then whole epochs."""
    training, plan, position = bound.recipe.training, ready.plan, conductor.position
    model, data, devices = ready.stepped, ready.data, ready.devices
    augment = augmentation(training, data.spec)

    def batches() -> Any:
        made = training_batches(
            model,
            data.train,
            batch_size=training.batch_size,
            seed=seed,
            first_step=conductor.global_step,
            augment=augment,
            share=devices.share,
            shuffle=training.shuffle is not False,
        )
        return devices.distribute(_in_any_order(made) if conductor.any_order else made)

    settings: dict[str, Any] = {
        "validation_data": devices.distribute(evaluation_batches(model, data.validation, devices.share)),
        "callbacks": [conductor],
        "shuffle": False,
        "verbose": 0,
    }
    if devices.strategy is None:
        settings["class_weight"] = class_weights(data, training.class_weight)
    else:
        # batches of several devices go on without end
        settings["validation_steps"] = evaluation_steps(model, data.validation)
    if position.step:
        conductor.set_model(model)
        conductor.continue_epoch()
        rest = plan.steps_per_epoch - position.step
        model.fit(batches(), initial_epoch=position.epoch, epochs=position.epoch + 1, steps_per_epoch=rest, **settings)
    if not conductor.stopped and conductor.position.epoch < plan.epochs:
        model.fit(
            batches(),
            initial_epoch=conductor.position.epoch,
            epochs=plan.epochs,
            steps_per_epoch=plan.steps_per_epoch,
            **settings,
        )
