"""What the tests of resumed runs share: a signal at a step, and what must be equal after it."""

from __future__ import annotations

import os
import signal
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


def outcome(folder: Path) -> tuple[str, str, dict[str, object]]:
    """What must be equal bit for bit: the weights' checksum, the metrics lines, the scores."""
    facts = RunFolder(folder).read()
    return facts["weights"]["sha256"], (folder / "metrics.jsonl").read_text(), facts["metrics"]


def stopped_folder(root: Path) -> Path:
    """The only run folder below a folder of runs."""
    (path,) = root.glob("*/*/*/run.json")
    return path.parent
