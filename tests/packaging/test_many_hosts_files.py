"""The files of docs/many-hosts are what their tools read, and the commands in them are commands of ours."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from zoo.cli.main import app

FOLDER = Path(__file__).parents[2] / "docs" / "many-hosts"
SCRIPTS = ("by-hand.sh", "slurm.sbatch")


def require_options_of_train(command: list[str]) -> None:
    """Every option in a command is one of `zoo train`."""
    assert command[:2] == ["zoo", "train"]
    known = set(re.findall(r"--[a-z-]+", CliRunner().invoke(app, ["train", "--help"], env={"COLUMNS": "200"}).output))
    assert {word for word in command if word.startswith("--")} <= known


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_ones_that_bash_reads(name: str) -> None:
    subprocess.run(["bash", "-n", str(FOLDER / name)], check=True)


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_call_zoo_as_it_is_called(name: str) -> None:
    (line,) = (line for line in (FOLDER / name).read_text().splitlines() if re.search(r"\bzoo train\b", line))
    words = shlex.split(line)
    require_options_of_train(words[words.index("zoo") :])


def test_the_batch_script_asks_slurm_for_several_tasks_and_a_signal_in_time() -> None:
    lines = (FOLDER / "slurm.sbatch").read_text().splitlines()
    asked = dict(line.removeprefix("#SBATCH --").partition("=")[::2] for line in lines if line.startswith("#SBATCH --"))
    assert int(asked["nodes"]) * int(asked["ntasks-per-node"]) > 1
    assert re.fullmatch(r"USR1@\d+", asked["signal"])


def test_the_manifest_is_a_job_of_several_workers_in_the_training_operator() -> None:
    manifest = yaml.safe_load((FOLDER / "kubernetes.yaml").read_text())
    assert (manifest["apiVersion"], manifest["kind"]) == ("kubeflow.org/v1", "TFJob")
    worker = manifest["spec"]["tfReplicaSpecs"]["Worker"]
    assert worker["replicas"] > 1
    (container,) = worker["template"]["spec"]["containers"]
    # the operator looks for a container and a port of these names
    assert container["name"] == "tensorflow"
    assert [port["name"] for port in container["ports"]] == ["tfjob-port"]
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in worker["template"]["spec"]["volumes"]}
    require_options_of_train(container["command"])


def test_the_page_links_every_file() -> None:
    page = (FOLDER.parent / "many-hosts.md").read_text()
    assert set(re.findall(r"\(many-hosts/([^)]+)\)", page)) == {path.name for path in FOLDER.iterdir()}
