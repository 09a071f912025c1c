"""Small raw files in the form of the real ones, for data sets whose files do not come with a package."""

import csv
import dataclasses
import hashlib
from pathlib import Path
from types import ModuleType

import numpy as np

from zoo.data.columns import Column
from zoo.data.raw_file import RawFile


def write_excerpt(module: ModuleType, root: Path, rows: int = 200, seed: int = 0) -> RawFile:
    """Draw a file with the columns of a data set and put it where the data set looks for its own.

    Returns:
        The source that knows the size and the sha256 of the drawn file.
    """
    draw = np.random.default_rng(seed)
    path = root / module.SOURCE.path
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=getattr(module, "SEPARATOR", ","))
        writer.writerow(column.name for column in module.COLUMNS)
        writer.writerows(zip(*(_cells(column, rows, draw) for column in module.COLUMNS), strict=True))
    content = path.read_bytes()
    return dataclasses.replace(module.SOURCE, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _cells(column: Column, rows: int, draw: np.random.Generator) -> list[str]:
    if column.role == "identifier":
        return [str(15_000_000 + number) for number in range(rows)]
    if column.categories:
        return [column.categories[place] for place in draw.integers(len(column.categories), size=rows)]
    numbers = draw.integers(1, 100, rows) if column.integer else draw.normal(size=rows)
    if column.sentinels:
        numbers = np.where(draw.uniform(size=rows) < 0.5, column.sentinels[0], numbers).astype(int)
    return [str(number) for number in numbers.tolist()]
