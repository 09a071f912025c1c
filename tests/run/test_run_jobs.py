"""The jobs refuse what cannot be run or measured, before anything is trained or loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from registry import UserError


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run of a moment."""
    return zoo.train("mlp/xor", epochs=1, runs=tmp_path_factory.mktemp("runs"))


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, "1"])
def test_a_seed_that_cannot_be_drawn_from_is_refused(seed: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="seeds must be different whole numbers from 0 to 4294967295"):
        zoo.train("mlp/xor", seed=seed, runs=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seeds", [[3, 3], [], [0, 2**32], 3.5])
def test_seeds_that_cannot_be_run_are_refused(seeds: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="seeds must be different whole numbers"):
        zoo.reproduce("mlp/xor", seeds=seeds, runs=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_largest_seed_is_run(tmp_path: Path) -> None:
    assert zoo.train("mlp/xor", seed=2**32 - 1, epochs=1, runs=tmp_path).facts["status"] == "finished"


def test_an_unknown_split_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match="the split must be one of") as caught:
        zoo.evaluate("mlp/digits", split="tset")
    assert caught.value.near == ("test",)


def test_a_run_loads_its_own_model(run: Any) -> None:
    model = run.load()
    assert model.predict(np.zeros((3, 2), "float32")).shape == (3, 2)
    assert model.recipe.name == "mlp/xor"


def test_a_reproduction_runs_where_it_is_asked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = zoo.reproduce("mlp/xor", seeds=[5], epochs=1, runs=tmp_path, strategy="one", devices=["cpu:0"])
    assert placed.facts["placement"] == {"strategy": "one", "devices": ["cpu:0"], "logical_devices": None}
    (seed,) = placed.folder.glob("seed-5/run.json")
    assert json.loads(seed.read_text())["devices"]["devices"] == ["CPU:0"]
    with pytest.raises(UserError, match="one of those that the runner knows"):
        zoo.reproduce("mlp/xor", runs=tmp_path, strategy="miror")  # type: ignore[arg-type]
    hosts = {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(hosts))
    with pytest.raises(UserError, match="a reproduction runs on one host"):
        zoo.reproduce("mlp/xor", runs=tmp_path)


def test_a_reproduction_has_no_metrics_of_its_own_and_says_what_to_use(tmp_path: Path) -> None:
    reproduction = zoo.reproduce("mlp/xor", seeds=[5], epochs=1, runs=tmp_path)
    with pytest.raises(UserError, match="metrics are those of one run") as caught:
        _ = reproduction.metrics
    assert caught.value.hint is not None
    assert "seed-5" in caught.value.hint


def test_the_report_of_data_that_are_the_whole_domain_does_not_call_the_test_split_untouched(run: Any) -> None:
    page = run.report.read_text(encoding="utf-8")
    assert "no choice was made" not in page
    assert "is the validation split as well" in page
