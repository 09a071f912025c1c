"""Bank marketing: 45,211 calls of a Portuguese bank that sold term deposits by telephone, May 2008 to November 2010.

Split by `train_test_split(rows, test_size=0.33, random_state=4)`, not stratified: 14,920 test rows, of which 88.77 %
say no. Validation is drawn from the other 30,291.

Source: S. Moro, R. Laureano, P. Cortez, Using data mining for bank direct marketing, ESM 2011; UCI repository 222.
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
    dataset="bank_marketing",
    path="bank_marketing/bank-full.csv",
    size=4_610_348,
    sha256="d1513ec63b385506f7cfce9f2c5caa9fe99e7ba4e8c3fa264b3aaf0f849ed32d",
    origin="the UCI repository, https://archive.ics.uci.edu/dataset/222/bank+marketing (bank.zip in the download)",
    address="https://archive.ics.uci.edu/static/public/222/bank+marketing.zip",
    members=("bank.zip", "bank-full.csv"),
)
SEPARATOR = ";"
YES_NO = ("no", "yes")
MONTHS = ("apr", "aug", "dec", "feb", "jan", "jul", "jun", "mar", "may", "nov", "oct", "sep")
JOBS = (
    *("admin.", "blue-collar", "entrepreneur", "housemaid", "management", "retired"),
    *("self-employed", "services", "student", "technician", "unemployed", "unknown"),
)
# Categories stand in alphabetical order: their codes are those of scikit-learn's LabelEncoder.
COLUMNS = (
    Column("age", "number", "age of the client", unit="years", integer=True),
    Column("job", "category", "type of job", categories=JOBS),
    Column(
        "marital",
        "category",
        "marital status; divorced means widowed too",
        categories=("divorced", "married", "single"),
    ),
    Column("education", "category", "highest school", categories=("primary", "secondary", "tertiary", "unknown")),
    Column("default", "category", "has credit in default", categories=YES_NO),
    Column("balance", "number", "average yearly balance", unit="euros", scaling="log", integer=True),
    Column("housing", "category", "has a housing loan", categories=YES_NO),
    Column("loan", "category", "has a personal loan", categories=YES_NO),
    Column("contact", "category", "how the call was made", categories=("cellular", "telephone", "unknown")),
    Column("day", "number", "day of the month of the last call", integer=True),
    Column("month", "category", "month of the last call", categories=MONTHS),
    Column(
        "duration",
        "number",
        "length of the last call",
        unit="seconds",
        scaling="log",
        integer=True,
        trap="leaks the outcome: it is known only when the call, and so the answer, is over; duration = false leaves "
        "it out",
    ),
    Column(
        "campaign", "number", "calls of this campaign to the client, the last included", scaling="log", integer=True
    ),
    Column(
        "pdays",
        "number",
        "days since the client was called in an earlier campaign; -1: never called",
        unit="days",
        sentinels=(-1.0,),
        scaling="log",
        integer=True,
        trap="-1 is no number of days but a mark; as a number it says 'yesterday, and a bit more'",
    ),
    Column("previous", "number", "calls to the client before this campaign", scaling="log", integer=True),
    Column(
        "poutcome",
        "category",
        "outcome of the earlier campaign",
        categories=("failure", "other", "success", "unknown"),
    ),
    Column("y", "target", "the client subscribed a term deposit", categories=YES_NO),
)
RAW = "rows of a CSV file with these columns in any order; missing cells and unseen categories are taken"
HASHES = {
    "train": "1caddd61e04fd00578cf1f43dc2a04b3540e1078aadad1e6d626f4309e445afc",
    "validation": "521bc09a9bdbec96bc7d4b5d2990434a2b1ad1b0569129227958754434b7f8bf",
    "test": "81aa41940a5762a22972e5ac2711890339c20766fc7fec35dc188de28d635a6f",
}


class Options(SplitOptions):
    """Options of bank_marketing: how it is split, whether `duration` is an input, how categories are encoded."""

    test_fraction: float = setting(0.33, "part of the rows that becomes the test split", gt=0, lt=1)
    split_seed: int = setting(4, "seed of the draw of the splits", ge=0, lt=2**32)
    stratify: bool = setting(False, "keep the class proportions in every split")
    duration: bool = setting(True, "whether the length of the call, which leaks the outcome, is an input")
    encoding: Literal["one_hot", "label"] = setting(
        "one_hot",
        "label: categories as alphabetical codes taken for numbers, pdays a plain number, nothing in logarithms",
    )


def columns_of(options: Options) -> tuple[Column, ...]:
    """The input columns under the options."""
    columns = (column for column in input_columns(COLUMNS) if options.duration or column.name != "duration")
    return tuple(_labelled(column) if options.encoding == "label" else column for column in columns)


def load(options: Options) -> Data:
    """Load the rows as float64 (16,), 15 without `duration`.

    Args:
        options: How to split and encode.

    Returns:
        Data with the classes no and yes.

    Raises:
        DataUnavailable: The file is not here and cannot be fetched.
        DamagedData: It is another file, or the default splits are not the stored ones.
    """
    from zoo.data.file_table import file_table
    from zoo.data.hashes import check_hashes

    data = file_table(SOURCE, COLUMNS, columns_of(options), options, separator=SEPARATOR, classes=YES_NO)
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="bank_marketing")
    return data


def _labelled(column: Column) -> Column:
    if column.role == "category":
        return replace(column, role="ordinal")
    return replace(column, sentinels=(), scaling="standard")
