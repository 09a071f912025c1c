"""Every family that is trained in steps, killed with SIGKILL at drawn moments, ends as its unbroken run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAMILIES = 9


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_runs_killed_twice_end_bit_for_bit_as_unbroken_ones() -> None:
    command = [sys.executable, "-m", "benchmarks", "resume", "--kills", "2"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    rows = re.findall(r"^(\w[\w ]*?) +(\d+) +(\d+) +(\d+)   ", ended.stdout, flags=re.MULTILINE)
    assert len(rows) == FAMILIES, ended.stdout
    for name, kills, runs, equal in rows:
        assert kills == "2", name
        assert runs == equal, name
