"""One host's share of every global batch: rows of its own for each of its devices, so that none is read twice.

Replicas take parts of a global batch that differ by one row at most. Where a part would be empty, or all must be of one
size, it is filled up with rows of the same batch that do not count. Losses and metrics, taken over the rows that count,
equal those of one device; a `Portion`, what a replica is fed, says which rows those are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import tensorflow as tf


class Portion(NamedTuple):
    """What one replica learns from in one step, and what share of the global batch that is.

    Attributes:
        inputs: As the network takes them, of n rows.
        targets: Of n rows.
        counts: float32 (n,), 1 for rows that count and 0 for those that fill up.
        examples: float32 scalar, rows of the global batch that count, over all replicas.
    """

    inputs: Any
    targets: Any
    counts: tf.Tensor
    examples: tf.Tensor


class OwnRows(NamedTuple):
    """Rows of a global batch that one replica takes.

    Attributes:
        places: int64 (n,), places in the global batch, each below its size.
        counts: float32 (n,), 1 for rows that count and 0 for those that fill up.
        examples: float32 scalar, rows of the global batch.
    """

    places: tf.Tensor
    counts: tf.Tensor
    examples: tf.Tensor


@dataclass(frozen=True)
class Share:
    """The replicas that one host feeds, out of all.

    Args:
        replicas: Replicas on all hosts.
        first: Number of the first one of this host.
        count: Replicas of this host.
    """

    replicas: int
    first: int = 0
    count: int = 1

    def size(self, batch_size: int) -> int:
        """Rows of a replica in a global batch of `batch_size`, at most.

        Example:
            >>> Share(4).size(10)
            3
        """
        return -(-batch_size // self.replicas)

    def own_rows(self, replica: tf.Tensor, rows: tf.Tensor) -> OwnRows:
        """Rows of one replica in a batch: as many as every other replica has, or one more or less.

        Where there are fewer rows than replicas, those that have none take one that does not count.

        Args:
            replica: int64 scalar, its number among all.
            rows: int64 scalar, rows of the batch.
        """
        first, last = replica * rows // self.replicas, (replica + 1) * rows // self.replicas
        places = tf.range(first, tf.maximum(last, first + 1), dtype=tf.int64)
        counts = tf.cast(places < last, tf.float32)
        return OwnRows(places % rows, counts, tf.cast(rows, tf.float32))

    def own_streams(self, replica: tf.Tensor, batch_size: int) -> OwnRows:
        """Rows of one replica where each has the same number in every step, so that rows can go on from step to step.

        Rows that are missing at the end are filled up with others of the batch that do not count.

        Args:
            replica: int64 scalar, its number among all.
            batch_size: Rows of every batch.
        """
        size = self.size(batch_size)
        places = replica * size + tf.range(size, dtype=tf.int64)
        counts = tf.cast(places < batch_size, tf.float32)
        return OwnRows(places % batch_size, counts, tf.constant(float(batch_size)))

    def deal(
        self,
        portion: Callable[[tf.Tensor, tf.Tensor], Any],
        *,
        first_step: int = 0,
        last_step: int | None = None,
    ) -> tf.data.Dataset:
        """What this host's replicas are fed, one after the other and step by step.

        Args:
            portion: From step and replica, int64 scalars, to what the replica is fed.
            first_step: Step that comes first.
            last_step: The step behind the last one; then the first comes again. Endless if not given.
        """

        def own(number: tf.Tensor) -> Any:
            return portion(number // self.count, self.first + number % self.count)

        last = tf.int64.max if last_step is None else last_step * self.count
        numbers = tf.data.Dataset.range(first_step * self.count, last)
        if last_step is not None:
            numbers = numbers.repeat()
        portions = numbers.map(own, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return portions.prefetch(max(2, self.count))
