"""Worker processes on one host: each with its share of it, supervised until all work is done, and none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from registry import UserError, ZooError
from zoo.run.errors import Interrupted
from zoo.run.shares import CORES, shares
from zoo.run.signals import Signals

INDEX, ALIVE = "ZOO_WORKER_INDEX", "ZOO_WORKER_ALIVE"
USERS_MISTAKE = 2
# less than the 7 s after which a process that was told to end ends by itself: the children are gone before it
GRACE_SECONDS = 5.0
BEAT_SECONDS = 1.0  # a sign of life oftener than this says nothing more
POLL_SECONDS = 0.1


class WorkerFailed(ZooError):
    """A worker process ended again and again without getting anywhere."""


@dataclass
class Post:
    """A worker process' place in a crew; a subscriber of runs' events, each of which is a sign of life.

    Attributes:
        index: Its number in the crew, from 0.
        alive: The file by which the parent sees it live; its size counts what is done.
    """

    index: int
    alive: Path
    _beaten: float = field(default=-BEAT_SECONDS, repr=False)

    def beat(self) -> None:
        """Give a sign of life."""
        if time.monotonic() - self._beaten >= BEAT_SECONDS:
            self._beaten = time.monotonic()
            os.utime(self.alive)

    def progressed(self) -> None:
        """Say that a piece of work is done: deaths before it no longer count."""
        with open(self.alive, "ab") as file:
            file.write(b".")

    def __call__(self, event: Any) -> None:
        self.beat()


def take_post() -> Post | None:
    """The first thing that a worker process does, before TensorFlow is imported: take its cores, watch its parent.

    When the parent is gone, however it went, the process gets a SIGTERM from itself.

    Returns:
        None in a process that no crew started.
    """
    index = os.environ.get(INDEX)
    if index is None:
        return None
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [int(core) for core in os.environ[CORES].split(",")])

    def watch() -> None:
        # the parent writes nothing: reading ends when the last end of the pipe that could is closed
        os.read(sys.__stdin__.fileno() if sys.__stdin__ else 0, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="zoo parent", daemon=True).start()
    return Post(int(index), Path(os.environ[ALIVE]))


@dataclass
class _Worker:
    """A worker as its parent sees it, over all processes that it has been."""

    index: int
    log: Path
    alive: Path
    process: subprocess.Popen[bytes] | None = None
    seen: tuple[int, int] = (0, 0)
    heard: float = 0.0
    deaths: int = 0
    done: bool = False


class Crew:
    """Worker processes that are started, watched, started again where they died, and ended with the block.

    Each has standard output and error in `logs/worker-<index>.log`. Exit code 0 means that there is nothing left to do;
    2, a mistake of the user's, ends the crew; what ends otherwise is started again. Signals of a terminal reach the
    parent alone, which passes them on.

    Args:
        count: Number of workers.
        command: From a worker's index to its command line; the program calls `take_post` first.
        logs: A folder, made if there is none.
        deadline_seconds: A worker without a sign of life for so long is killed and started again.
        deaths: So many deaths of one worker in a row, without anything done between them, end the crew.
        environments: Of the workers, added to this process's own; `shares(count)` if not given.
        signals: Watched by the caller; one that comes is passed on by `tick`.
        hint: What to type after a signal.

    Example:
        with Signals() as signals, Crew(2, command, logs=folder, deadline_seconds=600, signals=signals) as crew:
            while crew.tick():
                serve(0.1)
    """

    def __init__(
        self,
        count: int,
        command: Callable[[int], Sequence[str]],
        *,
        logs: Path,
        deadline_seconds: float,
        deaths: int = 3,
        environments: Sequence[dict[str, str]] | None = None,
        signals: Signals | None = None,
        hint: str = "the same command again",
    ) -> None:
        self._command = command
        self._deadline = deadline_seconds
        self._deaths = deaths
        self._environments = list(environments or shares(count))
        self._signals = signals
        self._hint = hint
        logs.mkdir(parents=True, exist_ok=True)
        self._workers = [
            _Worker(index, logs / f"worker-{index}.log", logs / f".worker-{index}.alive") for index in range(count)
        ]

    def __enter__(self) -> Self:
        try:
            for worker in self._workers:
                worker.alive.write_bytes(b"")
                self._start(worker)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        received = self._signals.received if self._signals is not None else None
        self.stop(received or signal.SIGTERM)

    @property
    def pids(self) -> dict[int, int]:
        """Process ids of the workers that are running, by index."""
        running = {worker.index: worker.process for worker in self._workers if not worker.done}
        return {index: process.pid for index, process in running.items() if process is not None}

    def progressed(self, index: int) -> None:
        """Say for a worker that a piece of its work is done, where the parent is who knows."""
        worker = self._workers[index]
        worker.heard, worker.deaths = time.monotonic(), 0

    def tick(self) -> bool:
        """Look after all workers, without waiting.

        Returns:
            Whether any is still at work.

        Raises:
            Interrupted: A signal came; the workers have been told and are gone.
            WorkerFailed: A worker died too often.
            UserError: A worker ended with exit code 2.
        """
        if self._signals is not None and self._signals.received is not None:
            number = self._signals.received
            self.stop(number)
            name = signal.Signals(number).name
            raise Interrupted(f"{name} stopped the workers", signal_number=number, hint=self._hint)
        for worker in self._workers:
            if not worker.done:
                self._look_after(worker)
        return any(not worker.done for worker in self._workers)

    def wait(self) -> None:
        """Look after the workers until all are done; raises as `tick`."""
        while self.tick():
            time.sleep(POLL_SECONDS)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Send a signal to every worker and wait for them to end; who has not after 5 s is killed."""
        running = [worker.process for worker in self._workers if worker.process is not None]
        for process in running:
            if process.poll() is None:
                process.send_signal(number)
        until = time.monotonic() + GRACE_SECONDS
        for process in running:
            try:
                process.wait(timeout=max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _close(process.stdin)
        for worker in self._workers:
            worker.process = None
            worker.alive.unlink(missing_ok=True)

    def _start(self, worker: _Worker) -> None:
        own = {INDEX: str(worker.index), ALIVE: str(worker.alive.absolute())}
        environment = {**os.environ, **self._environments[worker.index], **own}
        with open(worker.log, "ab") as log:
            log.write(f"{_now()} worker {worker.index} starts\n".encode())
            log.flush()
            worker.process = subprocess.Popen(
                list(self._command(worker.index)),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        worker.heard = time.monotonic()

    def _look_after(self, worker: _Worker) -> None:
        process = worker.process
        assert process is not None
        self._listen(worker)
        code = process.poll()
        if code is None:
            silent = time.monotonic() - worker.heard
            if silent > self._deadline:
                process.kill()
                process.wait()
                self._died(worker, f"was killed: no sign of life for {silent:.0f} s")
            return
        if code == 0:
            worker.done = True
            _close(process.stdin)
        elif code == USERS_MISTAKE:
            self.stop()
            raise UserError(
                f"worker {worker.index} found a mistake", received=_last_line(worker.log), where=str(worker.log)
            )
        else:
            ended = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            self._died(worker, ended)

    def _listen(self, worker: _Worker) -> None:
        state = worker.alive.stat()
        now = (state.st_mtime_ns, state.st_size)
        if now != worker.seen:
            worker.heard = time.monotonic()
        if now[1] > worker.seen[1]:
            worker.deaths = 0
        worker.seen = now

    def _died(self, worker: _Worker, how: str) -> None:
        assert worker.process is not None
        _close(worker.process.stdin)
        last = _last_line(worker.log)
        worker.deaths += 1
        with open(worker.log, "a", encoding="utf-8") as log:
            log.write(f"{_now()} worker {worker.index} {how}\n")
        if worker.deaths >= self._deaths:
            self.stop()
            raise WorkerFailed(
                f"worker {worker.index} died {worker.deaths} times without getting anywhere; at last it {how}",
                received=last,
                where=str(worker.log),
                hint=self._hint,
            )
        self._start(worker)


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        pipe.close()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
