"""`lbfgs` as an optimiser by name: limited-memory BFGS over the whole training split, one iteration an epoch.

The network computes loss and gradient in its own precision (float32), piece by piece of `training.batch_size` examples,
so that memory does not grow with the split; what is summed, and the method itself, is float64. The state lies in the
variables of the optimiser, as that of any other: a checkpoint holds it, and a resumed run goes on bit for bit.

In the rows of metrics.jsonl `loss` is the loss of the whole split after the iteration, and `learning_rate` the share of
the quasi-Newton step that the line search took.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from registry import UserError
from registry.names import near
from zoo.data.augment import changes_pictures
from zoo.data.spec import Data, Split
from zoo.recipe import RecipeError, Training
from zoo.run.conductor import Conductor
from zoo.run.errors import TrainingDiverged
from zoo.run.events import Noted
from zoo.run.quasi_newton import Iterate, Settings, advance
from zoo.run.scores import class_weights
from zoo.run.whole_split import WholeSplit

NAME = "lbfgs"
# option -> smallest value that makes sense
OPTIONS = {"history": 1, "tolerance": 0.0, "max_evaluations": 2}
# examples that a network is asked about to find out whether it answers twice the same
WITNESSES = 32


@keras.saving.register_keras_serializable("zoo")
class LBFGS(keras.optimizers.Optimizer):
    """The state of a minimisation, where Keras and checkpoints look for it; `minimise` does the work.

    Args:
        learning_rate: Share of the last quasi-Newton step that was taken; the line search sets it.
        history: Pairs of changes kept, 16 bytes a parameter each.
        tolerance: Largest absolute entry of the gradient at which the run ends.
        max_evaluations: Most passes over the training split in one iteration.
        name: As Keras has it.
    """

    def __init__(
        self,
        learning_rate: float = 1.0,
        *,
        history: int = Settings.history,
        tolerance: float = Settings.tolerance,
        max_evaluations: int = Settings.max_evaluations,
        name: str = NAME,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.settings = Settings(history, tolerance, max_evaluations)

    def build(self, variables: list[Any]) -> None:
        """Make the state for the trainable variables of a network."""
        if self.built:
            return
        super().build(variables)
        size = sum(math.prod(variable.shape) for variable in variables)

        def made(name: str, *shape: int) -> Any:
            return self.add_variable(shape, dtype="float64", initializer="zeros", name=name)

        self.point, self.gradient = made("point", size), made("gradient", size)
        self.loss, self.pairs, self.begun = made("loss"), made("pairs"), made("begun")
        self.steps, self.changes = (made(name, self.settings.history, size) for name in ("steps", "changes"))

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Refuse the single steps of Keras `fit`: each of these needs the loss of the whole split.

        Raises:
            UserError: Always.
        """
        raise UserError(
            "L-BFGS takes no single steps: each needs the loss of the whole split",
            received="a step of Keras fit",
            hint='zoo.train with optimizer = "lbfgs"',
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **vars(self.settings)}

    def iterate(self) -> Iterate | None:
        """Where the minimisation stands, None before its beginning."""
        if not int(self.begun):
            return None
        pairs = int(self.pairs)
        arrays = {key: getattr(self, key).numpy() for key in ("point", "gradient", "steps", "changes")}
        arrays |= {key: arrays[key][:pairs] for key in ("steps", "changes")}
        return Iterate(loss=float(self.loss), length=float(self.learning_rate), **arrays)

    def take(self, iterate: Iterate) -> None:
        """Keep where the minimisation stands: at its beginning, and after an iteration."""
        missing = ((0, self.settings.history - len(iterate.steps)), (0, 0))
        for key in ("steps", "changes"):
            getattr(self, key).assign(np.pad(getattr(iterate, key), missing))
        for key in ("point", "gradient", "loss"):
            getattr(self, key).assign(getattr(iterate, key))
        self.pairs.assign(len(iterate.steps))
        self.begun.assign(1)
        self.learning_rate = iterate.length


def make_lbfgs(training: Training) -> LBFGS:
    """The optimiser that a recipe asks for.

    Raises:
        RecipeError: An option is unknown or out of range, or a setting has no meaning for this optimiser.
    """
    for key, value in training.optimizer_options.items():
        if key not in OPTIONS:
            raise RecipeError(
                f"training.optimizer_options.{key} is not an option of {NAME}",
                received=key,
                near=near(key, list(OPTIONS)),
                hint=f"one of: {', '.join(OPTIONS)}",
            )
        whole = key != "tolerance"
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or (whole and not isinstance(value, int)) or float(value) < OPTIONS[key]:
            raise RecipeError(
                f"training.optimizer_options.{key} must be a {'whole ' if whole else ''}number >= {OPTIONS[key]:g}",
                received=repr(value),
            )
    _refuse_settings(training)
    return LBFGS(**training.optimizer_options)  # type: ignore[arg-type] # checked above


def _refuse_settings(training: Training) -> None:
    """Refuse what would have no effect, or would make the loss another one at each evaluation."""
    usual = Training()
    one_step = "an iteration sees the whole training split once or more; training.epochs is the number of iterations"
    search = "the line search finds the length of each step"
    reasons = {
        "learning_rate": search,
        "schedule": search,
        "schedule_options": search,
        "warmup_epochs": search,
        "clip_norm": search,
        "clip_global_norm": search,
        "clip_value": search,
        "weight_decay": "only a penalty that is part of the loss can be minimised: hyperparameters.l2",
        "steps_per_epoch": one_step,
    }
    for key, reason in reasons.items():
        if getattr(training, key) != getattr(usual, key):
            raise RecipeError(
                f"training.{key} has no meaning for the optimizer {NAME}; leave it out",
                received=getattr(training, key),
                hint=reason,
            )
    if training.mixed_precision not in ("auto", "float32"):
        raise RecipeError(
            f"the optimizer {NAME} needs the precision of float32: it works with differences of gradients",
            received=training.mixed_precision,
        )
    if changes_pictures(training.augmentation):
        raise RecipeError(
            f"the optimizer {NAME} needs the same training examples at every evaluation",
            received="training.augmentation",
            hint='leave training.augmentation out, or training.optimizer = "adam"',
        )


def require_same_answer(model: keras.Model, train: Split) -> None:
    """Refuse a network whose loss is not a function of its weights alone: dropout, noise, batch normalisation.

    Raises:
        RecipeError: In training the network says something else than afterwards.
    """
    features = tf.constant(train.features[:WITNESSES])
    asked, said = model(features, training=True), model(features, training=False)
    if asked.shape != said.shape:  # members of an ensemble, side by side
        asked = keras.ops.mean(asked, axis=-1, keepdims=True)
    if np.array_equal(asked, said, equal_nan=True):
        return
    kinds = (keras.layers.BatchNormalization, keras.layers.Dropout, keras.layers.GaussianNoise)
    found = [layer.name for layer in model.layers if isinstance(layer, kinds)]
    raise RecipeError(
        f"the optimizer {NAME} needs a network that answers in training as it does afterwards: "
        "without dropout, noise and batch normalisation",
        received=", ".join(found) or "other outputs in training",
        hint='hyperparameters that leave these out, or training.optimizer = "adam"',
    )


def _training_loss(model: keras.Model, data: Data, training: Training) -> WholeSplit:
    weights = class_weights(data, training.class_weight)
    return WholeSplit(model, data.train, batch_size=training.batch_size, weights=weights)


def seconds_of_evaluations(model: keras.Model, data: Data, training: Training, count: int) -> list[float]:
    """Seconds of so many evaluations of loss and gradient; most iterations take one."""
    loss = _training_loss(model, data, training)
    point, seconds = loss.point(), []
    for _ in range(count):
        began = time.perf_counter()
        loss.evaluate(point)
        seconds.append(time.perf_counter() - began)
    return seconds


def minimise(model: keras.Model, data: Data, training: Training, conductor: Conductor) -> None:
    """Iterate to the end of the plan, from where the conductor and the optimiser's state stand.

    Args:
        model: Compiled with `LBFGS`.
        data: Training and validation split are used.
        training: Size of the pieces, class weights.
        conductor: Is told of each iteration, as of an epoch of one step; its signals and patience end the run.

    Raises:
        TrainingDiverged: The loss is not finite at the start.
        Interrupted: A signal came; the iteration it fell into is done again on resume.
    """
    conductor.set_model(model)
    rows = iterations(model, data, training, obey=conductor.obey, where=str(conductor.folder.path))
    while conductor.position.epoch < conductor.plan.epochs and not conductor.stopped:
        epoch = conductor.position.epoch
        conductor.on_epoch_begin(epoch)
        try:
            row = next(rows)
        except StopIteration as end:
            note = f"{NAME} ended after {epoch} iterations: {end.value}"
            conductor.folder.log(note)
            conductor.emit(Noted(note))
            return
        conductor.on_train_batch_end(0, row)
        conductor.on_epoch_end(epoch, row)


def iterations(
    model: keras.Model, data: Data, training: Training, *, obey: Callable[[], None], where: str
) -> Generator[dict[str, float], None, str]:
    """Minimise the loss of the training split, from where the optimiser's state stands.

    Args:
        model: Compiled with `LBFGS`.
        data: Training and validation split are used.
        training: Size of the pieces, class weights.
        obey: Is called before each evaluation; may raise, and the state is that of the last iteration.
        where: For messages.

    Yields:
        Loss and metrics after each iteration, named as Keras names them.

    Returns:
        Why there are no more, in words.

    Raises:
        TrainingDiverged: The loss is not finite at the start.
    """
    optimizer: LBFGS = model.optimizer
    train = _training_loss(model, data, training)
    validation = WholeSplit(model, data.validation, batch_size=max(training.batch_size, 1024))

    def objective(point: np.ndarray) -> tuple[float, np.ndarray]:
        obey()
        return train.evaluate(point)

    iterate = optimizer.iterate()
    if iterate is None:
        iterate = Iterate.at(train.evaluate, train.point())
        optimizer.take(iterate)
    if not math.isfinite(iterate.loss):
        raise TrainingDiverged(
            f"the loss must be finite at the start; it is {iterate.loss}",
            step=0,
            learning_rate=None,
            where=where,
            hint="another hyperparameters.initializer, or inputs without such large numbers",
        )
    while not isinstance(advanced := advance(objective, iterate, optimizer.settings), str):
        iterate = advanced
        train.place(iterate.point)
        optimizer.take(iterate)
        held_out = {f"val_{key}": value for key, value in validation.metrics().items()}
        yield {**train.metrics(), "loss": iterate.loss, **held_out}
    train.place(iterate.point)
    return advanced
