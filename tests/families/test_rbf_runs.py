"""Whole runs of the family: settings that go together, the same seed twice, weights and figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from pydantic import ValidationError

from registry import Registry
from zoo import jobs
from zoo.data.catalogue import load as load_data
from zoo.data.spec import DataSpec
from zoo.families.rbf.figures import centres, hidden_units, table_rows
from zoo.families.rbf.hyperparameters import Hyperparameters
from zoo.families.rbf.learned import read_learned
from zoo.report import read_run

GRADIENT = {"hyperparameters.output": "gradient", "hyperparameters.centres": 30, "training.epochs": 2}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"centres": 1}, "greater than or equal to 2"),
        ({"centres": 3, "neighbours": 3}, "neighbours must be fewer than centres, received 3 >= 3"),
        ({"train_centres": True, "train_widths": True}, "train_centres and train_widths take output = 'gradient'"),
        ({"ridge": -1.0}, "greater than or equal to 0"),
        ({"width_factor": 0.0}, "greater than 0"),
        ({"kernel": "cubic"}, "'gaussian'"),
        ({"width": "mean"}, "'d_max'"),
        ({"centers": 10}, "Extra inputs"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Hyperparameters(**settings)


def test_the_output_decides_how_the_network_learns() -> None:
    assert Hyperparameters().learning == "closed_form"
    assert Hyperparameters(output="gradient").learning == "gradient"


@pytest.fixture(scope="module")
def closed(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> jobs.Run:
    """A run in closed form on pictures, with a width per centre."""
    changes = {"hyperparameters.centres": 50}
    return jobs.train(registry, "rbf/digits", changes, runs=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def trained(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> jobs.Run:
    """A run by gradient on a table, everything trained."""
    changes = {
        **GRADIENT,
        "dataset": "wine",
        "hyperparameters.width": "nearest",
        **{f"hyperparameters.train_{name}": True for name in ("centres", "widths", "scales")},
    }
    return jobs.train(registry, "rbf", changes, runs=tmp_path_factory.mktemp("runs"))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    registry: Registry, closed: jobs.Run, tmp_path: Path
) -> None:
    changes = {"hyperparameters.centres": 50}
    again = jobs.train(registry, "rbf/digits", changes, runs=tmp_path)
    other = jobs.train(registry, "rbf/digits", changes, seed=1, runs=tmp_path)
    assert again.facts["weights"]["sha256"] == closed.facts["weights"]["sha256"]
    assert again.facts["metrics"] == closed.facts["metrics"]
    assert other.facts["weights"]["sha256"] != closed.facts["weights"]["sha256"]


@pytest.mark.parametrize("run", ["closed", "trained"])
def test_a_loaded_run_says_what_the_run_said(registry: Registry, run: str, request: pytest.FixtureRequest) -> None:
    finished: jobs.Run = request.getfixturevalue(run)
    record = read_run(finished.folder)
    data = load_data(registry, record.recipe["dataset"], {})
    stored = np.load(finished.folder / "predictions.npz")["test_outputs"]
    loaded = finished.load(registry)
    np.testing.assert_allclose(loaded.predict(data.test.features), stored, atol=1e-6)


def test_by_gradient_everything_that_is_trained_moves(registry: Registry, trained: jobs.Run) -> None:
    record = read_run(trained.folder)
    assert record.facts["epochs"] == 2
    layer = trained.load(registry).network.get_layer("hidden")
    assert [variable.name for variable in layer.trainable_variables] == ["centres", "log_widths", "log_scales"]
    assert np.abs(layer.log_scales).min() > 0.0


@pytest.mark.parametrize("run", ["closed", "trained"])
def test_the_file_is_read_as_the_layer_has_it(registry: Registry, run: str, request: pytest.FixtureRequest) -> None:
    finished: jobs.Run = request.getfixturevalue(run)
    record = read_run(finished.folder)
    spec = DataSpec.from_json(record.spec)
    learned = read_learned(finished.folder / "model.weights.h5", spec, record.recipe["hyperparameters"])
    network = finished.load(registry).network
    layer = network.get_layer("hidden")
    np.testing.assert_array_equal(learned.centres, layer.centres)
    np.testing.assert_allclose(learned.widths, layer.widths, rtol=1e-6)
    np.testing.assert_array_equal(learned.weights, network.get_layer("outputs").kernel)


@pytest.mark.parametrize("run", ["closed", "trained"])
def test_the_figures_are_on_the_page(run: str, request: pytest.FixtureRequest) -> None:
    finished: jobs.Run = request.getfixturevalue(run)
    page = finished.report.read_text(encoding="utf-8")
    assert "<h2>Centres</h2>" in page
    assert "<h2>Hidden units</h2>" in page
    assert "could not be drawn" not in page


def test_centres_of_pictures_are_drawn_as_pictures(closed: jobs.Run) -> None:
    drawn = centres(read_run(closed.folder))
    assert drawn is not None
    assert drawn[1] == "The 40 of 50 centres with the largest output weights, as pictures."
    shown = [axis for axis in drawn[2].axes if axis.images]
    assert len(shown) == 40
    assert shown[0].images[0].get_array().shape == (8, 8)


def test_centres_of_a_table_are_in_original_units(registry: Registry, tmp_path: Path) -> None:
    changes = {"dataset": "diabetes", "task": "regression", "hyperparameters.centres": 5}
    run = jobs.train(registry, "rbf", changes, runs=tmp_path)
    record = read_run(run.folder)
    spec = DataSpec.from_json(record.spec)
    learned = read_learned(run.folder / "model.weights.h5", spec, record.recipe["hyperparameters"])
    train = load_data(registry, "diabetes", {}).train.features
    for place, name in enumerate(spec.feature_names):
        values = learned.original[name]
        assert train[:, place].min() - 1e-4 <= values.min() <= values.max() <= train[:, place].max() + 1e-4
    drawn = centres(record)
    assert drawn is not None
    assert "All 5 centres, in original units" in drawn[1]
    texts = [text.get_text() for text in drawn[2].axes[0].texts]
    assert len(texts) == 5 * (len(spec.feature_names) + 1)  # and the output weight
    bars = hidden_units(record)
    assert bars is not None
    assert "one width for all" in bars[1]


@pytest.mark.real
def test_categories_are_named_with_their_share(registry: Registry) -> None:
    spec = load_data(registry, "bank_marketing", {}).spec
    original = {column.name: np.array([30.0, 40.0]) for column in spec.columns if column.role != "category"}
    for column in spec.columns:
        for place, name in enumerate(column.categories):
            original[f"{column.name}={name}"] = np.array([0.9 if place == 1 else 0.0, 0.25 if place == 0 else 0.1])
    rows = table_rows(original, spec)
    assert rows["month"][1] == ["aug 0.90", "apr 0.25"]
    assert rows["duration (seconds)"][1] == ["30.0", "40.0"]


def test_a_run_that_has_no_weights_yet_has_no_figures(closed: jobs.Run, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({**closed.facts, "status": "interrupted"}), encoding="utf-8")
    (tmp_path / "recipe.toml").write_bytes((closed.folder / "recipe.toml").read_bytes())
    assert centres(read_run(tmp_path)) is None
    assert hidden_units(read_run(tmp_path)) is None


def test_weights_of_another_family_are_an_error(closed: jobs.Run, tmp_path: Path) -> None:
    path = tmp_path / "model.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers/dense/vars/0"] = np.zeros((2, 2))
    record = read_run(closed.folder)
    with pytest.raises(KeyError):
        read_learned(path, DataSpec.from_json(record.spec), record.recipe["hyperparameters"])


def test_l_bfgs_trains_the_output_weights(registry: Registry, tmp_path: Path) -> None:
    changes = {**GRADIENT, "training.optimizer": "lbfgs", "training.epochs": 20}
    run = jobs.train(registry, "rbf/digits", changes, runs=tmp_path)
    rows = read_run(run.folder).rows
    assert rows[-1]["loss"] < 0.5 * rows[0]["loss"]
