"""Units of a study: held by one process at a time, given up where they end their process again and again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from registry import Registry
from zoo.recipe import bind, read_recipe
from zoo.recipe.study import grid
from zoo.run.signals import Signals
from zoo.study.result import summarise, value_of
from zoo.study.units import Runner, Unit, claimed, forget_deaths, units_of
from zoo.tune.trial import SharedData


@pytest.fixture
def units(registry: Registry, recipe_file: Path, tmp_path: Path) -> list[Unit]:
    cells = grid(registry, bind(registry, read_recipe(registry, str(recipe_file))))
    return units_of(cells, tmp_path / "study", (0, 1))


def test_units_are_cells_times_seeds(units: list[Unit]) -> None:
    assert len(units) == 6
    assert units[1].path.parts[-3:] == ("cells", "1-0.01", "seed-1")
    assert not any(unit.ended for unit in units)


def test_a_unit_is_held_by_one_process_at_a_time(units: list[Unit]) -> None:
    with claimed(units[0]) as first, claimed(units[0]) as second, claimed(units[1]) as other:
        assert (first, second, other) == (True, False, True)
    with claimed(units[0]) as again:
        assert again


def test_a_unit_that_ended_its_process_three_times_is_given_up(registry: Registry, units: list[Unit]) -> None:
    unit = units[0]
    unit.path.mkdir(parents=True)
    (unit.path / ".begun").write_bytes(b"...")
    runner = Runner(registry, {"argv": ["zoo"]}, Signals(), SharedData(registry))
    assert runner.run(unit)
    facts = unit.facts()
    assert facts is not None
    assert facts["status"] == "failed"
    assert "ended 3 times" in facts["error"]["message"]
    assert not runner.run(unit)


def test_a_resumed_study_counts_deaths_anew(units: list[Unit]) -> None:
    units[0].path.mkdir(parents=True)
    (units[0].path / ".begun").write_bytes(b"..")
    forget_deaths(units)
    assert not (units[0].path / ".begun").exists()


def test_a_study_that_has_not_begun_has_no_best_cell(registry: Registry, recipe_file: Path, units: list[Unit]) -> None:
    cells = grid(registry, bind(registry, read_recipe(registry, str(recipe_file))))
    found = summarise(cells, units_of(cells, units[0].path, (0,)))
    assert found["best"] is None
    assert found["runs_left"] == 3


@pytest.mark.parametrize(
    ("quantity", "value"),
    [("mse", 0.5), ("train_mse", 0.1), ("best_epoch", 7.0), ("parameters", 12.0), ("r2", None), ("train_r2", 0.99)],
)
def test_a_quantity_is_read_from_a_run(quantity: str, value: float | None) -> None:
    facts: dict[str, Any] = {
        "best_epoch": 7,
        "parameters": {"trainable": 10, "non_trainable": 2},
        "metrics": {"train": {"mse": 0.1, "r2": 0.99}, "test": {"mse": 0.5}},
    }
    assert value_of(facts, quantity) == value
    assert value_of(facts, "train_signal_to_noise") == pytest.approx(20.0)
