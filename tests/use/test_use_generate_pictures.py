"""Pictures of a published generator, from Python and from the command line."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from registry import UserError, build
from zoo.cli.main import main
from zoo.data.errors import InvalidData
from zoo.use.generate_pictures import generate_pictures, write_pictures
from zoo.use.predict import LoadedModel, load


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return load(build(with_plugins=False), "gan/digits")


def test_a_seed_gives_the_same_pictures_and_fewer_are_the_first_ones(model: LoadedModel) -> None:
    five, two = model.generate(count=5, seed=3), model.generate(count=2, seed=3)
    assert five.shape == (5, 8, 8, 1)
    assert five.dtype == "uint8"
    assert np.array_equal(five[:2], two)
    assert not np.array_equal(two, model.generate(count=2, seed=4))


def test_pictures_show_digits_that_the_classifier_of_the_zoo_knows(model: LoadedModel) -> None:
    said = load(build(with_plugins=False), "cnn/digits").predict(model.generate(count=200))
    assert len(set(said.argmax(axis=1).tolist())) == 10
    assert np.median(said.max(axis=1)) > 0.9


@pytest.mark.parametrize(
    ("settings", "words"), [({"count": 0}, "count must lie in 1"), ({"seed": -1}, "seed must lie in 0")]
)
def test_numbers_out_of_range_are_refused(model: LoadedModel, settings: dict[str, int], words: str) -> None:
    with pytest.raises(InvalidData, match=words):
        model.generate(**settings)


def test_a_classifier_makes_no_pictures() -> None:
    with pytest.raises(InvalidData, match="made by adversarial families"):
        generate_pictures(load(build(with_plugins=False), "cnn/digits").network)


def test_a_class_that_is_none_is_refused_with_those_that_are(model: LoadedModel) -> None:
    with pytest.raises(InvalidData, match="a class must be one of the data's"):
        model.generate(classes=["eleven"])
    with pytest.raises(UserError, match="only a conditional generator"):
        model.generate(classes=["3"])


def test_files_are_a_grid_or_an_array(model: LoadedModel, tmp_path: Path) -> None:
    pictures = model.generate(count=5)
    write_pictures(pictures, model.data_spec, tmp_path / "five.npy")
    assert np.array_equal(np.load(tmp_path / "five.npy"), pictures)
    write_pictures(pictures, model.data_spec, tmp_path / "five.png")
    with Image.open(io.BytesIO((tmp_path / "five.png").read_bytes())) as grid:
        assert grid.size == (3 * 64 + 2 * 2, 2 * 64 + 2)
    with pytest.raises(InvalidData, match=r"a \.png file, as a grid"):
        write_pictures(pictures, model.data_spec, tmp_path / "five.gif")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gan/digits"], "pictures must go into a file"),
        (["gan/digits", "--out", "grid.gif"], "pictures go into a .png file"),
        (["gan/digits", "--out", "nowhere/grid.png"], "the output must be a file that can be written"),
        (["cnn/digits", "--out", "grid.png"], "texts and pictures are made by models that learned to"),
        (["gan/digits", "--prompt", "a", "--out", "grid.png"], "gan/digits makes pictures"),
        (["lstm_text/python_docs_small", "--count", "3"], "lstm_text/python_docs_small makes texts"),
    ],
)
def test_options_of_the_other_kind_are_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["zoo", "generate", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
