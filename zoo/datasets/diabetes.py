"""Diabetes: ten measurements of 442 patients and how far the disease went within a year, inside scikit-learn.

The rows are in original units (`load_diabetes(scaled=False)`); scikit-learn's default centres and scales them over all
rows, those of the test split included.
Source: B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least angle regression, Annals of Statistics 32, 2004.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.columns import Column
from zoo.data.options import SplitOptions

if TYPE_CHECKING:
    from zoo.data.spec import Data

COLUMNS = (
    Column("age", "number", "age", unit="years"),
    Column("sex", "number", "sex, 1 or 2; the source does not say which is which"),
    Column("bmi", "number", "body mass index", unit="kg/m^2"),
    Column("bp", "number", "mean blood pressure", unit="mmHg"),
    Column("s1", "number", "total serum cholesterol", unit="mg/dl"),
    Column("s2", "number", "low-density lipoproteins", unit="mg/dl"),
    Column("s3", "number", "high-density lipoproteins", unit="mg/dl"),
    Column("s4", "number", "total cholesterol / high-density lipoproteins"),
    Column("s5", "number", "logarithm of the serum triglycerides level, perhaps"),
    Column("s6", "number", "blood sugar level", unit="mg/dl"),
)
HASHES = {
    "train": "84d4cb7ae31db45a097f459692a9e4323804425e60733838235f8093935fd86b",
    "validation": "28d22b59ddbccde609a73d8087e82b57809ec7e02b32afee0532343edcd0cc24",
    "test": "4d390930778b15da8a21544848dc67ca64b5d146b07da2bb2c1795fd5da6706a",
}


class Options(SplitOptions):
    """Options of diabetes: how it is split."""


def load(options: Options) -> Data:
    """Load the rows as float64 (10,).

    Args:
        options: How to split.

    Returns:
        Data whose target is a measure of progression, 25 to 346, without unit.

    Raises:
        DamagedData: The default splits are not the stored ones.
    """
    from sklearn.datasets import load_diabetes

    from zoo.data.hashes import check_hashes
    from zoo.data.numbers import number_table

    features, targets = load_diabetes(return_X_y=True, scaled=False)
    data = number_table(features, targets, COLUMNS, options, target="progression")
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="diabetes")
    return data
