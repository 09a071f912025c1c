"""Reading run folders: whole ones, cut ones, broken ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import run_folders
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import UserError
from zoo.report import read_folder, read_reproduction, read_run
from zoo.report.errors import BrokenRunFolder, NewerRunFolder, NotARunFolder
from zoo.report.predictions import Predictions
from zoo.report.read import ReproductionRecord, RunRecord, read_metrics

Copy = Callable[[str], Path]


def test_a_finished_run_is_read_with_its_tables_rows_and_outputs(masters: Path) -> None:
    record = read_run(masters / "digits")
    assert (record.name, record.status, record.task, record.primary) == (
        "mlp/digits", "finished", "classification", "accuracy"
    )  # fmt: skip
    assert len(record.rows) == 15
    assert record.recipe["family"] == "mlp"
    assert record.notes == ()
    assert record.predictions is not None
    outputs, targets = record.predictions.split("test")  # type: ignore[misc]
    assert outputs.shape == (360, 10)
    assert float((outputs.argmax(axis=1) == targets).mean()) == pytest.approx(record.metric("test", "accuracy"))


def test_curves_are_the_columns_of_the_rows_with_nan_where_a_row_lacks_the_value(tmp_path: Path) -> None:
    rows = [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": None, "accuracy": 0.5}]
    curves = RunRecord(tmp_path, {}, {}, "", tuple(rows)).curves()
    np.testing.assert_array_equal(curves["loss"], [2.0, np.nan])
    np.testing.assert_array_equal(curves["accuracy"], [np.nan, 0.5])


def test_a_reproduction_is_read_with_the_runs_of_its_seeds(masters: Path) -> None:
    record = read_reproduction(masters / "reproduction")
    assert [run.facts["seed"] for run in record.runs] == [0, 1, 2]
    assert record.seeds == (0, 1, 2)
    assert record.number("mean") == pytest.approx(float(np.mean(record.values)))


def test_the_kind_of_the_folder_chooses_the_reader(masters: Path) -> None:
    assert isinstance(read_folder(masters / "moons"), RunRecord)
    assert isinstance(read_folder(masters / "reproduction"), ReproductionRecord)


def test_a_seed_that_was_not_run_is_named_as_missing(copy_of: Copy) -> None:
    folder = run_folders.change(
        copy_of("reproduction"), seeds=[0, 1, 2, 3], runs=["seed-0", "seed-1", "seed-2", "seed-3"]
    )
    assert read_reproduction(folder).missing == ("seed-3",)


def test_values_that_are_not_known_are_nan(copy_of: Copy) -> None:
    values = read_reproduction(run_folders.change(copy_of("reproduction"), values=[0.5, None])).values
    np.testing.assert_array_equal(values, [0.5, np.nan])


def test_a_place_that_does_not_exist_is_no_run_folder(tmp_path: Path) -> None:
    with pytest.raises(NotARunFolder, match="must exist") as caught:
        read_run(tmp_path / "nothing")
    assert caught.value.exit_code == 2


def test_a_folder_above_run_folders_is_refused_and_names_the_runs_in_it(masters: Path) -> None:
    with pytest.raises(NotARunFolder, match=r"must hold run\.json") as caught:
        read_run(masters)
    assert str(masters / "moons") in str(caught.value)


def test_a_reader_refuses_the_other_kind(masters: Path) -> None:
    with pytest.raises(NotARunFolder, match="kind 'reproduce'"):
        read_reproduction(masters / "digits")
    with pytest.raises(NotARunFolder, match="kind 'run'"):
        read_run(masters / "reproduction")


def test_a_newer_format_is_refused_with_what_to_type(copy_of: Copy) -> None:
    with pytest.raises(NewerRunFolder, match="format 99") as caught:
        read_run(run_folders.change(copy_of("moons"), format=99))
    assert caught.value.hint == "pip install --upgrade keras-zoo"


@pytest.mark.parametrize("changes", [{"format": "one"}, {"format": True}, {"status": "resting"}, {"name": None},
                                     {"metrics": [1]}, {"baseline": 0.1}, {"promise": "high"}])  # fmt: skip
def test_a_table_that_contradicts_the_format_is_broken(copy_of: Copy, changes: dict[str, object]) -> None:
    with pytest.raises(BrokenRunFolder) as caught:
        read_run(run_folders.change(copy_of("moons"), **changes))
    assert str(caught.value.where).endswith("run.json")


@pytest.mark.parametrize("content", [b"", b'{"format": 1', b"[1, 2]", b"\xff\xfe{}"])
def test_a_run_json_that_is_cut_or_no_object_is_broken(copy_of: Copy, content: bytes) -> None:
    folder = copy_of("moons")
    (folder / "run.json").write_bytes(content)
    with pytest.raises(BrokenRunFolder, match=r"run\.json must"):
        read_folder(folder)


def test_a_missing_or_broken_recipe_is_named(copy_of: Copy) -> None:
    folder = copy_of("moons")
    (folder / "recipe.toml").write_text("family = ")
    with pytest.raises(BrokenRunFolder, match=r"recipe\.toml must be valid TOML"):
        read_run(folder)
    (folder / "recipe.toml").unlink()
    with pytest.raises(BrokenRunFolder, match=r"must hold recipe\.toml"):
        read_run(folder)


def test_a_last_line_cut_off_by_a_kill_is_left_out_with_a_note(copy_of: Copy) -> None:
    folder = copy_of("digits")
    path = folder / "metrics.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    record = read_run(folder)
    assert len(record.rows) == 14
    assert record.notes == ("Line 15 of metrics.jsonl was cut off and is left out: the process was killed.",)


def test_a_last_line_that_lacks_only_its_line_feed_is_kept(copy_of: Copy) -> None:
    folder = copy_of("digits")
    path = folder / "metrics.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    assert len(read_run(folder).rows) == 15


@pytest.mark.parametrize("line", [b'{"epoch": 1', b"[]", b'{"loss": 1.0}', b"\xff"])
def test_a_broken_line_in_the_middle_is_an_error_that_names_the_line(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"epoch": 1}\n' + line + b'\n{"epoch": 3}\n')
    with pytest.raises(BrokenRunFolder) as caught:
        read_metrics(path)
    assert caught.value.where == f"{path}:2"


@given(
    rows=st.lists(st.fixed_dictionaries({"epoch": st.integers(1, 99), "loss": st.floats(0, 9)}), max_size=5),
    data=st.data(),
)
def test_metrics_cut_anywhere_lose_at_most_the_line_of_the_cut(tmp_path_factory, rows, data) -> None:  # type: ignore[no-untyped-def]
    whole = "".join(json.dumps(row) + "\n" for row in rows).encode()
    cut = data.draw(st.integers(0, len(whole)))
    path = tmp_path_factory.mktemp("cut") / "metrics.jsonl"
    path.write_bytes(whole[:cut])
    read, _ = read_metrics(path)
    complete = whole[:cut].count(b"\n")
    assert list(read[:complete]) == rows[:complete]
    assert len(read) <= complete + 1


def test_a_model_without_epochs_has_no_rows(tmp_path: Path) -> None:
    assert read_metrics(tmp_path / "metrics.jsonl") == ((), ())


def test_a_finished_run_without_predictions_says_what_is_left_out(copy_of: Copy) -> None:
    folder = copy_of("moons")
    (folder / "predictions.npz").unlink()
    record = read_run(folder)
    assert record.predictions is None
    assert "predictions.npz is not in the folder" in record.notes[0]


def test_damaged_predictions_are_refused_with_their_path(copy_of: Copy) -> None:
    path = copy_of("moons") / "predictions.npz"
    content = bytearray(path.read_bytes())
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(BrokenRunFolder, match="readable NumPy archive"):
        Predictions(path).split("test")


def test_predictions_with_a_flipped_byte_are_refused(copy_of: Copy) -> None:
    path = copy_of("moons") / "predictions.npz"
    content = bytearray(path.read_bytes())
    content[300] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(BrokenRunFolder):
        read_all(Predictions(path))


def test_a_bare_array_under_the_name_of_the_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "predictions.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(BrokenRunFolder):
        Predictions(path).split("test")


def test_pickled_objects_in_the_archive_are_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "predictions.npz"
    np.savez(path, test_outputs=np.array([{"a": 1}], dtype=object), test_targets=np.zeros(1))
    with pytest.raises(BrokenRunFolder, match="allow_pickle"):
        Predictions(path).split("test")


def test_outputs_and_targets_of_different_length_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "predictions.npz"
    np.savez(path, test_outputs=np.zeros((3, 2)), test_targets=np.zeros(4))
    with pytest.raises(BrokenRunFolder, match="equally long"):
        Predictions(path).split("test")


def test_a_split_that_was_not_stored_is_none_and_an_absent_array_an_error(masters: Path) -> None:
    predictions = Predictions(masters / "digits" / "predictions.npz")
    assert predictions.split("holiday") is None
    with pytest.raises(UserError, match="must hold 'grid_x'"):
        predictions.array("grid_x")


def read_all(predictions: Predictions) -> list[np.ndarray]:
    return [predictions.array(key) for key in predictions.keys]
