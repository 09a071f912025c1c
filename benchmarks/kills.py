"""Runs of `zoo` in processes of their own, killed with SIGKILL at drawn moments and resumed until they end.

The processes are forked from one that has imported TensorFlow and run nothing with it: that saves some seconds a start,
and a fork is as much a process as any other. Nothing is told to it: what it does is `zoo.cli.main`.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zoo.run.folder import RunFolder

POLL = 0.001  # seconds between two looks at a folder: writing a checkpoint takes longer
DEADLINE = 600.0
COST_FACTOR, OFTEN = 100.0, 3.0  # as the runner has it; and so that checkpoints fall between the kills
# moment -> how often it is drawn
MOMENTS = {"start": 1, "any step": 7, "after a row": 4, "in a checkpoint": 4, "finishing": 3, "report": 1}
# what runs that are equal have equal, beside their files
FACTS = ("metrics", "baseline", "best_epoch", "epochs", "steps", "parameters", "weights", "data", "seed", "recipe_hash")


def preload() -> None:
    """Import what a run imports, so that every fork has it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import sklearn.ensemble  # noqa: F401

    import zoo.cli.main
    import zoo.cli.progress
    import zoo.jobs
    import zoo.report.page  # noqa: F401


def begin(arguments: Sequence[str], log: Path, *, cost_factor: float = COST_FACTOR) -> int:
    """Begin `zoo ARGUMENTS` in a process of its own; returns its id.

    Args:
        arguments: Verb and what follows it.
        log: Takes stdout and stderr.
        cost_factor: How many times as long as writing a checkpoint takes a run waits for the next one.
    """
    process = os.fork()
    if process:
        return process
    code: Any = 1
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        from zoo.cli.main import main
        from zoo.run import conductor

        conductor.COST_FACTOR = cost_factor
        sys.argv = ["zoo", *arguments]
        main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


@dataclass
class Times:
    """Seconds of an unbroken run, from its beginning."""

    first_row: float
    last_row: float
    finished: float
    end: float


@dataclass
class Moment:
    """When to kill: `wait` seconds after what `kind` says has come for the `number`-th time."""

    kind: str
    number: int
    wait: float


def draw(random_numbers: random.Random, times: Times, rows: int) -> Moment:
    """A moment in a run like the unbroken one."""
    kind = random_numbers.choices([*MOMENTS], [*MOMENTS.values()])[0]
    lasts = {
        "start": times.first_row,
        "any step": times.last_row - times.first_row,
        "finishing": times.finished - times.last_row,
        "report": times.end - times.finished,
    }
    number = random_numbers.randint(1, max(1, rows // 4 if kind == "after a row" else 2))
    return Moment(kind, number, random_numbers.uniform(0.0, lasts.get(kind, 0.001)))


@dataclass
class Watch:
    """What is seen of a run below a folder of runs."""

    runs: Path
    rows: int  # of the whole run
    _writing: set[str] = field(default_factory=set)
    _rows_before: int | None = None

    def folder(self) -> RunFolder | None:
        """The run's folder, once it has its record."""
        found = [path.parent for path in self.runs.glob("*/*/*/run.json")]
        return RunFolder(found[0]) if found else None

    def rows_written(self) -> int:
        """Whole lines of metrics.jsonl."""
        folder = self.folder()
        path = None if folder is None else folder.path / "metrics.jsonl"
        return path.read_bytes().count(b"\n") if path is not None and path.exists() else 0

    def has_come(self, moment: Moment) -> bool:
        """Whether what a moment waits for has come in this process."""
        folder = self.folder()
        if moment.kind == "start":
            return True
        if folder is None:
            return False
        rows = self.rows_written()
        if self._rows_before is None or rows < self._rows_before:
            self._rows_before = rows  # a resumed run cuts off what it will do again
        done = rows - self._rows_before
        match moment.kind:
            case "any step":
                return done > 0
            case "after a row":
                return done >= moment.number
            case "in a checkpoint":
                self._writing |= {path.name for path in folder.path.glob("checkpoint/.*.part")}
                return len(self._writing) >= moment.number
            case "finishing":
                return rows >= self.rows
            case _:
                return folder.read()["status"] == "finished"

    def again(self) -> None:
        """Begin to look at another process."""
        self._rows_before = None
        self._writing.clear()


def wait_for(process: int, until: Callable[[], bool]) -> int | None:
    """Wait for something; returns the exit code of a process that ended before."""
    deadline = time.monotonic() + DEADLINE
    while not until():
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(process, signal.SIGKILL)
            raise RuntimeError(f"process {process} did not end within {DEADLINE:g} s")
        time.sleep(POLL)
    return None


def never() -> bool:
    """Wait for the end."""
    return False


def unbroken(command: Sequence[str], runs: Path) -> tuple[RunFolder, Times]:
    """One run to its end, and when it did what."""
    watch, log, began = Watch(runs, 0), runs.with_suffix(".log"), time.monotonic()
    process = begin([*command, "--runs", str(runs)], log)
    seen: list[float] = []
    finished = 0.0

    def look() -> bool:
        nonlocal finished
        while len(seen) < watch.rows_written():
            seen.append(time.monotonic() - began)
        folder = watch.folder()
        if folder is not None and not finished and folder.read()["status"] == "finished":
            finished = time.monotonic() - began
        return False

    code = wait_for(process, look)
    folder = watch.folder()
    if code or folder is None:
        raise RuntimeError(f"zoo {' '.join(command)} ended with {code}: {log.read_text()[-2000:]}")
    end = time.monotonic() - began
    return folder, Times(seen[0], seen[-1], finished or end, end)


def killed(
    command: Sequence[str], runs: Path, moments: Sequence[Moment], rows: int, kills: dict[str, int]
) -> RunFolder:
    """One run, killed at the moments one after the other and resumed to its end.

    Args:
        command: Verb and arguments.
        runs: An empty folder of runs.
        moments: When to kill; a run that ends before a moment comes is not killed any more.
        rows: Of the unbroken run.
        kills: Is counted up, by the kind of moment.
    """
    watch, log = Watch(runs, rows), runs.with_suffix(".log")
    pending = list(moments)
    while True:
        folder = watch.folder()
        watch.again()
        verb = [*command, "--runs", str(runs)] if folder is None else ["resume", str(folder.path)]
        process = begin(verb, log, cost_factor=OFTEN)
        moment = pending.pop(0) if pending else None
        code = wait_for(process, never if moment is None else lambda: watch.has_come(moment))  # noqa: B023
        if code is None and moment is not None:
            until = time.monotonic() + moment.wait
            code = wait_for(process, lambda: time.monotonic() >= until)  # noqa: B023
        if code is None and moment is not None:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            kills[moment.kind] = kills.get(moment.kind, 0) + 1
            continue
        folder = watch.folder()
        if code or folder is None:
            raise RuntimeError(f"zoo {' '.join(verb)} ended with {code}: {log.read_text()[-2000:]}")
        return folder


def digests(folder: RunFolder) -> dict[str, str]:
    """What of a run must be equal, by name: the bytes of its files, and what its record says came out."""
    facts = folder.read()
    found = {name: hashlib.sha256(repr(facts[name]).encode()).hexdigest() for name in FACTS}
    files = ["metrics.jsonl", "model.json", "predictions.npz", str(facts["weights"]["file"])]
    files += [f"samples/{path.name}" for path in sorted(folder.path.glob("samples/*"))]
    for name in files:
        found[name] = hashlib.sha256((folder.path / name).read_bytes()).hexdigest()
    return found | {"report": str((folder.path / "report.html").is_file())}


def resumed_from(folder: RunFolder) -> list[int]:
    """The step that each process of a run but the first began at, as its log has it."""
    begun = re.findall(
        r"^\S+ training .* from step (\d+) of", (folder.path / "log.txt").read_text(), flags=re.MULTILINE
    )
    return [int(step) for step in begun[1:]]
