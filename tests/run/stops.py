"""What the tests of resumed runs share: a signal at a step, and what must be equal after it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from zoo.run.events import Event, StepsDone
from zoo.run.folder import RunFolder


class StopAt:
    """Sends this process a real signal when a run reaches a step."""

    def __init__(self, step: int, number: int = signal.SIGTERM) -> None:
        self.step, self.number = step, number

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepsDone) and event.step >= self.step:
            os.kill(os.getpid(), self.number)


def kill_at_the_first_checkpoint(command: Sequence[str], runs: Path, *, seconds: float = 200.0) -> Path:
    """Start a command, kill it with kill -9 as soon as its run has written a checkpoint, and wait for its end.

    Args:
        command: Trains one run below `runs`.
        runs: Where no other run is.
        seconds: How long the checkpoint may take.

    Returns:
        The run's folder.
    """
    deadline = time.monotonic() + seconds
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            while not list(runs.glob("*/*/*/checkpoint/step-*.npz")):
                assert time.monotonic() < deadline, f"no checkpoint after {seconds:g} s"
                assert child.poll() is None, f"it ended by itself, with {child.returncode}"
                time.sleep(0.005)
        finally:
            child.kill()
    return stopped_folder(runs)


def outcome(folder: Path) -> tuple[str, str, dict[str, object]]:
    """What must be equal bit for bit: the weights' checksum, the metrics lines, the scores."""
    facts = RunFolder(folder).read()
    return facts["weights"]["sha256"], (folder / "metrics.jsonl").read_text(), facts["metrics"]


def stopped_folder(root: Path) -> Path:
    """The only run folder below a folder of runs."""
    (path,) = root.glob("*/*/*/run.json")
    return path.parent
