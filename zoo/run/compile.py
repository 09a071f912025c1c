"""Optimiser and schedule by name, and compilation with all that a recipe sets."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np

from registry.names import near
from zoo.data.spec import DataSpec, Split
from zoo.layers.adversarial import AdversarialModel
from zoo.layers.schedules import Plateau, WarmUp
from zoo.recipe import RecipeError, Training
from zoo.run import lbfgs
from zoo.run.losses import make_loss
from zoo.run.measures import make_metrics

# name -> Keras class and what the name stands for
OPTIMIZERS: dict[str, tuple[type[keras.optimizers.Optimizer], dict[str, Any]]] = {
    "sgd": (keras.optimizers.SGD, {}),
    "momentum": (keras.optimizers.SGD, {"momentum": 0.9}),
    "nesterov": (keras.optimizers.SGD, {"momentum": 0.9, "nesterov": True}),
    "adagrad": (keras.optimizers.Adagrad, {}),
    "rmsprop": (keras.optimizers.RMSprop, {}),
    "adam": (keras.optimizers.Adam, {}),
    "adamw": (keras.optimizers.AdamW, {}),
    "adadelta": (keras.optimizers.Adadelta, {}),
    "adamax": (keras.optimizers.Adamax, {}),
    "nadam": (keras.optimizers.Nadam, {}),
    "lion": (keras.optimizers.Lion, {}),
    "ftrl": (keras.optimizers.Ftrl, {}),
}
# numbers of optimisers that Keras casts to the type of the weights
CAST = {"momentum", "beta_1", "beta_2"}
# schedule -> its options and their defaults; `end` and `rate` are shares of the learning rate
SCHEDULES: dict[str, dict[str, float]] = {
    "constant": {},
    "cosine": {"end": 0.0},
    "exponential": {"rate": 0.9, "every_epochs": 1.0},
    "step": {"rate": 0.1, "every_epochs": 10.0},
    "polynomial": {"end": 0.0, "power": 1.0},
    "inverse_time": {"rate": 1.0, "every_epochs": 1.0},
    "plateau": {"rate": 0.1, "patience": 10.0, "cooldown": 0.0, "end": 0.0},
}


def learning_rate(training: Training, steps_per_epoch: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """The learning rate as a number or as a schedule over steps.

    Raises:
        RecipeError: `schedule_options` has a key that the schedule does not take, or a value out of range.
    """
    options = SCHEDULES[training.schedule]
    for key, value in training.schedule_options.items():
        if key not in options:
            raise RecipeError(
                f"training.schedule_options.{key} is not an option of the schedule {training.schedule}",
                received=key,
                near=near(key, list(options)),
                hint=f"one of: {', '.join(options)}" if options else "leave schedule_options out",
            )
        _require_range(training.schedule, key, value, steps_per_epoch)
    values = {**options, **training.schedule_options}
    warmup = round(training.warmup_epochs * steps_per_epoch)
    rate = _schedule(training, values, steps_per_epoch, max(1, training.epochs * steps_per_epoch - warmup))
    return WarmUp(rate, warmup) if warmup else rate


def _require_range(schedule: str, key: str, value: float, steps_per_epoch: int) -> None:
    limit = ""
    if key == "every_epochs" and value * steps_per_epoch < 1.0:
        limit = "at least one step"
    elif value < 0.0:
        limit = "at least 0"
    elif key in ("patience", "cooldown") and value != int(value):
        limit = "a whole number of epochs"
    elif key == "patience" and value < 1.0:
        limit = "at least one epoch"
    elif schedule == "plateau" and key in ("rate", "end") and value >= 1.0:
        limit = "a share below 1"
    if limit:
        raise RecipeError(f"training.schedule_options.{key} must be {limit}", received=value)


def peak_rate(training: Training) -> float:
    """The learning rate after warm-up, scaled with the batch where the recipe asks for it.

    Source: Goyal et al. 2017, Accurate, large minibatch SGD, arXiv:1706.02677, section 2.1 (linear scaling rule).

    Example:
        >>> peak_rate(Training(learning_rate=0.1, batch_size=512, learning_rate_batch=128))
        0.4
    """
    if training.learning_rate_batch is None:
        return training.learning_rate
    return training.learning_rate * training.batch_size / training.learning_rate_batch


def _schedule(training: Training, values: dict[str, float], steps_per_epoch: int, steps: int) -> Any:
    schedules = keras.optimizers.schedules
    start = peak_rate(training)
    every = round(values.get("every_epochs", 1.0) * steps_per_epoch)
    match training.schedule:
        case "constant":
            return start
        case "cosine":
            return schedules.CosineDecay(start, steps, alpha=values["end"])
        case "exponential" | "step":
            return schedules.ExponentialDecay(start, every, values["rate"], staircase=training.schedule == "step")
        case "polynomial":
            return schedules.PolynomialDecay(start, steps, start * values["end"], power=values["power"])
        case "plateau":
            return Plateau(
                start,
                rate=values["rate"],
                patience=int(values["patience"]),
                cooldown=int(values["cooldown"]),
                end=values["end"],
                min_delta=training.min_delta,
            )
        case _:
            return schedules.InverseTimeDecay(start, every, values["rate"])


def make_optimizer(training: Training, steps_per_epoch: int, *, average: float = 0.0) -> keras.optimizers.Optimizer:
    """The recipe's optimiser with its schedule, weight decay and clipping.

    Args:
        training: What the recipe says.
        steps_per_epoch: Steps that the schedule takes for an epoch.
        average: Decay of a moving average of the weights that the optimiser keeps beside them; none if 0.

    Raises:
        RecipeError: An option is not one of the optimiser's.
    """
    if training.optimizer == lbfgs.NAME:
        return lbfgs.make_lbfgs(training)
    optimizer, arguments = OPTIMIZERS[training.optimizer]
    _check_options(training, _own_options(optimizer))
    shared = {
        "clipnorm": training.clip_norm,
        "global_clipnorm": training.clip_global_norm,
        "clipvalue": training.clip_value,
        "weight_decay": training.weight_decay,
    }
    settings: dict[str, Any] = {**arguments, **training.optimizer_options}
    settings |= {key: value for key, value in shared.items() if value is not None}
    if average:
        settings |= {"use_ema": True, "ema_momentum": average}
    rate = learning_rate(training, steps_per_epoch)
    try:
        return optimizer(learning_rate=rate, **settings)
    except ValueError as error:
        raise RecipeError(
            f"training.optimizer_options must be in the ranges of {training.optimizer}", received=str(error)
        ) from None


def _own_options(optimizer: type[keras.optimizers.Optimizer]) -> dict[str, Any]:
    """The options of one optimiser and their defaults, without those of all: they are settings of the training."""
    of_all = set.intersection(*(set(_parameters(other)) for other, _ in OPTIMIZERS.values()))
    return {key: default for key, default in _parameters(optimizer).items() if key not in of_all}


def _parameters(optimizer: type[keras.optimizers.Optimizer]) -> dict[str, Any]:
    parameters = inspect.signature(optimizer.__init__).parameters
    return {key: parameter.default for key, parameter in parameters.items() if key not in ("self", "kwargs")}


def _check_options(training: Training, defaults: dict[str, Any]) -> None:
    """Refuse options that the optimiser does not have, and values of another type than their defaults."""
    for key, value in training.optimizer_options.items():
        if key not in defaults:
            raise RecipeError(
                f"training.optimizer_options.{key} is not an option of {training.optimizer}",
                received=key,
                near=near(key, list(defaults)),
                hint=f"one of: {', '.join(defaults)}",
            )
        wanted = "true or false" if isinstance(defaults[key], bool) else "a number"
        if isinstance(value, str) or isinstance(value, bool) != isinstance(defaults[key], bool):
            raise RecipeError(f"training.optimizer_options.{key} must be {wanted}", received=repr(value))


def compile_model(
    model: keras.Model,
    training: Training,
    data_spec: DataSpec,
    *,
    steps_per_epoch: int,
    steps_per_execution: int,
    jit: bool,
    spread: float = 1.0,
    weighted: bool = False,
) -> None:
    """Compile for training; the optimiser is built at once, so that a checkpoint can be restored into it.

    Args:
        model: Built.
        training: What the recipe says.
        data_spec: The task.
        steps_per_epoch: Of schedules.
        steps_per_execution: Steps in one compiled call.
        jit: Whether XLA compiles it.
        spread: As of `make_loss`.
        weighted: Whether metrics leave out rows of no weight, as where devices share batches.
    """
    metrics = make_metrics(training, data_spec) or None
    model.compile(
        optimizer=_optimizer_for(model, training, steps_per_epoch),
        loss=make_loss(training, data_spec, spread=spread),
        **{"weighted_metrics" if weighted else "metrics": metrics},
        steps_per_execution=steps_per_execution,
        jit_compile=jit,
    )
    model.optimizer.build(model.trainable_variables)


def _optimizer_for(model: keras.Model, training: Training, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The optimiser, whose own numbers are float64 where all weights are: as float32, 0.1 is wrong in the ninth digit.

    Not those of a schedule, which are float32 in Keras.
    """
    if {variable.dtype for variable in model.trainable_variables} != {"float64"}:
        return make_optimizer(training, steps_per_epoch)
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        optimizer = make_optimizer(training, steps_per_epoch)
    finally:
        keras.config.set_floatx(before)
    for name in CAST & set(vars(optimizer)):
        # TensorFlow takes a plain number for a float32 on the way
        setattr(optimizer, name, np.float64(getattr(optimizer, name)))
    return optimizer


def compile_adversarial(
    model: AdversarialModel, training: Training, *, steps_per_epoch: int, steps_per_execution: int, jit: bool
) -> None:
    """Compile two networks that learn from each other, each with the recipe's optimiser."""
    settings = model.settings
    rate = training.learning_rate * settings.generator_rate
    generators = training.model_copy(update={"learning_rate": rate})
    model.compile(
        optimizer=make_optimizer(training, steps_per_epoch),
        generator_optimizer=make_optimizer(generators, steps_per_epoch, average=settings.average),
        steps_per_execution=steps_per_execution,
        jit_compile=jit,
    )


# settings that have no meaning where two networks learn from each other, and what stands in for them
NOT_ADVERSARIAL = {
    "loss": "hyperparameters.loss",
    "class_weight": "hyperparameters.conditional tells both networks the class",
    "monitor": "the last weights are kept, or their average: hyperparameters.average",
    "patience": "the last weights are kept, or their average: hyperparameters.average",
}


def require_adversarial(training: Training, precision: str) -> None:
    """Refuse settings that two networks that learn from each other cannot follow, before anything is built.

    Raises:
        RecipeError: A setting has no meaning there, or the precision needs losses to be scaled.
    """
    for name, instead in NOT_ADVERSARIAL.items():
        if getattr(training, name) is not None:
            raise RecipeError(
                f"training.{name} is for families that learn by gradient",
                received=f"{name} = {getattr(training, name)!r}",
                hint=instead,
            )
    if training.schedule == "plateau":
        raise RecipeError(
            "no quantity of two networks that learn from each other says when they have come to a plateau",
            received="training.schedule = 'plateau'",
            hint="training.schedule=cosine",
        )
    if training.optimizer == lbfgs.NAME:
        raise RecipeError("two networks that learn from each other learn in small steps", received=lbfgs.NAME)
    if precision == "mixed_float16":
        raise RecipeError(
            "adversarial families train in float32 or mixed_bfloat16: float16 needs each loss scaled by itself",
            received=f"training.mixed_precision = {precision!r}",
        )


def build_metrics(model: keras.Model, train: Split) -> None:
    """Make the metrics' variables, whose sums a checkpoint holds; Keras itself makes them at the first step."""
    features, targets = keras.ops.convert_to_tensor(train.features[:1]), keras.ops.convert_to_tensor(train.targets[:1])
    model.compute_metrics(features, targets, model(features, training=False))
    model.reset_metrics()
