"""Studies: their cells are runs, they resume, they share the work among processes, and a failed cell is told."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import zoo
from registry import Registry, UserError
from zoo import jobs
from zoo.recipe import RecipeError
from zoo.report.read_study import read_study
from zoo.report.study_page import study_lines, study_page
from zoo.run.errors import Interrupted, RunFailed, RunFolderError
from zoo.run.events import CellEnded, Event
from zoo.run.folder import RunFolder


def study(registry: Registry, recipe: Path, runs: Path, **settings: Any) -> jobs.Run:
    return jobs.study(registry, str(recipe), settings.pop("changes", None), runs=runs, **settings)


def weights(folder: Path) -> dict[str, str]:
    return {
        str(path.parent.relative_to(folder)): json.loads(path.read_text())["weights"]["sha256"]
        for path in sorted(folder.glob("cells/*/seed-*/run.json"))
    }


def test_every_cell_is_trained_with_every_seed_and_the_page_has_mean_and_spread(
    registry: Registry, recipe_file: Path, tmp_path: Path
) -> None:
    told: list[Event] = []
    run = study(registry, recipe_file, tmp_path, subscribers=[told.append])
    facts = run.facts
    assert facts["status"] == "finished"
    assert [cell["labels"] for cell in facts["cells"]] == [["0.01"], ["0.1"], ["0.3"]]
    for cell in facts["cells"]:
        runs = [RunFolder(run.folder / "cells" / cell["name"] / f"seed-{seed}").read() for seed in (0, 1)]
        values = [table["metrics"]["test"]["value"] for table in runs]
        found = cell["quantities"]["value"]
        assert found["values"] == values
        assert found["mean"] == pytest.approx(statistics.fmean(values))
        assert found["spread"] == pytest.approx(statistics.stdev(values))
    assert facts["best"] == "3-0.3"
    ended = [event for event in told if isinstance(event, CellEnded)]
    assert [(event.ended, event.of) for event in ended] == [(count, 6) for count in range(1, 7)]
    titles = [section.title for section in study_page(read_study(run.folder)).sections]
    assert titles == ["Value over the axes", "Cells", "Trajectories", "Recipe", "How it was run"]
    assert run.report.is_file()
    assert any("0.3" in line and "±" in line for line in study_lines(read_study(run.folder)))


@pytest.mark.slow
def test_a_cell_equals_a_plain_run_of_its_settings(registry: Registry, recipe_file: Path, tmp_path: Path) -> None:
    run = study(registry, recipe_file, tmp_path, seeds=[1])
    plain = zoo.train(str(recipe_file), seed=1, runs=tmp_path / "plain", learning_rate=0.1)
    assert weights(run.folder)["cells/2-0.1/seed-1"] == plain.facts["weights"]["sha256"]


class StopAfter:
    """Sends this process a real signal when so many runs have ended."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __call__(self, event: Event) -> None:
        if isinstance(event, CellEnded) and event.ended == self.count:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.slow
def test_a_stopped_study_goes_on_where_it_was_and_ends_as_the_unbroken_one(
    registry: Registry, recipe_file: Path, tmp_path: Path
) -> None:
    whole = study(registry, recipe_file, tmp_path / "whole", seeds=[0])
    with pytest.raises(Interrupted) as raised:
        study(registry, recipe_file, tmp_path / "broken", seeds=[0], subscribers=[StopAfter(2)])
    (folder,) = (tmp_path / "broken").glob("*/*/*")
    assert f"zoo resume {folder}" == raised.value.hint
    before = {path: path.stat().st_mtime_ns for path in folder.glob("cells/*/seed-*/model.weights.h5")}
    assert len(before) == 2
    resumed = zoo.resume(folder)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert weights(folder) == weights(whole.folder)
    assert resumed.facts["cells"][0]["quantities"]["value"] == whole.facts["cells"][0]["quantities"]["value"]
    with pytest.raises(RunFolderError, match="not finished"):
        zoo.resume(folder)


def test_a_failed_cell_is_told_and_the_others_count(registry: Registry, recipe_file: Path, tmp_path: Path) -> None:
    recipe_file.write_text(recipe_file.read_text().replace("[0.01, 0.1, 0.3]", "[0.1, 1e200]"))
    run = study(registry, recipe_file, tmp_path, seeds=[0])
    good, bad = run.facts["cells"]
    assert (good["runs"][0]["status"], bad["runs"][0]["status"]) == ("finished", "failed")
    assert "finite" in bad["runs"][0]["error"]
    assert bad["quantities"]["value"]["mean"] is None
    assert run.facts["best"] == good["name"]
    assert "Failed runs" in [section.title for section in study_page(read_study(run.folder)).sections]


def test_a_study_in_which_nothing_finished_fails(registry: Registry, recipe_file: Path, tmp_path: Path) -> None:
    recipe_file.write_text(recipe_file.read_text().replace("[0.01, 0.1, 0.3]", "[1e199, 1e200]"))
    with pytest.raises(RunFailed, match="none of the 2 runs"):
        study(registry, recipe_file, tmp_path, seeds=[0])
    (folder,) = tmp_path.glob("objective/*/*")
    assert RunFolder(folder).read()["status"] == "failed"


def test_what_stands_on_an_axis_cannot_be_changed_besides(
    registry: Registry, recipe_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match="stands on an axis"):
        study(registry, recipe_file, tmp_path, changes={"learning_rate": 0.2})
    assert not list(tmp_path.glob("objective"))


def test_a_study_of_trained_weights_that_are_not_there_leaves_no_folder(
    registry: Registry, recipe_file: Path, tmp_path: Path
) -> None:
    text = recipe_file.read_text(encoding="utf-8")
    recipe_file.write_text(text + '"pretrained.weights" = ["mlp/nope"]\n', encoding="utf-8")
    with pytest.raises(UserError, match="mlp/nope"):
        study(registry, recipe_file, tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_recipe_without_a_study_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"table \[study\]"):
        jobs.study(registry, "mlp/xor", runs=tmp_path)


@pytest.mark.slow
def test_workers_share_the_cells_and_a_killed_one_is_made_up_for(
    registry: Registry, recipe_file: Path, tmp_path: Path
) -> None:
    whole = study(registry, recipe_file, tmp_path / "one", changes={"epochs": 30})
    command = [sys.executable, "-m", "zoo", "study", str(recipe_file), "epochs=30", "--workers", "2"]
    parent = subprocess.Popen([*command, "--runs", str(tmp_path / "two")], stderr=subprocess.PIPE, text=True)
    killed = False
    until = time.monotonic() + 120
    while not killed and time.monotonic() < until:
        for path in (tmp_path / "two").glob("*/*/*/cells/*/seed-*/run.json"):
            children = subprocess.run(
                ["pgrep", "-P", str(parent.pid)], capture_output=True, text=True, check=False
            ).stdout.split()
            if children and RunFolder(path.parent).read()["status"] == "running":
                os.kill(int(children[0]), signal.SIGKILL)
                killed = True
                break
        time.sleep(0.05)
    _, errors = parent.communicate(timeout=240)
    assert killed
    assert parent.returncode == 0, errors
    (folder,) = (tmp_path / "two").glob("*/*/*")
    assert weights(folder) == weights(whole.folder)
    assert "SIGKILL" in "".join(path.read_text() for path in (folder / "workers").glob("*.log"))
