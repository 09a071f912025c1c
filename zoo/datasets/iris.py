"""Iris: length and width of sepals and petals of 150 irises, 50 of each of three species, inside scikit-learn.

Source: R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7, 1936. The copy is
R's, which differs from that of the UCI repository in two rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.columns import Column
from zoo.data.options import SplitOptions

if TYPE_CHECKING:
    from zoo.data.spec import Data

COLUMNS = tuple(
    Column(f"{part}_{measure}", "number", f"{measure} of the {part}", unit="cm")
    for part in ("sepal", "petal")
    for measure in ("length", "width")
)
CLASSES = ("setosa", "versicolor", "virginica")
HASHES = {
    "train": "b0b29e081b1649249c797ee475f496459af8b465fae0ecea406cd070202975f8",
    "validation": "7ba65badbaaf2282aee28b856e3f06555489bad908224606fdaba9388fe4a0bb",
    "test": "60ff832f136a1ebb03e1a328b996ecfda0b9b3c86159212a6d9756246a094213",
}


class Options(SplitOptions):
    """Options of iris: how it is split."""


def load(options: Options) -> Data:
    """Load the rows as float64 (4,).

    Args:
        options: How to split.

    Returns:
        Data with 3 classes.

    Raises:
        DamagedData: The default splits are not the stored ones.
    """
    from sklearn.datasets import load_iris

    from zoo.data.hashes import check_hashes
    from zoo.data.numbers import number_table

    features, targets = load_iris(return_X_y=True)
    data = number_table(features, targets, COLUMNS, options, classes=CLASSES, target="species")
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="iris")
    return data
