"""Examples of many files, in their order, a piece at a time: memory holds neither all files nor large pictures.

Pictures are decoded by threads that work ahead by a few files. A file that cannot be read is told and left out.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image

from zoo.data.errors import InvalidData
from zoo.data.row_files import row_chunks
from zoo.data.spec import DataSpec
from zoo.data.tables import encode
from zoo.layers.preprocessing import picture_range
from zoo.use.decode import decode_picture
from zoo.use.files import PIXELS, mapped, named, read_file
from zoo.use.inputs import ARRAY_SUFFIX, PICTURE_SUFFIXES, ROW_SUFFIXES, check_kind
from zoo.use.raw import as_examples, picture_pieces

THREADS = min(4, os.cpu_count() or 1)
# what a thread does at a time: small files together, since handing one over takes as long as decoding it
FILES, BYTES = 64, 2**20


@dataclass(frozen=True)
class Part:
    """Examples of one file, or some of them.

    Attributes:
        path: The file.
        first: Place of the first of them in the file.
        examples: (n, *shape), as the model takes them.
        shown: The pictures as people see them, uint8 (height, width, 3), where they were asked for.
    """

    path: Path
    first: int
    examples: np.ndarray
    shown: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class Bad:
    """A file that cannot be read, or not to its end.

    Attributes:
        path: The file.
        error: What is wrong with it.
        read: Examples that came of it before.
    """

    path: Path
    error: InvalidData
    read: int = 0

    def __str__(self) -> str:
        """One line that names the file."""
        error = self.error
        reason = error.message if error.received is None else f"{error.message}; received: {error.received}"
        place = f" ({error.where})" if error.where not in (None, str(self.path)) else ""
        kept = f"; its first {self.read:,} rows are predicted" if self.read else ""
        hint = f"; try: {error.hint}" if error.hint else ""
        return f"{self.path}: {reason}{place}{hint}{kept}"


def read_parts(
    paths: Sequence[Path],
    data_spec: DataSpec,
    *,
    rows: int,
    value_range: tuple[float, float] | None = None,
    side: int | None = None,
    on_file: Callable[[], None] = lambda: None,
) -> Iterator[Part | Bad]:
    """Read files.

    Args:
        paths: What `find_inputs` found.
        data_spec: What an example must be.
        rows: Examples of a part at most; a picture file is one.
        value_range: Smallest and largest value of the pictures in .npy arrays; the data set's own if not given.
        side: Dots that pictures have at most where people look at them; none are kept for that unless given.
        on_file: Called when a file is done, whatever came of it.

    Yields:
        Parts in the order of the files, and among them the files that are bad.
    """
    for pictures, group in groupby(paths, lambda path: path.suffix.lower() in PICTURE_SUFFIXES):
        if pictures and data_spec.kind == "picture":
            for part in _decoded(group, data_spec, side):
                on_file()
                yield part
            continue
        for path in group:
            read = 0
            try:
                for part in _parts(path, data_spec, rows, value_range, side):
                    read += len(part.examples)
                    yield part
            except InvalidData as error:
                yield Bad(path, error, read)
            on_file()


def _decoded(paths: Iterable[Path], data_spec: DataSpec, side: int | None) -> Iterator[Part | Bad]:
    """Picture files, decoded by threads in tasks of which few wait to be taken."""
    waiting: deque[Future[list[Part | Bad]]] = deque()
    with ThreadPoolExecutor(THREADS, "decode") as threads:
        try:
            for task in _tasks(paths):
                waiting.append(threads.submit(lambda task: [_picture(path, data_spec, side) for path in task], task))
                if len(waiting) > 2 * THREADS:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _tasks(paths: Iterable[Path]) -> Iterator[list[Path]]:
    task: list[Path] = []
    size = 0
    for path in paths:
        task.append(path)
        size += _size(path)
        if len(task) == FILES or size >= BYTES:
            yield task
            task, size = [], 0
    if task:
        yield task


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # told when it is read
        return 0


def _picture(path: Path, data_spec: DataSpec, side: int | None) -> Part | Bad:
    try:
        with named(path):
            height, width, _ = data_spec.shape
            pixels = decode_picture(path, (max(height, side or 0), max(width, side or 0)))
            examples = as_examples(pixels[None], data_spec, value_range=PIXELS)
            return Part(path, 0, examples, () if side is None else (thumbnail(pixels, side),))
    except InvalidData as error:
        return Bad(path, error)


def _parts(
    path: Path, data_spec: DataSpec, rows: int, value_range: tuple[float, float] | None, side: int | None
) -> Iterator[Part]:
    """An array, or the rows of a table."""
    first = 0
    if path.is_dir():  # found where folders were searched
        raise InvalidData("a folder must be one that can be read", received=str(path))
    check_kind(path, data_spec)
    with named(path):
        pieces: Iterable[np.ndarray]
        if data_spec.kind == "picture":
            pieces = picture_pieces(mapped(path), data_spec, rows=rows, value_range=value_range)
        elif data_spec.kind == "table" and path.suffix.lower() in ROW_SUFFIXES:
            columns = data_spec.columns
            pieces = (encode(frame, columns, where=str(path)) for frame in row_chunks(path, columns, chunk=rows))
        else:
            whole = read_file(path, data_spec, value_range=value_range)
            pieces = (whole[place : place + rows] for place in range(0, len(whole), rows))
        for examples in pieces:
            shown = () if side is None else _shown(examples, data_spec, side)
            yield Part(path, first, examples, shown)
            first += len(examples)


def _shown(examples: np.ndarray, data_spec: DataSpec, side: int) -> tuple[np.ndarray, ...]:
    low, high = picture_range(data_spec)
    shades = np.rint((examples.astype(np.float32) - low) * (255.0 / (high - low))).clip(0, 255).astype(np.uint8)
    return tuple(thumbnail(picture, side) for picture in shades)


def thumbnail(pixels: np.ndarray, side: int) -> np.ndarray:
    """A picture as people look at it: no larger than a square, laid on white, small ones by whole pixels.

    Args:
        pixels: uint8 (height, width, channels).
        side: Dots of the square.

    Returns:
        uint8 (height, width, 3), the longer of the two near to `side`.

    Example:
        >>> thumbnail(np.zeros((28, 14, 1), np.uint8), 96).shape
        (84, 42, 3)
    """
    channels = pixels.shape[2]
    if channels > 4:  # no picture that can be shown: its first channel
        pixels, channels = pixels[..., :1], 1
    picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    longest = max(picture.size)
    times = side / longest if longest > side else side // longest
    size = max(1, round(picture.width * times)), max(1, round(picture.height * times))
    with_opacity = picture.convert("RGBA").resize(
        size, Image.Resampling.LANCZOS if times < 1 else Image.Resampling.NEAREST
    )
    ground = Image.new("RGBA", size, "white")
    ground.alpha_composite(with_opacity)
    return np.asarray(ground.convert("RGB"))


def is_array(path: Path) -> bool:
    """Whether a file may hold more than one example, so that a place in it has to be told."""
    return path.suffix.lower() in (ARRAY_SUFFIX, *ROW_SUFFIXES)
