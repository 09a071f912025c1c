"""A series of your own: one column of a CSV file, or a file with one number a line, in the order of the lines.

zoo train rnn dataset=series_file data.path=weather.csv data.column=temperature data.lag=24 data.horizon=24
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.options import WholeSeriesOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    import numpy as np

    from zoo.data.spec import Data

RAW = "windows of data.lag values each, the newest last"


class Options(WholeSeriesOptions):
    """Options of series_file: which file, which column, in which windows."""

    path: str = setting("", "the file; a recipe that names none cannot be trained")
    column: str = setting("", "the column; need not be given where there is one only")
    unit: str | None = setting(None, "unit of the values, for figures")


def load(options: Options) -> Data:
    """Read the column.

    Args:
        options: File, column and windows.

    Returns:
        Data of a forecast, windows float64 (lag,); the last part of the file is the continuation.

    Raises:
        InvalidData: No file is named, it cannot be read, it has no such column, a cell is no number or missing, or
            there are too few values.
    """
    from zoo.data.errors import InvalidData
    from zoo.data.series import series_data

    if not options.path:
        raise InvalidData("the data set series_file must be told its file", received="no path", hint="data.path=FILE")
    path = Path(options.path).expanduser()
    name, values = read_column(path, options.column)
    continuation = max(1, round(len(values) * options.test_fraction))
    return series_data(values, options, continuation=continuation, target=name, unit=options.unit)


def read_column(path: Path, column: str) -> tuple[str, np.ndarray]:
    """Name and values of one column.

    Args:
        path: CSV file, or a file of numbers without a header.
        column: Its name; "" where there is one only.

    Returns:
        Name, float64 (n,).

    Raises:
        InvalidData: As `load`.
    """
    import numpy as np

    from registry.names import near
    from zoo.data.columns import Column
    from zoo.data.errors import InvalidData
    from zoo.data.tables import SEPARATORS, encode, read_chunks, read_header

    separator = max(SEPARATORS, key=lambda sign: len(read_header(path, sign)))
    header = read_header(path, separator)
    if len(header) == 1 and _is_number(header[0]):
        return "value", _plain_numbers(path)
    if not column and len(header) > 1:
        raise InvalidData(
            "data.column must say which column is the series",
            received=f"{len(header)} columns",
            where=str(path),
            hint=f"data.column={header[-1]}; columns: {', '.join(header)}",
        )
    chosen = column or header[0]
    if chosen not in header:
        raise InvalidData(
            "data.column must be a column of the file",
            received=chosen,
            where=str(path),
            near=near(chosen, header),
            hint=f"columns: {', '.join(header)}",
        )
    columns = (Column(chosen, "number"),)
    chunks = read_chunks(path, columns, separator=separator)
    values = np.concatenate([encode(chunk, columns, where=str(path))[:, 0] for chunk in chunks])
    missing = np.flatnonzero(np.isnan(values))
    if missing.size:
        raise InvalidData(
            f"column {chosen!r} must have a number in every row: a series has no holes",
            received=f"{missing.size} missing, the first in row {missing[0] + 1}",
            where=str(path),
        )
    return chosen, values


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _plain_numbers(path: Path) -> np.ndarray:
    """One number a line, without a header."""
    import numpy as np

    from zoo.data.errors import InvalidData

    try:
        return np.loadtxt(path, dtype=np.float64, ndmin=1)
    except ValueError as error:
        raise InvalidData(
            "a file without a header must hold one number a line", received=str(error), where=str(path)
        ) from None
