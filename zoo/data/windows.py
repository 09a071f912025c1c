"""From a text to batches of windows, gathered where they stand: the text is in memory once, whatever the windows.

For training every batch is a pure function of (seed, step), as in `zoo.data.batches`. A batch is
((codes (batch, window), begins (batch,)), targets (batch, window)); `begins` marks the rows that go on from nothing,
all others go on from where the row of the same number ended one step before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

from zoo.data.batches import batch_rows, steps_per_pass
from zoo.data.errors import InvalidData
from zoo.data.share import Portion, Share
from zoo.data.spec import Split

# Offset that keeps the seeds of where a pass begins apart from those of the order of examples and of augmentation.
OFFSET_STREAM = 2 << 20

# step -> first unit of each row, and whether it begins anew
Starts = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


@dataclass(frozen=True)
class Streams:
    """A text cut into as many parallel streams as a batch has rows; step s of a pass takes the s-th window of each.

    Args:
        examples: Units of the text that have one behind them.
        batch_size: Streams.
        window: Units of a stream in one step.

    Raises:
        InvalidData: The text is too short for one step.

    Example:
        >>> Streams(1000, batch_size=4, window=50).steps
        4
    """

    examples: int
    batch_size: int
    window: int

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise InvalidData(
                "the training text must be long enough for one window of each stream",
                received=f"{self.examples} units for {self.batch_size} streams with windows of {self.window}",
                hint="a smaller training.batch_size or hyperparameters.window",
            )

    @property
    def length(self) -> int:
        """Units of a stream; a pass may begin at any of the first `window` units, so that the cuts wander."""
        return (self.examples - self.window + 1) // self.batch_size

    @property
    def steps(self) -> int:
        """Steps of a pass."""
        return self.length // self.window

    def starts(self, step: tf.Tensor, seed: int) -> tuple[tf.Tensor, tf.Tensor]:
        """First unit of each row, int64 (batch,), and whether the rows begin anew, a scalar."""
        number, place = step // self.steps, step % self.steps
        key = tf.stack([tf.constant(seed + OFFSET_STREAM, tf.int64), number])
        offset = tf.random.stateless_uniform((), key, 0, self.window, tf.int64)
        rows = tf.range(self.batch_size, dtype=tf.int64) * self.length
        return rows + offset + place * self.window, tf.equal(place, 0)


def stream_batches(
    split: Split, *, window: int, batch_size: int, seed: int, first_step: int = 0, share: Share | None = None
) -> tf.data.Dataset:
    """Endless batches of parallel streams for truncated backpropagation, from step `first_step` on.

    Args:
        split: The training split of a text.
        window: Units that are learned from at once.
        batch_size: Parallel streams.
        seed: Seed of the run.
        first_step: Step of the run that comes first.
        share: What of it this host feeds, where several devices share a batch: then `Portion` by `Portion`.

    Raises:
        InvalidData: The text is too short.
    """
    streams = Streams(len(split), batch_size, window)

    def starts(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        first, anew = streams.starts(step, seed)
        return first, tf.fill((batch_size,), anew)

    return _gathered(split, window, batch_size, first_step, starts, share, streams=True)


def window_steps(examples: int, *, window: int, batch_size: int, predicted: int) -> int:
    """Steps in which as many units are predicted as the text has, `predicted` in each window.

    Raises:
        InvalidData: The text is shorter than a window.
    """
    if examples < window:
        raise InvalidData(
            "the training text must be at least as long as a window",
            received=f"{examples} units, hyperparameters.window = {window}",
        )
    return steps_per_pass(examples - window + 1, batch_size * predicted)


def window_batches(
    split: Split, *, window: int, batch_size: int, seed: int, first_step: int = 0, share: Share | None = None
) -> tf.data.Dataset:
    """Endless batches of windows from all over the text, each of which begins anew.

    The order is a permutation of all places where a window can start, as that of the examples in `zoo.data.batches`.

    Args:
        As `stream_batches`.
    """
    places = len(split) - window + 1

    def starts(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        first = batch_rows(step, examples=places, batch_size=batch_size, seed=seed)
        return first, tf.fill(tf.shape(first), True)

    return _gathered(split, window, batch_size, first_step, starts, share, streams=False)


def _gathered(
    split: Split,
    window: int,
    batch_size: int,
    first_step: int,
    starts: Starts,
    share: Share | None,
    *,
    streams: bool,
) -> tf.data.Dataset:
    features, targets = tf.constant(split.features), tf.constant(split.targets)
    along = tf.range(window, dtype=tf.int64)

    def batch(step: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
        first, begins = starts(step)
        places = first[:, None] + along
        return (tf.gather(features, places), begins), tf.gather(targets, places)

    def portion(step: tf.Tensor, replica: tf.Tensor) -> Portion:
        assert share is not None
        first, begins = starts(step)
        own = share.own_streams(replica, batch_size) if streams else share.own_rows(replica, tf.size(first, tf.int64))
        places = tf.gather(first, own.places)[:, None] + along
        inputs = tf.gather(features, places), tf.gather(begins, own.places)
        return Portion(inputs, tf.gather(targets, places), own.counts, own.examples)

    if share is not None:
        return share.deal(portion, first_step=first_step)
    steps = tf.data.Dataset.range(first_step, tf.int64.max)
    return steps.map(batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(tf.data.AUTOTUNE)


def scoring_batches(
    split: Split, *, warm_up: int, scored: int, rows: int, share: Share | None = None
) -> tf.data.Dataset:
    """A whole text in order, in overlapping pieces that can be read side by side: every unit is predicted once.

    Args:
        split: A split of a text.
        warm_up: Units that a piece is read from before the first one that counts; fewer at the beginning of the text.
        scored: Units that count in a piece.
        rows: Pieces in a batch.
        share: What of it this host feeds, where several devices share a batch; then pass after pass without end.

    Returns:
        Batches (codes, targets, weights), each (rows, warm_up + scored) or as long as the text; float32 weights are 1
        where a unit counts, in the order of the text from row to row.
    """
    features, targets = tf.constant(split.features), tf.constant(split.targets)
    size = len(split)
    length = min(warm_up + scored, size)
    along = tf.range(length, dtype=tf.int64)

    def piece(number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        first = number * scored
        start = tf.clip_by_value(first - warm_up, 0, size - length)
        places = start + along
        counts = (places >= first) & (places < first + scored)
        return tf.gather(features, places), tf.gather(targets, places), tf.cast(counts, tf.float32)

    def portion(step: tf.Tensor, replica: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        assert share is not None
        first = step * rows
        own = share.own_rows(replica, tf.minimum(tf.constant(rows, tf.int64), count - first))
        codes, follow, weights = tf.vectorized_map(piece, first + own.places)
        return codes, follow, weights * own.counts[:, None]

    count = -(-size // scored)
    if share is not None:
        return share.deal(portion, last_step=-(-count // rows))
    numbers = tf.data.Dataset.range(count)
    pieces = numbers.map(piece, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return pieces.batch(rows).prefetch(tf.data.AUTOTUNE)
