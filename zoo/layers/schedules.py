"""Learning-rate schedules: a warm-up before any other schedule."""

from __future__ import annotations

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

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> WarmUp:
        schedule = config["schedule"]
        if isinstance(schedule, dict):
            schedule = keras.optimizers.schedules.deserialize(schedule)
        return cls(schedule, config["steps"])
