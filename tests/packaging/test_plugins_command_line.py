"""Installed plugins on the command line: the good one works, broken ones are reported and harm nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Zoo = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def zoo(installed_plugins: Path, tmp_path: Path) -> Zoo:
    """Runs `zoo` where the plugins are installed."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(installed_plugins), *filter(None, [os.environ.get("PYTHONPATH")])])
        return subprocess.run(
            [sys.executable, "-m", "zoo", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def test_the_list_of_plugins_says_what_each_adds_or_why_it_is_broken(zoo: Zoo) -> None:
    result = zoo("list", "--plugins")
    assert (result.returncode, result.stderr) == (0, "")
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if not line.startswith(" ")}
    assert lines["tiny"] == "tiny (zoo-plugin-good 1.0, zoo.families): adds family tiny"
    assert lines["good"] == "good (zoo-plugin-good 1.0, zoo.recipes): adds recipe tiny/two_clouds"
    assert ": broken: " in lines["raises"]
    assert "RuntimeError: this plugin needs; a newer driver" in lines["raises"]
    assert "broken: DuplicateName: the family 'mlp' is registered twice" in lines["taken"]
    assert f"zoo{os.sep}families{os.sep}mlp{os.sep}__init__.py:" in lines["taken"]
    assert "  problem: family unbuildable: builder zoo_plugin_unbuildable.model:biuld" in result.stdout


def test_the_plugins_as_facts(zoo: Zoo) -> None:
    plugins = {plugin["name"]: plugin for plugin in json.loads(zoo("list", "--plugins", "--json").stdout)}
    assert plugins["tiny"]["added"] == ["family tiny"]
    assert "RuntimeError: this plugin needs; a newer driver" in plugins["raises"]["error"]
    assert len(plugins["unbuildable"]["problems"]) == 1


def test_built_ins_and_what_good_plugins_add_are_listed_together(zoo: Zoo) -> None:
    result = zoo("list")
    assert (result.returncode, result.stderr) == (0, "")
    names = [line.split()[0] for line in result.stdout.splitlines()]
    assert {"mlp", "mlp/digits", "cnn", "tiny", "tiny/two_clouds", "unbuildable"} <= set(names)
    assert "left_behind" not in names


def test_a_name_that_a_plugin_wanted_stays_the_built_in(zoo: Zoo) -> None:
    result = zoo("show", "mlp", "--json")
    assert json.loads(result.stdout)["provider"] == "keras-zoo"


def test_a_recipe_of_a_plugin_is_shown(zoo: Zoo) -> None:
    result = zoo("show", "tiny/two_clouds")
    assert result.returncode == 0
    assert "CC0 1.0" in result.stdout
    assert "keep the promise: zoo reproduce tiny/two_clouds" in result.stdout


def test_the_doctor_names_each_broken_plugin_and_ends_with_exit_code_1(zoo: Zoo) -> None:
    result = zoo("doctor")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    bad = [line for line in result.stdout.splitlines() if line.startswith("BAD")]
    assert [line.split(":")[0] for line in bad] == [
        "BAD family unbuildable",
        "BAD plugin raises",
        "BAD plugin taken",
        "BAD plugin unbuildable",
    ]
    for good in ("family mlp", "family tiny", "recipe tiny/two_clouds", "plugin tiny"):
        assert f"ok  {good}: " in result.stdout


def test_a_family_of_a_plugin_trains_on_the_data_set_of_a_plugin(zoo: Zoo, tmp_path: Path) -> None:
    result = zoo("train", "tiny/two_clouds", "epochs=1", "--runs", "mine", "--json")
    assert result.returncode == 0, result.stderr
    facts = json.loads(result.stdout)
    folder = tmp_path / facts["folder"]
    assert folder.parent == tmp_path / "mine" / "tiny" / "two_clouds"
    # 2 numbers to 8 units to 2 classes
    assert (facts["status"], facts["parameters"]["trainable"]) == ("finished", (2 + 1) * 8 + (8 + 1) * 2)
    for name in ("recipe.toml", "run.json", "metrics.jsonl", "model.weights.h5", "report.html"):
        assert (folder / name).is_file()


def test_a_builder_that_does_not_exist_is_one_message(zoo: Zoo) -> None:
    result = zoo("train", "unbuildable", "epochs=1")
    assert result.returncode == 2
    assert "biuld" in result.stderr
    assert "Traceback" not in result.stderr
