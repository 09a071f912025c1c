"""A Keras model whose only variable is a point, float64; what it says is how high the point lies.

Shapes, for a batch of n examples and a point of d coordinates:

    a function: raw (n, 1), which says nothing -> f(point) for each of them (n, 1)
    linear_regression: raw (n, features) -> [1, x] (n, 1 + features) times the point, the bias first -> (n, 1)

With the loss `value` an optimiser goes down the function itself. Of a regression `half_mean_squared_error` is the mean
of (prediction - target)^2 / 2, whose gradient is X^T (X w - y) / n: as in textbooks, without the factor 2.

Source: steepest descent: Cauchy 1847; Rosenbrock 1960.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from registry import UserError
from zoo.data.spec import Data, DataSpec
from zoo.families.objective.functions import FUNCTIONS
from zoo.families.objective.hyperparameters import Hyperparameters
from zoo.layers.preprocessing import raw_input

GRID = 160  # points along each axis of the stored surface
REGRESSION = "linear_regression"


@keras.saving.register_keras_serializable("zoo")
class Point(layers.Layer):
    """The variable, and what is said of it.

    Args:
        function: A name of FUNCTIONS, or linear_regression.
        start: The first point (d,).
        spread: Standard deviation of a draw that is added to it.
    """

    def __init__(self, function: str, start: tuple[float, ...], spread: float = 0.0, **settings: Any) -> None:
        super().__init__(**{"dtype": "float64", "autocast": False, **settings})
        self.function, self.start, self.spread = function, tuple(start), spread

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the variable at its first place."""
        self.input_spec = layers.InputSpec(ndim=2, axes={-1: shape[-1]})
        start = np.asarray(self.start, np.float64)
        drawn = keras.initializers.RandomNormal(stddev=self.spread) if self.spread else keras.initializers.Zeros()

        def first(shape: Any, dtype: Any = None) -> Any:
            return ops.convert_to_tensor(start, dtype) + drawn(shape, dtype)

        self.point = self.add_weight(shape=start.shape, initializer=first, name="point")

    def call(self, inputs: Any) -> Any:
        """(n, ...) -> (n, 1)."""
        rows = ops.cast(inputs, "float64")
        if self.function == REGRESSION:
            with_ones = ops.concatenate([ops.ones_like(rows[:, :1]), rows], axis=1)
            return ops.matmul(with_ones, self.point.value[:, None])
        # 0 times the example gives each of them its own copy of the one value
        return FUNCTIONS[self.function].value(self.point.value) + 0.0 * rows[:, :1]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "function": self.function, "start": self.start, "spread": self.spread}


class Objective(keras.Model):
    """Raw examples to the height of the point; see `zoo.run.minimisation` for what the runner asks it.

    Args:
        inputs: Raw examples.
        layer: The point.
    """

    def __init__(self, inputs: Any, layer: Point) -> None:
        super().__init__(inputs, layer(inputs), name="objective")
        self.layer = layer
        self.first = self.position

    @property
    def position(self) -> np.ndarray:
        """The point as it is now, float64 (d,)."""
        return np.array(ops.convert_to_numpy(self.layer.point.value))

    @property
    def minimum(self) -> np.ndarray | None:
        """The smallest point (d,); None where there is none, or data decide it."""
        coordinate = None if self.layer.function == REGRESSION else FUNCTIONS[self.layer.function].minimum
        return None if coordinate is None else np.full(len(self.layer.start), coordinate)

    def height(self, point: np.ndarray) -> float:
        """Value of the function at a point (d,)."""
        return float(FUNCTIONS[self.layer.function].value(np.asarray(point)))

    def landscape(self, data: Data) -> dict[str, np.ndarray]:
        """The surface that the point moved on, over its last two coordinates, for pictures.

        Returns:
            surface_x (g,), surface_values (g,) of one coordinate; surface_y (g,) and surface_values (y, x) of more:
            the others are kept where the point ended. `surface_axes`: their numbers.
        """
        end = self.position
        axes = np.arange(len(end))[-2:]
        window = self._window(axes, data)
        lines = [np.linspace(low, high, GRID) for low, high in window]
        points = np.broadcast_to(end, (*([GRID] * len(axes)), len(end))).copy()
        for axis, grid in zip(axes, np.meshgrid(*lines), strict=True):
            points[..., axis] = grid
        values = self._heights(points, data)
        named = dict(zip(("surface_x", "surface_y"), lines, strict=False))
        return {**named, "surface_values": values, "surface_axes": axes}

    def _window(self, axes: np.ndarray, data: Data) -> list[tuple[float, float]]:
        """Low and high end of each axis: the function's own where the point began in it, else around its way."""
        function = FUNCTIONS.get(self.layer.function)
        if function is not None and len(function.window) == len(axes):
            inside = all(low <= self.first[k] <= high for k, (low, high) in zip(axes, function.window, strict=True))
            if inside:
                return list(function.window)
        ends = np.stack([self.first, self.position, self._lowest(data)])[:, axes]
        low, high = ends.min(axis=0), ends.max(axis=0)
        margin = 0.35 * np.maximum(high - low, 1e-3)
        return [(float(a), float(b)) for a, b in zip(low - margin, high + margin, strict=True)]

    def _lowest(self, data: Data) -> np.ndarray:
        if self.layer.function == REGRESSION:
            return np.linalg.lstsq(_with_ones(data.train.features), data.train.targets, rcond=None)[0]
        return self.position if self.minimum is None else self.minimum

    def _heights(self, points: np.ndarray, data: Data) -> np.ndarray:
        if self.layer.function != REGRESSION:
            return np.asarray(FUNCTIONS[self.layer.function].value(points))
        # half the mean squared error as a polynomial of the point: no (points, examples) array
        rows, targets = _with_ones(data.train.features), data.train.targets
        square, linear, rest = rows.T @ rows, rows.T @ targets, float(targets @ targets)
        errors = np.einsum("...i,ij,...j->...", points, square, points) - 2.0 * points @ linear + rest
        return 0.5 * errors / len(rows)


def _with_ones(rows: np.ndarray) -> np.ndarray:
    return np.concatenate([np.ones((len(rows), 1)), rows], axis=1)


def build(hyperparameters: Hyperparameters, data_spec: DataSpec) -> Objective:
    """Build the point for `data_spec`.

    Args:
        hyperparameters: What is made small, and from where.
        data_spec: Of a regression the features; of the task `minimisation` it says nothing.

    Returns:
        Model from (n, *data_spec.shape) to float64 (n, 1).

    Raises:
        UserError: Function and data do not go together.
    """
    of_data = hyperparameters.function == REGRESSION
    if of_data != (data_spec.task == "regression"):
        raise UserError(
            "a linear regression is of the task regression, a function of the task minimisation",
            received=f"function = {hyperparameters.function!r}, task = {data_spec.task!r}",
            hint="hyperparameters.function=linear_regression, with task=regression and dataset=noisy_plane",
        )
    if len(data_spec.shape) != 1 or data_spec.target_shape:
        raise UserError(
            "an objective takes rows of numbers and one target",
            received=f"examples {data_spec.shape}, targets {data_spec.target_shape}",
        )
    coordinates = 1 + data_spec.shape[0]
    start = hyperparameters.start or ((0.0,) * coordinates if of_data else FUNCTIONS[hyperparameters.function].start)
    if of_data and len(start) != coordinates:
        raise UserError(
            "the first point of a linear regression must have the bias and one number a feature",
            received=f"{len(start)} numbers for {data_spec.shape[0]} features",
        )
    layer = Point(hyperparameters.function, start, hyperparameters.start_spread, name="point")
    return Objective(raw_input(data_spec), layer)
