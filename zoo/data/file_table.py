"""Data sets that are one CSV file with a header: read, checked against their columns, encoded, split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo.data.columns import Column, target_column
from zoo.data.options import SplitOptions
from zoo.data.raw_file import RawFile
from zoo.data.spec import Data, DataSpec
from zoo.data.split import make_data
from zoo.data.tables import encode, encode_target, identifiers, read_table


def file_table(
    source: RawFile,
    columns: Sequence[Column],
    inputs: Sequence[Column],
    options: SplitOptions,
    *,
    classes: Sequence[str],
    separator: str = ",",
    distinct: bool = False,
) -> Data:
    """Load a classification from a CSV file.

    Args:
        source: The file.
        columns: All columns of the file, in order.
        inputs: Those that are inputs, in order, as they are to be encoded.
        options: How to split.
        classes: Class names in the order of the target's categories.
        separator: What stands between cells.
        distinct: Whether a row that repeats an earlier one is left out, so that none stands in two splits; `rows` of
            the splits then count the rows that are left.

    Returns:
        Checked data of kind "table", with the identifiers if the file has any.

    Raises:
        DataUnavailable: The file is not here and cannot be fetched.
        DamagedData: It is another file.
        InvalidData: It does not have these columns; unless the columns are wrong, the hash finds that first.
    """
    frame = read_table(source.locate(), columns, separator=separator)
    if distinct:
        named = [column.name for column in columns if column.role == "identifier"]
        frame = frame.drop_duplicates(subset=[name for name in frame.columns if name not in named])
    spec = DataSpec(
        kind="table",
        shape=(len(inputs),),
        dtype="float64",
        task="classification",
        classes=tuple(classes),
        target_name=target_column(columns).name,
        columns=tuple(inputs),
    )
    targets: np.ndarray = encode_target(frame, columns)
    return make_data(encode(frame, inputs), targets, spec, options, identifiers=identifiers(frame, columns))
