"""Forecasts: the closed loop is what a plain loop gives, naive forecasts are what they are by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import Registry, build
from zoo import jobs
from zoo.data.catalogue import load
from zoo.data.errors import InvalidData
from zoo.data.options import SeriesOptions
from zoo.data.series import series_data, windows
from zoo.data.spec import Data, DataSpec, Split
from zoo.families.mlp.hyperparameters import Hyperparameters as MlpSettings
from zoo.families.mlp.model import build as build_mlp
from zoo.families.rnn.hyperparameters import Hyperparameters as RnnSettings
from zoo.families.rnn.model import build as build_rnn
from zoo.layers.series import InSpreads
from zoo.recipe import RecipeError, read_recipe
from zoo.report.read import read_folder
from zoo.report.text import measured, sentences
from zoo.run.adapt import adapt
from zoo.run.forecasting import ClosedLoop, forecast, forecasts_of
from zoo.run.forecasting_scores import forecasting_score, naive_baseline, naive_forecasts, naive_scores, season_of
from zoo.run.outputs import predictions
from zoo.run.tasks import score
from zoo.use.create import create
from zoo.use.predict import LoadedModel


@pytest.fixture(scope="module")
def data() -> Data:
    values = np.sin(np.arange(90) / 3.0) * 20 + 50
    return series_data(values, SeriesOptions(lag=6, horizon=7), continuation=16, target="value")


def mlp(data: Data, **settings: object) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = build_mlp(MlpSettings(units=(8,), dropout=0.0, **settings), data.spec)
    adapt(model, data.train)
    return model


def rnn(data: Data, **settings: object) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = build_rnn(RnnSettings(units=(4,), **settings), data.spec)
    adapt(model, data.train)
    return model


def plain_loop(model: keras.Model, window: np.ndarray, steps: int) -> np.ndarray:
    """The same step by step, as one would write it down."""
    window, said = window.copy(), []
    for _ in range(steps):
        said.append(float(keras.ops.convert_to_numpy(model(window[None], training=False))[0, 0]))
        window = np.append(window[1:], said[-1])
    return np.array(said)


@pytest.mark.parametrize("make", [mlp, rnn], ids=["mlp", "rnn"])
def test_the_compiled_loop_forecasts_what_a_plain_loop_does(make: Callable[[Data], keras.Model], data: Data) -> None:
    model = make(data)
    outputs = forecasts_of(model, data.spec, data.test.features, ClosedLoop(model, data.spec))
    parts = [(0, 7), (7, 7), (14, 2)]  # of 16 windows with a horizon of 7
    wanted = np.concatenate([plain_loop(model, data.test.features[start], steps) for start, steps in parts])
    assert outputs.shape == (16, 2)
    assert np.allclose(outputs[:, 1], wanted, rtol=1e-4)
    one_step = keras.ops.convert_to_numpy(model(data.test.features, training=False))[:, 0]
    assert np.allclose(outputs[:, 0], one_step, rtol=1e-5)


def test_a_forecast_goes_on_after_the_last_values(data: Data) -> None:
    model = mlp(data)
    history = np.concatenate([[1e6, -1e6], data.test.features[0]])  # what is older than the lag does not count
    said = forecast(ClosedLoop(model, data.spec), data.spec, history, 12)
    assert np.allclose(said, plain_loop(model, data.test.features[0], 12), rtol=1e-4)


def test_raw_values_go_in_and_raw_values_come_out(data: Data) -> None:
    outputs = keras.ops.convert_to_numpy(mlp(data)(data.train.features))
    assert abs(outputs.mean() - data.train.targets.mean()) < 2 * data.train.targets.std()


@given(st.floats(0.01, 1e6), st.floats(-1e6, 1e6))
@settings(max_examples=10, deadline=None)
def test_another_unit_gives_the_same_forecast_in_that_unit(factor: float, shift: float) -> None:
    values = np.sin(np.arange(60) / 3.0)
    options = SeriesOptions(lag=5, horizon=5)
    said = []
    for series in (values, values * factor + shift):
        made = series_data(series, options, continuation=10, target="value")
        said.append(keras.ops.convert_to_numpy(mlp(made)(made.test.features)).ravel())
    assert np.allclose((said[1] - shift) / factor, said[0], atol=1e-4 + 1e-6 * abs(shift) / factor)


def test_members_stand_side_by_side_in_training_and_are_averaged_afterwards(data: Data) -> None:
    model = mlp(data, ensemble=3)
    members = keras.ops.convert_to_numpy(model(data.test.features, training=True))
    said = keras.ops.convert_to_numpy(model(data.test.features, training=False))
    assert members.shape == (16, 3)
    assert np.allclose(members.mean(axis=1, keepdims=True), said, rtol=1e-6)
    assert members.std(axis=1).min() > 0


def test_the_loss_of_members_is_the_mean_of_their_own_losses() -> None:
    loss = InSpreads(keras.losses.MeanSquaredError(), spread=2.0)
    targets, members = np.array([1.0, 3.0]), np.array([[1.0, 5.0], [3.0, 3.0]])
    assert float(loss(targets, members)) == pytest.approx(np.mean(((members - targets[:, None]) / 2.0) ** 2))
    copy = InSpreads.from_config(loss.get_config())
    assert float(copy(targets, members)) == float(loss(targets, members))


def test_an_ensemble_is_for_forecasting() -> None:
    with pytest.raises(RecipeError, match="ensemble is for forecasting"):
        build_mlp(MlpSettings(ensemble=2), DataSpec("vector", (2,), "float32", "regression"))


def test_the_metrics_by_hand() -> None:
    spec = DataSpec("series", (2,), "float64", "forecasting", horizon=2)
    outputs = np.array([[1.0, 2.0], [2.0, 5.0]], np.float32)
    scores = forecasting_score(spec, outputs, np.array([1.0, 4.0]))
    assert scores == {"closed_loop_mse": 1.0, "closed_loop_mae": 1.0, "mse": 2.0, "rmse": 2.0**0.5, "mae": 1.0}
    assert score(spec, outputs, np.array([1.0, 4.0])) == scores


def test_naive_forecasts_by_hand() -> None:
    spec = DataSpec("series", (4,), "float64", "forecasting", horizon=3)
    series = np.tile([0.0, 9.0, 3.0], 8)
    train = Split(windows(series, 4), series[4:])
    known = np.array([1.0, 2.0, 5.0, 4.0, 6.0, 7.0, 8.0, 0.0])
    said = naive_forecasts(spec, train, windows(known, 4))  # after 1 2 5 4, 2 5 4 6, 5 4 6 7 and 4 6 7 8
    assert said["mean"].tolist() == [[4.0, 4.0]] * 4
    assert said["persistence"].tolist() == [[4.0, 4.0], [6.0, 4.0], [7.0, 4.0], [8.0, 8.0]]
    # season 3: the value three steps back; in the loop 2 5 4, then from 4 6 7 8 again
    assert said["seasonal"].tolist() == [[2.0, 2.0], [5.0, 5.0], [4.0, 4.0], [6.0, 6.0]]


def test_the_baseline_is_of_each_metric_the_lowest_of_the_naive_forecasts(data: Data) -> None:
    scores = naive_scores(data, "test")
    baseline = naive_baseline(data, "test", np.zeros((0, 0)))
    assert set(scores) == {"mean", "persistence", "seasonal"}
    assert all(baseline[metric] == min(one[metric] for one in scores.values()) for metric in baseline)


def test_a_slow_series_without_a_season_has_none() -> None:
    assert season_of(np.linspace(0, 1, 50), 10) == 1
    assert season_of(np.ones(50), 10) == 1


@pytest.mark.parametrize("period", [2, 5, 9])
def test_a_season_is_found_where_there_is_one(period: int) -> None:
    pattern = np.random.default_rng(period).normal(size=period)
    noise = np.random.default_rng(0).normal(size=period * 30)
    assert season_of(np.tile(pattern, 30) + 0.05 * noise, 12) == period


def test_what_a_run_keeps_holds_both_forecasts_and_the_naive_ones(data: Data) -> None:
    arrays = predictions(mlp(data), data)
    assert {name: arrays[f"{name}_outputs"].shape for name in data.splits} == {
        name: (len(split), 2) for name, split in data.splits.items()
    }
    assert arrays["test_naive"].shape == (16, 3)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return build(with_plugins=False)


@pytest.mark.real
def test_the_naive_forecasts_of_the_laser_are_the_known_ones(registry: Registry) -> None:
    laser = load(registry, "santa_fe_laser", {"lag": 40, "gap": 0, "validation_fraction": 0.01})
    scores = naive_scores(laser, "test")
    assert scores["persistence"]["closed_loop_mse"] == pytest.approx(4116, abs=1)
    assert scores["mean"]["closed_loop_mse"] == pytest.approx(3100, rel=0.01)


@pytest.mark.slow
def test_a_promise_of_a_median_is_judged_by_the_median(registry: Registry, tmp_path: Path) -> None:
    recipe = tmp_path / "median.toml"
    recipe.write_text(
        'summary = "Gaussians on sines"\nfamily = "rbf"\ndataset = "sine_mix"\ntask = "forecasting"\n'
        '[promise]\ncommand = "zoo reproduce x"\nmetric = "closed_loop_mse"\nstatistic = "median"\nmean = 0.0\n'
        "spread = 0.0\ntolerance = 100.0\nseeds = [0, 1, 2]\nminutes_cpu = 1.0\nbaseline = 1.0\nparameters = 1\n"
        'source = "none"\nmended = "nothing"\nbeats_baseline = false\n'
        "[data]\nvalues = 200\nlag = 15\nhorizon = 20\n[hyperparameters]\ncentres = 20\nplacement = 'sample'\n"
    )
    facts = jobs.reproduce(registry, str(recipe), runs=tmp_path / "runs").facts
    assert facts["median"] == sorted(facts["values"])[1] != facts["mean"]
    assert facts["margin"] == pytest.approx(100.0 - facts["median"])
    record = read_folder(next((tmp_path / "runs").glob("*/*/*/run.json")).parent)
    assert measured(record).value == facts["median"]
    assert "median over seeds 0, 1, 2" in " ".join(sentences(record))


def test_a_fresh_forecaster_of_another_lag_is_made_by_its_shape(registry: Registry) -> None:
    model = create(registry, "rnn", input_shape=(33,))
    assert model.compute_output_shape((2, 33)) == (2, 1)


def test_a_loaded_forecaster_goes_on_after_a_series(data: Data, registry: Registry) -> None:
    network = mlp(data)
    model = LoadedModel(network, data.spec, read_recipe(registry, "rnn/sine_mix"), {})
    assert np.allclose(model.forecast([9.0, *data.test.features[0]], 5), plain_loop(network, data.test.features[0], 5))
    assert model.predict(data.test.features[0]).shape == (1, 1)
    for history, steps in (([1.0] * 5, 3), ([1.0] * 5 + [float("nan")], 3), ([1.0] * 6, 0)):
        with pytest.raises(InvalidData):
            model.forecast(history, steps)
