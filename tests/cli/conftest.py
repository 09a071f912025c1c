"""The program, run as people run it: in a process of its own, in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Zoo = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def zoo(tmp_path: Path) -> Zoo:
    """Runs `zoo` with arguments; the working folder is the test's own."""

    def run(*arguments: str, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *python, "-m", "zoo", *arguments]
        # help is wrapped to the terminal's width, and coloured on some CI machines
        environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    return run
