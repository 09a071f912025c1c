"""The program, run as people run it: in a process of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Zoo:
    """Runs `zoo` in a folder.

    Args:
        folder: The working folder.
        environment: What differs from this process' environment.
    """

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        # help is wrapped to the terminal's width, and coloured on some machines
        environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb", **self.environment}
        return subprocess.run(
            [sys.executable, "-m", "zoo", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
