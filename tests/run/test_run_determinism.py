"""Levels of determinism: what they ask of a process, and what run.json keeps of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from stops import StopAt, outcome, stopped_folder

import zoo
from registry import UserError
from zoo.run.determinism import differences, enter, seed_of
from zoo.run.errors import Interrupted, RunFolderError
from zoo.run.folder import RunFolder

CNN = [
    "cnn/digits",
    "epochs=2",
    "hyperparameters.filters=[4,8]",
    "hyperparameters.dropout=0.3",
    "training.augmentation.shift=0.1",
    "training.augmentation.noise=0.05",
]


def zoo_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "zoo", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


@pytest.mark.slow
def test_two_strict_processes_end_with_equal_weights(tmp_path: Path) -> None:
    found = []
    for name in ("first", "second"):
        ended = zoo_process("train", *CNN, "--seed", "4", "--determinism", "strict", "--runs", str(tmp_path / name))
        assert ended.returncode == 0, ended.stderr
        folder = stopped_folder(tmp_path / name)
        assert RunFolder(folder).read()["determinism"]["level"] == "strict"
        found.append(outcome(folder))
    assert found[0] == found[1]


TWO_LEVELS = """
import json, sys
import zoo
from registry import UserError

runs = sys.argv[1]
strict = zoo.train("mlp/xor", epochs=1, runs=runs, determinism="strict").facts
usual = zoo.train("mlp/xor", epochs=1, runs=runs).facts
try:
    zoo.train("mlp/xor", epochs=1, runs=runs, determinism="seeded")
except UserError as error:
    print(json.dumps([strict["determinism"]["level"], usual["determinism"]["level"], str(error)]))
"""


@pytest.mark.slow
def test_a_process_that_made_a_strict_run_makes_no_other(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TWO_LEVELS, str(tmp_path)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    strict, usual, refused = json.loads(ended.stdout)
    assert (strict, usual) == ("strict", "strict")
    assert "makes strict runs only" in refused
    assert "a process of its own" in refused


def test_a_run_keeps_its_level_its_threads_and_a_drawn_seed(tmp_path: Path) -> None:
    drawn = zoo.train("mlp/xor", epochs=1, runs=tmp_path, determinism="off").facts
    usual = zoo.train("mlp/xor", epochs=1, runs=tmp_path).facts
    assert drawn["determinism"].keys() == {"level", "intra_op_threads", "inter_op_threads", "onednn"}
    assert (drawn["determinism"]["level"], usual["determinism"]["level"]) == ("off", "seeded")
    assert usual["determinism"]["intra_op_threads"] >= 1
    assert usual["seed"] == 0
    assert 0 <= drawn["seed"] < 2**32
    assert (seed_of("off", 5), seed_of(None, None)) == (5, 0)
    assert seed_of("off", None) != seed_of("off", None)  # once in four thousand million times they are equal


@pytest.mark.slow
def test_a_resumed_run_has_the_level_that_it_began_with(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        zoo.train("mlp/xor", runs=tmp_path, determinism="off", subscribers=[StopAt(40)])
    folder = stopped_folder(tmp_path)
    with pytest.raises(RunFolderError, match="determinism that it began with") as refused:
        zoo.train("mlp/xor", seed=RunFolder(folder).read()["seed"], runs=tmp_path, determinism="seeded", resume="auto")
    assert refused.value.received == "determinism: off -> seeded"
    begun = RunFolder(folder).read()
    RunFolder(folder).update(determinism={**begun["determinism"], "inter_op_threads": 99})
    notes: list[str] = []
    resumed = zoo.train(
        "mlp/xor",
        runs=tmp_path,
        determinism="off",
        resume="auto",
        subscribers=[lambda event: notes.append(getattr(event, "message", ""))],
    )
    assert resumed.folder == folder
    assert resumed.facts["determinism"]["level"] == "off"
    assert resumed.facts["seed"] == begun["seed"]
    assert any("inter_op_threads 99 -> " in note for note in notes)


def test_a_level_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="off, seeded or strict") as refused:
        zoo.train("mlp/xor", runs=tmp_path, determinism="strikt")  # type: ignore[arg-type]
    assert refused.value.near == ("strict",)
    assert differences({"level": "off"}, {"level": "off", "onednn": True}) == []


def test_threads_are_those_that_the_environment_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", "none")
    found = enter("seeded")
    assert found["intra_op_threads"] == 3
    assert found["inter_op_threads"] >= 1
