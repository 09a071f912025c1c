"""Card transactions: 1,703 of the 284,807 made by European cardholders in two days of September 2013, 473 fraudulent.

A sample in circulation: its 1,722 rows hold all 492 frauds and 1,230 others, drawn in a way that is not documented.
19 frauds are there twice; the repetitions are left out, so that no row stands in two splits.

Source: A. Dal Pozzolo, O. Caelen, R. A. Johnson, G. Bontempi, Calibrating probability with undersampling for unbalanced
classification, IEEE SSCI 2015; Worldline and the machine learning group of ULB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.columns import Column, input_columns, number_columns
from zoo.data.options import SplitOptions
from zoo.data.raw_file import RawFile

if TYPE_CHECKING:
    from zoo.data.spec import Data

SOURCE = RawFile(
    dataset="creditcard_fraud",
    path="creditcard_fraud_sample/creditcard_sample.csv",
    size=944_181,
    sha256="2942d1f71d326ef41f8092c4affdb9a8aee8982599d5345df3ecaea29c4ef377",
    origin="wherever the sample of 1,722 rows, creditcard_sample.csv, is passed on (the whole table, 284,807 rows, is "
    "at https://www.kaggle.com/mlg-ulb/creditcardfraud and is another file)",
)
COLUMNS = (
    Column("", "identifier", "number of the row in the sample"),
    Column("Time", "number", "time since the first transaction of the whole table", unit="seconds", integer=True),
    *number_columns(
        (f"V{number}" for number in range(1, 29)), description="principal component of what is kept secret"
    ),
    Column("Amount", "number", "amount of the transaction; the source names no currency", scaling="log"),
    Column(
        "Class",
        "target",
        "1: fraud",
        categories=("0", "1"),
        trap="28 % of these rows are frauds but 0.17 % of all transactions: precision here does not carry over",
    ),
)
CLASSES = ("normal", "fraud")
RAW = "rows of a CSV file with these columns in any order; missing cells are taken"
HASHES = {
    "train": "d2952356fbb07a04ca7f2cd7fd0eed40a189894f4cc8308e36a31c7d3103009e",
    "validation": "38d5e75990d3c51d5fd8e892f8e112767eaf9baadfdcff0bf6310c8c76e8ba83",
    "test": "ec4254c714438f286ca9294a1c00adec60a105fdb0db57d37ee7fdc9f8162e4c",
}


class Options(SplitOptions):
    """Options of creditcard_fraud: how it is split."""


def load(options: Options) -> Data:
    """Load the rows as float64 (30,), each with its number in the sample.

    Args:
        options: How to split.

    Returns:
        Data with the classes normal and fraud.

    Raises:
        DataUnavailable: The file is not here; no address is known to hold it.
        DamagedData: It is another file, or the default splits are not the stored ones.
    """
    from zoo.data.file_table import file_table
    from zoo.data.hashes import check_hashes

    inputs = input_columns(COLUMNS)
    data = file_table(SOURCE, COLUMNS, inputs, options, classes=CLASSES, distinct=True)
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="creditcard_fraud")
    return data
