"""Which devices a run uses, and what follows for precision and compilation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from zoo.recipe import RecipeError, Training


@dataclass(frozen=True)
class Devices:
    """The devices of a run; one device needs no strategy (on a CPU an explicit one costs 1.6 to 2.5 times the time)."""

    names: tuple[str, ...]
    on_gpu: bool

    def jit(self, training: Training) -> bool:
        """Whether steps are compiled with XLA: by itself on a GPU only; on a CPU it makes a CNN 2.5 times slower."""
        return self.on_gpu if training.jit == "auto" else bool(training.jit)

    def precision(self, training: Training) -> str:
        """The Keras dtype policy; float32 unless the recipe asks for another."""
        return "float32" if training.mixed_precision == "auto" else training.mixed_precision

    def facts(self, batch_size: int, training: Training) -> dict[str, Any]:
        """What run.json states about the devices."""
        return {
            "strategy": "one",
            "replicas": 1,
            "devices": list(self.names),
            "global_batch": batch_size,
            "per_replica_batch": batch_size,
            "precision": self.precision(training),
            "jit": self.jit(training),
            "threads": tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count(),
            "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1") != "0",
        }


def find_devices() -> Devices:
    """The first visible GPU, else the CPU."""
    gpus = tf.config.list_logical_devices("GPU")
    found = gpus[:1] or tf.config.list_logical_devices("CPU")[:1]
    return Devices(tuple(device.name.split("device:")[-1] for device in found), bool(gpus))


@contextmanager
def precision_policy(name: str) -> Iterator[None]:
    """Build layers under a dtype policy, and leave the process's own as it was."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def steps_per_execution(training: Training, steps_per_epoch: int) -> int:
    """Steps in one compiled call: a divisor of the epoch, so that no call runs past its end.

    Raises:
        RecipeError: The recipe's own value does not divide the epoch.
    """
    if training.steps_per_execution == "auto":
        return max(size for size in range(1, 17) if steps_per_epoch % size == 0)
    if steps_per_epoch % training.steps_per_execution:
        divisors = [size for size in range(1, steps_per_epoch + 1) if steps_per_epoch % size == 0]
        near = sorted(divisors, key=lambda size: abs(size - int(training.steps_per_execution)))[:3]
        raise RecipeError(
            f"training.steps_per_execution must divide the {steps_per_epoch} steps of an epoch",
            received=training.steps_per_execution,
            near=[str(size) for size in sorted(near)],
        )
    return training.steps_per_execution
