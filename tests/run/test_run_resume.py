"""A run that was stopped and resumed ends exactly as the unbroken one."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest
from stops import StopAt, kill_at_the_first_checkpoint, outcome, stopped_folder

import zoo
from registry import UserError
from zoo.run.checkpoint import Checkpoints
from zoo.run.errors import Interrupted, RunFolderError, TrainingDiverged
from zoo.run.events import EpochEnded, Event, RunEnded, StepsDone
from zoo.run.folder import RunFolder

# dropout, batch normalisation, augmentation, warm-up, patience and clipping: all that has a state or draws numbers
CNN = {
    "hyperparameters.filters": [4, 8],
    "hyperparameters.batch_norm": True,
    "epochs": 3,
    "batch_size": 64,
    "steps_per_execution": 4,
    "schedule": "cosine",
    "warmup_epochs": 1.0,
    "clip_norm": 1.0,
    "patience": 5,
}
MLP = {
    "hyperparameters.units": [16],
    "hyperparameters.dropout": 0.3,
    "dataset": "blobs",
    "epochs": 4,
    "batch_size": 8,
    "steps_per_execution": 1,
    "optimizer": "momentum",
    "monitor": "validation_accuracy",
    "class_weight": "balanced",
}

# a learning rate that falls twice, and after a warm-up
PLATEAU = {
    **MLP,
    "schedule": "plateau",
    "schedule_options": {"patience": 1, "rate": 0.5},
    "min_delta": 0.5,
    "warmup_epochs": 1.0,
    "monitor": "validation_f1",
    "data.centers": 2,
}

# masks in the cells, noise, and a loss that a layer adds
RNN = {
    "data.values": 300,
    "data.lag": 15,
    "data.horizon": 20,
    "hyperparameters.units": [8],
    "hyperparameters.dropout": 0.2,
    "hyperparameters.recurrent_dropout": 0.2,
    "hyperparameters.input_noise": 0.1,
    "hyperparameters.ensemble": 2,
    "hyperparameters.forced_steps": 4,
    "epochs": 3,
    "steps_per_execution": 1,
}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        pytest.param("cnn/digits", CNN, id="cnn", marks=pytest.mark.slow),
        pytest.param("mlp", MLP, id="mlp", marks=pytest.mark.slow),
        pytest.param("mlp", PLATEAU, id="plateau", marks=pytest.mark.slow),
        pytest.param("rnn/sine_mix", RNN, id="rnn", marks=pytest.mark.slow),
    ],
)
def test_a_resumed_run_equals_the_unbroken_one_bit_for_bit(
    name: str, changes: dict[str, object], tmp_path: Path
) -> None:
    unbroken = zoo.train(name, seed=3, runs=tmp_path / "unbroken", **changes)
    steps = unbroken.facts["steps"]
    epoch = steps // int(changes["epochs"])  # type: ignore[call-overload]
    # in the first epoch, in the middle of the second, at its end
    for number, step in enumerate((4, epoch + epoch // 2, 2 * epoch)):
        runs = tmp_path / f"stopped-{number}"
        with pytest.raises(Interrupted) as stopped:
            zoo.train(name, seed=3, runs=runs, subscribers=[StopAt(step)], **changes)
        assert stopped.value.exit_code == 75
        folder = stopped_folder(runs)
        assert RunFolder(folder).status() == "interrupted"
        resumed = zoo.resume(folder)
        assert resumed.facts["status"] == "finished"
        assert outcome(resumed.folder) == outcome(unbroken.folder)


def test_ctrl_c_leaves_a_resumable_run_with_exit_code_130(tmp_path: Path) -> None:
    with pytest.raises(Interrupted) as stopped:
        zoo.train("mlp/xor", runs=tmp_path, subscribers=[StopAt(40, signal.SIGINT)])
    assert stopped.value.exit_code == 130
    assert f"zoo resume {stopped_folder(tmp_path)}" in str(stopped.value)
    assert zoo.resume(stopped_folder(tmp_path)).facts["status"] == "finished"


@pytest.mark.slow
def test_a_run_killed_with_kill_9_shows_as_killed_and_resumes_to_the_same_end(tmp_path: Path) -> None:
    changes = {"epochs": 40, "hyperparameters.units": [16], "checkpoint_seconds": 0.0}
    unbroken = zoo.train("mlp/digits", runs=tmp_path / "unbroken", **changes)
    words = [f"{key}={json.dumps(value)}" for key, value in changes.items()]
    command = [sys.executable, "-m", "zoo", "train", "mlp/digits", *words, "--runs", str(tmp_path / "killed")]
    folder = kill_at_the_first_checkpoint(command, tmp_path / "killed")
    assert RunFolder(folder).read()["status"] == "running"
    assert RunFolder(folder).status() == "killed"
    assert outcome(zoo.resume(folder).folder) == outcome(unbroken.folder)


@pytest.mark.slow
def test_a_broken_last_checkpoint_falls_back_to_the_one_before_and_says_so(tmp_path: Path) -> None:
    changes = {**MLP, "checkpoint_seconds": 0.0, "epochs": 40}
    unbroken = zoo.train("mlp", runs=tmp_path / "unbroken", **changes)
    with pytest.raises(Interrupted):
        zoo.train("mlp", runs=tmp_path / "stopped", subscribers=[StopAt(600)], **changes)
    folder = stopped_folder(tmp_path / "stopped")
    files = Checkpoints(folder / "checkpoint").files()
    assert len(files) == 2
    content = bytearray(files[-1].read_bytes())
    content[len(content) // 2] ^= 0xFF
    files[-1].write_bytes(content)
    notes: list[str] = []
    resumed = zoo.resume(folder, subscribers=[lambda event: notes.append(getattr(event, "message", ""))])
    assert any(files[-1].name in note for note in notes)
    assert outcome(resumed.folder) == outcome(unbroken.folder)


def test_a_finished_run_is_not_resumed(tmp_path: Path) -> None:
    run = zoo.train("mlp/xor", runs=tmp_path, epochs=1)
    with pytest.raises(RunFolderError, match="not finished"):
        zoo.resume(run.folder)


def test_a_run_whose_recipe_was_edited_is_not_resumed(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        zoo.train("mlp/xor", runs=tmp_path, subscribers=[StopAt(40)])
    folder = stopped_folder(tmp_path)
    path = folder / "recipe.toml"
    path.write_text(path.read_text().replace("learning_rate = 0.05", "learning_rate = 0.01"))
    with pytest.raises(RunFolderError, match="as it was when the run began") as refused:
        zoo.resume(folder)
    assert refused.value.received == "training.learning_rate: 0.05 -> 0.01"


@pytest.mark.slow
def test_a_job_that_is_started_again_goes_on_with_its_stopped_run(tmp_path: Path) -> None:
    unbroken = zoo.train("mlp/xor", seed=1, runs=tmp_path / "unbroken")
    runs = tmp_path / "runs"
    for step in (40, 70):
        with pytest.raises(Interrupted):
            zoo.train("mlp/xor", seed=1, runs=runs, resume="auto", subscribers=[StopAt(step)])
    done = zoo.train("mlp/xor", seed=1, runs=runs, resume="auto")
    assert done.folder == stopped_folder(runs)
    assert outcome(done.folder) == outcome(unbroken.folder)
    another = zoo.train("mlp/xor", seed=1, runs=runs, resume="auto", epochs=1)
    assert another.folder != done.folder


def test_a_job_started_again_with_another_recipe_is_refused_with_the_difference(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        zoo.train("mlp/xor", runs=tmp_path, subscribers=[StopAt(40)])
    with pytest.raises(RunFolderError, match=r"received: training\.batch_size: 4 -> 2"):
        zoo.train("mlp/xor", runs=tmp_path, resume="auto", batch_size=2)
    other_seed = zoo.train("mlp/xor", seed=5, runs=tmp_path, resume="auto", batch_size=2, epochs=1)
    assert other_seed.facts["status"] == "finished"


def test_a_way_to_resume_that_there_is_not_is_refused() -> None:
    with pytest.raises(UserError, match="never or auto"):
        zoo.train("mlp/xor", resume="always")  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_stopped_reproduction_goes_on_with_the_seed_it_was_in(tmp_path: Path) -> None:
    unbroken = zoo.reproduce("mlp/xor", seeds=[0, 1], runs=tmp_path / "unbroken")
    seen: list[int] = []

    def stop_in_second_seed(event: Event) -> None:
        if isinstance(event, EpochEnded):
            seen.append(1)
        if len(seen) == 13 and isinstance(event, StepsDone):
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted):
        zoo.reproduce("mlp/xor", seeds=[0, 1], runs=tmp_path / "stopped", subscribers=[stop_in_second_seed])
    (folder,) = (tmp_path / "stopped").glob("mlp/xor/*")
    assert RunFolder(folder).read()["status"] == "interrupted"
    assert RunFolder(folder / "seed-0").read()["status"] == "finished"
    resumed = zoo.resume(folder)
    assert resumed.facts["values"] == unbroken.facts["values"]
    assert resumed.facts["kept"] is True
    for seed in ("seed-0", "seed-1"):
        assert outcome(folder / seed) == outcome(unbroken.folder / seed)


def stopped_xor(tmp_path: Path, **changes: object) -> Path:
    with pytest.raises(Interrupted):
        zoo.train("mlp/xor", runs=tmp_path, subscribers=[StopAt(40)], **changes)
    return stopped_folder(tmp_path)


def test_a_run_is_not_resumed_on_other_data(tmp_path: Path) -> None:
    folder = stopped_xor(tmp_path)
    data = RunFolder(folder).read()["data"]
    RunFolder(folder).update(data={**data, "hashes": {**data["hashes"], "train": "0" * 64}})
    with pytest.raises(RunFolderError, match="data must be what the run began with"):
        zoo.resume(folder)
    assert RunFolder(folder).read()["data"]["hashes"]["train"] == "0" * 64


def test_a_run_is_not_resumed_with_another_version_of_its_family(tmp_path: Path) -> None:
    folder = stopped_xor(tmp_path)
    RunFolder(folder).update(family_version="0")
    with pytest.raises(RunFolderError, match="must have the version"):
        zoo.resume(folder)


@pytest.mark.slow
def test_other_package_versions_are_noted(tmp_path: Path) -> None:
    folder = stopped_xor(tmp_path)
    RunFolder(folder).update(versions={**RunFolder(folder).read()["versions"], "keras": "3.0.0"})
    notes: list[str] = []
    zoo.resume(folder, subscribers=[lambda event: notes.append(getattr(event, "message", ""))])
    assert any("other versions" in note and "keras" in note for note in notes)


@pytest.mark.slow
def test_an_empty_last_checkpoint_starts_from_the_beginning_and_says_so(tmp_path: Path) -> None:
    folder = stopped_xor(tmp_path / "stopped")
    (only,) = Checkpoints(folder / "checkpoint").files()
    only.write_bytes(b"")
    notes: list[str] = []
    resumed = zoo.resume(folder, subscribers=[lambda event: notes.append(getattr(event, "message", ""))])
    assert any("from the beginning" in note for note in notes)
    assert outcome(resumed.folder) == outcome(zoo.train("mlp/xor", runs=tmp_path / "unbroken").folder)


def test_rows_that_were_lost_are_missed(tmp_path: Path) -> None:
    folder = stopped_xor(tmp_path)
    (folder / "metrics.jsonl").write_text("")
    with pytest.raises(RunFolderError, match="rows that the checkpoint counts"):
        zoo.resume(folder)


def test_leftovers_of_a_kill_are_removed(tmp_path: Path) -> None:
    folder = stopped_xor(tmp_path)
    leftover = folder / "checkpoint" / ".step-0000000060.npz.1.ab.part"
    leftover.write_bytes(b"half")
    zoo.resume(folder)
    assert not leftover.exists()


@pytest.mark.slow
def test_a_signal_at_the_end_of_a_seed_stops_the_reproduction_before_the_next(tmp_path: Path) -> None:
    def at_the_end(event: Event) -> None:
        if isinstance(event, RunEnded):
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted) as stopped:
        zoo.reproduce("mlp/xor", seeds=[0, 1], runs=tmp_path, subscribers=[at_the_end])
    assert stopped.value.exit_code == 75
    (folder,) = tmp_path.glob("mlp/xor/*")
    assert RunFolder(folder).read()["status"] == "interrupted"
    assert RunFolder(folder / "seed-0").read()["status"] == "finished"
    assert not (folder / "seed-1").exists()
    assert zoo.resume(folder).facts["kept"] is True


@pytest.mark.slow
def test_a_reproduction_whose_recipe_was_edited_is_not_resumed(tmp_path: Path) -> None:
    folder = zoo.reproduce("mlp/xor", seeds=[0, 1], runs=tmp_path).folder
    RunFolder(folder).update(status="interrupted")
    path = folder / "recipe.toml"
    path.write_text(path.read_text().replace("learning_rate = 0.05", "learning_rate = 0.01"))
    with pytest.raises(RunFolderError, match="as it was when the run began"):
        zoo.resume(folder)


def test_an_error_of_a_listener_goes_with_the_error_that_ended_the_run(tmp_path: Path) -> None:
    def listener(event: Event) -> None:
        if isinstance(event, RunEnded):
            raise ValueError("the listener broke")

    with pytest.raises(TrainingDiverged) as failed:
        zoo.train("mlp/xor", optimizer="sgd", learning_rate=1e38, runs=tmp_path, subscribers=[listener])
    assert any("the listener broke" in note for note in failed.value.__notes__)
    assert RunFolder(stopped_folder(tmp_path)).read()["status"] == "failed"
