"""The perceptron: a step unit, and Rosenblatt's rule that moves its plane after each mistake.

Shapes, for a batch of n examples:

    raw (n, *shape) -> scaled (n, *shape) -> flat (n, features) -> step unit f(x w + b), f(z) = 1 if z >= 0 else 0
        -> logits (n, 2): all for the class that the unit says, it knows no degrees

The rule, after each example x of class y: w += rate (y - f) x, b += rate (y - f); both begin at zero. It is computed in
float64, one example after the other, because rounding can decide: of the AND gate the point (1, 0) ends up on the line,
and 0.1 + 0.1 + 0.1 > 0.3 puts it on the right side.

Source: Rosenblatt 1958, The perceptron, Psychological Review 65; Novikoff 1962 (it ends if a plane separates).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from zoo.data.spec import DataSpec, Split
from zoo.families.perceptron.hyperparameters import Hyperparameters
from zoo.layers.activations import step
from zoo.layers.preprocessing import preprocess, raw_input
from zoo.recipe import RecipeError, Training

# softmax makes probabilities of logits; so far apart they are 0 and 1 in float32, as a step unit has it
CERTAIN = 64.0


@keras.saving.register_keras_serializable("zoo")
class StepUnit(layers.Layer):
    """One unit with the step function: (n, features) -> logits of the two classes (n, 2)."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"dtype": "float64", **settings})

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make weights (features,) and bias, at zero."""
        self.kernel = self.add_weight(shape=shape[1:], initializer="zeros", name="kernel")
        self.bias = self.add_weight(shape=(), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """Say one class or the other."""
        second = step(ops.matmul(inputs, self.kernel) + self.bias)
        signs = CERTAIN * (2.0 * second - 1.0)
        return ops.cast(ops.stack([-signs, signs], axis=-1), "float32")


class Perceptron(keras.Model):
    """Raw examples to the step unit's answer; learns by its own rule.

    Args:
        inputs: Raw examples.
        scaled: What the unit sees, (n, features).
        hyperparameters: Order of the examples, and when to end.
    """

    def __init__(self, inputs: Any, scaled: Any, hyperparameters: Hyperparameters) -> None:
        unit = StepUnit(name="step_unit")
        super().__init__(inputs, unit(scaled), name="perceptron")
        self.unit = unit
        self.hyperparameters = hyperparameters
        self._ended = _Ended()

    @property
    def carried(self) -> list[keras.Variable]:
        """What a checkpoint has to hold beside the weights: whether an epoch without errors has ended the training."""
        return [self._ended.variable]

    def learn(
        self, train: Split, validation: Split, training: Training, *, seed: int, first: int
    ) -> Iterator[list[dict[str, float]]]:
        """Pass over the training split in each epoch and correct the unit after each mistake.

        Yields:
            After each epoch one row: errors made on the way, accuracy on both splits with the weights after it.
        """
        scaling = keras.Model(self.inputs, self.unit.input)
        rows, validation_rows = (_as_float64(scaling, split) for split in (train, validation))
        for epoch in range(first, training.epochs):
            if self._ended.variable.numpy():
                return
            errors = self._pass(rows, train.targets, training.learning_rate, (seed, epoch))
            accuracy = self._accuracy(rows, train.targets)
            held_out = self._accuracy(validation_rows, validation.targets)
            self._ended.variable.assign(self.hyperparameters.stop_without_errors and not errors)
            yield [{"errors": float(errors), "accuracy": accuracy, "validation_accuracy": held_out}]

    def _pass(self, rows: np.ndarray, targets: np.ndarray, rate: float, seed: tuple[int, int]) -> int:
        """One epoch of the rule; how many examples were wrong when their turn came."""
        weights, bias, errors = self.unit.kernel.numpy().copy(), float(self.unit.bias), 0
        order = np.random.default_rng(seed).permutation(len(rows)) if self.hyperparameters.shuffle else range(len(rows))
        for number in order:
            answer = int(rows[number] @ weights + bias >= 0.0)
            if answer != targets[number]:
                change = rate * (int(targets[number]) - answer)
                weights += change * rows[number]
                bias += change
                errors += 1
        self.unit.kernel.assign(weights)
        self.unit.bias.assign(bias)
        return errors

    def _accuracy(self, rows: np.ndarray, targets: np.ndarray) -> float:
        answers = rows @ self.unit.kernel.numpy() + float(self.unit.bias) >= 0.0
        return float(np.mean(answers == targets))


class _Ended:
    """A variable that Keras does not take for a weight of the model: it is neither saved nor counted."""

    def __init__(self) -> None:
        self.variable = keras.Variable(False, dtype="bool", trainable=False, name="ended")


def _as_float64(scaling: keras.Model, split: Split) -> np.ndarray:
    return np.asarray(scaling.predict(split.features, batch_size=1024, verbose=0), np.float64)


def build(hyperparameters: Hyperparameters, data_spec: DataSpec) -> Perceptron:
    """Build the unit for raw examples of `data_spec`.

    Args:
        hyperparameters: Order of the examples, and when to end.
        data_spec: Shape and kind of the inputs; two classes.

    Returns:
        Model from (n, *data_spec.shape) to float32 logits (n, 2).

    Raises:
        RecipeError: There are not two classes.
    """
    if data_spec.num_classes != 2:
        raise RecipeError(
            "a perceptron tells two classes apart", received=f"{data_spec.num_classes} classes", near=["mlp"]
        )
    raw = raw_input(data_spec)
    scaled = layers.Flatten()(preprocess(raw, data_spec, standardize=hyperparameters.standardize))
    return Perceptron(raw, scaled, hyperparameters)
