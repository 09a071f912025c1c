"""`zoo check --all`: every registered family, one after the other."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import registry
from registry import Family, Registry, build
from zoo.check import CHECKS
from zoo.cli.main import app

BUILT_IN = build(with_plugins=False)


@pytest.fixture
def two_families(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry of the built-in mlp and of a family whose builder does not exist, in place of the installed one."""
    two = Registry()
    two.add_dataset(BUILT_IN.dataset("xor"))
    two.add_family(BUILT_IN.family("mlp"))
    two.add_recipe(BUILT_IN.recipe("mlp/xor"))
    two.add_family(
        Family(
            name="adrift",
            summary="A family whose builder does not exist",
            tasks=["classification"],
            learning="gradient",
            builder="zoo.families.mlp.model:biuld",
            dataset="xor",
            hyperparameters="zoo.families.mlp.hyperparameters:Hyperparameters",
            source="written for the tests of the zoo",
        )
    )
    monkeypatch.setattr(registry, "default", lambda: two)
    return two


@pytest.mark.slow
def test_all_families_are_checked_although_the_first_fails_and_the_exit_code_is_1(two_families: Registry) -> None:
    result = CliRunner().invoke(app, ["check", "--all", "--json"], prog_name="zoo")
    assert result.exit_code == 1, result.output
    facts = json.loads(result.stdout)
    assert [(fact["name"], fact["ok"]) for fact in facts] == [("adrift", False), ("mlp", True)]
    adrift, mlp = ({check["name"]: check["ok"] for check in fact["checks"]} for fact in facts)
    # what needs the builder is not made
    assert (adrift["registered"], adrift["builds"]) == (False, None)
    assert mlp == {check.name: True for check in CHECKS["gradient"]}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_installed_zoo_passes_zoo_check_all() -> None:
    command = [sys.executable, "-m", "zoo", "check", "--all", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    facts = json.loads(ended.stdout)
    assert [fact["name"] for fact in facts] == [family.name for family in registry.default().families()]
    assert all(check["ok"] for fact in facts for check in fact["checks"])
