"""Series: a user's own column, the embedded sines, and the laser that is user-supplied."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry import Registry, build
from zoo.data.catalogue import load
from zoo.data.errors import DamagedData, DataUnavailable, InvalidData
from zoo.datasets.sine_mix import HASHES, signal

VALUES = [float(value) for value in np.round(np.sin(np.arange(60)), 3)]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return build(with_plugins=False)


def csv_file(folder: Path, name: str = "weather.csv", separator: str = ",") -> Path:
    path = folder / name
    rows = [f"day {number}{separator}{value}" for number, value in enumerate(VALUES)]
    path.write_text("\n".join([f"day{separator}temperature", *rows]) + "\n")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_column_of_a_csv_file_is_a_series(registry: Registry, tmp_path: Path, separator: str) -> None:
    path = csv_file(tmp_path, separator=separator)
    options = {"path": str(path), "column": "temperature", "lag": 5, "horizon": 6, "unit": "K"}
    data = load(registry, "series_file", options)
    assert data.spec.target_name == "temperature"
    assert data.spec.unit == "K"
    assert data.test.targets.tolist() == VALUES[54:]
    assert data.test.features[0].tolist() == VALUES[49:54]
    assert data.train.features[0].tolist() == VALUES[:5]


def test_a_file_with_one_number_a_line_needs_no_column(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "laser.dat"
    path.write_text("\n".join(f"   {value:.7e}" for value in VALUES) + "\n")
    data = load(registry, "series_file", {"path": str(path), "lag": 5})
    assert np.allclose(data.test.targets, VALUES[54:])


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({}, "must be told its file", "data.path=FILE"),
        ({"path": "weather.csv"}, "must say which column", "data.column=temperature"),
        ({"path": "weather.csv", "column": "temprature"}, "must be a column of the file", "temperature"),
        ({"path": "nowhere.csv", "column": "x"}, "nowhere|must be", "nowhere.csv"),
    ],
)
def test_a_column_that_is_not_there_is_refused_with_what_to_type(
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, str],
    message: str,
    hint: str,
) -> None:
    csv_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidData, match=message) as refused:
        load(registry, "series_file", {"lag": 5, **options})
    assert hint in str(refused.value)


def test_a_missing_cell_is_refused_by_its_row(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "holes.csv"
    path.write_text("x,y\n" + "\n".join("1,2" if row != 7 else "1," for row in range(40)) + "\n")
    with pytest.raises(InvalidData, match="a series has no holes") as refused:
        load(registry, "series_file", {"path": str(path), "column": "y", "lag": 3})
    assert "row 8" in str(refused.value)


def test_the_noise_of_the_sines_follows_from_its_seed(registry: Registry) -> None:
    exact = load(registry, "sine_mix", {"noise": 0.0, "values": 200})
    assert np.allclose(exact.test.targets, signal(np.arange(180, 200)))
    one, same, other = (
        load(registry, "sine_mix", {"values": 200, "generator_seed": seed}).train.targets for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_default_sines_other_than_the_stored_ones_are_refused(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HASHES, "test", "0" * 64)
    with pytest.raises(DamagedData, match="the test split of data set 'sine_mix'"):
        load(registry, "sine_mix", {})


def test_a_laser_that_is_not_here_says_where_it_belongs(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    with pytest.raises(DataUnavailable, match="santa_fe_laser") as refused:
        load(registry, "santa_fe_laser", {})
    assert "santafe_laser/lasertrain.dat" in str(refused.value)


def test_another_laser_is_refused(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "santafe_laser").mkdir()
    (tmp_path / "santafe_laser" / "lasertrain.dat").write_text("   8.6000000e+01\n")
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    with pytest.raises(DamagedData, match=r"lasertrain\.dat of 'santa_fe_laser'"):
        load(registry, "santa_fe_laser", {})


@pytest.mark.real
def test_the_laser_is_what_it_was(registry: Registry) -> None:
    data = load(registry, "santa_fe_laser", {})
    assert data.sizes() == {"train": 860, "validation": 100, "test": 100}
    assert data.train.features[0, :5].tolist() == [86.0, 141.0, 95.0, 41.0, 22.0]
    assert data.hashes()["test"] == "ed3faae2605e5341db09128b9edde80f430e9961dfa3abd683a2e0c5ed1b3553"
