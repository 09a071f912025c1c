"""A network whose output weights are computed, not searched for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.data.class_weights import class_weights
from zoo.data.spec import DataSpec, Split
from zoo.families.rbf.calibration import Calibration
from zoo.families.rbf.solve import Accumulator, in_order
from zoo.layers.series import spread_of
from zoo.recipe import Training

BATCH = 4096
HIDDEN, OUTPUTS, CALIBRATION = "hidden", "outputs", "calibration"


class LeastSquares(keras.Model):
    """A functional model with layers `hidden` and `outputs`, and for classes `calibration`, that learns in closed form.

    Args:
        inputs: Raw examples.
        outputs: float32 logits or numbers.
        data_spec: Task, classes and targets.
        ridge: See `zoo.families.rbf.solve`.
        calibration: "platt", "temperature" or "none".
        name: Of the model.
    """

    def __init__(
        self, inputs: Any, outputs: Any, *, data_spec: DataSpec, ridge: float, calibration: str, name: str
    ) -> None:
        super().__init__(inputs, outputs, name=name)
        self.data_spec, self.ridge, self.calibration = data_spec, ridge, calibration
        dense = self.get_layer(OUTPUTS)
        hidden = keras.Model(inputs, self.get_layer(HIDDEN).output)
        linear = keras.Model(inputs, dense.output)
        # functions, not models: a model as an attribute would be part of this one; compiled once for all calls
        self._linear = tf.function(lambda features: linear(features, training=False))
        self._accumulate = Accumulator(
            lambda features: hidden(features, training=False),
            units=dense.kernel.shape[0],
            targets=dense.units,
            bias=dense.use_bias,
        )

    def learn(
        self, train: Split, validation: Split, training: Training, *, seed: int, first: int
    ) -> Iterator[list[dict[str, float]]]:
        """Compute the output weights from the training split, and the calibration from the validation split.

        Args:
            train: Passed over once, in batches of `training.batch_size`.
            validation: What the calibration is learned on, without class weights: probabilities are those of the data.
            training: Batch size and class weights.
            seed: Not used; centres are drawn before.
            first: Not used; all is done at once.

        Yields:
            One row: mean squared errors of the linear numbers, which are 0 and 1 for classes; of a series in squares of
            its spread.
        """
        weights = example_weights(self.data_spec, train, training)
        wanted = linear_targets(self.data_spec, train.targets)
        batches = in_order(train.features, wanted, weights, batch_size=training.batch_size)
        equations = self._accumulate(batches)
        dense = self.get_layer(OUTPUTS)
        solution = equations.solve(ridge=self.ridge, constants=int(dense.use_bias))
        kernel, bias = np.split(solution, [dense.kernel.shape[0]])
        dense.set_weights([kernel, bias[0]] if dense.use_bias else [kernel])
        numbers = self.linear_numbers(validation.features)
        errors = np.square(numbers - linear_targets(self.data_spec, validation.targets))
        unit = spread_of(self.data_spec, train.targets) ** 2
        row = {"loss": equations.mean_squared_error(solution) / unit, "validation_loss": float(errors.mean()) / unit}
        if self.data_spec.classes is not None and self.calibration != "none":
            layer: Calibration = self.get_layer(CALIBRATION)
            layer.learn(numbers, validation.targets, offsets=self.calibration == "platt")
        yield [row]

    def linear_numbers(self, features: np.ndarray) -> np.ndarray:
        """What least squares says of raw examples, before calibration: float64 (n, linear units)."""
        parts = [features[first : first + BATCH] for first in range(0, len(features), BATCH)]
        return np.concatenate([self._linear(tf.convert_to_tensor(part)).numpy() for part in parts])


def linear_units(data_spec: DataSpec) -> int:
    """How many numbers least squares aims at: one for two classes, one a class for more, one a target."""
    if data_spec.classes is None:
        return int(np.prod(data_spec.target_shape, dtype=np.int64))
    return 1 if len(data_spec.classes) == 2 else len(data_spec.classes)


def linear_targets(data_spec: DataSpec, targets: np.ndarray) -> np.ndarray:
    """What least squares aims at: float64 (n, linear units); of classes 1 for the own one, else 0."""
    if data_spec.classes is None:
        return targets.reshape(len(targets), -1).astype(np.float64)
    own = np.eye(len(data_spec.classes))[targets]
    return own[:, 1:] if own.shape[1] == 2 else own


def example_weights(data_spec: DataSpec, train: Split, training: Training) -> np.ndarray:
    """Weight of each training example, float64 (n,) of mean 1: that of its class."""
    of_class = class_weights(data_spec, train.targets, training.class_weight)
    if of_class is None:
        return np.ones(len(train))
    weights = np.array([of_class[number] for number in sorted(of_class)])[train.targets]
    return np.asarray(weights / weights.mean())
