"""A bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "zoo", "train", "mlp/xor"]


def run_on_a_terminal(command: list[str], folder: Path) -> tuple[str, int]:
    """Run a command whose output is a real pseudo-terminal; what it showed and its exit code."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says EIO when the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    return shown.decode(errors="replace"), child.wait()


@pytest.mark.slow
def test_a_terminal_gets_a_bar_with_the_steps(tmp_path: Path) -> None:
    shown, code = run_on_a_terminal(COMMAND, tmp_path)
    assert code == 0, shown
    assert "/200" in shown
    assert "validation_loss" in shown
    assert "epoch 1/10" not in shown
    assert "report: runs/mlp/xor/" in shown.replace("\r\n", "")


def test_a_log_gets_plain_lines(tmp_path: Path) -> None:
    done = subprocess.run(COMMAND, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "epoch 1/10" in done.stderr
    assert "\x1b" not in done.stderr
    assert done.stdout.splitlines()[-1].strip().startswith("report: runs/mlp/xor/")


def test_sigterm_ends_with_code_75_and_says_how_to_resume(tmp_path: Path) -> None:
    command = [*COMMAND, "epochs=2000", "checkpoint_seconds=1000"]
    child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while (
        not list(tmp_path.glob("runs/*/*/*/metrics.jsonl"))
        or not next(tmp_path.glob("runs/*/*/*/metrics.jsonl")).read_text()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, errors = child.communicate(timeout=60)
    assert time.monotonic() - began < 10
    assert child.returncode == 75
    assert "zoo resume runs/mlp/xor/" in errors
    assert "Traceback" not in errors
