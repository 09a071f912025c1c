"""Breast cancer: 569 biopsies, 30 numbers each about the outlines of cell nuclei in a picture, inside scikit-learn.

Each of ten measurements of a nucleus comes as mean, standard error and "worst" (mean of the three largest) over the
picture's nuclei. Lengths are in pixels of the digitised picture.
Source: W. N. Street, W. H. Wolberg, O. L. Mangasarian, Nuclear feature extraction for breast tumor diagnosis, 1993;
UCI repository, Breast Cancer Wisconsin (Diagnostic).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.columns import Column
from zoo.data.options import SplitOptions

if TYPE_CHECKING:
    from zoo.data.spec import Data

MEASUREMENTS = {
    "radius": ("mean distance from the centre to the outline", "pixels"),
    "texture": ("standard deviation of the grey values", None),
    "perimeter": ("length of the outline", "pixels"),
    "area": ("area inside the outline", "pixels^2"),
    "smoothness": ("local variation of the radius", None),
    "compactness": ("perimeter^2 / area - 1", None),
    "concavity": ("depth of the concave parts of the outline", None),
    "concave_points": ("number of concave parts of the outline", None),
    "symmetry": ("difference between the halves on both sides of the longest chord", None),
    "fractal_dimension": ("coastline approximation - 1", None),
}
COLUMNS = tuple(
    Column(f"{statistic}_{name}", "number", f"{statistic.replace('_', ' ')}: {words}", unit=unit)
    for statistic in ("mean", "standard_error", "worst")
    for name, (words, unit) in MEASUREMENTS.items()
)
CLASSES = ("malignant", "benign")
HASHES = {
    "train": "6d65fb0ce1244e0de3efaf9cffb420cf9126e2e14d1d2527bfb86e9676b86400",
    "validation": "77dd259f315e462b401a8317819c5f3311dc63aabb0b50ff614bd6c8bc00d99e",
    "test": "d518d50c5b52bb55cb9a1652d822a29825fe0de459b1052e5844e9b880d7ac14",
}


class Options(SplitOptions):
    """Options of breast_cancer: how it is split."""


def load(options: Options) -> Data:
    """Load the rows as float64 (30,).

    Args:
        options: How to split.

    Returns:
        Data with 2 classes.

    Raises:
        DamagedData: The default splits are not the stored ones.
    """
    from sklearn.datasets import load_breast_cancer

    from zoo.data.hashes import check_hashes
    from zoo.data.numbers import number_table

    features, targets = load_breast_cancer(return_X_y=True)
    data = number_table(features, targets, COLUMNS, options, classes=CLASSES, target="diagnosis")
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="breast_cancer")
    return data
