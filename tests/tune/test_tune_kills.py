"""Searches whose processes are killed: nothing is lost, nothing is done twice, and the end is the same."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zoo.tune.trial import read_trials

TRIALS = 6
COMMAND = [
    *(sys.executable, "-m", "zoo", "tune", "mlp/digits", "--trials", str(TRIALS), "--retrain", "0", "--only"),
    *("learning_rate=1e-3..1e-1:log", "epochs=3", "--no-base", "--resume", "auto"),
]

pytestmark = pytest.mark.slow


def scores(folder: Path) -> dict[str, float | None]:
    return {trial.number: trial.score for trial in read_trials(folder)}


def the_search(runs: Path) -> Path:
    (folder,) = (path.parent for path in runs.glob("mlp/digits/*/run.json"))
    return folder


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("unbroken")
    subprocess.run([*COMMAND, "--runs", str(runs)], check=True, capture_output=True)
    return the_search(runs)


def test_a_search_that_is_killed_again_and_again_ends_as_the_unbroken_one(tmp_path: Path, unbroken: Path) -> None:
    moments, began = random.Random(0), {}
    for _ in range(3):
        process = subprocess.Popen([*COMMAND, "--runs", str(tmp_path)], stderr=subprocess.DEVNULL)
        wanted = len(list(tmp_path.glob("*/*/*/trials/*/trial.json"))) + 1
        while process.poll() is None and len(list(tmp_path.glob("*/*/*/trials/*/trial.json"))) < wanted:
            time.sleep(0.02)
        time.sleep(moments.uniform(0.0, 0.6))
        process.kill()
        process.wait()
        began |= {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/*/*/trials/*/trial.json")}
    subprocess.run([*COMMAND, "--runs", str(tmp_path)], check=True, capture_output=True)
    assert scores(the_search(tmp_path)) == scores(unbroken)
    assert all(path.stat().st_mtime_ns == when for path, when in began.items())
    facts = [json.loads((folder / "run.json").read_text()) for folder in (the_search(tmp_path), unbroken)]
    assert {key: facts[0]["best"][key] for key in ("number", "settings", "score")} == {
        key: facts[1]["best"][key] for key in ("number", "settings", "score")
    }


def test_two_workers_share_the_trials_and_one_that_is_killed_loses_none(tmp_path: Path) -> None:
    command = [*COMMAND, "--runs", str(tmp_path), "--workers", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    while process.poll() is None and not list(tmp_path.glob("*/*/*/trials/*/seed-0/metrics.jsonl")):
        time.sleep(0.05)
    (worker, *_) = workers_of(process.pid)
    os.kill(worker, signal.SIGKILL)
    _, told = process.communicate(timeout=240)
    assert process.returncode == 0, told.decode()
    trials = read_trials(the_search(tmp_path))
    assert [trial.number for trial in trials] == [str(number) for number in range(TRIALS)]
    assert all(trial.completed for trial in trials)
    logs = "".join(path.read_text() for path in the_search(tmp_path).glob("workers/*.log"))
    assert "SIGKILL" in logs
    assert all(f"trial {trial.number}:" in logs for trial in trials)


def workers_of(parent: int) -> list[int]:
    """The worker processes that a search has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rsplit(")", 1)[1].split()
            command = path.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(words[1]) == parent and b"zoo.tune.worker" in command:
            found.append(int(path.parent.name))
    return sorted(found)


def test_a_terminated_search_says_how_it_goes_on_and_leaves_no_worker(tmp_path: Path) -> None:
    process = subprocess.Popen([*COMMAND, "--runs", str(tmp_path), "--workers", "2"], stderr=subprocess.PIPE)
    while process.poll() is None and not list(tmp_path.glob("*/*/*/trials/*/seed-0/metrics.jsonl")):
        time.sleep(0.05)
    workers = workers_of(process.pid)
    began = time.monotonic()
    process.terminate()
    _, told = process.communicate(timeout=60)
    assert process.returncode == 75, told.decode()
    assert time.monotonic() - began < 10
    assert b"zoo resume" in told
    assert json.loads((the_search(tmp_path) / "run.json").read_text())["status"] == "interrupted"
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def test_workers_of_other_hosts_are_kerastuners_own(tmp_path: Path) -> None:
    port = 20000 + os.getpid() % 20000
    place = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(port)}
    command = [*(word for word in COMMAND if word != "--no-base"), "--runs", str(tmp_path)]
    processes = [
        subprocess.Popen(
            command,
            env={**os.environ, **place, "KERASTUNER_TUNER_ID": name},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in ("chief", "host-1", "host-2")
    ]
    told = [process.communicate(timeout=240) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], told
    assert len(scores(the_search(tmp_path))) == TRIALS + 1
    assert "base" in scores(the_search(tmp_path))
    ran = [int(out.split(b" ran ")[1].split()[0]) for out, _ in told[1:]]
    assert sum(ran) == TRIALS
