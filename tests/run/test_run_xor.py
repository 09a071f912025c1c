"""The exclusive or is learned from every start."""

from __future__ import annotations

from pathlib import Path

import pytest

import zoo


@pytest.mark.slow
def test_eight_tanh_units_learn_xor_on_30_of_30_seeds(tmp_path: Path) -> None:
    run = zoo.reproduce("mlp/xor", runs=tmp_path)
    assert run.facts["seeds"] == list(range(30))
    assert run.facts["values"] == [1.0] * 30
    assert run.facts["kept"] is True
