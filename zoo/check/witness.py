"""A witness of what a function reads: files that Python opens and addresses that it connects to."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# code, which a function may import when it is called, and what the operating system says of the machine
CODE = (".py", ".pyc", ".pyd", ".so", ".dylib")
MACHINE = ("/proc/", "/sys/", "/dev/")


class Witness:
    """An audit hook of Python (PEP 578) that takes notes in one thread while it is asked to.

    A hook cannot be removed from a process, so that there is one for all (`witness`).
    """

    def __init__(self) -> None:
        self._thread: int | None = None
        self._seen: list[str] = []
        sys.addaudithook(self._hear)

    @contextmanager
    def watching(self) -> Iterator[list[str]]:
        """What is read in the block, by this thread: paths and addresses."""
        self._seen, self._thread = [], threading.get_ident()
        try:
            yield self._seen
        finally:
            self._thread = None

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._thread != threading.get_ident():
            return
        if event == "socket.connect":
            self._seen.append(str(arguments[1]))
        elif event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path = os.fsdecode(arguments[0])
            if not path.endswith(CODE) and not path.startswith(MACHINE):
                self._seen.append(path)


@functools.cache
def witness() -> Witness:
    """The witness of this process."""
    return Witness()
