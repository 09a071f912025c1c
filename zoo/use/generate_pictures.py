"""Pictures of a trained generator: as arrays, as a grid in a PNG file, or as a NumPy file."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from registry.names import near
from zoo.data.atomic import write_bytes
from zoo.data.errors import InvalidData
from zoo.data.picture_grid import tiled
from zoo.data.spec import DataSpec
from zoo.layers.picture_generator import PictureGenerator
from zoo.layers.preprocessing import picture_range

MOST = 100_000  # pictures in one call
LARGEST_SEED = 2**63 - 1


def generate_pictures(network: Any, *, count: int = 64, seed: int = 0, classes: Sequence[str] = ()) -> np.ndarray:
    """Let a generator make pictures.

    Args:
        network: A generator, alone or with the discriminator that it learned against.
        count: How many.
        seed: The same seed gives the same pictures; fewer of them are the first ones.
        classes: Of a conditional generator the classes to make, one after the other and again from the first; all if
            none is given.

    Returns:
        Raw pictures (count, *shape) of the data's own dtype and range.

    Raises:
        InvalidData: The network makes no pictures, or the count, the seed or a class is none.
        UserError: Classes are given of a generator that is not told them.
    """
    if not isinstance(network, PictureGenerator):
        raise InvalidData(
            "pictures are made by adversarial families", received=type(network).__name__, hint="zoo generate --help"
        )
    if not 1 <= count <= MOST:
        raise InvalidData(f"count must lie in 1..{MOST:,}", received=count)
    if not 0 <= seed <= LARGEST_SEED:
        raise InvalidData(f"seed must lie in 0..{LARGEST_SEED}", received=seed)
    chosen = None
    if classes:
        numbers = [_number_of(name, network.data_spec) for name in classes]
        chosen = np.resize(numbers, count)
    return network.generate(network.latents(count, seed), chosen)


def _number_of(name: str, data_spec: DataSpec) -> int:
    known = data_spec.classes or ()
    if name not in known:
        raise InvalidData(
            "a class must be one of the data's",
            received=name,
            near=near(name, known),
            hint=f"one of: {', '.join(known)}",
        )
    return known.index(name)


def write_pictures(pictures: np.ndarray, data_spec: DataSpec, path: Path) -> None:
    """Write pictures into a file: a grid as near to a square as can be (.png), or the raw array (.npy).

    Raises:
        InvalidData: The name of the file says neither.
    """
    suffix = path.suffix.lower()
    if suffix == ".npy":
        buffer = BytesIO()
        np.save(buffer, pictures, allow_pickle=False)
        write_bytes(path, buffer.getvalue())
        return
    if suffix != ".png":
        raise InvalidData(
            "pictures go into a .png file, as a grid, or into an .npy file, as they are", received=str(path)
        )
    columns = int(np.ceil(np.sqrt(len(pictures))))
    grid = tiled(pictures, columns=columns, value_range=picture_range(data_spec))
    write_bytes(path, tf.io.encode_png(grid).numpy())
