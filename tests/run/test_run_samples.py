"""What a model shows while it trains."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stops import StopAt, outcome, stopped_folder

from registry import Family, Registry, build
from zoo import jobs
from zoo.run.errors import Interrupted
from zoo.run.samples import is_sampled

FAMILY = """
import json

import keras
from zoo.recipe.fields import Settings


class Hyperparameters(Settings):
    pass


class Shown(keras.Model):
    def samples(self, seed):
        total = float(sum(keras.ops.sum(variable**2) for variable in self.trainable_variables))
        return {"total.json": json.dumps({"seed": seed, "total": total}).encode()}


def build(hyperparameters, data_spec):
    raw = keras.Input(data_spec.shape)
    return Shown(raw, keras.layers.Dense(2)(raw))
"""
RECIPE = """
summary = "shows what it is"
family = "shown"
dataset = "xor"
[training]
epochs = {epochs}
checkpoint_seconds = 0.0
"""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """One with a family that shows the sum of its weights."""
    (tmp_path / "shown_family.py").write_text(FAMILY)
    monkeypatch.syspath_prepend(str(tmp_path))
    made = build(with_plugins=False)
    made.add_family(
        Family(
            name="shown",
            summary="shows what it is",
            tasks=("classification",),
            learning="gradient",
            builder="shown_family:build",
            dataset="xor",
            hyperparameters="shown_family:Hyperparameters",
            source="made here",
        )
    )
    return made


def recipe(folder: Path, epochs: int) -> str:
    """A recipe file for so many epochs."""
    path = folder / "shown.toml"
    path.write_text(RECIPE.format(epochs=epochs))
    return str(path)


def shown(run: Path) -> dict[str, dict[str, float]]:
    """What a run wrote into `samples`, by file name."""
    return {path.name: json.loads(path.read_text()) for path in sorted((run / "samples").iterdir())}


def test_samples_are_taken_about_ten_times_and_after_the_last_epoch() -> None:
    for epochs in (1, 3, 10, 11, 97, 1000):
        taken = [epoch for epoch in range(1, epochs + 1) if is_sampled(epoch, epochs)]
        assert len(taken) == min(epochs, 10)
        assert taken[-1] == epochs


def test_a_run_keeps_the_samples_of_its_epochs(registry: Registry, tmp_path: Path) -> None:
    run = jobs.train(registry, recipe(tmp_path, 20), seed=4, runs=tmp_path / "runs")
    found = shown(run.folder)
    assert list(found) == [f"epoch-{epoch:05d}-total.json" for epoch in range(2, 21, 2)]
    assert {sample["seed"] for sample in found.values()} == {4}
    assert len({sample["total"] for sample in found.values()}) == 10


@pytest.mark.slow
def test_a_resumed_run_shows_what_the_unbroken_one_showed(registry: Registry, tmp_path: Path) -> None:
    path = recipe(tmp_path, 5)
    unbroken = jobs.train(registry, path, seed=0, runs=tmp_path / "unbroken")
    with pytest.raises(Interrupted):
        jobs.train(registry, path, seed=0, runs=tmp_path / "stopped", subscribers=(StopAt(3),))
    resumed = jobs.resume(registry, stopped_folder(tmp_path / "stopped"))
    assert outcome(resumed.folder) == outcome(unbroken.folder)
    assert shown(resumed.folder) == shown(unbroken.folder)


def test_a_model_that_shows_nothing_has_no_folder_of_samples(registry: Registry, tmp_path: Path) -> None:
    run = jobs.train(registry, "mlp/xor", runs=tmp_path, overrides={"epochs": 2})
    assert not (run.folder / "samples").exists()
