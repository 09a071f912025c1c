"""Hyperparameters of the objective; TensorFlow-free."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from zoo.families.objective.functions import FUNCTIONS
from zoo.recipe.fields import Settings, setting


class Hyperparameters(Settings):
    """What can be set of an objective; how the point moves is a matter of `training`."""

    function: Literal["quadratic", "saddle", "rosenbrock", "linear_regression"] = setting(
        "quadratic", "what is made small; linear_regression takes the regression's data, the others take none"
    )
    start: tuple[float, ...] = setting(
        (), "the first point; the function's own if empty, zeros for linear_regression", max_length=1024
    )
    start_spread: float = setting(0.0, "standard deviation of what the run's seed adds to the first point", ge=0.0)

    @model_validator(mode="after")
    def _start_has_the_function_s_dimensions(self) -> Hyperparameters:
        wanted = None if self.function == "linear_regression" else FUNCTIONS[self.function].dimensions
        if self.start and wanted is not None and len(self.start) != wanted:
            raise ValueError(f"start of {self.function} must have {wanted} numbers, received {list(self.start)}")
        return self

    @property
    def draws(self) -> bool:
        """Whether anything depends on the run's seed: the order of a regression's data does, a function has none."""
        return self.function == "linear_regression" or self.start_spread > 0.0
