"""Files of rows, CSV or Parquet, a piece at a time, so that memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from zoo.data.columns import Column
from zoo.data.errors import InvalidData
from zoo.data.tables import CHUNK, find_separator, read_chunks


def row_chunks(path: Path, columns: Sequence[Column], *, chunk: int = CHUNK) -> Iterator[pd.DataFrame]:
    """Read the rows of a table, with a CSV file's own separator.

    Args:
        path: A .csv file with a line of column names, or a .parquet file.
        columns: What must be there, in any order; other columns are kept as they are.
        chunk: Rows of a piece.

    Yields:
        Frames in the order of the file, their index the number of the row from 0; cells of a CSV file are text, those
        of a Parquet file what it says they are.

    Raises:
        InvalidData: The file cannot be read, has no rows, or a column is missing or twice.
    """
    if path.suffix.lower() == ".parquet":
        return parquet_chunks(path, chunk=chunk)
    return read_chunks(path, columns, separator=find_separator(path, columns), chunk=chunk)


def parquet_chunks(path: Path, *, chunk: int = CHUNK) -> Iterator[pd.DataFrame]:
    """Read a Parquet file piece by piece; arguments and errors as of `row_chunks`."""
    from pyarrow import ArrowException  # at use: only who has such files pays for it
    from pyarrow.parquet import ParquetFile

    rows = 0
    try:
        with ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=chunk):
                # without what pandas noted in the file: an index would take rows their numbers
                # whole numbers stay whole beside a missing cell, of any size
                frame = batch.to_pandas(ignore_metadata=True, integer_object_nulls=True)
                frame.index = pd.RangeIndex(rows, rows + len(frame))
                rows += len(frame)
                yield frame
    except (OSError, ValueError, ArrowException) as error:
        raise InvalidData(
            "a Parquet file must be whole and readable", received=str(error).partition("\n")[0], where=str(path)
        ) from None
    if not rows:
        raise InvalidData("a table must hold at least one row", received="no rows", where=str(path))
