"""Which devices a run uses, how they share a batch, and what follows for precision and compilation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Any

import keras
import tensorflow as tf

from registry import UserError
from zoo.data.share import Share
from zoo.layers.replicas import first_replica
from zoo.recipe import BoundRecipe, RecipeError, Training
from zoo.run.lbfgs import NAME as LBFGS
from zoo.run.many_hosts import require_tested_keras
from zoo.run.placement import Placement


@dataclass(frozen=True)
class Devices:
    """The devices of a run.

    Attributes:
        names: Of this host.
        on_gpu: Whether they are GPUs.
        kind: one, mirrored or multiworker.
        strategy: What runs a step on several of them; None on one device, where an explicit strategy costs 1.6 to 2.5
            times the time on a CPU.
        hosts: Addresses of all hosts; empty on one.
        host: Number of this one.
    """

    names: tuple[str, ...]
    on_gpu: bool
    kind: str = "one"
    strategy: tf.distribute.Strategy | None = None
    hosts: tuple[str, ...] = ()
    host: int = 0

    @property
    def replicas(self) -> int:
        """Devices that share a batch, on all hosts."""
        return 1 if self.strategy is None else int(self.strategy.num_replicas_in_sync)

    @property
    def share(self) -> Share | None:
        """This host's share of every batch; None on one device."""
        if self.strategy is None:
            return None
        return Share(self.replicas, first_replica(self.strategy), self.replicas // max(1, len(self.hosts)))

    @property
    def largest_execution(self) -> int | None:
        """Steps in one compiled call at most: collectives of GPUs and of hosts cannot be repeated inside one."""
        return None if self.strategy is None or (self.kind == "mirrored" and not self.on_gpu) else 1

    def distribute(self, batches: tf.data.Dataset | None) -> Any:
        """What this host's replicas are fed, as `fit` takes it."""
        if self.strategy is None or batches is None:
            return batches
        return self.strategy.distribute_datasets_from_function(lambda _: batches)

    def scope(self) -> Any:
        """Where variables are made."""
        return nullcontext() if self.strategy is None else self.strategy.scope()

    def jit(self, training: Training) -> bool:
        """Whether steps are compiled with XLA: by itself on a single GPU only; on a CPU a CNN takes 2.5 times as long.

        Raises:
            RecipeError: The recipe wants it on several devices, where TensorFlow cannot.
        """
        if self.strategy is None:
            return self.on_gpu if training.jit == "auto" else bool(training.jit)
        if training.jit is True:
            raise RecipeError(
                "steps that several devices share cannot be compiled with XLA",
                received=f"training.jit = true, {self.replicas} devices",
                hint="training.jit=auto, or --strategy one",
            )
        return False

    def precision(self, training: Training) -> str:
        """The Keras dtype policy; float32 unless the recipe asks for another."""
        return "float32" if training.mixed_precision == "auto" else training.mixed_precision

    def facts(self, batch_size: int, training: Training) -> dict[str, Any]:
        """What run.json states about the devices."""
        facts: dict[str, Any] = {
            "strategy": self.kind,
            "replicas": self.replicas,
            "devices": list(self.names),
            "global_batch": batch_size,
            "per_replica_batch": -(-batch_size // self.replicas),
            "precision": self.precision(training),
            "jit": self.jit(training),
        }
        return facts | ({"hosts": list(self.hosts)} if self.hosts else {})


def suited_to(bound: BoundRecipe, placement: Placement) -> Placement:
    """The placement for a recipe: one device of the chief where what it learns from cannot be divided among several.

    Networks that learn in steps of small batches are divided, by gradient or from each other, and rules of their own
    that say so by their hyperparameters' `divides`.
    """
    divided = bound.learning in ("gradient", "adversarial") and bound.recipe.training.optimizer != LBFGS
    if divided or getattr(bound.hyperparameters, "divides", False):
        return placement
    return replace(placement, strategy="one", devices=placement.devices[:1], cluster=None)


USUAL_EXECUTION = 16  # steps in one compiled call: more gain nothing

_in_use: dict[tuple[str, tuple[str, ...]], tf.distribute.Strategy] = {}


def find_devices(placement: Placement | None = None) -> Devices:
    """The devices that were asked for; the first visible GPU, else the CPU, if none were, and all GPUs with auto.

    Raises:
        UserError: There is no such device, or this process already shares batches in another way.
    """
    asked = placement or Placement()
    _show_only(asked.devices)
    _split_cpu(asked)
    if asked.cluster is not None:
        return _on_many_hosts(asked)
    names = _visible(asked.devices)
    on_gpu = names[0].startswith("GPU")
    several = asked.strategy == "mirrored" or (asked.strategy == "auto" and (len(asked.devices) > 1 or on_gpu))
    if not several or len(names) == 1:
        return Devices(names[:1], on_gpu)
    # one by one on a CPU: its default reduction cannot be repeated inside one compiled call
    reduction = None if on_gpu else tf.distribute.ReductionToOneDevice()
    strategy = _strategy(
        "mirrored", names, lambda: tf.distribute.MirroredStrategy(list(names), cross_device_ops=reduction)
    )
    return Devices(names, on_gpu, "mirrored", strategy)


def _strategy(kind: str, names: tuple[str, ...], make: Any) -> tf.distribute.Strategy:
    """One strategy object for all runs of the process: TensorFlow mixes up the collectives of several."""
    if (kind, names) not in _in_use:
        if _in_use:
            ((other, others),) = _in_use
            raise UserError(
                "a process shares batches in one way from beginning to end",
                received=f"{kind} on {', '.join(names)} after {other} on {', '.join(others)}",
                hint="a process of its own",
            )
        _in_use[kind, names] = make()
    return _in_use[kind, names]


def _on_many_hosts(asked: Placement) -> Devices:
    cluster = asked.cluster
    assert cluster is not None
    require_tested_keras()
    os.environ["TF_CONFIG"] = cluster.tf_config()
    strategy = _strategy("multiworker", cluster.workers, _multi_worker)
    names = tuple(_short(device) for device in strategy.extended.worker_devices)
    return Devices(names, names[0].startswith("GPU"), "multiworker", strategy, cluster.workers, cluster.index)


def _multi_worker() -> tf.distribute.Strategy:
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except (RuntimeError, tf.errors.OpError) as error:
        raise UserError(
            "the workers must come together before anything else runs in their processes",
            received=str(error).splitlines()[0],
            hint="a fresh process for each worker, all started within minutes, each port free",
        ) from None


def _visible(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Names such as GPU:0 of what was asked for, or of all devices of the better kind."""
    found = {kind: [_short(device.name) for device in tf.config.list_logical_devices(kind)] for kind in ("GPU", "CPU")}
    if not asked or asked[0].startswith("gpu"):
        return tuple(found["GPU"] or found["CPU"])
    names = tuple(name.upper() for name in asked)
    missing = [name for name in names if name not in found["CPU"]]
    if missing or (len(names) == 1 and names != ("CPU:0",)):
        raise UserError(
            "devices must be visible to TensorFlow, and a CPU that works alone is cpu:0",
            received=", ".join(missing or names).lower(),
            hint=f"there are: {', '.join(found['CPU']).lower()}; --logical-devices splits the CPU",
        )
    return names


def _show_only(asked: tuple[str, ...]) -> None:
    """Hide the GPUs that were not asked for, and let those that stay take memory as they need it.

    Raises:
        UserError: There is no such GPU, or TensorFlow uses others already.
    """
    gpus = tf.config.list_physical_devices("GPU")
    chosen = gpus
    if asked:
        numbers = [int(name.split(":")[1]) for name in asked if name.startswith("gpu")]
        missing = [f"gpu:{number}" for number in numbers if number >= len(gpus)]
        if missing:
            raise UserError(
                "devices must be visible to TensorFlow",
                received=", ".join(missing),
                hint=f"there are: {', '.join(f'gpu:{number}' for number in range(len(gpus))) or 'no GPUs'}",
            )
        chosen = [gpus[number] for number in numbers]
    if chosen != tf.config.get_visible_devices("GPU"):
        try:
            tf.config.set_visible_devices(chosen, "GPU")
        except RuntimeError:
            raise UserError(
                "devices are chosen before TensorFlow uses them for the first time",
                received=", ".join(asked),
                hint="a process of its own",
            ) from None
    for gpu in chosen:
        # without effect on one that is in use
        with suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)


def _short(name: str) -> str:
    return name.split("device:")[-1]


def _split_cpu(asked: Placement) -> None:
    if asked.logical_devices is None:
        return
    cpu = tf.config.list_physical_devices("CPU")[0]
    before = tf.config.get_logical_device_configuration(cpu)
    if before is not None and len(before) == asked.logical_devices:
        return
    try:
        parts = [tf.config.LogicalDeviceConfiguration() for _ in range(asked.logical_devices)]
        tf.config.set_logical_device_configuration(cpu, parts)
    except RuntimeError:
        raise UserError(
            "the CPU is split before TensorFlow uses it for the first time",
            received=f"{asked.logical_devices} logical devices in a process that has used {len(before or [0])}",
            hint="a process of its own",
        ) from None


@contextmanager
def precision_policy(name: str) -> Iterator[None]:
    """Build layers under a dtype policy, and leave the process's own as it was."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def steps_per_execution(training: Training, steps_per_epoch: int, *, largest: int | None = None) -> int:
    """Steps in one compiled call: a divisor of the epoch, so that no call runs past its end.

    Args:
        training: What the recipe says.
        steps_per_epoch: Steps of an epoch.
        largest: What the devices can do; as many as one likes if None.

    Raises:
        RecipeError: The recipe's own value does not divide the epoch, or is more than the devices can do.
    """
    if training.steps_per_execution == "auto":
        most = USUAL_EXECUTION if largest is None else min(USUAL_EXECUTION, largest)
        return max(size for size in range(1, most + 1) if steps_per_epoch % size == 0)
    if largest is not None and training.steps_per_execution > largest:
        raise RecipeError(
            f"GPUs and hosts that share a batch take {largest} step in one compiled call: they add up what they found "
            "between two calls",
            received=f"training.steps_per_execution = {training.steps_per_execution}",
            hint="training.steps_per_execution=auto, or --strategy one",
        )
    if steps_per_epoch % training.steps_per_execution:
        divisors = [size for size in range(1, steps_per_epoch + 1) if steps_per_epoch % size == 0]
        near = sorted(divisors, key=lambda size: abs(size - int(training.steps_per_execution)))[:3]
        raise RecipeError(
            f"training.steps_per_execution must divide the {steps_per_epoch} steps of an epoch",
            received=training.steps_per_execution,
            near=[str(size) for size in sorted(near)],
        )
    return training.steps_per_execution
