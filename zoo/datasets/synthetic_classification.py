"""A random classification problem: 100 points of two classes, two of ten numbers useful, two more mixed from these.

Source: scikit-learn, sklearn.datasets.make_classification.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import SplitOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

CLASSES = ("first", "second")
HASHES = {
    "train": "9ff945eb589a92c95a3f24da7b9f29079753c0877da6d3f65e1fccd2f93b2583",
    "validation": "5d27ef152b9c2049f3dc4dedd2354e011dbc6579a5dfa406a868686df77d9114",
    "test": "95bab3b856c3f01dc047efefb7e92f759acc1e69e475561dba6317c1297d13b7",
}


class Options(SplitOptions):
    """Options of synthetic_classification: how many points and numbers, which draw, and how they are split."""

    samples: int = setting(100, "number of points", ge=10, le=1_000_000)
    features: int = setting(10, "numbers of a point", ge=4, le=1000)
    generator_seed: int = setting(42, "seed of the draw of the points", ge=0, lt=2**32)


def load(options: Options) -> Data:
    """Draw the points.

    Args:
        options: Numbers of points and features, seeds and how to split.

    Returns:
        Data with 2 classes, features float64 (options.features,), not rounded.

    Raises:
        DamagedData: The default splits, rounded to 6 decimals, are not the stored ones.
        InvalidData: Too few points for the splits.
    """
    from sklearn.datasets import make_classification

    from zoo.data.columns import number_columns
    from zoo.data.numbers import check_rounded, number_table

    features, targets = make_classification(options.samples, options.features, random_state=options.generator_seed)
    columns = number_columns(f"x{number + 1}" for number in range(options.features))
    data = number_table(features, targets, columns, options, classes=CLASSES, target="class")
    if options == Options():
        check_rounded(data, HASHES, name="synthetic_classification")
    return data
