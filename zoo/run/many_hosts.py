"""Keras `fit` on several devices and hosts, and what the hosts of a run have to agree on.

Keras 3 does not fit under MultiWorkerMirroredStrategy by itself (keras issue 20585): it turns the first batch of all
replicas into one tensor to build the model, and it reduces logs, which are numbers, over an axis that they do not have.
Both are met on the model instance: everything is built before `fit`, and the logs of a step get one axis. Tested with
the versions of Keras in TESTED.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from registry import UserError

TESTED = ("3.15",)
# seconds that workers may take to come together, and after which it is said that some are missing
TOGETHER_SECONDS, NOTED_SECONDS = 600.0, 30.0
# what TensorFlow raises in the others when a worker is gone
LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)


def require_tested_keras() -> None:
    """Refuse versions of Keras whose `fit` on many hosts was not tried.

    Raises:
        UserError: The version is another one.
    """
    if not keras.__version__.startswith(tuple(f"{version}." for version in TESTED)):
        raise UserError(
            f"training on many hosts works with Keras {', '.join(TESTED)}",
            received=f"Keras {keras.__version__}",
            hint=f"pip install 'keras~={TESTED[-1]}.0'",
        )


def prepare_for_fit(model: keras.Model, strategy: tf.distribute.Strategy) -> None:
    """Make one built and compiled model of a strategy's scope trainable with `fit`.

    Its steps must be what they are to stay: they are wrapped here.

    Args:
        model: Its metrics and optimisers are built.
        strategy: Of the model.
    """
    # the batches of our replicas are none that Keras could build a model from
    object.__setattr__(model, "_maybe_symbolic_build", lambda iterator=None, data_batch=None: None)
    if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        object.__setattr__(model, "train_step", _with_one_axis(model.train_step))
        object.__setattr__(model, "test_step", _with_one_axis(model.test_step))


def _with_one_axis(step: Any) -> Any:
    return lambda data: {name: tf.reshape(value, (1,)) for name, value in step(data).items()}


@contextmanager
def waiting_for_workers(hosts: int, note: Callable[[str], None], give_up: Callable[[], None]) -> Iterator[None]:
    """Within the block workers come together: say so when it takes long, and give up after `TOGETHER_SECONDS`.

    Args:
        hosts: How many there are; of one nothing is waited for.
        note: Told of it after `NOTED_SECONDS`.
        give_up: Ends the process; it cannot be done from within TensorFlow, which waits without end.
    """
    arrived = threading.Event()

    def wait() -> None:
        if arrived.wait(NOTED_SECONDS):
            return
        note(f"waiting for the other workers: all {hosts} have to be started within {TOGETHER_SECONDS:g} s")
        if not arrived.wait(TOGETHER_SECONDS - NOTED_SECONDS):
            note(f"not all of {hosts} workers came within {TOGETHER_SECONDS:g} s")
            give_up()

    if hosts > 1:
        threading.Thread(target=wait, name="zoo workers", daemon=True).start()
    try:
        yield
    finally:
        arrived.set()


class Hosts:
    """The hosts of a run, for what they have to do alike; of one host alone every answer is its own.

    Args:
        strategy: MultiWorkerMirroredStrategy, or None.
        index: Number of this host; 0 is the chief.
    """

    def __init__(self, strategy: tf.distribute.Strategy | None = None, index: int = 0) -> None:
        many = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        self._strategy, self.index = strategy if many else None, index
        self._largest = tf.function(self._reduce_largest)
        self._added = tf.function(self._reduce_sum, reduce_retracing=True)

    @property
    def are_many(self) -> bool:
        """Whether there are others."""
        return self._strategy is not None

    @property
    def is_chief(self) -> bool:
        """Whether this is the host that writes and decides."""
        return self.index == 0

    def agree(self, *flags: int) -> tuple[int, ...]:
        """The largest value that any host has of each flag; every host has to ask at the same time."""
        if self._strategy is None:
            return flags
        return tuple(int(flag) for flag in self._largest(tf.constant(flags, tf.int32)))

    def told_by_chief(self, content: bytes) -> bytes:
        """The chief's content, for all hosts; every host has to ask at the same time.

        Args:
            content: Taken of the chief; of others nothing.
        """
        if self._strategy is None:
            return content
        own = content if self.is_chief else b""
        (size,) = self.agree(len(own))
        sent = tf.cast(tf.io.decode_raw(own.ljust(size, b"\0"), tf.uint8), tf.int32)
        return bytes(tf.cast(self._added(sent), tf.uint8).numpy().tobytes())

    def facts_of_chief(self, facts: dict[str, Any]) -> dict[str, Any]:
        """The chief's table, for all hosts."""
        told: dict[str, Any] = json.loads(self.told_by_chief(json.dumps(facts).encode()))
        return told

    def _reduce_largest(self, flags: tf.Tensor) -> tf.Tensor:
        """As MultiWorkerMirroredStrategy adds and does not compare: of each host its own row, then the largest."""
        rows = self._strategy.extended._num_workers  # type: ignore[union-attr]
        own = tf.tensor_scatter_nd_update(tf.zeros([rows, tf.size(flags)], tf.int32), [[self.index]], flags[None])
        return tf.reduce_max(self._reduce_sum(own), axis=0)

    def _reduce_sum(self, value: tf.Tensor) -> tf.Tensor:
        strategy = self._strategy
        assert strategy is not None
        local = len(strategy.extended.worker_devices)

        def of_replica() -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            first = tf.equal(context.replica_id_in_sync_group % local, 0)
            return tf.where(first, value, tf.zeros_like(value))

        return strategy.reduce(tf.distribute.ReduceOp.SUM, strategy.run(of_replica), axis=None)
