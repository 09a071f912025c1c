"""Starts the workers of a run as processes of this machine, with real ports on the loopback address."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from zoo.run.cluster import Cluster

DEADLINE = 120.0  # seconds that any worker may take; pytest's own limit is longer


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Workers:
    """The processes of one cluster; a context manager that leaves none behind.

    Args:
        count: Processes.
        command: What each of them runs after `python`; TF_CONFIG says which one it is.
        folder: Where their output goes.
        own: Further words of single workers, by index.
    """

    def __init__(
        self, count: int, command: Sequence[str], folder: Path, own: dict[int, Sequence[str]] | None = None
    ) -> None:
        addresses = tuple(f"127.0.0.1:{port}" for port in free_ports(count))
        folder.mkdir(parents=True, exist_ok=True)
        self.outputs = [folder / f"worker-{index}.txt" for index in range(count)]
        self.processes = []
        for index, path in enumerate(self.outputs):
            environment = {
                **os.environ,
                "TF_CONFIG": Cluster(addresses, index).tf_config(),
                "TF_CPP_MIN_LOG_LEVEL": "3",
            }
            words = [sys.executable, "-X", "faulthandler", *command, *(own or {}).get(index, ())]
            with open(path, "w") as output:
                self.processes.append(subprocess.Popen(words, stdout=output, stderr=output, env=environment))

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *error: object) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()

    def send(self, index: int, number: signal.Signals) -> None:
        """Send one worker a signal."""
        self.processes[index].send_signal(number)

    def end(self) -> list[int]:
        """Exit codes, once all have ended.

        Raises:
            TimeoutError: One did not; what each of them was doing stands in the message.
        """
        try:
            return [process.wait(timeout=DEADLINE) for process in self.processes]
        except subprocess.TimeoutExpired:
            for process in self.processes:
                process.send_signal(signal.SIGABRT)  # faulthandler writes where every thread stands
                process.wait()
            said = "\n\n".join(f"worker {index}:\n{self.said(index)[-6000:]}" for index in range(len(self.outputs)))
            raise TimeoutError(f"a worker took longer than {DEADLINE:g} s\n{said}") from None

    def said(self, index: int) -> str:
        """What one worker has written so far."""
        return self.outputs[index].read_text()
