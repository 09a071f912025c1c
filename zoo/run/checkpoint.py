"""Checkpoints: everything a run needs to go on bit for bit from the step where it stopped."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import keras
import numpy as np

from zoo.data.atomic import make_durable, write_bytes
from zoo.layers.preprocessing import renew_constants
from zoo.layers.schedules import schedule_of, state_of
from zoo.run.errors import RunFolderError
from zoo.run.many_hosts import Hosts
from zoo.run.monitor import Monitor

FORMAT = 2
KEPT = 2
DIGEST = 32  # bytes of SHA-256 behind the archive
Used = TypeVar("Used")


@dataclass(frozen=True)
class Position:
    """Where a run stands: `step` steps into `epoch` (both counted from 0), and the rows of metrics.jsonl so far."""

    epoch: int = 0
    step: int = 0
    rows: int = 0


def optimizers_of(model: keras.Model) -> list[Any]:
    """The optimisers that a compiled model steps by: two of networks that learn from each other, none of some."""
    optimizer = getattr(model, "optimizer", None)
    return list(getattr(model, "optimizers", [] if optimizer is None else [optimizer]))


def variables_of(model: keras.Model) -> list[Any]:
    """Weights and random seed states, the state of all optimisers, the sums of the metrics, what steps hand on."""
    of_optimizers = [
        variable for one in optimizers_of(model) for variable in (*one.variables, *state_of(schedule_of(one)))
    ]
    return [*model.variables, *of_optimizers, *model.metrics_variables, *getattr(model, "carried", ())]


def pack(model: keras.Model, monitor: Monitor, position: Position, *, recipe_hash: str) -> bytes:
    """The content of a checkpoint file: an `.npz` archive with its state as JSON inside, and the SHA-256 of it all.

    The checksum is over the whole archive, so that nothing parses what was damaged.
    """
    arrays = {f"variable-{index:05d}": np.asarray(variable) for index, variable in enumerate(variables_of(model))}
    arrays |= {f"best-{index:05d}": weight for index, weight in enumerate(monitor.weights)}
    state = {
        "format": FORMAT,
        "recipe_hash": recipe_hash,
        "position": vars(position),
        "monitor": monitor.state(),
        "variables": [variable.path for variable in variables_of(model)],
    }
    arrays["state"] = np.frombuffer(json.dumps(state).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    buffer.write(hashlib.sha256(buffer.getbuffer()).digest())
    return buffer.getvalue()


def unpack(content: bytes, model: keras.Model, monitor: Monitor, *, recipe_hash: str) -> Position:
    """Put a checkpoint's content into a built and compiled model and its monitor.

    Raises:
        ValueError: The content is damaged, or of another format; nothing was changed.
        RunFolderError: The checkpoint is of another recipe or another network.
    """
    with np.load(io.BytesIO(_archive(content)), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    state = json.loads(arrays.pop("state").tobytes())
    if state["format"] != FORMAT:
        raise ValueError(f"it has format {state['format']}, and {FORMAT} is read here")
    variables = variables_of(model)
    if state["recipe_hash"] != recipe_hash or state["variables"] != [variable.path for variable in variables]:
        raise RunFolderError("a checkpoint must be of the same recipe and network as the run that is resumed")
    values = [arrays[f"variable-{index:05d}"] for index in range(len(variables))]
    if any(tuple(variable.shape) != value.shape for variable, value in zip(variables, values, strict=True)):
        raise ValueError("its arrays have other shapes than the network's")
    best = [arrays[name] for name in sorted(arrays) if name.startswith("best-")]
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    renew_constants(model)
    monitor.restore(state["monitor"], best)
    return Position(**state["position"])


def _whole(content: bytes) -> bytes:
    """The content itself, once its checksum is found to be right."""
    _archive(content)
    return content


def _archive(content: bytes) -> bytes:
    """The archive in a checkpoint's content, once its checksum is found to be right."""
    archived, digest = content[:-DIGEST], content[-DIGEST:]
    if hashlib.sha256(archived).digest() != digest:
        raise ValueError("its content is not what its checksum was taken of")
    return archived


class Checkpoints:
    """The `checkpoint/` folder of a run: `step-<global step>.npz`, written atomically, the last two kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[Path]:
        """Checkpoint files, oldest first."""
        return sorted(self.folder.glob("step-*.npz"))

    def save(self, content: bytes, step: int) -> None:
        """Write a checkpoint, then remove all but the last two.

        Raises:
            OSError: It cannot be written; those written before are as they were.
        """
        if not self.folder.exists():
            self.folder.mkdir()
            make_durable(self.folder.parent)
        path = self.folder / f"step-{step:010d}.npz"
        write_bytes(path, content)
        # what is said to be newer could not be read when the run went on from an older one
        older = [file for file in self.files() if file < path]
        for surplus in {*self.files()} - {path, *older[1 - KEPT :]}:
            surplus.unlink()

    def restore(
        self,
        model: keras.Model,
        monitor: Monitor,
        *,
        recipe_hash: str,
        note: Callable[[str], None],
        hosts: Hosts | None = None,
    ) -> Position | None:
        """Restore the newest checkpoint that can be read; `note` is told of those that cannot.

        On many hosts the chief reads, and all restore what it read.

        Returns:
            Where it stands, or None when there is no checkpoint.
        """

        def into_model(content: bytes) -> Position:
            return unpack(content, model, monitor, recipe_hash=recipe_hash)

        if hosts is None or not hosts.are_many:
            return self._newest(into_model, note)
        content = hosts.told_by_chief((self._newest(_whole, note) or b"") if hosts.is_chief else b"")
        return into_model(content) if content else None

    def _newest(self, use: Callable[[bytes], Used], note: Callable[[str], None]) -> Used | None:
        """What `use` makes of the newest content that it can read; None where there is none."""
        files = self.files()
        for path in reversed(files):
            try:
                return use(path.read_bytes())
            except (OSError, ValueError) as error:
                note(f"checkpoint {path.name} cannot be read ({error}); it is left out")
        if files:
            note("no checkpoint can be read; the run starts from the beginning")
        return None
