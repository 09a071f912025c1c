"""How far a run is bound to repeat itself: off, seeded or strict.

| level | seed | order of batches | kernels |
|---|---|---|---|
| off | of the operating system, unless it is given; recorded | as threads finish them | the fastest |
| seeded | 0 unless it is given | a function of (seed, step) | the fastest |
| strict | as seeded | as seeded | deterministic ones only |

On a CPU seeded runs repeat themselves bit for bit on one machine with one number of threads; a GPU has kernels that add
in the order in which threads finish, and strict takes others, which are slower, or fails where there is none.
TensorFlow switches them for the whole process, and for good: after a strict run a process makes no others.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from typing import Any

from registry import UserError
from registry.names import near
from zoo.recipe.seeds import LARGEST

LEVELS = ("off", "seeded", "strict")
USUAL = "seeded"


def checked(level: str | None) -> str | None:
    """A level by name, or None where none was asked for.

    Raises:
        UserError: There is no such level.
    """
    if level is None or level in LEVELS:
        return level
    raise UserError(
        f"determinism must be {', '.join(LEVELS[:-1])} or {LEVELS[-1]}",
        received=level,
        near=near(level, LEVELS),
        hint=f"--determinism {USUAL}",
    )


def seed_of(level: str | None, seed: int | None) -> int:
    """The seed of a run: as given; else drawn by the operating system where nothing has to repeat itself, else 0."""
    if seed is not None:
        return seed
    return secrets.randbelow(LARGEST + 1) if level == "off" else 0


def enter(level: str | None) -> dict[str, Any]:
    """Bring this process to a level before anything is built.

    Args:
        level: The level; the process's own if None, which is `seeded` until a strict run was made.

    Returns:
        What run.json keeps: the level, and what results depend on beside seed and versions.

    Raises:
        UserError: Another level than strict is asked of a process that has made a strict run.
    """
    import tensorflow as tf
    from tensorflow.python.framework.config import is_op_determinism_enabled  # there is no public name for it

    strict = is_op_determinism_enabled()
    chosen = level or ("strict" if strict else USUAL)
    if chosen == "strict":
        tf.config.experimental.enable_op_determinism()
    elif strict:
        raise UserError(
            "a process in which deterministic kernels were switched on makes strict runs only",
            received=f"determinism = {chosen}",
            hint="a process of its own, or determinism = strict",
        )
    threading = tf.config.threading
    return {
        "level": chosen,
        "intra_op_threads": threading.get_intra_op_parallelism_threads() or _threads("TF_NUM_INTRAOP_THREADS"),
        "inter_op_threads": threading.get_inter_op_parallelism_threads() or _threads("TF_NUM_INTEROP_THREADS"),
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1") != "0",
    }


def _threads(variable: str) -> int:
    """What TensorFlow takes where nothing was set in Python: the variable, else as many as this process may use."""
    asked = os.environ.get(variable, "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What of `enter` is not as it was when a run began, in words."""
    return [f"{key} {before[key]} -> {after[key]}" for key in after if key in before and before[key] != after[key]]
