"""Signals in every stage of a run: it ends soon, with a true status and exit code 75, and can be resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stops import StopAt, outcome, stopped_folder

import zoo
from zoo.run import learning
from zoo.run.errors import Interrupted, TrainingDiverged
from zoo.run.events import EpochEnded, Event, RunEnded, RunStarted
from zoo.run.folder import RunFolder

# a run of real parts in a process of its own, which looks at no signal for a minute
DEAF = """
import sys, time
import zoo
from zoo.run import signals
from zoo.run.events import RunStarted

signals.GRACE_SECONDS = 0.5


def block(event):
    if isinstance(event, RunStarted):
        print("started", flush=True)
        time.sleep(float(sys.argv[3]))


zoo.train(sys.argv[1], runs=sys.argv[2], subscribers=[block], **eval(sys.argv[4]))
"""
LONG_FIT = {"hyperparameters.n_estimators": 9_000, "hyperparameters.max_depth": 8}


def terminated(
    runs: Path, name: str, *, sleep: float, changes: dict[str, object], number: int
) -> tuple[int, str, float]:
    """Exit code, what was said on stderr and seconds from the signal to the end."""
    command = [sys.executable, "-c", DEAF, name, str(runs), str(sleep), repr(changes)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    assert child.stdout.readline() == "started\n"
    time.sleep(0.5)
    sent = time.monotonic()
    child.send_signal(number)
    _, said = child.communicate(timeout=60)
    return child.returncode, said, time.monotonic() - sent


@pytest.mark.parametrize(
    ("name", "sleep", "changes", "number"),
    [
        pytest.param(
            "mlp/xor", 60.0, {"epochs": 2}, signal.SIGTERM, id="a listener that blocks", marks=pytest.mark.slow
        ),
        pytest.param(
            "gradient_boosting/breast_cancer", 0.0, LONG_FIT, signal.SIGUSR1, id="a fit", marks=pytest.mark.slow
        ),
    ],
)
def test_what_obeys_no_termination_is_ended_with_75_and_a_true_status(
    name: str, sleep: float, changes: dict[str, object], number: int, tmp_path: Path
) -> None:
    code, said, seconds = terminated(tmp_path, name, sleep=sleep, changes=changes, number=number)
    assert code == 75, said
    assert seconds < 15.0  # half a second, and what a busy machine adds
    folder = RunFolder(stopped_folder(tmp_path))
    assert folder.read()["status"] == "interrupted"
    assert signal.Signals(number).name in folder.read()["error"]["message"]
    assert f"zoo resume {folder.path}" in said
    if sleep:
        assert zoo.resume(folder.path).facts["status"] == "finished"


class StopWhen:
    """Sends this process a SIGTERM at an event of a kind."""

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def __call__(self, event: Event) -> None:
        last = not isinstance(event, EpochEnded) or event.row["epoch"] == event.epochs
        if isinstance(event, self.kind) and last:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize(
    ("name", "kind", "changes"),
    [
        ("knn_classifier/iris", RunStarted, {}),
        ("perceptron/and", EpochEnded, {"epochs": 3}),
        pytest.param("rbf/digits", RunStarted, {"hyperparameters.centres": 20}, marks=pytest.mark.slow),
        pytest.param("mlp/xor", RunStarted, {"epochs": 3}, marks=pytest.mark.slow),
        pytest.param("mlp/xor", EpochEnded, {"epochs": 3}, marks=pytest.mark.slow),
        pytest.param("som/digits", EpochEnded, {"epochs": 3}, marks=pytest.mark.slow),
        pytest.param(
            "gan/digits",
            EpochEnded,
            {"epochs": 2, "training.steps_per_epoch": 4, "hyperparameters.judge": None},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_signal_before_the_first_step_or_after_the_last_leaves_a_resumable_run(
    name: str, kind: type, changes: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(Interrupted) as stopped:
        zoo.train(name, runs=tmp_path / "stopped", subscribers=[StopWhen(kind)], **changes)
    assert stopped.value.exit_code == 75
    folder = stopped_folder(tmp_path / "stopped")
    assert RunFolder(folder).read()["status"] == "interrupted"
    assert not (folder / "report.html").exists()  # there was no time for it
    resumed = zoo.resume(folder)
    assert resumed.report.exists()
    assert outcome(resumed.folder) == outcome(zoo.train(name, runs=tmp_path / "unbroken", **changes).folder)


def test_a_perceptron_that_has_ended_is_not_trained_on(tmp_path: Path) -> None:
    unbroken = zoo.train("perceptron/and", runs=tmp_path / "unbroken")
    epochs = unbroken.facts["epochs"]
    with pytest.raises(Interrupted):
        zoo.train("perceptron/and", runs=tmp_path / "stopped", subscribers=[StopAt(epochs)])
    assert outcome(zoo.resume(stopped_folder(tmp_path / "stopped")).folder) == outcome(unbroken.folder)


def test_a_run_that_was_killed_before_its_report_is_resumed_by_writing_it(tmp_path: Path) -> None:
    run = zoo.train("mlp/xor", epochs=1, runs=tmp_path)
    run.report.unlink()
    before = outcome(run.folder), run.facts
    assert zoo.train("mlp/xor", epochs=1, runs=tmp_path, resume="auto").folder == run.folder
    assert run.report.exists()
    run.report.unlink()
    resumed = zoo.resume(run)
    assert run.report.exists()
    assert (outcome(run.folder), resumed.facts) == before


def test_a_run_that_diverged_diverges_again_when_it_is_resumed(tmp_path: Path) -> None:
    changes = {"optimizer": "sgd", "learning_rate": 1e38}
    with pytest.raises(TrainingDiverged) as first:
        zoo.train("mlp/xor", runs=tmp_path, **changes)
    folder = stopped_folder(tmp_path)
    with pytest.raises(TrainingDiverged) as second:
        zoo.resume(folder)
    assert second.value.message == first.value.message
    assert RunFolder(folder).read()["status"] == "failed"


@pytest.mark.slow
def test_compiled_calls_that_take_too_long_are_shortened_and_compute_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"hyperparameters.dropout": 0.2, "epochs": 3, "schedule": "cosine", "steps_per_execution": "auto"}
    unbroken = zoo.train("mlp/xor", runs=tmp_path / "unbroken", **changes)
    monkeypatch.setattr(learning, "LONGEST_CALL", 0.0)
    calls: list[Event] = []
    # after two calls of ten steps, steps one by one: seven of them into the second epoch
    with pytest.raises(Interrupted):
        zoo.train("mlp/xor", runs=tmp_path / "short", subscribers=[calls.append, StopAt(27)], **changes)
    assert [event.step for event in calls if hasattr(event, "step")][:4] == [10, 20, 21, 22]
    folder = stopped_folder(tmp_path / "short")
    assert outcome(zoo.resume(folder).folder) == outcome(unbroken.folder)


@pytest.mark.slow
def test_a_signal_while_the_report_of_a_finished_run_is_written_leaves_it_finished(tmp_path: Path) -> None:
    run = zoo.train("mlp/xor", epochs=1, runs=tmp_path, subscribers=[StopWhen(RunEnded)])
    assert run.facts["status"] == "finished"
    assert run.report.exists()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="what a process has mapped is read from /proc")
def test_a_termination_while_tensorflow_is_imported_ends_with_75_too(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "zoo", "train", "mlp/xor", "--runs", str(tmp_path)]
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    # mapped when the import has got to its shared library
    while "tensorflow" not in Path(f"/proc/{child.pid}/maps").read_text():
        assert child.poll() is None
        time.sleep(0.005)
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=60) == 75
    assert not list(tmp_path.rglob("run.json"))
