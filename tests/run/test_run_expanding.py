"""Expanding windows: every fold comes after what it is learned from, as far as the continuation goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry import Registry, build
from zoo import jobs
from zoo.data.catalogue import load as load_data
from zoo.data.options import SeriesOptions
from zoo.data.series import series_data
from zoo.data.spec import Data
from zoo.run.folds import Folding, InvalidFolds, expanding_folds


@pytest.fixture(scope="module")
def registry() -> Registry:
    return build(with_plugins=False)


def counted(size: int, **options: object) -> Data:
    """A series whose values are their own places, so that a value says where it comes from."""
    return series_data(np.arange(float(size)), SeriesOptions(**options), continuation=size // 10, target="place")  # type: ignore[arg-type]


def test_the_form_of_an_expanding_window() -> None:
    assert Folding.parse("expanding:5") == Folding("expanding", 5)
    assert str(Folding.parse("expanding:5")) == "expanding:5"


@given(st.integers(60, 400), st.integers(1, 12), st.integers(1, 20), st.integers(2, 6), st.booleans())
def test_no_fold_learns_from_what_it_holds_out(size: int, lag: int, horizon: int, count: int, gap: bool) -> None:
    assume(size - size // 10 > 3 * lag + 12)
    data = counted(size, lag=lag, horizon=horizon, gap=None if gap else 0)
    try:
        folds = expanding_folds(data, count)
    except InvalidFolds:
        return
    known = size - size // 10
    for fold in folds:
        seen = [fold.train.features.max(), fold.train.targets.max(), fold.validation.features.max()]
        learned = max(*seen, fold.validation.targets.max())
        assert fold.test.targets.min() - learned == lag + 1  # between them a gap of the lag
        assert fold.train.targets.max() < fold.validation.targets.min()
        assert len(fold.test) % horizon == 0
        assert np.array_equal(fold.test.features[0], fold.test.targets[0] - np.arange(lag, 0, -1))
    held = np.concatenate([fold.test.targets for fold in folds])
    assert len(folds) == count
    assert np.array_equal(held, np.arange(known - len(held), known))  # each once, and none of the continuation


def test_the_folds_of_the_default_series_go_as_far_as_its_continuation(registry: Registry) -> None:
    folds = expanding_folds(load_data(registry, "sine_mix", {}), 5)
    assert [len(fold.test) for fold in folds] == [100] * 5
    assert [len(fold.train) for fold in folds] == sorted(len(fold.train) for fold in folds)


@pytest.mark.parametrize("form", ["5", "leave_one_out"])
def test_drawn_folds_of_a_series_are_refused(registry: Registry, tmp_path: Path, form: str) -> None:
    with pytest.raises(InvalidFolds, match="would tell the future") as refused:
        jobs.cross_validate(registry, "rnn/sine_mix", folds=form, runs=tmp_path)
    assert "--cv expanding:5" in str(refused.value)


def test_an_expanding_window_over_rows_without_an_order_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(InvalidFolds, match="goes with series"):
        jobs.cross_validate(registry, "mlp/digits", folds="expanding:3", runs=tmp_path)


def test_too_many_folds_are_refused() -> None:
    with pytest.raises(InvalidFolds, match="must hold a horizon and a window"):
        expanding_folds(counted(200, lag=5, horizon=50), 5)


@pytest.mark.slow
def test_cross_validation_measures_the_closed_loop_on_every_fold(registry: Registry, tmp_path: Path) -> None:
    recipe = tmp_path / "forecast.toml"
    recipe.write_text(
        'summary = "Gaussians on sines"\nfamily = "rbf"\ndataset = "sine_mix"\ntask = "forecasting"\n'
        "[data]\nvalues = 400\nlag = 25\nhorizon = 40\n[hyperparameters]\ncentres = 60\nridge = 1e-6\n"
    )
    run = jobs.cross_validate(registry, str(recipe), folds="expanding:2", runs=tmp_path / "runs")
    metric = run.facts["metrics"]["closed_loop_mse"]
    assert len(metric["values"]) == run.facts["folds"] == 2
    assert metric["mean"] < run.facts["baseline"]["closed_loop_mse"]
