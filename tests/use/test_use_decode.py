"""Picture files come out as people see them, large ones near to the size that is wanted."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from zoo.data.errors import InvalidData
from zoo.use.decode import TURNS, decode_picture
from zoo.use.reading import thumbnail

SMALL = (8, 8)


def saved(folder: Path, picture: Image.Image, name: str = "a.png", **settings: object) -> Path:
    path = folder / name
    picture.save(path, **settings)
    return path


@pytest.mark.parametrize("turn", TURNS)
def test_a_photograph_stands_upright_however_the_camera_was_held(tmp_path: Path, turn: int) -> None:
    upright = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8))
    quarters = {6: TURNS[8], 8: TURNS[6]}  # all others undo themselves
    held = upright.transpose(quarters.get(turn, TURNS[turn]))
    exif = Image.Exif()
    exif[0x0112] = turn
    path = saved(tmp_path, held, exif=exif)
    assert np.array_equal(decode_picture(path, SMALL)[..., 0], np.asarray(upright))


def test_a_palette_becomes_its_colours_and_a_bit_black_or_white(tmp_path: Path) -> None:
    red = Image.new("RGB", (5, 4), "red").convert("P")
    assert decode_picture(saved(tmp_path, red), SMALL)[0, 0].tolist() == [255, 0, 0]
    bits = decode_picture(saved(tmp_path, Image.new("1", (5, 4), 1)), SMALL)
    assert (bits.shape, bits.min()) == ((4, 5, 1), 255)


def test_the_first_frame_is_taken_of_an_animation(tmp_path: Path) -> None:
    black, white = (Image.new("L", (9, 9), shade) for shade in (0, 255))
    assert decode_picture(saved(tmp_path, black, "a.gif", save_all=True, append_images=[white]), SMALL).max() == 0


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_a_large_picture_is_averaged_near_to_the_size_wanted(tmp_path: Path, name: str) -> None:
    board = np.kron(np.indices((30, 40)).sum(axis=0) % 2 * 255, np.ones((50, 50))).astype(np.uint8)
    taken = decode_picture(saved(tmp_path, Image.fromarray(board), name), (8, 8))
    assert 32 <= min(taken.shape[:2]) < 128
    assert abs(taken.mean() - 127.5) < 4


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 20_000, 8_000, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    (tmp_path / "huge.png").write_bytes(content)
    with (
        pytest.warns(Image.DecompressionBombWarning),
        pytest.raises(InvalidData, match="at most 100,000,000 pixels\n  received: 20000 by 8000"),
    ):
        decode_picture(tmp_path / "huge.png", SMALL)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["png", "jpeg", "gif", "bmp", "webp"]),
    places=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4),
    length=st.integers(0, 600),
)
def test_a_damaged_picture_is_refused_or_decoded(
    tmp_path: Path, kind: str, places: list[tuple[int, int]], length: int
) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 14, 3)).astype(np.uint8)).save(buffer, kind)
    content = bytearray(buffer.getvalue())
    for place, byte in places:
        content[place % len(content)] = byte
    (tmp_path / "a").write_bytes(bytes(content[: max(length, 100)]))
    try:
        taken = decode_picture(tmp_path / "a", SMALL)
    except InvalidData:
        return
    assert taken.dtype == np.uint8
    assert taken.ndim == 3
    assert taken.shape[2] in (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("shape", "size"),
    [((8, 8, 1), (96, 96)), ((28, 14, 3), (84, 42)), ((500, 250, 4), (100, 50)), ((1, 900, 2), (1, 100))],
)
def test_a_thumbnail_is_no_larger_than_a_square(shape: tuple[int, int, int], size: tuple[int, int]) -> None:
    taken = thumbnail(np.zeros(shape, np.uint8), 100)
    assert taken.shape == (*size, 3)
    assert taken.max() == (0 if shape[2] in (1, 3) else 255)  # what is seen through is on white
