"""The program, run as people run it: in a process of its own; and in this one, which tells the same much sooner."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from typer.testing import CliRunner

from zoo.cli.main import app

# help is wrapped to the terminal's width, and coloured on some machines
PLAIN = {"COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb"}


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
        environment = {**os.environ, **PLAIN, **self.environment}
        return subprocess.run(
            [sys.executable, "-m", "zoo", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


class Here:
    """Runs `zoo` in this process, in its working folder."""

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        result = CliRunner().invoke(app, arguments, prog_name="zoo", env=PLAIN)
        return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)
