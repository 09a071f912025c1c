"""Every example line in the help of every verb does what it says."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import typer
from matplotlib.image import imsave
from sklearn.datasets import load_digits
from typer.testing import CliRunner, Result

from registry import default
from zoo import jobs
from zoo.cli.main import app
from zoo.run.errors import Interrupted
from zoo.run.events import EpochEnded, Event

RUN = "runs/mlp/digits/20260101-120000-abcdef"
OTHER = "runs/mlp/digits/20260102-120000-fedcba"
SEEDS = "runs/perceptron/and/20260101-120000-abcdef"
COPY = "zoo copy mlp/digits my_recipes/mlp/wide.toml"


def examples() -> Iterator[str]:
    """The example lines of all verbs, from the help as typer shows it."""
    commands = [typer.main.get_command(app)]
    while commands:
        command = commands.pop(0)
        if hasattr(command, "commands"):  # a group
            commands.extend(command.commands.values())
        else:
            lines = (command.epilog or "").splitlines()
            assert any(line.startswith("zoo ") for line in lines), f"{command.name} has no example"
            yield from (line for line in lines if line.startswith("zoo "))


def run(line: str) -> Result:
    """Run one command line in this process, in the working folder."""
    program, *arguments = shlex.split(line)
    return CliRunner().invoke(app, arguments, prog_name=program)


def press_ctrl_c(event: Event) -> None:
    """Stop a run at the end of its first epoch."""
    if isinstance(event, EpochEnded):
        os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A finished run, one that Ctrl-C stopped in its first epoch, and a reproduction, which can be published."""
    folder = tmp_path_factory.mktemp("runs")
    finished = jobs.train(default(), "mlp/digits", runs=folder).folder
    seeds = jobs.reproduce(default(), "perceptron/and", runs=folder).folder
    with pytest.raises(Interrupted):
        jobs.train(default(), "mlp/digits", {"epochs": 3}, runs=folder / "stopped", subscribers=[press_ctrl_c])
    (stopped,) = (folder / "stopped" / "mlp" / "digits").iterdir()
    return {"finished": finished, "stopped": stopped, "seeds": seeds}


@pytest.fixture
def desk(tmp_path: Path, runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the files that examples name."""
    pictures, digits = load_digits(return_X_y=True)
    pictures = pictures.astype(np.uint8).reshape(-1, 8, 8)
    np.save(tmp_path / "pictures.npy", pictures[:5])
    (tmp_path / "photos").mkdir()
    for path in ("three.png", "photos/three.png", "photos/3.png"):
        imsave(tmp_path / path, pictures[digits == 3][0], cmap="gray", vmin=0, vmax=16)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZOO_RUNS_DIR", raising=False)
    return tmp_path


# 22, 11 and 9 seconds, then 20; the README's commands, tests and other examples do the same
SLOW = (
    "zoo reproduce mlp/digits",
    "zoo check mlp",
    "zoo train mlp/digits",
    "zoo study objective/saddle --workers 2 --json",
    "zoo study objective/saddle epochs=2",
    "zoo train mlp/digits epochs=1 --strategy mirrored --logical-devices 2",
)


@pytest.mark.parametrize(
    "line", [pytest.param(line, marks=[pytest.mark.slow] if line in SLOW else []) for line in examples()]
)
def test_an_example_of_the_help_works(
    line: str, desk: Path, runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    if line.startswith("zoo weights"):  # which removes from the cache
        monkeypatch.setenv("ZOO_CACHE_DIR", str(desk / "cache"))
    for folder in (RUN, OTHER):
        if folder in line:
            shutil.copytree(runs["stopped" if line.startswith("zoo resume") else "finished"], desk / folder)
    if SEEDS in line:
        shutil.copytree(runs["seeds"], desk / SEEDS)
    if line.startswith("zoo train my_recipes"):
        assert run(COPY).exit_code == 0
    if "--logical-devices" in line:  # the CPU is split before TensorFlow uses it
        done = subprocess.run([sys.executable, "-m", "zoo", *shlex.split(line)[1:]], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return
    result = run(line)
    assert result.exit_code == 0, (result.stderr, result.exception)
    if "--json" in line:
        json.loads(result.stdout)
    elif "--plugins" not in line:
        assert result.stdout


def test_a_copy_is_a_recipe_that_trains(desk: Path) -> None:
    assert run("zoo copy mlp/xor mine.toml hyperparameters.units=[3] epochs=1").exit_code == 0
    result = run("zoo train mine.toml --json")
    facts = json.loads(result.stdout)
    assert (facts["name"], facts["status"], facts["promise"]) == ("mlp/mine", "finished", None)
    # 2 inputs to 3 units to 2 classes
    assert facts["parameters"]["trainable"] == (2 + 1) * 3 + (3 + 1) * 2


NEVER = """
[promise]
command = "zoo reproduce mlp/never"
metric = "accuracy"
mean = 1.0
seeds = [0]
minutes_cpu = 0.1
baseline = 0.5
parameters = 42
source = "written for this test"
mended = "nothing"

"""


@pytest.fixture
def never(desk: Path) -> str:
    """A recipe that learns nothing and promises everything."""
    text = Path(default().recipe("mlp/xor").path).read_text(encoding="utf-8")
    head, mark, rest = text.partition("[hyperparameters]")
    rest = rest.replace("learning_rate = 0.05", "learning_rate = 1e-9")
    (desk / "never.toml").write_text(head.partition("[promise]")[0] + NEVER + mark + rest, encoding="utf-8")
    return "never.toml"


def test_a_promise_that_is_not_kept_is_exit_code_1(never: str) -> None:
    result = run(f"zoo reproduce {never} --json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["kept"] is False


@pytest.mark.slow
def test_a_promise_that_is_not_kept_after_a_resume_is_exit_code_1(never: str, desk: Path) -> None:
    with pytest.raises(Interrupted):
        jobs.reproduce(default(), never, runs=desk / "runs", subscribers=[press_ctrl_c])
    (folder,) = (desk / "runs" / "mlp" / "never").iterdir()
    result = run(f"zoo resume {folder} --json")
    assert result.exit_code == 1, result.stderr
    assert json.loads(result.stdout)["kept"] is False
