"""TFDS builders for the tables that TFDS does not hold: import this module, then `tfds.load` knows their names.

They are prepared from the same checked raw file as the zoo's own data sets, without a network where the file is on this
machine, and hold every row of it in one split, "train": TFDS users split as they like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds

from zoo.data.columns import Column
from zoo.data.raw_file import RawFile
from zoo.data.tables import encode_column, read_table
from zoo.datasets import bank_marketing, credit_applications, creditcard_fraud

NAMELESS = "row"  # feature name of a column without a name: TFDS features need one


class TableBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[call-arg]
    """A CSV file as TFDS examples: numbers float64 (NaN where missing), categories ClassLabel, identifiers text."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "First version."}
    SOURCE: ClassVar[RawFile]
    COLUMNS: ClassVar[Sequence[Column]]
    SEPARATOR: ClassVar[str] = ","
    TEXT: ClassVar[str]  # what the data set is: the docstring of its module

    def _info(self) -> tfds.core.DatasetInfo:
        features = {column.name or NAMELESS: _feature(column) for column in self.COLUMNS}
        return tfds.core.DatasetInfo(
            builder=self, description=self.TEXT, features=tfds.features.FeaturesDict(features), disable_shuffling=True
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        return {"train": self._generate_examples()}

    def _generate_examples(self) -> Iterator[tuple[int, dict[str, Any]]]:
        frame = read_table(self.SOURCE.locate(), self.COLUMNS, separator=self.SEPARATOR)
        cells = {column.name or NAMELESS: _cells(frame[column.name], column) for column in self.COLUMNS}
        for row in range(len(frame)):
            yield row, {name: values[row] for name, values in cells.items()}


class BankMarketing(TableBuilder):
    """`bank_marketing`: all 45,211 rows, `duration` included."""

    SOURCE = bank_marketing.SOURCE
    COLUMNS = bank_marketing.COLUMNS
    SEPARATOR = bank_marketing.SEPARATOR
    TEXT = bank_marketing.__doc__ or ""


class CreditApplications(TableBuilder):
    """`credit_applications`: all 690 rows."""

    SOURCE = credit_applications.SOURCE
    COLUMNS = credit_applications.COLUMNS
    TEXT = credit_applications.__doc__ or ""


class CreditcardFraud(TableBuilder):
    """`creditcard_fraud`: all 1,722 rows, the 19 repetitions included."""

    SOURCE = creditcard_fraud.SOURCE
    COLUMNS = creditcard_fraud.COLUMNS
    TEXT = creditcard_fraud.__doc__ or ""


def _feature(column: Column) -> Any:
    if column.role == "identifier":
        return tfds.features.Text()
    if column.categories:
        return tfds.features.ClassLabel(names=list(column.categories))
    # as bytes: TFDS keeps plain numbers as float32
    return tfds.features.Tensor(shape=(), dtype=np.float64, encoding=tfds.features.Encoding.BYTES)


def _cells(cells: Any, column: Column) -> list[Any]:
    """Cells as TFDS takes them; a missing category is -1, which ClassLabel keeps for what has no label."""
    if column.role == "identifier":
        return list(cells)
    numbers = encode_column(cells, column)
    return list(np.nan_to_num(numbers, nan=-1).astype(np.int64)) if column.categories else list(numbers)
