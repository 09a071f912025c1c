"""This host divided among worker processes: a GPU each where there are GPUs, and a share of the processor cores."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from registry import UserError

CORES = "ZOO_WORKER_CORES"
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
GPU_LINE = re.compile(r"^(?P<kind>GPU|\s+MIG) .*\(UUID: (?P<name>[\w-]+)\)")


def gpus() -> list[str]:
    """The GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them; found without importing TensorFlow."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        names = [name.strip() for name in visible.split(",")]
        # CUDA itself stops at the first name that cannot be one: -1 and "" hide all that follow
        count = next((number for number, name in enumerate(names) if name in ("", "-1", "NoDevFiles")), len(names))
        return names[:count]
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    done = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=60, check=False)
    return listed_gpus(done.stdout) if done.returncode == 0 else []


def listed_gpus(text: str) -> list[str]:
    """Names from what `nvidia-smi -L` prints: of a GPU that is divided (MIG) those of its parts.

    >>> listed_gpus("GPU 0: NVIDIA H200 (UUID: GPU-1a)\\nGPU 1: NVIDIA H200 (UUID: GPU-2b)")
    ['GPU-1a', 'GPU-2b']
    """
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        match = GPU_LINE.match(line)
        if match and match["kind"] == "GPU":
            found.append((match["name"], []))
        elif match and found:
            found[-1][1].append(match["name"])
    return [name for gpu, parts in found for name in (parts or [gpu])]


def cores() -> list[int]:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def shares(count: int) -> list[dict[str, str]]:
    """Environment variables of each of `count` workers: a GPU each where there are GPUs, and a share of the cores.

    Workers beyond the number of cores share cores; a core that does not divide evenly goes to the first workers.

    Raises:
        UserError: There are no workers, or more than GPUs.
    """
    if count < 1:
        raise UserError("there must be at least one worker", received=count, hint="--workers 2")
    found, own = gpus(), cores()
    if found and count > len(found):
        raise UserError(
            f"each worker needs a GPU of its own; {len(found)} can be used here",
            received=f"{count} workers",
            hint=f"--workers {len(found)}, or CUDA_VISIBLE_DEVICES=-1 for the cores of the processor",
        )
    size, left = divmod(len(own), count)
    dealt, first = [], 0
    for index in range(count):
        last = first + size + (index < left)
        dealt.append(own[first:last] or [own[index % len(own)]])
        first = last
    environments = []
    for index, share in enumerate(dealt):
        variables = {CORES: ",".join(map(str, share)), **dict.fromkeys(THREADS, str(len(share)))}
        environments.append(variables | ({"CUDA_VISIBLE_DEVICES": found[index]} if found else {}))
    return environments
