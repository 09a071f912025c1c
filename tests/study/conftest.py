"""Small studies that are trained in a second."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import Registry, default

TEXT = """
summary = "a point on a parabola, at three rates"
family = "objective"
dataset = "nothing"
task = "minimisation"

[hyperparameters]
start_spread = 0.5

[training]
epochs = 3
batch_size = 1
optimizer = "sgd"
restore_best = false

[study]
seeds = [0, 1]
show = ["distance"]

[study.axes]
"training.learning_rate" = [0.01, 0.1, 0.3]
"""


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The installed families: worker processes know no others."""
    return default()


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    """A recipe with a study of three cells and two seeds."""
    path = tmp_path / "rates.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path
