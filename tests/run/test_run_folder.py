"""Run folders that are half written, edited or of another time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import zoo
from registry import UserError
from zoo.report import write_report
from zoo.run.errors import RunFolderError
from zoo.run.folder import RunFolder


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zoo.train("mlp/xor", epochs=1, runs=tmp_path_factory.mktemp("runs")).folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return shutil.copytree(finished, tmp_path / "run")


@pytest.mark.parametrize("keep", [0, 1, 200])
def test_a_cut_off_run_json_is_refused_by_every_reader(folder: Path, keep: int) -> None:
    path = folder / "run.json"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(RunFolderError, match="readable JSON"):
        zoo.resume(folder)
    with pytest.raises(UserError):
        write_report(folder)


def test_a_run_without_its_recipe_is_not_resumed(folder: Path) -> None:
    RunFolder(folder).update(status="interrupted")
    (folder / "recipe.toml").unlink()
    with pytest.raises(UserError, match="no such recipe file"):
        zoo.resume(folder)


def test_a_run_that_was_killed_before_it_wrote_its_data_is_resumed(folder: Path) -> None:
    run = RunFolder(folder)
    table = {key: value for key, value in run.read().items() if key not in ("data", "metrics", "weights", "devices")}
    run.write({**table, "status": "running"})
    (folder / "metrics.jsonl").unlink()
    assert run.status() == "killed"
    assert zoo.resume(folder).facts["status"] == "finished"


def test_a_last_row_cut_off_by_a_kill_is_left_out(folder: Path) -> None:
    path = folder / "metrics.jsonl"
    whole = path.read_text()
    path.write_text(whole + '{"epoch": 2, "st')
    assert RunFolder(folder).rows() == [json.loads(whole)]


def test_weights_of_an_unfinished_run_are_not_loaded(folder: Path) -> None:
    (folder / "model.json").unlink()
    with pytest.raises(UserError, match="finished run"):
        zoo.load(folder)


def test_a_broken_line_of_the_metrics_is_named(folder: Path) -> None:
    path = folder / "metrics.jsonl"
    path.write_text("{broken\n" + path.read_text())
    with pytest.raises(RunFolderError, match="must be JSON") as refused:
        RunFolder(folder).rows()
    assert str(refused.value.where).endswith("metrics.jsonl:1")


def test_a_lock_that_cannot_be_taken_is_one_message(folder: Path) -> None:
    (folder / ".lock").unlink()
    (folder / ".lock").mkdir()
    with pytest.raises(RunFolderError, match="can be written"), RunFolder(folder).held():
        pass
