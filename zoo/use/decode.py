"""Picture files decoded as people see them: upright, palettes as colours, 8 bits a channel.

Pillow decodes, which lets other threads work meanwhile. A picture far larger than what is asked for is brought near to
it while it is decoded, so that photographs take little time and memory.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from zoo.data.errors import InvalidData

MOST_PIXELS = 100_000_000  # 400 MB decoded; more is no picture, or a file made to do harm
LARGE = 2**20  # pixels from which a picture is brought near to the size asked for
SPARE = 4  # times that size, which is left for the resizing proper
ORIENTATION = 0x0112  # of EXIF; 1 is upright
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# what Pillow raises for a damaged file, depending on the kind of the file and the place that is damaged
DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


def decode_picture(path: Path, at_least: tuple[int, int]) -> np.ndarray:
    """Decode a picture file; of an animation its first frame.

    Args:
        path: The file; what it holds says its kind, whatever its suffix is.
        at_least: Height and width that are wanted. A picture of more than a million pixels is averaged block by block
            to no less than four times that.

    Returns:
        uint8 (height, width, channels): grey, grey with opacity, colour, or colour with opacity.

    Raises:
        InvalidData: It is no whole picture, or of more than 100 million pixels.
    """
    try:
        with Image.open(path) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise InvalidData(
                    f"a picture must have at most {MOST_PIXELS:,} pixels",
                    received=f"{opened.width} by {opened.height}",
                    where=str(path),
                )
            shown, turn = _shrunk(opened, at_least), _turn(opened)
            return _pixels(shown if turn is None else shown.transpose(turn))
    except DAMAGED as error:
        raise InvalidData(
            "an input file must be readable and what its name says", received=_reason(error), where=str(path)
        ) from None


def _shrunk(picture: Image.Image, at_least: tuple[int, int]) -> Image.Image:
    """In one of the modes L, LA, RGB and RGBA, and not much larger than it has to be."""
    large = picture.width * picture.height > LARGE
    side = SPARE * max(at_least)  # whichever way round the picture will stand
    if large:
        picture.draft(None, (side, side))  # a JPEG file is decoded at a half, a quarter or an eighth
    picture.load()
    shown = _plain(picture)
    factor = min(shown.width, shown.height) // side if large else 1
    return shown.reduce(factor) if factor > 1 else shown


def _plain(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits: the higher eight of them
        return Image.fromarray((np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8))
    grey = picture.mode in ("1", "L", "LA", "La")
    opacity = "transparency" in picture.info or picture.mode in ("LA", "La", "PA", "RGBA", "RGBa")
    mode = ("L" if grey else "RGB") + ("A" if opacity else "")
    return picture if picture.mode == mode else picture.convert(mode)


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """How to turn it upright, as its EXIF orientation says: cameras write that instead of turning the pixels."""
    if "exif" not in picture.info:
        return None
    try:
        return TURNS.get(picture.getexif().get(ORIENTATION, 1))
    except DAMAGED:  # of the description, not of the picture
        return None


def _pixels(picture: Image.Image) -> np.ndarray:
    pixels = np.asarray(picture, np.uint8)
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def _reason(error: Exception) -> str:
    if isinstance(error, Image.UnidentifiedImageError):
        return "not a picture"
    return str(error).partition("\n")[0] or type(error).__name__
