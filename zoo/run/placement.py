"""Where a run is asked to run: strategy, devices, hosts by name. No part of the recipe: the numbers stay the same."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from registry import UserError
from registry.names import near
from zoo.run.cluster import HINT, Cluster, cluster_of, parse_cluster, slurm_tasks

STRATEGIES = ("auto", "one", "mirrored", "multiworker")
DEVICE = re.compile(r"(cpu|gpu):(\d+)")
LARGEST_SPLIT = 64  # logical devices that a CPU is split into at most


@dataclass(frozen=True)
class Placement:
    """What was asked for; made by `place`.

    Attributes:
        strategy: One of STRATEGIES.
        devices: Such as ("gpu:0", "gpu:1"); of this host; all that are visible if empty.
        logical_devices: Parts that the CPU is split into, or None.
        cluster: The hosts of a run on many; None on one.
    """

    strategy: str = "auto"
    devices: tuple[str, ...] = ()
    logical_devices: int | None = None
    cluster: Cluster | None = None

    def to_json(self) -> dict[str, Any]:
        """What run.json keeps, so that a resumed run goes on in the same place; hosts have names of their own then."""
        return {key: value for key, value in asdict(replace(self, cluster=None)).items() if key != "cluster"}

    @property
    def names_several(self) -> bool:
        """Whether several devices were asked for by name, and not left to what is visible."""
        return self.strategy in ("mirrored", "multiworker") or len(self.devices) > 1

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run folder."""
        return self.cluster is None or self.cluster.index == 0


def place(
    strategy: str = "auto",
    *,
    devices: str | tuple[str, ...] | list[str] | None = None,
    logical_devices: int | None = None,
    workers: str | None = None,
    worker_index: int | None = None,
) -> Placement:
    """Check what was asked for.

    Args:
        strategy: auto, one, mirrored or multiworker.
        devices: "gpu:0,gpu:1" or a list of such names.
        logical_devices: Parts to split the CPU into, to try out how several devices go together.
        workers: "host1:port,host2:port"; TF_CONFIG, or SLURM with multiworker, if not given.
        worker_index: Which of them this process is.

    Raises:
        UserError: A name or a number cannot be meant, or they do not go together.

    Example:
        >>> place("mirrored", devices="cpu:0,cpu:1", logical_devices=2).devices
        ('cpu:0', 'cpu:1')
    """
    if strategy not in STRATEGIES:
        raise UserError(
            "the strategy must be one of those that the runner knows",
            received=strategy,
            near=near(strategy, STRATEGIES),
            hint=f"one of: {', '.join(STRATEGIES)}",
        )
    named = _devices(devices)
    if logical_devices is not None and not 1 <= logical_devices <= LARGEST_SPLIT:
        raise UserError(
            f"the CPU is split into 1 to {LARGEST_SPLIT} logical devices",
            received=logical_devices,
            hint="--logical-devices 2",
        )
    if strategy == "one" and (len(named) > 1 or workers):
        raise UserError(
            "the strategy one takes one device of one host",
            received=f"{', '.join(named)} {workers or ''}".strip(),
            hint="--strategy mirrored, or multiworker",
        )
    cluster = _cluster(strategy, workers, worker_index)
    if cluster is not None and (logical_devices or (named and named[0].startswith("cpu"))):
        raise UserError(
            "the CPU of a host is one device where many hosts share a batch",
            received=f"--logical-devices {logical_devices}" if logical_devices else ", ".join(named),
        )
    if cluster is not None and strategy == "mirrored":
        raise UserError(
            "the strategy mirrored takes the devices of one host",
            received=", ".join(cluster.workers),
            hint="--strategy multiworker",
        )
    if cluster is None and strategy == "multiworker":
        raise UserError(
            "many hosts must be named",
            received="--strategy multiworker without --workers, TF_CONFIG or a SLURM step of several tasks",
            hint="--workers host1:9000,host2:9000 --worker-index 0",
        )
    return Placement("multiworker" if cluster else strategy, named, logical_devices, cluster)


def _devices(devices: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    if not devices:
        return ()
    names = [name.strip().lower() for name in (devices.split(",") if isinstance(devices, str) else devices)]
    for name in names:
        if DEVICE.fullmatch(name) is None:
            raise UserError("a device must be named like gpu:0 or cpu:1", received=name, hint="--devices gpu:0,gpu:1")
    if len(set(names)) != len(names):
        raise UserError("each device must be named once", received=", ".join(names))
    if len({name.split(":")[0] for name in names}) > 1:
        raise UserError("devices that share a batch must be of one kind", received=", ".join(names))
    return tuple(names)


def _cluster(strategy: str, workers: str | None, index: int | None) -> Cluster | None:
    if workers is not None:
        return parse_cluster(workers, index)
    if index is not None:
        raise UserError("a worker's index goes with --workers", received=f"--worker-index {index} alone", hint=HINT)
    if strategy not in ("auto", "multiworker"):
        return None
    named = cluster_of(os.environ.get("TF_CONFIG"))
    if named is None and strategy == "multiworker":
        named = slurm_tasks()
    return named
