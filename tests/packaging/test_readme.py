"""The README says what is true."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from registry import default
from zoo.recipe import read_recipe
from zoo.report.text import with_spread

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


TABLE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
NAMES = [recipe.name for recipe in default().recipes() if recipe.provider == "keras-zoo"]
HEADLINES = re.findall(r"^\| (\w+/\w+) \|", README, flags=re.MULTILINE)


def row_of(name: str, text: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {name} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def promised(name: str) -> list[str]:
    recipe = read_recipe(default(), name)
    promise = recipe.promise
    if promise is None:
        return [name, recipe.dataset, "", "not run", "", ""]
    stated = with_spread(promise.mean, promise.spread).replace("±", "+-")
    if promise.spread is None:
        stated += " (1 seed)"
    if promise.statistic == "median":
        stated += " (median)"
    if promise.metric == "accuracy" and promise.mean == 1 and promise.spread == 0:
        stated = f"1 on {len(promise.seeds)} of {len(promise.seeds)} seeds"
    return [name, recipe.dataset, promise.metric, stated, f"{promise.baseline:g}", f"{promise.minutes_cpu:g}"]


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_recipes_states_what_each_promises(name: str) -> None:
    assert row_of(name, TABLE) == promised(name)


@pytest.mark.parametrize("name", HEADLINES)
def test_the_readme_states_what_the_recipes_promise(name: str) -> None:
    assert row_of(name, README) == promised(name)


def test_the_readme_says_how_many_recipes_there_are() -> None:
    assert f"All {len(NAMES)} recipes" in README
    assert len(HEADLINES) >= 10


def test_there_are_exactly_two_set_up_commands_and_ci_runs_the_second() -> None:
    set_up = README.split("## Set up")[1].split("\n## ")[0]
    commands = re.findall(r"```sh\n(.*?)\n```", set_up, flags=re.DOTALL)
    assert len(commands) == 2
    assert all("\n" not in command for command in commands)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    awk = re.search(r"command=\"\$\((awk .*? README\.md)\)\"", script)
    assert awk is not None
    found = subprocess.run(["bash", "-c", awk[1]], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == commands[1]
    assert "pytest" in commands[1]
    assert "zoo reproduce mlp/digits" in commands[0]


def test_every_verb_it_shows_exists() -> None:
    from zoo.cli.main import app

    known = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    shown = set(re.findall(r"^zoo (\w+)", README, flags=re.MULTILINE))
    assert shown
    assert shown <= known


def test_its_picture_is_there() -> None:
    (path,) = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert (ROOT / path).stat().st_size > 10_000
