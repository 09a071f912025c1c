"""Half precision and XLA on the CPU: slower there than float32, and as right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stops import StopAt, outcome, stopped_folder

import zoo
from zoo.outcome import Run
from zoo.run.checkpoint import Checkpoints
from zoo.run.errors import Interrupted
from zoo.run.folder import RunFolder
from zoo.use.predict import LoadedModel

# batch normalisation, dropout and warm-up, and convolutions but with XLA, which takes long to compile them
SHORT: dict[str, Any] = {"epochs": 2, "batch_size": 64, "steps_per_execution": 4, "warmup_epochs": 0.5}
CNN: dict[str, Any] = {**SHORT, "hyperparameters.filters": [4, 8], "hyperparameters.batch_norm": True}
MLP: dict[str, Any] = {**SHORT, "hyperparameters.units": [16], "hyperparameters.dropout": 0.3}
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "mixed_bfloat16": ("cnn/digits", {**CNN, "mixed_precision": "mixed_bfloat16"}),
    "mixed_float16": ("cnn/digits", {**CNN, "mixed_precision": "mixed_float16"}),
    "jit": ("mlp/digits", {**MLP, "hyperparameters.batch_norm": True, "jit": True}),
}
# a loss so large that its first scale, 2^15, overflows float16: the scale is halved, and steps are left out meanwhile
OVERFLOWING: dict[str, Any] = {**MLP, "mixed_precision": "mixed_float16", "class_weight": {"3": 1000.0}}


@pytest.fixture(
    scope="module",
    params=[pytest.param(way, marks=[pytest.mark.slow] if way == "jit" else []) for way in WAYS],
)
def way(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def run(way: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    name, changes = WAYS[way]
    return zoo.train(name, runs=tmp_path_factory.mktemp("runs"), **changes)


def test_the_run_states_how_it_computed(way: str, run: Run) -> None:
    stated = run.facts["devices"]["precision"], run.facts["devices"]["jit"]
    assert stated == {"jit": ("float32", True)}.get(way, (way, False))


def test_the_loss_falls_and_the_baseline_is_beaten(run: Run) -> None:
    losses = [row["loss"] for row in RunFolder(run.folder).rows()]
    assert losses[-1] < losses[0]
    assert run.metrics["test"]["accuracy"] > 2 * run.facts["baseline"]["test"]["accuracy"]


@pytest.fixture(scope="module")
def loaded(run: Run) -> LoadedModel:
    return run.load()


def test_the_saved_weights_are_finite_float32(loaded: LoadedModel) -> None:
    weights = loaded.network.get_weights()
    assert all(weight.dtype == np.float32 and np.isfinite(weight).all() for weight in weights)


def test_the_loaded_model_predicts_float32_probabilities(run: Run, loaded: LoadedModel) -> None:
    with np.load(run.folder / "predictions.npz") as arrays:
        pictures, outputs = arrays["test_features"], arrays["test_outputs"]
    predicted = loaded.predict(pictures)
    assert predicted.dtype == outputs.dtype == np.float32
    assert predicted.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    # the network is loaded in float32: half precision differs from it by its rounding, 2^-8 at most
    assert np.abs(predicted - outputs).max() < 0.05
    assert (predicted.argmax(axis=1) == outputs.argmax(axis=1)).mean() > 0.97


@pytest.mark.slow
def test_a_run_in_float16_is_resumed_exactly_with_the_scale_of_its_loss(tmp_path: Path) -> None:
    unbroken = zoo.train("mlp/digits", runs=tmp_path / "unbroken", **OVERFLOWING)
    with pytest.raises(Interrupted):
        zoo.train("mlp/digits", runs=tmp_path / "stopped", subscribers=[StopAt(12)], **OVERFLOWING)
    folder = stopped_folder(tmp_path / "stopped")
    # begun anew at 2^15 it would leave out steps once more, and end with other weights
    assert scale_of_the_loss(folder) < 2**15
    assert outcome(zoo.resume(folder).folder) == outcome(unbroken.folder)


def scale_of_the_loss(folder: Path) -> float:
    """What the newest checkpoint of a run holds of it."""
    with np.load(Checkpoints(folder / "checkpoint").files()[-1]) as archive:
        paths = json.loads(archive["state"].tobytes())["variables"]
        (index,) = (number for number, path in enumerate(paths) if path.endswith("/dynamic_scale"))
        return float(archive[f"variable-{index:05d}"])
