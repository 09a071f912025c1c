"""Real data, end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

import zoo


@pytest.mark.real
@pytest.mark.parametrize(("name", "least"), [("mlp/mnist", 0.95), ("cnn/mnist", 0.97), ("cnn/lenet5_book", 0.6)])
def test_one_epoch_on_real_pictures_is_well_on_its_way(name: str, least: float, tmp_path: Path) -> None:
    run = zoo.train(name, epochs=1, runs=tmp_path)
    assert run.metrics["test"]["accuracy"] > least
    assert run.facts["data"]["sizes"] == {"train": 55_000, "validation": 5_000, "test": 10_000}
    assert run.report.is_file()
