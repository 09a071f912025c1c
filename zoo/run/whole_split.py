"""The loss of a whole split as one function of the weights: value, gradient and metrics, piece by piece."""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf

from zoo.data.spec import Split


class WholeSplit:
    """Loss, gradient and metrics of a network over all examples of a split.

    Args:
        model: A compiled network.
        split: The examples; one copy of them is kept on the device.
        batch_size: Examples in one compiled call.
        weights: Weights by class number, or None.
    """

    def __init__(
        self, model: keras.Model, split: Split, *, batch_size: int, weights: dict[int, float] | None = None
    ) -> None:
        self.model, self.size = model, len(split)
        variables = model.trainable_variables
        self._shapes = [tuple(variable.shape) for variable in variables]
        self._sizes = [math.prod(shape) for shape in self._shapes]
        of_class = None if weights is None else np.array([weights[number] for number in sorted(weights)], np.float32)
        self._pieces = []
        for first in range(0, self.size, batch_size):
            rows = slice(first, min(first + batch_size, self.size))
            targets = split.targets[rows]
            weighted = None if of_class is None else tf.constant(of_class[targets])
            self._pieces.append((tf.constant(split.features[rows]), tf.constant(targets), weighted))
        jit = bool(model.jit_compile)
        self._compiled = tf.function(self._piece, jit_compile=jit)
        self._place = tf.function(self._placed)
        self._measure = tf.function(self._measured, jit_compile=jit)

    def point(self) -> np.ndarray:
        """The trainable variables as one float64 array (n,)."""
        parts = [np.asarray(variable, np.float64).ravel() for variable in self.model.trainable_variables]
        return np.concatenate([np.empty(0), *parts])

    def place(self, point: np.ndarray) -> None:
        """Put a point (n,) into the trainable variables."""
        self._place(tf.constant(point))

    def evaluate(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Loss, penalties included, and its gradient (n,) at a point; the network is left there."""
        self.place(point)
        loss, gradient = 0.0, np.zeros(point.size)
        for features, targets, weighted in self._pieces:
            share = len(features) / self.size
            part, slopes = self._compiled(features, targets, weighted)
            loss += share * float(part)
            gradient += share * slopes.numpy()
        return loss, gradient

    def metrics(self) -> dict[str, float]:
        """Mean loss and metrics of the network as it stands, without class weights."""
        self.model.reset_metrics()
        loss = sum(float(self._measure(*piece[:2])) * len(piece[0]) / self.size for piece in self._pieces)
        named = {key: float(value) for key, value in self.model.get_metrics_result().items() if key != "loss"}
        return {"loss": loss, **named}

    def _placed(self, point: tf.Tensor) -> None:
        parts = tf.split(point, self._sizes)
        for variable, part, shape in zip(self.model.trainable_variables, parts, self._shapes, strict=True):
            variable.assign(tf.cast(tf.reshape(part, shape), variable.dtype))

    def _piece(self, features: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        variables = [variable.value for variable in self.model.trainable_variables]
        with tf.GradientTape() as tape:
            outputs = self.model(features, training=True)
            loss = self.model.compute_loss(features, targets, outputs, weights, training=True)
        gradients = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        flat = [tf.cast(tf.reshape(gradient, [-1]), tf.float64) for gradient in gradients]
        return tf.cast(loss, tf.float64), tf.concat(flat, axis=0)

    def _measured(self, features: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        outputs = self.model(features, training=False)
        self.model.compute_metrics(features, targets, outputs)
        return self.model.compute_loss(features, targets, outputs, training=False)
