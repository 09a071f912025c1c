"""A file that is written piece by piece is there whole or not at all."""

from pathlib import Path
from typing import TextIO

import pytest

from zoo.data.atomic import writing


def test_pieces_become_the_file_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with writing(path) as file:
        file.write("a\n")
        assert not path.exists()
        file.write("b\n")
    assert path.read_bytes() == b"a\nb\n"
    assert list(tmp_path.iterdir()) == [path]


def _fail_after(file: TextIO) -> None:
    file.write("after")
    raise ValueError("not a number")


def test_an_error_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("before")
    with pytest.raises(ValueError, match="not a number"), writing(path) as file:
        _fail_after(file)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), writing(tmp_path / "none" / "out.csv"):
        pass
