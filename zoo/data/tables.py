"""CSV tables to numbers: read with pandas as text, checked against the columns, encoded cell by cell.

Cells stay text until `encode`, so that a mistake is named by row and column, and rows can be written back as they came.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from registry.names import near
from zoo.data.columns import Column, target_column
from zoo.data.errors import InvalidData

CHUNK = 50_000  # rows in memory at a time: about 50 MB of text cells for 17 columns
SEPARATORS = (",", ";", "\t", "|")
_UNREADABLE = (OSError, UnicodeDecodeError, csv.Error)


def read_header(path: Path, separator: str) -> list[str]:
    """The names in the first line of a CSV file.

    Raises:
        InvalidData: The file cannot be read or is empty.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            header = next(csv.reader(file, delimiter=separator), [])
    except _UNREADABLE as error:
        _refuse_file(path, error)
    if not any(header):
        raise InvalidData("a table must begin with a line of column names", received="an empty line", where=str(path))
    return [name.strip() for name in header]


def find_separator(path: Path, columns: Sequence[Column]) -> str:
    """The separator with which the first line names the most columns; a comma when several do.

    Raises:
        InvalidData: The file cannot be read or is empty.
    """
    names = {column.name for column in columns}
    return max(SEPARATORS, key=lambda separator: len(names & set(read_header(path, separator))))


def read_chunks(
    path: Path, columns: Sequence[Column], *, separator: str = ",", chunk: int = CHUNK, exact: bool = False
) -> Iterator[pd.DataFrame]:
    """Read a CSV file piece by piece, as text.

    Args:
        path: UTF-8 text with a line of column names.
        columns: What must be there, in any order; other columns are kept as they are.
        separator: What stands between cells.
        chunk: Rows of a piece.
        exact: Whether the first line must be the names of `columns`, in this order, and nothing else.

    Yields:
        Frames of text cells in the order of the file, their index the number of the row from 0.

    Raises:
        InvalidData: The file cannot be read, has no rows, a column is missing or twice, or a row is too short or long.
    """
    header = read_header(path, separator)
    _check_header(header, columns, path, exact)
    rows = 0
    widths_are_checked = False
    for frame in _text_frames(path, separator, width=len(header), chunk=chunk):
        # pandas fills short rows up with empty cells; only a row that ends in one can be short
        if not widths_are_checked and (frame[len(header) - 1].eq("").any() or frame[len(header)].ne("").any()):
            _check_widths(path, separator, len(header))
            widths_are_checked = True
        rows += len(frame)
        yield frame.iloc[:, : len(header)].set_axis(header, axis=1)
    if not rows:
        raise InvalidData("a table must hold at least one row", received="no rows", where=str(path))


def read_table(path: Path, columns: Sequence[Column], *, separator: str = ",") -> pd.DataFrame:
    """Read and check the whole file of a data set.

    Args:
        path: UTF-8 text whose first line holds the names of `columns`, in this order.
        columns: What every column must hold, target and identifiers included.
        separator: What stands between cells.

    Returns:
        Frame of text cells, one row a line.

    Raises:
        InvalidData: Another header, no rows, a row too short or long, a cell that is no number where a number must be,
            a part of one where it must be whole, or a cell that is none of the categories; by row and column.
    """
    frame = pd.concat(read_chunks(path, columns, separator=separator, exact=True))
    for column in columns:
        if column.role == "number" or (column.role == "target" and not column.categories):
            numbers = _numbers(frame[column.name], column, str(path))
            if column.integer:
                broken = np.isfinite(numbers) & (numbers != np.rint(numbers))
                _refuse_first(broken, frame[column.name], "must hold whole numbers", str(path))
        elif column.role != "identifier":
            _refuse_first(
                encode_column(frame[column.name], column) == -1,
                frame[column.name],
                f"must hold one of {', '.join(column.categories)}",
                str(path),
            )
    return frame


def encode(frame: pd.DataFrame, columns: Sequence[Column], *, where: str | None = None) -> np.ndarray:
    """Make rows of numbers from the input columns of a frame.

    Args:
        frame: Text cells, or numbers; columns in any order, others are not looked at.
        columns: The columns to encode, in order; of other roles than inputs none.
        where: What to call the frame in messages.

    Returns:
        float64 array (rows, len(columns)): numbers as they are; of categories and ordinals the place among the
        categories, -1 when unseen; NaN where a cell is missing.

    Raises:
        InvalidData: A column is missing or twice, or a cell is no number where a number must be.

    Example:
        >>> columns = (Column("age", "number"), Column("job", "category", categories=("clerk", "cook")))
        >>> encode(pd.DataFrame({"job": ["cook", "spy", ""], "age": ["31", "", "40"]}), columns).tolist()
        [[31.0, 1.0], [nan, -1.0], [40.0, nan]]
    """
    _check_header([str(name) for name in frame.columns], columns, where, exact=False)
    by_text = {str(name): name for name in frame.columns}
    rows = np.empty((len(frame), len(columns)), np.float64)
    for place, column in enumerate(columns):
        rows[:, place] = encode_column(frame[by_text[column.name]], column, where=where)
    return rows


def encode_column(cells: pd.Series, column: Column, *, where: str | None = None) -> np.ndarray:
    """Make one column of a frame into numbers: `encode` says which.

    Raises:
        InvalidData: A cell is no number where a number must be.
    """
    if not column.categories:
        return _numbers(cells, column, where)
    codes = pd.Index(column.categories).get_indexer(pd.Index(_texts(cells), dtype=object)).astype(np.float64)
    codes[_is_missing(cells, column)] = np.nan
    return codes


def encode_target(frame: pd.DataFrame, columns: Sequence[Column]) -> np.ndarray:
    """The targets of a checked frame: int64 class numbers when the target has categories, else float64 numbers."""
    target = target_column(columns)
    numbers = encode_column(frame[target.name], target)
    return numbers.astype(np.int64) if target.categories else numbers


def identifiers(frame: pd.DataFrame, columns: Sequence[Column]) -> np.ndarray | None:
    """The cells of the identifier column as fixed-width text (n,); None when there is no such column."""
    names = [column.name for column in columns if column.role == "identifier"]
    return frame[names[0]].to_numpy(dtype=str) if names else None


def _text_frames(path: Path, separator: str, *, width: int, chunk: int) -> Iterator[pd.DataFrame]:
    """Frames of text cells; one column more than the header has catches rows that are too long."""
    try:
        with _strictly():
            reader = pd.read_csv(
                path,
                sep=separator,
                header=None,
                skiprows=1,
                names=list(range(width + 1)),
                index_col=False,
                dtype=str,
                keep_default_na=False,
                encoding="utf-8-sig",
                chunksize=chunk,
            )
        with reader:
            while True:
                with _strictly():
                    frame = next(reader, None)
                if frame is None:
                    return
                yield frame
    except pd.errors.EmptyDataError:
        return
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        _check_widths(path, separator, width)
        _refuse_file(path, error)
    except _UNREADABLE as error:
        _refuse_file(path, error)


@contextmanager
def _strictly() -> Iterator[None]:
    """Make an error of pandas' warning that it cuts rows off."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        yield


def _check_header(header: Sequence[str], columns: Sequence[Column], where: Path | str | None, exact: bool) -> None:
    names = [column.name for column in columns]
    place = None if where is None else f"{where}, the line of column names" if isinstance(where, Path) else where
    for name in names:
        if header.count(name) != 1:
            times = f"{header.count(name)} times" if name in header else "no such column"
            raise InvalidData(
                f"a table must have the column {name!r} once",
                received=f"{times} among {', '.join(header)}",
                where=place,
                near=near(name, header),
            )
    if exact and list(header) != names:
        raise InvalidData(f"the column names must be {', '.join(names)}", received=", ".join(header), where=place)


def _check_widths(path: Path, separator: str, width: int) -> None:
    """Refuse the first row that has more or fewer cells than the header."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=separator)
        next(reader)
        row = 0
        for cells in reader:
            if not cells:
                continue
            row += 1
            if len(cells) != width:
                raise InvalidData(
                    f"every row must have {width} cells",
                    received=f"{len(cells)} cells: {separator.join(cells)}",
                    where=f"{path}, row {row} (line {reader.line_num})",
                )


def _numbers(cells: pd.Series, column: Column, where: str | None) -> np.ndarray:
    """Finite numbers, NaN where a cell is missing."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        numbers = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        _refuse_first(np.isinf(numbers), cells, "must hold finite numbers", where)
        return np.asarray(numbers)
    is_number = ~_is_missing(cells, column)
    numbers = np.full(len(cells), np.nan)
    spelled = cells.to_numpy(dtype=object)[is_number]
    try:
        # Python's reading of each cell: pandas' own is off in the last bit of every fifth long fraction
        numbers[is_number] = spelled.astype(np.float64)
    except (ValueError, TypeError):
        broken = is_number.copy()
        broken[is_number] = [not _is_number(cell) for cell in spelled]
        _refuse_first(broken, cells, "must hold finite numbers", where)
    _refuse_first(is_number & ~np.isfinite(numbers), cells, "must hold finite numbers", where)
    return numbers


def _is_number(cell: object) -> bool:
    try:
        float(cell)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return False
    return True


def _is_missing(cells: pd.Series, column: Column) -> np.ndarray:
    """Which cells are missing: none at all, NaN, or a text that the column says means so."""
    missing = cells.isna().to_numpy(dtype=bool)
    if cells.dtype == object or isinstance(cells.dtype, pd.StringDtype | pd.CategoricalDtype):
        missing = missing | cells.isin(column.missing).to_numpy(dtype=bool)
    return np.asarray(missing)


def _texts(cells: pd.Series) -> np.ndarray:
    """Cells as a CSV file would spell them: 1, 1.0 and True are "1", "1" and "True"."""
    if pd.api.types.infer_dtype(cells, skipna=False) == "string":
        return cells.to_numpy(dtype=object)
    return np.array([cell if isinstance(cell, str) else _text(cell) for cell in cells], dtype=object)


def _text(cell: object) -> str:
    if isinstance(cell, float | np.floating) and np.isfinite(cell) and cell == int(cell):
        return str(int(cell))
    return str(cell)


def _refuse_first(broken: np.ndarray, cells: pd.Series, must: str, where: str | None) -> None:
    if broken.any():
        place = int(np.argmax(broken))
        row = cells.index[place]
        spelled = f"row {row + 1}" if isinstance(row, int | np.integer) else f"row {row}"
        raise InvalidData(
            f"column {cells.name!r} {must}",
            received=str(cells.iloc[place]),
            where=", ".join(filter(None, (where, spelled, f"column {cells.name!r}"))),
        )


def _refuse_file(path: Path, error: Exception) -> NoReturn:
    reason = str(error).partition("\n")[0] or type(error).__name__
    raise InvalidData("a table must be a CSV file, UTF-8 text", received=reason, where=str(path)) from None
