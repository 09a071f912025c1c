"""Every family that is trained in steps, killed with SIGKILL at drawn moments, ends as its unbroken run."""

from __future__ import annotations

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
    rows = [line.split("   ")[0].split() for line in ended.stdout.splitlines()[3:]]
    assert len(rows) == FAMILIES
    for *_, kills, runs, equal in rows:
        assert int(kills) == 2
        assert runs == equal
