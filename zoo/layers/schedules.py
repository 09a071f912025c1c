"""Learning-rate schedules that Keras has not: a warm-up before any other, and one that waits for a plateau."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("zoo")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """Rise linearly to the schedule's first value over the first steps, then follow the schedule from its beginning.

    The first step is taken at 1/steps of that value, the last of the warm-up at all of it. Gradual warm-up as in Goyal
    et al. 2017, arXiv:1706.02677, section 2.2.

    Args:
        schedule: A learning rate (float) or a Keras schedule.
        steps: Number of warm-up steps, at least 1.

    Raises:
        ValueError: `steps` is below 1.

    Example:
        >>> [round(float(WarmUp(0.1, steps=4)(step)), 3) for step in (0, 1, 3, 4)]
        [0.025, 0.05, 0.1, 0.1]
    """

    def __init__(self, schedule: float | keras.optimizers.schedules.LearningRateSchedule, steps: int) -> None:
        super().__init__()
        if steps < 1:
            raise ValueError(f"steps must be at least 1. Received: steps={steps}")
        self.schedule = schedule
        self.steps = steps

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        after = self._rate(ops.maximum(step - float(self.steps), 0.0))
        risen = self._rate(ops.zeros_like(step)) * (step + 1.0) / float(self.steps)
        return ops.where(step < float(self.steps), risen, after)

    def _rate(self, step: Any) -> Any:
        if callable(self.schedule):
            return ops.cast(self.schedule(step), "float32")
        return ops.ones_like(step) * self.schedule

    def get_config(self) -> dict[str, Any]:
        schedule: Any = self.schedule
        if callable(schedule):
            schedule = keras.optimizers.schedules.serialize(schedule)
        return {"schedule": schedule, "steps": self.steps}

    @property
    def state(self) -> list[keras.Variable]:
        """What the schedule has found out so far, which a checkpoint holds: that of the schedule behind the warm-up."""
        return state_of(self.schedule)

    def after_epoch(self, advance: Callable[[float], float], value: float, step: int) -> None:
        """Tell the schedule behind the warm-up what an epoch came to; its patience begins when the warm-up is over."""
        if isinstance(self.schedule, Plateau):
            self.schedule.after_epoch(advance, value, step, waits=step > self.steps)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> WarmUp:
        schedule = config["schedule"]
        if isinstance(schedule, dict):
            schedule = keras.optimizers.schedules.deserialize(schedule)
        return cls(schedule, config["steps"])


@keras.saving.register_keras_serializable("zoo")
class Plateau(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that falls when what is monitored has not improved for some epochs.

    What `keras.callbacks.ReduceLROnPlateau` does, with its state in variables: a checkpoint holds them, and a resumed
    run goes on bit for bit. Who trains tells it of each epoch.

    Args:
        initial_learning_rate: Learning rate until the first plateau.
        rate: Factor at each plateau, below 1.
        patience: Epochs without improvement that make a plateau, at least 1.
        cooldown: Epochs after a plateau that do not count.
        end: Least share of the initial learning rate.
        min_delta: Smallest change that counts as improvement.

    Raises:
        ValueError: `rate` is not in 0..1, or `patience` below 1.

    Example:
        >>> plateau = Plateau(0.1, rate=0.5, patience=2)
        >>> for epoch, loss in enumerate([1.0, 0.9, 0.9, 0.9], 1):
        ...     plateau.after_epoch(lambda best, loss=loss: best - loss, loss, step=10 * epoch)
        >>> round(float(plateau(40)), 3)
        0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        rate: float = 0.1,
        patience: int = 10,
        cooldown: int = 0,
        end: float = 0.0,
        min_delta: float = 0.0,
    ) -> None:
        super().__init__()
        if not 0.0 <= rate < 1.0 or patience < 1:
            raise ValueError(
                f"rate must be in 0..1, below 1, and patience at least 1. Received: rate={rate}, patience={patience}"
            )
        self.initial_learning_rate, self.rate, self.patience = initial_learning_rate, rate, patience
        self.cooldown, self.end, self.min_delta = cooldown, end, min_delta

        def made(name: str, value: Any, dtype: str) -> keras.Variable:
            return keras.Variable(value, dtype=dtype, trainable=False, name=f"plateau_{name}")

        self.share = made("share", 1.0, "float32")
        self.best = made("best", math.nan, "float64")  # not a number before the first epoch
        self.waited, self.resting = made("waited", 0, "int32"), made("resting", 0, "int32")

    def __call__(self, step: Any) -> Any:
        share = ops.convert_to_tensor(self.share)
        return self.initial_learning_rate * share * ops.ones_like(ops.cast(step, "float32"))

    @property
    def state(self) -> list[keras.Variable]:
        """What it has found out so far, which a checkpoint holds."""
        return [self.share, self.best, self.waited, self.resting]

    def after_epoch(self, advance: Callable[[float], float], value: float, step: int, *, waits: bool = True) -> None:
        """Take in what an epoch came to.

        Args:
            advance: How much better it is than a value, negative where it is worse.
            value: The monitored quantity.
            step: Steps done since the run began.
            waits: Whether an epoch without improvement counts.
        """
        # not float(variable), which copies of a variable on several devices do not know
        share, best, waited, resting = (ops.convert_to_numpy(variable).item() for variable in self.state)
        if resting:
            resting, waited = resting - 1, 0
        if math.isnan(best) or advance(best) > self.min_delta:
            self.best.assign(value)
            waited = 0
        elif waits and not resting:
            waited += 1
        if waited >= self.patience:
            self.share.assign(max(share * self.rate, self.end))
            waited, resting = 0, self.cooldown
        self.waited.assign(waited)
        self.resting.assign(resting)

    def get_config(self) -> dict[str, Any]:
        names = ("initial_learning_rate", "rate", "patience", "cooldown", "end", "min_delta")
        return {name: getattr(self, name) for name in names}


def schedule_of(optimizer: keras.optimizers.Optimizer) -> Any:
    """The learning rate or schedule that an optimiser was made with, behind the scaling of losses too."""
    return getattr(optimizer, "inner_optimizer", optimizer)._learning_rate


def state_of(schedule: Any) -> list[keras.Variable]:
    """Variables of a schedule that learns of epochs; none of a number, or of a function of steps."""
    return list(getattr(schedule, "state", []))
