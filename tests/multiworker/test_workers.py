"""Workers in processes of their own train as one process does, and go on after one of them was killed."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import on_devices
import pytest
from on_devices import CNN, GAN, MLP, SOM, TEXT, require_equal, trained_on
from workers import DEADLINE, Workers

from zoo.run.folder import RunFolder

pytestmark = pytest.mark.multiworker

LONG = ["epochs=30", "batch_size=150", "checkpoint_seconds=0.0", "hyperparameters.units=[16]"]


def cases(tmp_path: Path) -> list[list[Any]]:
    text = tmp_path / "text.txt"
    text.write_text("The quick brown fox jumps over the lazy dog, and the dog sleeps on.\n" * 120)
    return [
        ["mlp/digits", MLP],
        ["cnn/digits", CNN],
        ["som", SOM],
        ["lstm_text", {**TEXT, "data.path": str(text)}],
        ["gan/digits", GAN],
    ]


def test_two_and_three_workers_train_as_one_process(tmp_path: Path) -> None:
    chosen = cases(tmp_path)
    one = trained_on(1, chosen, tmp_path / "one")
    for count, families in ((2, len(chosen)), (3, 3)):
        folder = tmp_path / str(count)
        command = [on_devices.__file__, "workers", str(folder), json.dumps(chosen[:families])]
        with Workers(count, command, folder) as workers:
            assert workers.end() == [0] * count, workers.said(0)[-3000:]
        for number, expected in enumerate(one[:families]):
            found = json.loads((folder / f"{number}.json").read_text()), dict(np.load(folder / f"{number}.npz"))
            require_equal(expected, found)
            assert len(found[0]["devices"]["hosts"]) == count


def started(runs: Path, output: Path, **own: Any) -> Workers:
    command = ["-m", "zoo", "train", "mlp/digits", *LONG, "--runs", str(runs), "--resume", "auto"]
    return Workers(2, command, output, **own)


def await_checkpoint(workers: Workers, runs: Path, newer_than: str = "") -> str:
    """Name of a checkpoint that was not there before."""
    deadline = time.monotonic() + DEADLINE
    while True:
        names = sorted(path.name for path in runs.glob("mlp/digits/*/checkpoint/step-*.npz"))
        if names and names[-1] > newer_than:
            return names[-1]
        assert time.monotonic() < deadline, workers.said(0)[-2000:]
        assert all(process.poll() is None for process in workers.processes), workers.said(0)[-2000:]
        time.sleep(0.01)


def test_workers_go_on_after_one_was_terminated_and_one_was_killed(tmp_path: Path) -> None:
    with started(tmp_path / "unbroken", tmp_path / "output") as workers:
        assert workers.end() == [0, 0], workers.said(0)[-3000:]
        assert "worker 1 of 2 has done its part" in workers.said(1)
    runs = tmp_path / "runs"
    with started(runs, tmp_path / "terminated") as workers:
        await_checkpoint(workers, runs)
        workers.send(1, signal.SIGTERM)
        assert workers.end() == [75, 75], workers.said(0)[-3000:]
    last = max(path.name for path in runs.glob("mlp/digits/*/checkpoint/step-*.npz"))
    with started(runs, tmp_path / "killed") as workers:
        await_checkpoint(workers, runs, newer_than=last)
        workers.send(1, signal.SIGKILL)
        began = time.monotonic()
        assert workers.end() == [75, -signal.SIGKILL], workers.said(0)[-3000:]
        # ten seconds of missing heartbeats, and the report
        assert time.monotonic() - began < 60
        assert "another one no longer answers" in workers.said(0)
        assert "Traceback" not in workers.said(0)
    with started(runs, tmp_path / "resumed") as workers:
        assert workers.end() == [0, 0], workers.said(0)[-3000:]
    (unbroken,), (resumed,) = ((root / "mlp/digits").iterdir() for root in (tmp_path / "unbroken", runs))
    first, second = RunFolder(unbroken).read(), RunFolder(resumed).read()
    assert first["weights"]["sha256"] == second["weights"]["sha256"]
    assert first["metrics"] == second["metrics"]


def test_workers_whose_checkpoints_are_all_broken_begin_again_and_say_so(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with started(runs, tmp_path / "terminated") as workers:
        await_checkpoint(workers, runs)
        workers.send(1, signal.SIGTERM)
        assert workers.end() == [75, 75], workers.said(0)[-3000:]
    for path in runs.glob("mlp/digits/*/checkpoint/step-*.npz"):
        path.write_bytes(b"broken")
    with started(runs, tmp_path / "again") as workers:
        assert workers.end() == [0, 0], workers.said(0)[-3000:]
        assert "no checkpoint can be read; the run starts from the beginning" in workers.said(0)


def test_workers_that_were_started_differently_are_refused(tmp_path: Path) -> None:
    with started(tmp_path / "runs", tmp_path / "output", own={1: ["--seed", "3"]}) as workers:
        assert workers.end() == [2, 2]
        assert "received: another seed" in workers.said(1)
        assert "another worker differs" in workers.said(0)


def test_a_worker_is_not_needed_where_one_device_learns(tmp_path: Path) -> None:
    command = ["-m", "zoo", "train", "lda/wine", "--runs", str(tmp_path / "runs")]
    with Workers(2, command, tmp_path / "output") as workers:
        assert workers.end() == [0, 0], workers.said(0)[-3000:]
        assert "worker 1 of 2 is not needed" in workers.said(1)
        assert "learns on one device" in workers.said(0)
