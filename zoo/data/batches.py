"""From a split to batches: a tf.data pipeline whose order is a pure function of (seed, step).

Step `s` of a run always holds the same examples, whatever was run before it in the process, so a resumed run goes on
with exactly the batch that comes next, and a host of many can take its own part of the same global batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.data.series import are_windows, series_of
from zoo.data.share import Portion, Share
from zoo.data.spec import Split

# Offset that keeps the seeds of augmentation apart from those of the order of examples.
AUGMENTATION_STREAM = 1 << 20

# and those of noise that is drawn with the data
NOISE_STREAM = 1 << 21

# features of some rows of a batch, the batch's seed pair, its size and the rows' places in it -> changed features
Augment = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]
# rows that are measured at once
EVALUATION_BATCH = 1024

Draw = Callable[[int, tf.Tensor], dict[str, tf.Tensor]]


def steps_per_pass(examples: int, batch_size: int) -> int:
    """Steps in one pass over `examples`; the last batch of a pass may be smaller."""
    return -(-examples // batch_size)


def batch_rows(step: tf.Tensor, *, examples: int, batch_size: int, seed: int, shuffle: bool = True) -> tf.Tensor:
    """Rows of the split that make up the batch of a step.

    A pass is a permutation of all rows, drawn from (seed, pass) by a cipher over the row number, so no permutation is
    kept in memory and any step can be reached at once.

    Args:
        step: int64 scalar, counted from 0 over the whole run.
        examples: Number of rows in the split.
        batch_size: Global batch size.
        seed: Seed of the run.
        shuffle: Whether the rows of a pass are drawn; without it they come in the order of the split.

    Returns:
        int64 tensor (rows,), `batch_size` long but for the last batch of a pass.
    """
    steps = steps_per_pass(examples, batch_size)
    first = (step % steps) * batch_size
    positions = tf.range(first, tf.minimum(first + batch_size, examples))
    if not shuffle:
        return positions
    pass_seed = tf.stack([tf.constant(seed, tf.int64), step // steps])
    return tf.random.experimental.index_shuffle(
        positions, seed=pass_seed, max_index=tf.constant(examples - 1, tf.int64)
    )


def row_reader(array: np.ndarray) -> Callable[[tf.Tensor], tf.Tensor]:
    """From row numbers to rows; of windows into a series only the series is kept on the device.

    Args:
        array: (n, ...), captured by reference: it stands in memory once, not in the graph.
    """
    if not are_windows(array):
        whole = tf.constant(array)
        return lambda rows: tf.gather(whole, rows)
    series = tf.constant(series_of(array, array[1:, -1]))
    places = tf.range(array.shape[1], dtype=tf.int64)
    return lambda rows: tf.gather(series, rows[:, None] + places)


def training_batches(
    split: Split,
    *,
    batch_size: int,
    seed: int,
    first_step: int = 0,
    augment: Augment | None = None,
    share: Share | None = None,
    shuffle: bool = True,
) -> tf.data.Dataset:
    """Endless shuffled batches (features, targets) from step `first_step` on.

    Args:
        split: The training split.
        batch_size: Global batch size.
        seed: Seed of the run: order and augmentation follow from it.
        first_step: Step of the run that comes first.
        augment: Changes the features of a batch.
        share: What of it this host feeds, where several devices share a batch: then `Portion` by `Portion`.
        shuffle: Whether the order of a pass is drawn.
    """
    features, targets = row_reader(split.features), row_reader(split.targets)

    def changed(step: tf.Tensor, chosen: tf.Tensor, rows: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
        if augment is None:
            return chosen
        return augment(chosen, tf.stack([tf.constant(seed + AUGMENTATION_STREAM, tf.int64), step]), rows, places)

    def batch(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rows = batch_rows(step, examples=len(split), batch_size=batch_size, seed=seed, shuffle=shuffle)
        count = tf.size(rows, tf.int64)
        return changed(step, features(rows), count, tf.range(count)), targets(rows)

    def portion(step: tf.Tensor, replica: tf.Tensor) -> Portion:
        assert share is not None
        rows = batch_rows(step, examples=len(split), batch_size=batch_size, seed=seed, shuffle=shuffle)
        count = tf.size(rows, tf.int64)
        own = share.own_rows(replica, count)
        chosen = tf.gather(rows, own.places)
        return Portion(changed(step, features(chosen), count, own.places), targets(chosen), own.counts, own.examples)

    if share is not None:
        return share.deal(portion, first_step=first_step)
    steps = tf.data.Dataset.range(first_step, tf.int64.max)
    batches = steps.map(batch, num_parallel_calls=tf.data.AUTOTUNE)
    return batches.prefetch(tf.data.AUTOTUNE)


def noisy_batches(
    split: Split,
    *,
    batch_size: int,
    seed: int,
    draw: Draw,
    first_step: int = 0,
    augment: Augment | None = None,
    share: Share | None = None,
) -> tf.data.Dataset:
    """Endless shuffled batches of pictures with the noise of their step, from step `first_step` on.

    All batches are full: a pass leaves out the examples that are too few for one, other ones each time. The noise
    comes with the data, so that it does not depend on how many devices share a batch, nor on where a run was resumed.

    Args:
        split: The training split.
        batch_size: Global batch size, at most the size of the split.
        seed: Seed of the run: order, augmentation and noise follow from it.
        draw: From a number of rows and an int64 seed pair to named noise, as many rows each.
        first_step: Step of the run that comes first.
        augment: Changes the features of a batch.
        share: What of it this host feeds, where several devices share a batch, which must divide it.

    Returns:
        Batches {"pictures": features, "classes": targets, ..}, noise under its own names.
    """
    features, targets = tf.constant(split.features), tf.constant(split.targets)
    examples = len(split)
    passes = examples // batch_size

    def some(step: tf.Tensor, places: tf.Tensor) -> dict[str, Any]:
        of_pass = tf.stack([tf.constant(seed, tf.int64), step // passes])
        positions = (step % passes) * batch_size + places
        rows = tf.random.experimental.index_shuffle(
            positions, seed=of_pass, max_index=tf.constant(examples - 1, tf.int64)
        )
        chosen = tf.gather(features, rows)
        if augment is not None:
            key = tf.stack([tf.constant(seed + AUGMENTATION_STREAM, tf.int64), step])
            chosen = augment(chosen, key, tf.constant(batch_size, tf.int64), places)
        noise = draw(batch_size, tf.stack([tf.constant(seed + NOISE_STREAM, tf.int64), step]))
        if share is not None:
            noise = {name: tf.gather(drawn, places) for name, drawn in noise.items()}
        return {"pictures": chosen, "classes": tf.gather(targets, rows), **noise}

    def portion(step: tf.Tensor, replica: tf.Tensor) -> dict[str, Any]:
        assert share is not None
        return some(step, share.own_rows(replica, tf.constant(batch_size, tf.int64)).places)

    if share is not None:
        return share.deal(portion, first_step=first_step)
    everything = tf.range(batch_size, dtype=tf.int64)
    steps = tf.data.Dataset.range(first_step, tf.int64.max)
    batches = steps.map(lambda step: some(step, everything), num_parallel_calls=tf.data.AUTOTUNE)
    return batches.prefetch(tf.data.AUTOTUNE)


def evaluation_batches(
    split: Split, *, batch_size: int = EVALUATION_BATCH, share: Share | None = None
) -> tf.data.Dataset:
    """Each example once, in the order of the split: batches (features, targets), kept in memory.

    Args:
        split: Any split.
        batch_size: Rows at once.
        share: What of it this host feeds, where several devices share a batch: then `Portion` by `Portion`, pass after
            pass without end.
    """
    if share is not None:
        return _shared_evaluation(split, batch_size, share)
    if are_windows(split.features):
        features, targets = row_reader(split.features), row_reader(split.targets)
        rows = tf.data.Dataset.range(len(split)).batch(batch_size)
        return rows.map(lambda chosen: (features(chosen), targets(chosen))).prefetch(tf.data.AUTOTUNE)
    batches = tf.data.Dataset.from_tensor_slices((split.features, split.targets)).batch(batch_size)
    return batches.cache().prefetch(tf.data.AUTOTUNE)


def _shared_evaluation(split: Split, batch_size: int, share: Share) -> tf.data.Dataset:
    features, targets = row_reader(split.features), row_reader(split.targets)

    def portion(step: tf.Tensor, replica: tf.Tensor) -> Portion:
        first = step * batch_size
        rows = tf.minimum(tf.constant(batch_size, tf.int64), len(split) - first)
        own = share.own_rows(replica, rows)
        chosen = first + own.places
        return Portion(features(chosen), targets(chosen), own.counts, own.examples)

    return share.deal(portion, last_step=steps_per_pass(len(split), batch_size))
