"""The shares of a batch together are the batch, each row once."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from zoo.data.batches import evaluation_batches, training_batches
from zoo.data.share import Share
from zoo.data.spec import Split


@given(rows=st.integers(1, 40), replicas=st.integers(1, 9))
def test_replicas_take_every_row_of_a_batch_once_and_as_many_as_each_other(rows: int, replicas: int) -> None:
    share, taken, sizes = Share(replicas), [], []
    for replica in range(replicas):
        own = share.own_rows(tf.constant(replica, tf.int64), tf.constant(rows, tf.int64))
        assert len(own.places) == len(own.counts) >= 1
        assert float(own.examples) == rows
        taken += [int(place) for place, counts in zip(own.places, own.counts, strict=True) if counts]
        sizes.append(int(tf.reduce_sum(own.counts)))
    assert taken == list(range(rows))
    assert max(sizes) - min(sizes) <= 1


@given(rows=st.integers(1, 40), replicas=st.integers(1, 9))
def test_streams_stay_with_their_replica_and_all_have_as_many(rows: int, replicas: int) -> None:
    share, taken = Share(replicas), []
    for replica in range(replicas):
        own = share.own_streams(tf.constant(replica, tf.int64), rows)
        assert len(own.places) == share.size(rows)
        assert int(tf.reduce_max(own.places)) < rows
        taken += [int(place) for place, counts in zip(own.places, own.counts, strict=True) if counts]
    assert taken == list(range(rows))


def numbered(count: int) -> Split:
    numbers = np.arange(count, dtype=np.float32)
    return Split(numbers[:, None], numbers)


@pytest.mark.parametrize(("hosts", "local"), [(1, 3), (3, 1), (2, 2)], ids=["devices", "hosts", "both"])
def test_hosts_and_their_devices_read_the_batches_of_one_device(hosts: int, local: int) -> None:
    split, steps = numbered(26), 6
    whole = [targets.numpy() for _, targets in training_batches(split, batch_size=10, seed=3, first_step=1).take(steps)]
    shares = [Share(hosts * local, host * local, local) for host in range(hosts)]
    fed = [
        list(training_batches(split, batch_size=10, seed=3, first_step=1, share=share).take(steps * local))
        for share in shares
    ]
    for step, expected in enumerate(whole):
        portions = [fed[host][step * local + device] for host in range(hosts) for device in range(local)]
        found = np.concatenate([portion.targets.numpy()[portion.counts.numpy() > 0] for portion in portions])
        assert np.array_equal(found, expected)
        assert {float(portion.examples) for portion in portions} == {len(expected)}


def test_a_split_is_measured_pass_after_pass_each_example_once() -> None:
    split, share = numbered(26), Share(2, 0, 2)
    portions = list(evaluation_batches(split, batch_size=10, share=share).take(2 * 2 * 3))
    counted = np.concatenate([portion.targets.numpy()[portion.counts.numpy() > 0] for portion in portions])
    assert np.array_equal(counted, np.tile(np.arange(26), 2))
