"""The hosts of a run on many: from the command line, from TF_CONFIG, from SLURM."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any

from registry import UserError

ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
HINT = "--workers host1:9000,host2:9000 --worker-index 0"
# ports of a SLURM job's tasks begin at FIRST_PORT + job number % PORTS, so that jobs that share a host keep apart
FIRST_PORT, PORTS = 10000, 20000


@dataclass(frozen=True)
class Cluster:
    """All workers and which one this process is; the first one is the chief.

    Attributes:
        workers: Addresses host:port.
        index: Of this process.
    """

    workers: tuple[str, ...]
    index: int

    def tf_config(self) -> str:
        """What TensorFlow reads from the environment variable TF_CONFIG.

        Example:
            >>> Cluster(("a:1", "b:2"), 1).tf_config()
            '{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}'
        """
        task = {"type": "worker", "index": self.index}
        return json.dumps({"cluster": {"worker": list(self.workers)}, "task": task})


def parse_cluster(workers: str, index: int | None) -> Cluster:
    """The cluster of `--workers host1:port,host2:port --worker-index 0`.

    Raises:
        UserError: An address or the index cannot be meant.
    """
    addresses = tuple(address.strip() for address in workers.split(","))
    _require_addresses(addresses, "--workers")
    if index is None:
        raise UserError("every process must know which worker it is", received="--workers only", hint=HINT)
    return _checked(addresses, index, "--workers")


def cluster_of(text: str | None) -> Cluster | None:
    """The cluster that TF_CONFIG names; None where it is not set or names one process only.

    Tasks of the type chief count as the first worker.

    Raises:
        UserError: It is no such table, or has tasks that the runner does not know.
    """
    if not text:
        return None
    where = "TF_CONFIG"
    try:
        table = json.loads(text)
        tasks: dict[str, Any] = dict(table.get("cluster", {}))
        task = table.get("task", {})
        kind, number = task.get("type", "worker"), int(task.get("index", 0))
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError("TF_CONFIG must be a JSON table of cluster and task", received=str(error)) from None
    unknown = sorted({*tasks, kind} - {"chief", "worker"})
    if unknown:
        raise UserError(
            "tasks of TF_CONFIG must be of the type chief or worker", received=", ".join(unknown), where=where
        )
    chiefs, workers = tuple(tasks.get("chief", ())), tuple(tasks.get("worker", ()))
    if len(chiefs + workers) < 2:
        return None
    return _checked(chiefs + workers, number + (len(chiefs) if kind == "worker" else 0), where)


def slurm_tasks() -> Cluster | None:
    """The tasks of the SLURM step that this process is one of, as TensorFlow finds them; None outside of one."""
    tasks = int(os.environ.get("SLURM_STEP_NUM_TASKS", "1"))
    if tasks < 2:
        return None
    import tensorflow as tf

    port = FIRST_PORT + int(os.environ.get("SLURM_JOB_ID", "0")) % PORTS
    try:
        # the resolver gives out GPUs too; with one each, which nothing is done with, it only counts tasks
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
            port_base=port, gpus_per_node=tasks, gpus_per_task=1, auto_set_gpu=False
        )
        workers = tuple(resolver.cluster_spec().as_dict()["worker"])
        index = int(resolver.get_task_info()[1])
    except (RuntimeError, ValueError, KeyError) as error:
        raise UserError(
            "the variables of the SLURM step must name its tasks",
            received=f"{type(error).__name__}: {error}",
            hint="start every worker with srun; or " + HINT,
        ) from None
    own = os.environ.get("SLURMD_NODENAME")
    if own is not None and workers[index].rpartition(":")[0] != own:
        # the resolver sorts hosts as text; SLURM numbers tasks in the order of its own list
        raise UserError(
            "the names of the hosts, sorted as text, must be in the order of SLURM's tasks",
            received=f"task {index} on {own}; by name it would be on {workers[index].rpartition(':')[0]}",
            hint=HINT,
        )
    return _checked(workers, index, "SLURM")


def _require_addresses(workers: tuple[str, ...], where: str) -> None:
    for address in workers:
        match = ADDRESS.fullmatch(address)
        if match is None or not 0 < int(match[2]) < 65536:
            raise UserError("a worker must be given as host:port", received=address, where=where, hint=HINT)


def _checked(workers: tuple[str, ...], index: int, where: str) -> Cluster:
    _require_addresses(workers, where)
    if len(set(workers)) != len(workers):
        raise UserError("each worker must have an address of its own", received=", ".join(workers), where=where)
    if not 0 <= index < len(workers):
        raise UserError(f"the worker's index must be 0 to {len(workers) - 1}", received=index, where=where, hint=HINT)
    return Cluster(workers, index)
