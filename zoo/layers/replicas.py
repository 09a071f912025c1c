"""What a step needs where several devices share a batch: gradients clipped as one, states that stay with their rows."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.data.share import Portion


def replica_count() -> int:
    """Devices that share a batch; 1 outside of a strategy."""
    return int(tf.distribute.get_strategy().num_replicas_in_sync)


def apply_gradients(optimizer: keras.optimizers.Optimizer, gradients: list[Any], variables: list[Any]) -> None:
    """Step by gradients whose sum over the replicas is the gradient of the batch, clipped as one device would clip it.

    Keras clips what each replica found and adds up afterwards. Here the sum is clipped, and each replica then brings
    its part of it, which Keras' own clipping leaves as it is.

    Args:
        optimizer: Built; its clipping settings are taken.
        gradients: Of one replica.
        variables: As many.
    """
    if replica_count() > 1:
        if optimizer.clipnorm:
            gradients = [_within([one], optimizer.clipnorm)[0] for one in gradients]
        elif optimizer.global_clipnorm:
            gradients = _within(gradients, optimizer.global_clipnorm)
        elif optimizer.clipvalue:
            whole = _added([tf.convert_to_tensor(one) for one in gradients])
            count, limit = replica_count(), optimizer.clipvalue
            gradients = [tf.clip_by_value(one, -limit, limit) / count for one in whole]
    optimizer.apply_gradients(zip(gradients, variables, strict=True))


def _within(gradients: list[Any], limit: float) -> list[Any]:
    """Parts of gradients whose norm over all replicas together is at most `limit`.

    As in TensorFlow the norm of a sparse gradient is that of its slices, several of which may be of one row.
    """
    count = replica_count()
    sparse = [isinstance(one, tf.IndexedSlices) for one in gradients]
    sent = [
        tf.reduce_sum(one.values**2) if is_sparse else tf.convert_to_tensor(one)
        for one, is_sparse in zip(gradients, sparse, strict=True)
    ]
    whole = _added(sent)
    squares = [one if is_sparse else tf.reduce_sum(one**2) for one, is_sparse in zip(whole, sparse, strict=True)]
    norm = tf.sqrt(tf.add_n(squares))
    scale = limit / tf.maximum(norm, limit)
    return [
        tf.IndexedSlices(one.values * scale, one.indices, one.dense_shape) if is_sparse else added * (scale / count)
        for one, added, is_sparse in zip(gradients, whole, sparse, strict=True)
    ]


def _added(values: list[tf.Tensor]) -> list[tf.Tensor]:
    """Sums over the replicas."""
    return list(tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values))


def mean_of_portion(values: tf.Tensor, portion: Portion) -> tf.Tensor:
    """What one replica brings to a mean over the global batch: over all replicas it adds up to the mean.

    Args:
        values: (n, ...), of the replica's rows.
        portion: Which of them count.
    """
    by_row = tf.reduce_mean(tf.reshape(values, [tf.shape(values)[0], -1]), axis=1)
    return tf.reduce_sum(by_row * tf.cast(portion.counts, by_row.dtype)) / tf.cast(portion.examples, by_row.dtype)


class CarriedRows:
    """A state with a row for each row of a batch, handed from one step to the next; every replica goes on with its own.

    It reads and is assigned like a variable over the rows of the global batch, so that a checkpoint holds all of it
    and does not depend on how many devices share a batch.

    Args:
        rows: Rows of one replica.
        size: Numbers in a row.
        name: Name in checkpoints.
    """

    def __init__(self, rows: int, size: int, name: str) -> None:
        self.path, self.shape = name, (rows * replica_count(), size)
        self._rows = rows
        self._strategy = tf.distribute.get_strategy()
        self._variable = keras.Variable(
            np.zeros((rows, size), np.float32),
            trainable=False,
            synchronization="on_read",
            aggregation="only_first_replica",
            name=name,
        )

    def own(self, dtype: Any) -> tf.Tensor:
        """The rows of the replica at hand, (rows, size); inside a step."""
        return tf.cast(self._variable, dtype)

    def keep(self, value: tf.Tensor) -> None:
        """Set the rows of the replica at hand; inside a step."""
        self._variable.assign(tf.cast(value, self._variable.dtype))

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        """All rows (replicas x rows, size); on many hosts each of them has to ask at the same time."""
        if self._strategy.num_replicas_in_sync == 1:
            return np.asarray(self._variable, dtype)
        return np.asarray(self._strategy.gather(self._variable.value, axis=0), dtype)

    def assign(self, value: np.ndarray) -> None:
        """Set all rows, (replicas x rows, size); a host takes its own."""
        if self._strategy.num_replicas_in_sync == 1:
            self._variable.assign(value)
            return
        own = self._strategy.experimental_local_results(self._variable.value)
        first = first_replica(self._strategy) * self._rows
        for number, rows in enumerate(own):
            start = first + number * self._rows
            rows.assign(value[start : start + self._rows])


def first_replica(strategy: tf.distribute.Strategy) -> int:
    """Number of this host's first replica among those of all hosts, which have as many each."""
    resolver = getattr(strategy, "cluster_resolver", None)
    if resolver is None or not resolver.cluster_spec().as_dict():
        return 0
    return int(resolver.task_id) * strategy.num_replicas_in_sync // resolver.cluster_spec().num_tasks("worker")
