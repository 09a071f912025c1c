"""`zoo check` and `zoo.check`: a line a check, facts, exit codes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

import zoo
from registry import UnknownFamily
from zoo.check import CHECKS
from zoo.cli.main import app


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments], prog_name="zoo")


@pytest.mark.slow
def test_each_check_is_a_line_with_what_was_found() -> None:
    result = run("mlp/xor")
    assert result.exit_code == 0, result.output
    head, *lines = result.stdout.splitlines()
    assert head == "mlp/xor"
    assert [line.partition(":")[0] for line in lines] == [f"ok  {check.name}" for check in CHECKS["gradient"]]
    assert "ok  builds: 42 parameters" in lines


def test_the_list_says_what_each_check_demands() -> None:
    result = run("--list")
    assert result.exit_code == 0
    for check in CHECKS["gradient"]:
        assert f"  {check.name}: {check.rule}\n" in result.stdout
    assert json.loads(run("--list", "--json").stdout)["gradient"]["builds"] == CHECKS["gradient"][2].rule


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mpl"], "did you mean: mlp"),
        # nothing is checked where one name is wrong
        (["mlp", "cnn/digit"], "did you mean: cnn/digits"),
        (["nothing.toml"], "no such recipe file"),
        ([], "try: zoo check --all"),
    ],
)
def test_a_name_that_is_not_known_is_exit_code_2(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_the_function_refuses_an_unknown_name() -> None:
    with pytest.raises(UnknownFamily):
        zoo.check("mpl")
