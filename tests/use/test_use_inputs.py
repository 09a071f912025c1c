"""Files, folders and patterns that people type become the files that are meant."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zoo.data.columns import Column
from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.data.text import Vocabulary
from zoo.use.inputs import find_inputs

PICTURES = DataSpec("picture", (8, 8, 1), "uint8", "classification", (0, 255), ("a", "b"))
TABLE = DataSpec("table", (1,), "float64", "regression", columns=(Column("x", "number"),))
TEXT = DataSpec("text", (), "int32", "language_modelling", vocabulary=Vocabulary.learn("to be"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files in a working folder, of which those with a dot before their names are hidden."""
    for name in ("b.png", "a.JPG", "notes.txt", "rows.csv", "c.npy", ".hidden.png", "in/z.png", "in/deep/y.webp",
                 ".git/x.png", "in/rows.parquet", "odd[1].png"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*inputs: str, spec: DataSpec = PICTURES) -> list[str]:
    return [str(path) for path in find_inputs(inputs, spec)]


@pytest.mark.parametrize(
    ("inputs", "files"),
    [
        (["b.png", "notes.txt", "b.png"], ["b.png", "notes.txt", "b.png"]),
        (["."], ["a.JPG", "b.png", "odd[1].png", "in/z.png", "in/deep/y.webp"]),
        (["in", "c.npy"], ["in/z.png", "in/deep/y.webp", "c.npy"]),
        (["*.png"], ["b.png", "odd[1].png"]),
        (["**/*.png"], ["b.png", "in/z.png", "odd[1].png"]),
        (["in/*"], ["in/rows.parquet", "in/z.png"]),
        (["[ab].*"], ["a.JPG", "b.png"]),
        (["odd[1].png"], ["odd[1].png"]),
    ],
)
def test_what_is_typed_is_found_in_the_order_of_names(inputs: list[str], files: list[str]) -> None:
    assert found(*inputs) == files


def test_folders_are_searched_for_what_the_model_takes() -> None:
    assert found(".", spec=TABLE) == ["rows.csv", "in/rows.parquet"]


def test_a_link_to_the_folder_above_is_not_followed(folder: Path) -> None:
    (folder / "in" / "above").symlink_to(folder)
    assert found("in") == ["in/z.png", "in/deep/y.webp"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("b.pgn", "an input must exist[^$]*did you mean: b.png"),
        ("nowhere/b.png", "an input must exist"),
        ("*.gif", "a pattern must match at least one file"),
        ("empty*", "a pattern must match at least one file"),
        ("empty", "a folder must hold files .png, .jpg"),
    ],
)
def test_what_names_no_file_is_refused(given: str, message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        found("b.png", given)


def test_a_pipe_is_refused_instead_of_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(InvalidData, match="must be a file or a folder"):
        found("pipe.png")


def test_a_model_of_text_takes_no_files() -> None:
    with pytest.raises(InvalidData, match="goes on with a prompt"):
        found("b.png", spec=TEXT)
