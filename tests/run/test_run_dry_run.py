"""A dry run says what a run would take, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import default
from zoo.recipe import RecipeError, bind, read_recipe
from zoo.run.dry_run import dry_run


def test_a_dry_run_counts_what_the_run_would_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = read_recipe(default(), "cnn/digits", {"epochs": 7})
    facts = dry_run(default(), bind(default(), recipe), seed=0)
    assert facts["steps"] == 7 * facts["steps_per_epoch"] == 7 * 40
    assert facts["parameters"] == sum(layer["parameters"] for layer in facts["layers"]) == 21_674
    assert facts["weights_bytes"] == 4 * 21_674
    # Adam keeps two moments of each trainable parameter
    assert facts["optimizer_bytes"] > 2 * 4 * 21_482
    assert facts["batch_shape"] == [32, 8, 8, 1]
    assert facts["projected_seconds"] > facts["steps"] * facts["seconds_per_step"] > 0
    assert not list(tmp_path.iterdir())


def test_a_dry_run_refuses_what_the_run_would_refuse() -> None:
    recipe = read_recipe(default(), "mlp/xor", {"training.augmentation.noise": 0.1})
    with pytest.raises(RecipeError, match="for pictures"):
        dry_run(default(), bind(default(), recipe), seed=0)
