"""Tables of one's own go through a model as they are, a piece at a time, and come back with what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from registry import Registry
from zoo.data.columns import Column
from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec, Split
from zoo.families.mlp.hyperparameters import Hyperparameters
from zoo.families.mlp.model import build
from zoo.recipe import read_recipe
from zoo.run.adapt import adapt
from zoo.use.create import changed
from zoo.use.files import read_file
from zoo.use.predict import LoadedModel, labels_of, top_classes
from zoo.use.raw import as_examples
from zoo.use.tables import predict_rows, result_columns

SPEC = DataSpec(
    "table",
    (3,),
    "float64",
    "classification",
    classes=("no", "yes"),
    columns=(
        Column("age", "number", missing=("", "?")),
        Column("job", "category", categories=("clerk", "cook")),
        Column("days", "number", sentinels=(-1,)),
    ),
)
ROWS = [
    {"age": 31, "job": "cook", "days": 3},
    {"age": None, "job": "spy", "days": -1},
    {"age": 20.5, "job": None, "days": None},
]
ENCODED = [[31, 1, 3], [np.nan, -1, -1], [20.5, np.nan, np.nan]]
CSV = "note;days;age;job\nx;3;31;cook\ny;-1;?;spy\nz;;20.5;\n"
VECTORS = DataSpec("vector", (3,), "float32", "regression")


def model_of(spec: DataSpec, registry: Registry) -> LoadedModel:
    """An untrained network that has seen 50 rows."""
    draw = np.random.default_rng(0)
    rows = np.stack([draw.normal(40, 9, 50), draw.integers(0, 2, 50), draw.integers(-1, 9, 50)], axis=1)
    network = build(Hyperparameters(units=(4,)), spec)
    adapt(network, Split(rows, np.zeros(50)))
    return LoadedModel(network, spec, read_recipe(registry, "mlp"), {})


@pytest.fixture(scope="module")
def model(registry: Registry) -> LoadedModel:
    return model_of(SPEC, registry)


def written(folder: Path, text: str = CSV, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "inputs",
    [
        ROWS,
        pd.DataFrame(ROWS),
        pd.DataFrame(ROWS, index=["x", "y", "y"])[["days", "job", "age"]].assign(target=1),
        pd.DataFrame(ROWS, dtype=object),
        np.array(ENCODED),
        ENCODED,
    ],
    ids=["dictionaries", "frame", "other order and more columns", "objects", "encoded", "encoded lists"],
)
def test_rows_are_taken_as_they_are(inputs: Any) -> None:
    assert np.array_equal(as_examples(inputs, SPEC), ENCODED, equal_nan=True)


def test_files_are_taken_as_they_are(tmp_path: Path) -> None:
    path = written(tmp_path)
    for taken in (as_examples(path, SPEC), as_examples(str(path), SPEC), read_file(path, SPEC)):
        assert np.array_equal(taken, ENCODED, equal_nan=True)
    np.save(tmp_path / "a.npy", np.array(ENCODED))
    assert np.array_equal(read_file(tmp_path / "a.npy", SPEC), ENCODED, equal_nan=True)


def test_one_row_may_stand_alone() -> None:
    assert as_examples(ROWS[0], SPEC).tolist() == [ENCODED[0]]
    assert as_examples(ENCODED[0], SPEC).tolist() == [ENCODED[0]]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([{"age": 1, "days": 2}], "must have the column 'job' once\n  received: no such column among age, days"),
        (pd.DataFrame(ROWS).rename(columns={"age": "Age"}), "must have the column 'age' once[^$]*did you mean: Age"),
        (pd.DataFrame(ROWS).head(0), "must hold at least one example"),
        ([{**ROWS[0], "age": "old"}], "column 'age' must hold finite numbers\n  received: old\n  where: row 1"),
        ([{**ROWS[0], "age": float("inf")}], "column 'age' must hold finite numbers"),
        ([[1, 2, 3]], r"column 'job' must be whole numbers in -1..1\n  received: 2..2\n  try: pass a DataFrame"),
        ([[np.inf, 0, 0]], "must be finite numbers\n  received: infinity"),
        ([[1, 0]], r"inputs must have shape \(n, 3\)"),
        ([ROWS[0], [1, 0, 1]], "must be"),
        ([], "must hold at least one example"),
        (Path("none.csv"), "No such file"),
    ],
)
def test_what_is_no_row_is_refused(inputs: Any, message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        as_examples(inputs, SPEC)


def test_a_value_range_is_for_pictures() -> None:
    with pytest.raises(InvalidData, match="value_range is for pictures"):
        as_examples(ROWS, SPEC, value_range=(0, 1))


def test_vectors_may_still_not_hold_nan() -> None:
    with pytest.raises(InvalidData, match="NaN or infinity"):
        as_examples([[1, 2, np.nan]], VECTORS)


def test_a_model_predicts_alike_from_every_form(model: LoadedModel, tmp_path: Path) -> None:
    expected = model.predict(ENCODED)
    assert np.isfinite(expected).all()
    for inputs in (ROWS, pd.DataFrame(ROWS), written(tmp_path)):
        assert np.array_equal(model.predict(inputs), expected)
    assert model.predict_labels(ROWS) == labels_of(SPEC, expected)


def test_rows_come_back_as_they_were_with_the_results_behind_them(model: LoadedModel, tmp_path: Path) -> None:
    (frame,) = predict_rows(model, written(tmp_path))
    assert list(frame.columns) == ["note", "days", "age", "job", "prediction", "probability_no", "probability_yes"]
    assert frame["age"].tolist() == ["31", "?", "20.5"]
    outputs = model.predict(ROWS)
    assert frame[["probability_no", "probability_yes"]].to_numpy() == pytest.approx(outputs)
    assert frame["prediction"].tolist() == labels_of(SPEC, outputs)


def test_pieces_say_what_the_whole_says(model: LoadedModel, tmp_path: Path) -> None:
    path = written(tmp_path, CSV + "".join(f"n;{day};{20 + day};clerk\n" for day in range(20)))
    whole = pd.concat(predict_rows(model, path))
    pieces = list(predict_rows(model, path, chunk=7))
    assert [len(piece) for piece in pieces] == [7, 7, 7, 2]
    pd.testing.assert_frame_equal(pd.concat(pieces), whole, check_exact=False, atol=1e-6)


def test_a_mistake_far_down_is_named_by_its_row(model: LoadedModel, tmp_path: Path) -> None:
    path = written(tmp_path, CSV + "n;1;2;clerk\n" * 20 + "n;soon;2;clerk\n")
    with pytest.raises(InvalidData, match=r"a\.csv, row 24, column 'days'"):
        list(predict_rows(model, path, chunk=5))


def test_a_table_with_the_names_of_the_results_is_refused(model: LoadedModel, tmp_path: Path) -> None:
    path = written(tmp_path, CSV.replace("note", "prediction"))
    with pytest.raises(InvalidData, match="columns with the names of the results\n  received: prediction"):
        next(predict_rows(model, path))


def test_numbers_are_one_column_a_target() -> None:
    numbers = DataSpec("vector", (3,), "float32", "regression")
    assert result_columns(numbers, np.array([[1.5], [2.5]]))["prediction"].tolist() == [1.5, 2.5]
    assert list(result_columns(numbers, np.ones((2, 2)))) == ["prediction_1", "prediction_2"]


@pytest.mark.parametrize("task", ["mapping", "anomaly_detection"])
def test_a_map_says_cell_score_and_the_shares_of_the_classes(task: str) -> None:
    spec = SPEC.for_task(task)
    outputs = np.array([[7, 0.25, 0, 3, 0.2, 0.8], [2, 1.5, 1, 3, 0.9, 0.1]])
    results = result_columns(spec, outputs)
    assert list(results) == ["cell", "anomaly_score", "prediction", "probability_no", "probability_yes"]
    assert results["cell"].tolist() == [7, 2]
    assert results["anomaly_score"].tolist() == [0.25, 1.5]
    assert results["prediction"] == ["yes", "no"]
    assert top_classes(spec, outputs, count=1)[0] == [{"label": "yes", "probability": 0.8}]


def test_a_map_without_classes_says_cell_and_score() -> None:
    assert list(result_columns(VECTORS.for_task("mapping"), np.ones((2, 4)))) == ["cell", "anomaly_score"]


def test_another_shape_makes_vectors_of_a_table() -> None:
    made = changed(SPEC, (5,), None, None)
    assert (made.kind, made.shape, made.dtype, made.columns) == ("vector", (5,), "float32", ())
    assert changed(SPEC, (3,), None, None) == SPEC


MEASURE = """
import resource, sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_use_tables import SPEC, model_of
from registry import build
from zoo.use.tables import predict_rows
model = model_of(SPEC, build(with_plugins=False))
rows = sum(len(piece) for piece in predict_rows(model, Path({small!r}), chunk=10_000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = sum(len(piece) for piece in predict_rows(model, Path({large!r}), chunk=10_000))
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    line = f"{'n' * 400};1;20;clerk\n"
    small = written(tmp_path, CSV + line * 20_000, "small.csv")
    large = written(tmp_path, CSV + line * 100_000, "large.csv")  # 41 MB, twice that as cells in memory
    code = MEASURE.format(folder=str(Path(__file__).parent), small=str(small), large=str(large))
    child = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    rows, grown = map(int, child.stdout.split())
    assert rows == 100_003
    assert grown < 20_000  # kilobytes
