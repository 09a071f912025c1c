"""Credit card applications: 690 with the customer's number, fourteen attributes made anonymous, and the approval.

The rows are those of Statlog (Australian credit approval); the source has filled missing cells with mean or mode.

Source: J. R. Quinlan, Simplifying decision trees, International Journal of Man-Machine Studies 27, 1987; UCI
repository 143. The file with CustomerID is a copy in circulation, not UCI's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from zoo.data.columns import Column, input_columns
from zoo.data.options import SplitOptions
from zoo.data.raw_file import RawFile
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

SOURCE = RawFile(
    dataset="credit_applications",
    path="credit_card_applications/Credit_Card_Applications.csv",
    size=34_952,
    sha256="7ec643837a80130adfa4d5f4cefb1c413b855eff6138ab43daac54e7d0c2cbd3",
    origin="course material on self-organising maps, under the name Credit_Card_Applications.csv (UCI's own copy, "
    "https://archive.ics.uci.edu/dataset/143/statlog+australian+credit+approval, has no CustomerID and is not it)",
)


def _codes(first: int, last: int) -> tuple[str, ...]:
    return tuple(str(code) for code in range(first, last + 1))


COLUMNS = (
    Column("CustomerID", "identifier", "number of the customer"),
    Column("A1", "category", "anonymous", categories=_codes(0, 1)),
    Column("A2", "number", "anonymous, 13.75 to 80.25"),
    Column("A3", "number", "anonymous, 0 to 28"),
    Column("A4", "category", "anonymous", categories=_codes(1, 3)),
    Column("A5", "category", "anonymous", categories=_codes(1, 14)),
    Column("A6", "category", "anonymous", categories=_codes(1, 9)),
    Column("A7", "number", "anonymous, 0 to 28.5", scaling="log"),
    Column("A8", "category", "anonymous", categories=_codes(0, 1)),
    Column("A9", "category", "anonymous", categories=_codes(0, 1)),
    Column("A10", "number", "anonymous, 0 to 67", scaling="log", integer=True),
    Column("A11", "category", "anonymous", categories=_codes(0, 1)),
    Column("A12", "category", "anonymous", categories=_codes(1, 3)),
    Column("A13", "number", "anonymous, 0 to 2000", scaling="log", integer=True),
    Column("A14", "number", "anonymous, 1 to 100001", scaling="log", integer=True),
    Column(
        "Class",
        "target",
        "1: approved",
        categories=_codes(0, 1),
        trap="approval, not fraud: no row of this file is known to be fraudulent",
    ),
)
CLASSES = ("refused", "approved")
RAW = "rows of a CSV file with these columns in any order; missing cells and unseen categories are taken"
HASHES = {
    "train": "d15c0e41a4cbac9910cbdc2c81fca3acd9fa1fcc824ec2f8c0a81dd42bb41f68",
    "validation": "c74a23708faca1a8d15749fc9726a21d5a707cd0350c525c3eb1f0f614c330d2",
    "test": "63edb4448333aa6a2139dc9415a5aa6fde76d7436d06258085efef77c02846d8",
}


class Options(SplitOptions):
    """Options of credit_applications: how it is split, how categories are encoded."""

    encoding: Literal["one_hot", "label"] = setting(
        "one_hot", "label: the codes of categories taken for numbers, every column scaled to 0..1"
    )


def columns_of(options: Options) -> tuple[Column, ...]:
    """The input columns under the options."""
    columns = input_columns(COLUMNS)
    return tuple(_labelled(column) for column in columns) if options.encoding == "label" else columns


def load(options: Options) -> Data:
    """Load the rows as float64 (14,), each with its CustomerID.

    Args:
        options: How to split and encode.

    Returns:
        Data with the classes refused and approved.

    Raises:
        DataUnavailable: The file is not here; no address is known to hold it.
        DamagedData: It is another file, or the default splits are not the stored ones.
    """
    from zoo.data.file_table import file_table
    from zoo.data.hashes import check_hashes

    data = file_table(SOURCE, COLUMNS, columns_of(options), options, classes=CLASSES)
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="credit_applications")
    return data


def _labelled(column: Column) -> Column:
    return replace(column, role="number", categories=(), scaling="min_max")
