"""`zoo predict` on pictures: what goes in, what comes out, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from test_cli_progress import run_on_a_terminal
from typer.testing import CliRunner, Result

from zoo.cli.main import app

DIGITS = 6


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with pictures of 0 to 5, and the same as an array."""
    pictures, targets = load_digits(return_X_y=True)
    chosen = [pictures[targets == digit][1].reshape(8, 8) for digit in range(DIGITS)]
    (tmp_path / "photos" / "more").mkdir(parents=True)
    for digit, picture in enumerate(chosen):
        place = tmp_path / "photos" / ("more" if digit > 3 else "") / f"{digit}.png"
        Image.fromarray((picture * 15.9).astype(np.uint8)).resize((64, 64), 0).save(place)
    np.save(tmp_path / "digits.npy", np.stack(chosen).astype(np.uint8))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def predict(*arguments: str) -> Result:
    """Run the verb in this process: TensorFlow is there already."""
    return CliRunner().invoke(app, ["predict", "cnn/digits", *arguments], prog_name="zoo")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_folder_is_a_table_for_people(folder: Path) -> None:
    result = predict("photos", "digits.npy")
    assert (result.exit_code, result.stderr) == (0, "")
    head, *lines = result.stdout.splitlines()
    assert head.split() == ["file", "prediction", "probability", "then"]
    assert [line.split()[0] for line in lines[4:8]] == [
        "photos/more/4.png",
        "photos/more/5.png",
        "digits.npy[0]",
        "digits.npy[1]",
    ]
    assert [line.split()[1] for line in lines] == [*"012345"] * 2


def test_rows_lines_and_lists_say_the_same(folder: Path) -> None:
    rows = rows_of(predict("photos/**/*.png", "--format", "csv").stdout)
    lines = [json.loads(line) for line in predict("photos", "--format", "jsonl").stdout.splitlines()]
    assert json.loads(predict("photos", "--json").stdout) == lines
    assert [row["file"] for row in rows] == [line["file"] for line in lines]
    assert [row["prediction"] for row in rows] == [line["label"] for line in lines]
    assert [float(row[f"probability_{row['prediction']}"]) for row in rows] == pytest.approx(
        [line["probability"] for line in lines], abs=1e-6
    )


def test_names_with_commas_and_quotes_come_back_whole(folder: Path) -> None:
    name = 'a "strange", name.png'
    (folder / "photos" / "0.png").rename(folder / name)
    assert rows_of(predict(name, "--format", "csv").stdout)[0]["file"] == name


@pytest.mark.parametrize(("name", "begins"), [("out.csv", "file,index,"), ("out.jsonl", '{"file": "')])
def test_the_output_says_its_format_by_its_name(folder: Path, name: str, begins: str) -> None:
    result = predict("photos", "--output", name)
    assert (result.exit_code, result.stdout) == (0, f"{name}: 6 predictions of 6 files\n")
    assert (folder / name).read_text(encoding="utf-8").startswith(begins)


def test_a_grid_is_a_picture_of_the_pictures(folder: Path) -> None:
    assert predict("photos", "digits.npy", "--output", "grid.png").exit_code == 0
    with Image.open(folder / "grid.png") as grid:
        assert grid.mode == "RGB"
        assert grid.width > grid.height > 500
        assert len(grid.getcolors(2**20) or ()) > 50  # pictures, letters and bars


def test_bad_files_are_named_and_skipped_with_exit_code_1(folder: Path) -> None:
    (folder / "photos" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "photos" / "notes.txt").write_text("no picture", encoding="utf-8")
    result = predict("photos/*.*", "--output", "out.csv")
    assert result.exit_code == 1
    assert len(rows_of((folder / "out.csv").read_text(encoding="utf-8"))) == 4
    skipped, wrong, summary = result.stderr.splitlines()
    assert skipped.startswith("zoo: skipped photos/broken.png: an input file must be readable")
    assert wrong.startswith("zoo: skipped photos/notes.txt: inputs for picture data must be files .png")
    assert summary == "zoo: 2 of 6 files are bad"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["photos/6.png"], "an input must exist"),
        (["photos", "*.gif"], "a pattern must match at least one file"),
        (["empty"], "a folder must hold files"),
        (["broken.png"], "an input file must be readable and what its name says"),
        (["broken.png", "notes.txt"], "at least one of the 2 files must be one"),
        (["photos", "--format", "grid"], "a grid must go into a file"),
        (["photos", "--format", "grid", "--output", "out.jpg"], "a grid is a .png file"),
        (["photos", "--format", "gird", "--output", "out.png"], "did you mean: grid"),
        (["photos", "--output", "out.txt"], "--output must end in .csv, .jsonl, .png"),
        (["photos", "--output", "nowhere/out.csv"], "the output must be a file that can be written"),
        (["photos", "--output", "empty"], "--output must end in"),
        (["photos", "--output", "photos/0.png"], "the output must not be one of the inputs"),
        (["photos", "--json", "--format", "csv"], "--json goes to standard output"),
        (["photos", "--batch-size", "0"], "--batch-size"),
        (["many.npy", "--output", "out.png"], "a grid must hold at most 1,024 pictures"),
        (["digits.npy", "--value-range", "0", "1"], "try: --value-range 0 255, or whatever"),
        (["digits.npy", "--value-range", "1", "0"], "--value-range must be LOW HIGH with LOW < HIGH"),
        (["fractions.npy"], "try: --value-range 0 1 if 1 is white"),
        (["fractions.npy", "many.npy", "--value-range", "2", "3"], "try: --value-range 0 255, or whatever"),
    ],
)
def test_a_mistake_is_exit_code_2_and_nothing_is_written(folder: Path, arguments: list[str], said: str) -> None:
    (folder / "empty").mkdir()
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    np.save(folder / "many.npy", np.zeros((1025, 8, 8), np.uint8))
    np.save(folder / "fractions.npy", np.full((8, 8), 0.5))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    result = predict(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_model_that_makes_pictures_takes_none(folder: Path) -> None:
    result = CliRunner().invoke(app, ["predict", "gan/digits", "photos"], prog_name="zoo")
    assert result.exit_code == 2
    assert "try: zoo generate NAME --out grid.png" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_behind_standard_output_is_one_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # closing it raises too, unless what it still holds was given up
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as ended:
            app(["predict", "cnn/digits", "photos"], prog_name="zoo")
    assert ended.value.code == 2
    first, received = capsys.readouterr().err.splitlines()
    assert first == "zoo: standard output must be one that can be written"
    assert "No space left" in received


@pytest.mark.slow
def test_a_terminal_gets_a_bar_and_colours(folder: Path) -> None:
    command = ["-m", "zoo", "predict", "cnn/digits", "photos", "--batch-size", "1"]
    shown, code = run_on_a_terminal([sys.executable, *command], folder)
    assert code == 0, shown
    assert "/6" in shown
    assert "━" in shown
    assert "photos/more/5.png" in shown
