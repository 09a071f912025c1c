"""Ctrl-C and termination: remembered when they come, acted upon between two compiled calls, at the latest in 10 s."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

from zoo.run.errors import TEMPORARY

WATCHED = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
# What a scheduler sends before it kills. SLURM and Kubernetes wait 30 s by themselves; we promise 10, of which an
# interpreter takes up to 3 to end on a busy machine.
TERMINATION = (signal.SIGTERM, signal.SIGUSR1)
GRACE_SECONDS = 7.0


class Signals:
    """Within the block, the first SIGINT, SIGTERM or SIGUSR1 is kept in `received`; a second Ctrl-C stops at once.

    What is long and cannot be cut in two, such as the fit of an estimator, or a split that is being read, obeys no
    signal in time. A thread then ends the process `GRACE_SECONDS` after a SIGTERM or a SIGUSR1 with exit code 75: what
    it leaves is what `kill -9` leaves, but with a true status. The thread needs the interpreter's lock, which compiled
    code that works for long gives up. Ctrl-C has no such end: who sits there can press it again.

    Outside the main thread Python delivers no signals, and nothing is changed.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._before: dict[int, Any] = {}
        self._obeyed = threading.Event()
        self._tell: list[Callable[[int], None]] = []
        self._pipe: tuple[int, int] | None = None
        self._wakeup_before = -1
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._pipe = os.pipe()
            os.set_blocking(self._pipe[1], False)
            # written to by the C handler at once, while Python's own waits until a compiled call returns
            self._wakeup_before = signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)
            self._thread = threading.Thread(target=self._wait, args=(self._pipe[0],), name="zoo signals", daemon=True)
            self._thread.start()
            for number in WATCHED:
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._obeyed.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._pipe is not None and self._thread is not None:
            signal.set_wakeup_fd(self._wakeup_before)
            os.write(self._pipe[1], b"\0")
            self._thread.join()
            for end in self._pipe:
                os.close(end)
            self._pipe = None

    def watch_again(self) -> None:
        """Take the signals back: TensorFlow takes SIGTERM for itself when hosts come together."""
        for number in self._before:
            signal.signal(number, self._receive)

    @contextmanager
    def telling(self, tell: Callable[[int], None]) -> Iterator[None]:
        """Within the block, `tell` is called with the signal's number before the process is ended for being late."""
        self._tell.append(tell)
        try:
            yield
        finally:
            self._tell.remove(tell)

    def obeyed(self) -> None:
        """Say that the run has stopped and said so: the process is about to end by itself."""
        self._obeyed.set()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = number

    def _wait(self, reader: int) -> None:
        """Wait for a termination, then for it to be obeyed."""
        number = 0
        while number not in TERMINATION:
            number = os.read(reader, 1)[0]
            if number == 0:
                return
        if not self._obeyed.wait(GRACE_SECONDS):
            self.end_now(number)

    def end_now(self, number: int) -> None:
        """End the process as after a signal that was not obeyed in time; from any thread."""
        try:
            for tell in reversed(self._tell):
                tell(number)
        finally:
            sys.stderr.flush()
            os._exit(TEMPORARY)
