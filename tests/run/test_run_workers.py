"""Worker processes: what each gets of the host, and what happens when they die, hang, or are told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from registry import UserError
from zoo.run import shares as dealing
from zoo.run import workers
from zoo.run.errors import Interrupted
from zoo.run.shares import CORES, gpus, listed_gpus, shares
from zoo.run.signals import Signals
from zoo.run.workers import Crew, WorkerFailed

CHILD = Path(__file__).with_name("worker_child.py")


def crew(folder: Path, way: str, count: int = 1, *, deadline: float = 30.0, signals: Signals | None = None) -> Crew:
    command = [sys.executable, str(CHILD), str(folder), way]
    environments = [{CORES: str(min(os.sched_getaffinity(0)))}] * count
    return Crew(
        count,
        lambda index: command,
        logs=folder / "logs",
        deadline_seconds=deadline,
        environments=environments,
        signals=signals,
        hint="zoo resume there",
    )


def starts(folder: Path, index: int = 0) -> int:
    return int((folder / str(index)).read_text())


def wait_for(path: Path) -> None:
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until, f"{path} did not come"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, ["0,1,2,3,4"]), (2, ["0,1,2", "3,4"]), (3, ["0,1", "2,3", "4"]), (7, ["0", "1", "2", "3", "4", "0", "1"])],
)
def test_cores_are_dealt_out_evenly_and_at_least_one_each(
    no_gpu: None, monkeypatch: pytest.MonkeyPatch, count: int, expected: list[str]
) -> None:
    monkeypatch.setattr(dealing, "cores", lambda: [0, 1, 2, 3, 4])
    dealt = shares(count)
    assert [share[CORES] for share in dealt] == expected
    assert all(share["TF_NUM_INTRAOP_THREADS"] == str(len(share[CORES].split(","))) for share in dealt)
    assert not any("CUDA_VISIBLE_DEVICES" in share for share in dealt)


def test_each_worker_gets_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, GPU-ab12")
    assert [share["CUDA_VISIBLE_DEVICES"] for share in shares(2)] == ["3", "GPU-ab12"]


def test_more_workers_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with pytest.raises(UserError, match="2 can be used here"):
        shares(3)


@pytest.mark.parametrize(("visible", "expected"), [("", []), ("-1", []), ("0,-1,1", ["0"]), ("1,0", ["1", "0"])])
def test_gpus_are_those_that_cuda_would_see(monkeypatch: pytest.MonkeyPatch, visible: str, expected: list[str]) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus() == expected


def test_parts_of_a_divided_gpu_stand_for_it() -> None:
    listing = (
        "GPU 0: NVIDIA A100 (UUID: GPU-aa)\n"
        "  MIG 3g.20gb     Device  0: (UUID: MIG-11)\n"
        "  MIG 3g.20gb     Device  1: (UUID: MIG-22)\n"
        "GPU 1: NVIDIA A100 (UUID: GPU-bb)\n"
    )
    assert listed_gpus(listing) == ["MIG-11", "MIG-22", "GPU-bb"]


def test_no_worker_at_all_is_refused() -> None:
    with pytest.raises(UserError, match="at least one worker"):
        shares(0)


def test_a_worker_runs_on_its_cores_and_writes_its_log(tmp_path: Path) -> None:
    with crew(tmp_path, "cores", count=2) as running:
        running.wait()
    assert (tmp_path / "0.cores").read_text() == str(min(os.sched_getaffinity(0)))
    assert "start 0" in (tmp_path / "logs" / "worker-1.log").read_text()
    assert not list((tmp_path / "logs").glob(".*"))


@pytest.mark.parametrize(("way", "said"), [("dies once", "SIGKILL"), ("hangs once", "no sign of life")])
def test_a_worker_that_died_or_hangs_is_started_again(tmp_path: Path, way: str, said: str) -> None:
    with crew(tmp_path, way, deadline=4.0) as running:
        running.wait()
    assert starts(tmp_path) == 2
    assert said in (tmp_path / "logs" / "worker-0.log").read_text()


@pytest.mark.slow
def test_a_worker_that_gives_signs_of_life_may_take_longer_than_the_deadline(tmp_path: Path) -> None:
    with crew(tmp_path, "beats", deadline=3.0) as running:
        running.wait()
    assert starts(tmp_path) == 1


def test_a_worker_that_always_dies_ends_the_crew_with_its_log_and_last_words(tmp_path: Path) -> None:
    with pytest.raises(WorkerFailed) as raised, crew(tmp_path, "always dies") as running:
        running.wait()
    assert starts(tmp_path) == 3
    assert raised.value.received == "no memory left"
    assert raised.value.where == str(tmp_path / "logs" / "worker-0.log")


def test_deaths_count_only_while_nothing_gets_done(tmp_path: Path) -> None:
    with crew(tmp_path, "progresses, then dies") as running:
        running.wait()
    assert starts(tmp_path) == 6


def test_a_mistake_of_the_users_is_told_and_not_tried_again(tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised, crew(tmp_path, "mistake") as running:
        running.wait()
    assert starts(tmp_path) == 1
    assert "epochs must be a whole number" in str(raised.value.received)


def test_a_signal_reaches_the_workers_and_leaves_none(tmp_path: Path) -> None:
    with Signals() as signals, crew(tmp_path, "waits", count=2, signals=signals) as running:
        wait_for(tmp_path / "0.ready")
        wait_for(tmp_path / "1.ready")
        pids = list(running.pids.values())
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted) as raised:
            running.wait()
        signals.obeyed()
    assert raised.value.exit_code == 75
    assert raised.value.hint == "zoo resume there"
    assert all((tmp_path / f"{index}.told").exists() for index in (0, 1))
    assert not any(map(is_running, pids))


def test_a_worker_that_does_not_end_when_told_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "GRACE_SECONDS", 0.5)
    with crew(tmp_path, "is deaf") as running:
        wait_for(tmp_path / "0.ready")
        (pid,) = running.pids.values()
    assert not is_running(pid)


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from zoo.run.workers import Crew\n"
        "folder = Path(sys.argv[1])\n"
        f"with Crew(1, lambda index: [sys.executable, {str(CHILD)!r}, str(folder), 'waits'], logs=folder / 'logs',\n"
        "          deadline_seconds=30, environments=[{'ZOO_WORKER_CORES': sys.argv[2]}]) as crew:\n"
        "    crew.wait()\n"
    )
    core = str(min(os.sched_getaffinity(0)))
    parent = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), core])
    try:
        wait_for(tmp_path / "0.ready")
    finally:
        parent.kill()
        parent.wait()
    pid = int((tmp_path / "0.pid").read_text())
    until = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(pid)
