"""The page on trained weights for other data says what happens."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from registry import default
from zoo.recipe import bind, read_recipe

PAGE = (Path(__file__).parents[2] / "docs" / "fine_tuning.md").read_text(encoding="utf-8")


def test_the_example_in_python_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    program, shown = re.findall(r"```python\n(.*?)```\n\n((?:    [^\n]*\n)+)", PAGE, flags=re.DOTALL)[0]
    exec(compile(program, "docs/fine_tuning.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == [line.strip() for line in shown.splitlines()]


def test_the_table_of_the_page_is_one_of_a_recipe() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    changes = {f"pretrained.{key}": value for key, value in tomllib.loads(text)["pretrained"].items()}
    recipe = read_recipe(default(), "cnn/mnist", {**changes, "dataset": "fashion_mnist"})
    assert bind(default(), recipe).recipe.pretrained is not None
