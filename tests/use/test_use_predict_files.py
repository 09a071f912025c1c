"""Files go through a model in pieces, in their order; what is bad is told and left out."""

from __future__ import annotations

import doctest
import resource
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo.use.annotated_grid
import zoo.use.reading
from registry import Registry
from zoo.data.catalogue import load as load_data
from zoo.data.errors import InvalidData
from zoo.use.annotated_grid import SIDE, Cell, draw_grid
from zoo.use.inputs import find_inputs
from zoo.use.predict import LoadedModel, load
from zoo.use.predict_files import Predicted, csv_columns, facts, only_good, predict_files
from zoo.use.reading import Bad, Part, read_parts


@pytest.fixture(scope="module")
def cnn(registry: Registry) -> LoadedModel:
    return load(registry, "cnn/digits")


@pytest.fixture(scope="module")
def digits(registry: Registry) -> np.ndarray:
    return load_data(registry, "digits", {}).test.features[:150]


@pytest.fixture
def folder(tmp_path: Path, digits: np.ndarray) -> Path:
    """A hundred pictures, of which one is broken."""
    for number, digit in enumerate(digits[:100]):
        Image.fromarray((digit[..., 0] * 15.9).astype(np.uint8)).save(tmp_path / f"{number:03}.png")
    (tmp_path / "050.png").write_bytes((tmp_path / "050.png").read_bytes()[:60])
    return tmp_path


def of(results: list[Predicted | Bad]) -> tuple[list[Predicted], list[Bad]]:
    return [one for one in results if isinstance(one, Predicted)], [one for one in results if isinstance(one, Bad)]


def test_pieces_say_what_the_whole_says_in_the_order_of_the_files(cnn: LoadedModel, folder: Path) -> None:
    paths = find_inputs([str(folder)], cnn.data_spec)
    done: list[None] = []
    good, bad = of(list(predict_files(cnn, paths, batch_size=2, on_file=lambda: done.append(None))))
    assert [len(piece.outputs) for piece in good] == [32, 32, 32, 3]
    assert [one.path.name for one in bad] == ["050.png"]
    assert len(done) == 100
    places = [place for piece in good for place in piece.places]
    assert places == [(path, 0) for path in paths if path.name != "050.png"]
    whole = cnn.predict(np.stack([np.asarray(Image.open(path)) for path, _ in places])[..., None], value_range=(0, 255))
    assert np.concatenate([piece.outputs for piece in good]) == pytest.approx(whole, abs=1e-6)


def test_arrays_and_pictures_go_together(cnn: LoadedModel, folder: Path, digits: np.ndarray) -> None:
    np.save(folder / "many.npy", digits)
    paths = [folder / name for name in ("001.png", "many.npy", "002.png")]
    good, bad = of(list(predict_files(cnn, paths, batch_size=8)))
    assert bad == []
    outputs = np.concatenate([piece.outputs for piece in good])
    assert outputs[1:151] == pytest.approx(cnn.predict(digits), abs=1e-6)
    rows = [row for piece in good for row in facts(cnn.data_spec, piece)]
    assert [(Path(row["file"]).name, row["index"]) for row in rows[149:]] == [
        ("many.npy", 148),
        ("many.npy", 149),
        ("002.png", 0),
    ]
    assert rows[0]["label"] == csv_columns(cnn.data_spec, good[0])["prediction"][0]


def test_an_array_is_checked_as_a_whole_before_its_first_piece(cnn: LoadedModel, tmp_path: Path) -> None:
    pictures = np.zeros((40, 8, 8))
    pictures[39] = 16  # the others alone would be fractions of nobody knows what
    np.save(tmp_path / "a.npy", pictures)
    (part, *_) = read_parts([tmp_path / "a.npy"], cnn.data_spec, rows=16)
    assert isinstance(part, Part)
    pictures[39] = 17
    np.save(tmp_path / "a.npy", pictures)
    (bad,) = read_parts([tmp_path / "a.npy"], cnn.data_spec, rows=16)
    assert "pixel values must lie in 0..16; received: 0..17; try: pass value_range" in str(bad)


def test_what_is_bad_is_told_once_there_is_anything_good(cnn: LoadedModel, folder: Path) -> None:
    told: list[Bad] = []
    paths = [folder / name for name in ("050.png", "none.png", "001.png")]
    (piece,) = only_good(predict_files(cnn, paths), told.append)
    assert [path.name for path, _ in piece.places] == ["001.png"]
    assert [bad.path.name for bad in told] == ["050.png", "none.png"]
    assert "No such file" in str(told[1])


def test_all_bad_is_one_message(cnn: LoadedModel, folder: Path) -> None:
    told: list[Bad] = []
    paths = [folder / "050.png"] * 7
    with pytest.raises(InvalidData, match=r"at least one of the 7 files[^$]*050.png: [^$]*and 2 more"):
        next(only_good(predict_files(cnn, paths), told.append))
    with pytest.raises(InvalidData, match="an input file must be readable"):
        next(only_good(predict_files(cnn, paths[:1]), told.append))
    assert told == []


def test_equal_pictures_make_equal_grids_and_names_are_cut_to_their_cells() -> None:
    picture = np.zeros((SIDE, SIDE // 2, 3), np.uint8)
    cells = [
        Cell(picture, "a label that is far too long for its cell", "0.500", share, "/".join(["folder"] * 9))
        for share in (0.0, 0.5, 1.0, None)
    ]
    assert draw_grid(cells, title="model") == draw_grid(list(cells), title="model")


@pytest.mark.slow
def test_memory_does_not_hold_large_pictures_at_once(cnn: LoadedModel, tmp_path: Path) -> None:
    for number in range(40):
        Image.new("RGB", (4000, 3000), (number, 0, 0)).save(tmp_path / f"{number}.png")  # 36 MB each, 1.4 GB together
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    good, bad = of(list(predict_files(cnn, find_inputs([str(tmp_path)], cnn.data_spec))))
    assert (len(good[0].outputs), bad) == (40, [])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000  # kilobytes; four at a time


@pytest.mark.parametrize("module", [zoo.use.annotated_grid, zoo.use.reading])
def test_the_examples_run(module: object) -> None:
    results = doctest.testmod(module)  # type: ignore[arg-type]
    assert results.attempted > 0
    assert results.failed == 0
