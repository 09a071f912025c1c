"""Picture files of any kind become arrays of one form; broken ones are named."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from registry import build
from zoo.data.catalogue import load
from zoo.data.errors import DamagedData, DataUnavailable, InvalidData
from zoo.data.picture_files import archive_files, decode, folder_files, picture_data, read_pictures
from zoo.data.picture_options import PictureOptions
from zoo.datasets import pokemon

FORM = PictureOptions(side=8)


def png(pixels: np.ndarray, **settings: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", **settings)
    return buffer.getvalue()


def square(shade: int, side: int = 8) -> bytes:
    return png(np.full((side, side, 3), shade, np.uint8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    for number in range(10):
        (tmp_path / ("more" if number % 2 else ".") / f"{number}.png").write_bytes(square(20 * number))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def archive_of(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for path in sorted(folder.rglob("*.*")):
            opened.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()


def test_opacity_is_laid_on_white() -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)  # black that cannot be seen
    pixels[:4, :, 3] = 255  # and black that can
    assert np.array_equal(decode(png(pixels), FORM)[:, 0, 0], [0, 0, 0, 0, 255, 255, 255, 255])
    half = decode(png(np.full((8, 8, 4), [0, 0, 0, 51], np.uint8)), FORM)
    assert abs(int(half[0, 0, 0]) - 204) <= 1


def test_a_palette_with_a_transparent_colour_is_laid_on_white() -> None:
    picture = Image.new("P", (8, 8), 0)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", transparency=0)
    assert (decode(buffer.getvalue(), FORM) == 255).all()


@pytest.mark.parametrize(("fit", "shades"), [("pad", [255, 255, 0, 0]), ("crop", [0, 0, 0, 0]), ("stretch", [0] * 4)])
def test_what_is_not_square_becomes_square(fit: str, shades: list[int]) -> None:
    tall = png(np.zeros((8, 4, 3), np.uint8))
    made = decode(tall, PictureOptions(side=8, fit=fit))
    assert made.shape == (8, 8, 3)
    assert made[0, :4, 0].tolist() == shades


def test_one_channel_is_grey() -> None:
    assert decode(png(np.full((3, 3, 3), [255, 0, 0], np.uint8)), PictureOptions(side=4, channels=1)).shape == (4, 4, 1)


def test_a_folder_is_read_with_its_folders_in_the_order_of_names(folder: Path) -> None:
    pictures, names = read_pictures(folder_files(folder), FORM, str(folder))
    assert names.tolist() == sorted(names.tolist())
    assert {name: int(picture[0, 0, 0]) for name, picture in zip(names, pictures, strict=True)} == {
        f"{'more/' if number % 2 else ''}{number}.png": 20 * number for number in range(10)
    }


def test_an_archive_gives_what_the_folder_gives(folder: Path) -> None:
    one = read_pictures(folder_files(folder), FORM, "")
    two = read_pictures(archive_files(archive_of(folder), "here"), FORM, "")
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])


def test_data_hold_each_picture_once_with_its_name(folder: Path) -> None:
    data = picture_data(folder_files(folder), FORM, str(folder))
    assert data.sizes() == {"train": 7, "validation": 1, "test": 2}
    named = np.concatenate([split.identifiers for split in data.splits.values() if split.identifiers is not None])
    assert len(set(named.tolist())) == 10
    assert (data.spec.task, data.spec.shape, data.spec.classes) == ("picture_generation", (8, 8, 3), None)


def test_broken_files_are_named(folder: Path) -> None:
    (folder / "cut.png").write_bytes(square(3, side=64)[:90])
    (folder / "other.jpg").write_bytes(b"these are words")
    with pytest.raises(InvalidData, match=r"all 12 picture files must be whole pictures") as caught:
        read_pictures(folder_files(folder), FORM, str(folder))
    received = str(caught.value.received)
    assert received.startswith("2 that are not: cut.png (")
    assert "other.jpg (not a picture)" in received
    assert caught.value.exit_code == 2


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked() -> None:
    content = bytearray(square(0))
    content[16:24] = (60_000).to_bytes(4, "big") * 2  # width and height in the header
    content[29:33] = zlib_crc(bytes(content[12:29]))
    with pytest.raises(InvalidData):
        decode(bytes(content), FORM)


def zlib_crc(content: bytes) -> bytes:
    import zlib

    return zlib.crc32(content).to_bytes(4, "big")


def test_a_folder_without_pictures_and_none_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="there must be picture files"):
        list(folder_files(tmp_path))
    with pytest.raises(InvalidData, match="pictures must be in a folder"):
        list(folder_files(tmp_path / "none"))


def test_what_is_no_archive_is_refused() -> None:
    with pytest.raises(DamagedData, match="whole zip archive"):
        list(archive_files(b"PK no archive", "here"))


def test_picture_folder_is_told_where_by_an_option(folder: Path) -> None:
    registry = build(with_plugins=False)
    data = load(registry, "picture_folder", {"path": str(folder), "side": 8})
    assert sum(data.sizes().values()) == 10
    archive = folder.parent / f"{folder.name}.zip"
    archive.write_bytes(archive_of(folder))
    assert load(registry, "picture_folder", {"path": str(archive), "side": 8}).hashes() == data.hashes()
    with pytest.raises(DataUnavailable, match="must be told where"):
        load(registry, "picture_folder", {})


def test_pokemon_takes_a_folder_or_the_known_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = build(with_plugins=False)
    assert sum(load(registry, "pokemon", {"path": str(folder), "side": 8}).sizes().values()) == 10
    monkeypatch.setenv("ZOO_DATA_DIR", str(folder))
    with pytest.raises(DataUnavailable, match="data set 'pokemon' is not on this machine") as caught:
        load(registry, "pokemon", {})
    assert pokemon.SHA1 in str(caught.value.hint)
    (folder / "pokemon").mkdir()
    (folder / pokemon.PLACE).write_bytes(archive_of(folder))
    with pytest.raises(DamagedData, match=f"must have SHA-1 {pokemon.SHA1}"):
        load(registry, "pokemon", {})


@pytest.mark.real
def test_emoji_are_3583_pictures_on_white() -> None:
    data = load(build(with_plugins=False), "emoji", {})
    assert data.sizes() == {"train": 2508, "validation": 358, "test": 717}
    assert data.spec.shape == (64, 64, 3)
    corners = data.train.features[:, 0, 0]
    assert (corners == 255).all(axis=1).mean() > 0.9
    assert sum(data.duplicates().values()) < 50
