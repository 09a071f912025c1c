"""Steps of a model that learns by gradient where several devices share a batch, so that all numbers are one device's.

Keras' own steps take means over the rows of each replica and average them, which is another number where the rows do
not divide evenly. Here every replica brings its share of the mean over the whole batch, and rows that only fill up a
batch count nothing, neither in the loss nor in the metrics.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from zoo.data.share import Portion
from zoo.layers.replicas import apply_gradients, replica_count


class SharedSteps:
    """What stands in for the `train_step` and `test_step` of a compiled model; both take a `Portion`.

    Args:
        model: Compiled with weighted metrics, all built.
        class_weights: Weight of each class in the training loss, by number; none if None.
    """

    def __init__(self, model: keras.Model, class_weights: Mapping[int, float] | None) -> None:
        self.model = model
        self._class_weights = None
        if class_weights is not None:
            self._class_weights = tf.constant([class_weights[number] for number in sorted(class_weights)], tf.float32)
        object.__setattr__(model, "train_step", self.train_step)
        object.__setattr__(model, "test_step", self.test_step)

    def train_step(self, portion: Portion) -> dict[str, Any]:
        """A step of gradient descent on one replica."""
        model = self.model
        counts = portion.counts
        if self._class_weights is not None:
            counts *= tf.gather(self._class_weights, tf.cast(portion.targets, tf.int32))
        with tf.GradientTape() as tape:
            outputs = model(portion.inputs, training=True)
            loss = self._loss(portion, outputs, counts, training=True)
            scaled = model.optimizer.scale_loss(loss)
        variables = model.trainable_variables
        apply_gradients(model.optimizer, tape.gradient(scaled, variables), variables)
        return self._measured(portion, outputs, loss)

    def test_step(self, portion: Portion) -> dict[str, Any]:
        """Measure what one replica has of a batch."""
        outputs = self.model(portion.inputs, training=False)
        return self._measured(portion, outputs, self._loss(portion, outputs, portion.counts, training=False))

    def _loss(self, portion: Portion, outputs: Any, weights: tf.Tensor, *, training: bool) -> tf.Tensor:
        """The replica's share of the loss over the batch; Keras divides by the replica's rows and the replicas."""
        rows = tf.cast(tf.size(portion.counts) * replica_count(), tf.float32)
        return self.model.compute_loss(
            portion.inputs, portion.targets, outputs, weights * (rows / portion.examples), training=training
        )

    def _measured(self, portion: Portion, outputs: Any, loss: tf.Tensor) -> dict[str, Any]:
        """Update the means over an epoch, in which every row of every batch counts the same."""
        replicas = replica_count()
        mean_loss = next(metric for metric in self.model.metrics if metric.name == "loss")
        mean_loss.update_state(loss * replicas, sample_weight=portion.examples / replicas)
        results: dict[str, Any] = self.model.compute_metrics(
            portion.inputs, portion.targets, outputs, sample_weight=portion.counts
        )
        return results
