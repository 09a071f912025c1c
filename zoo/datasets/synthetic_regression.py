"""A random linear regression problem: 100 points, ten numbers, the target a weighted sum of them without noise.

Source: scikit-learn, sklearn.datasets.make_regression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import SplitOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data


HASHES = {
    "train": "976cc517e23cc19dbc6ce2a03ecb5edc3ea26f2d6449dd9252e4d3fb9a145b05",
    "validation": "e69260ee7242fb844ad47ebd8830d4fe5d64c6409f105aea54f62ea3068f2db4",
    "test": "b93cbca003faff5d1f351a0637d28abc3ce2230b2de565c5d157efc2ad8d5848",
}


class Options(SplitOptions):
    """Options of synthetic_regression: how many points and numbers, which draw, and how they are split."""

    samples: int = setting(100, "number of points", ge=10, le=1_000_000)
    features: int = setting(10, "numbers of a point", ge=1, le=1000)
    noise: float = setting(0.0, "standard deviation of noise on the target", ge=0, le=1e6)
    generator_seed: int = setting(42, "seed of the draw of the points", ge=0, lt=2**32)


def load(options: Options) -> Data:
    """Draw the points.

    Args:
        options: Numbers of points and features, seeds and how to split.

    Returns:
        Data of a regression, features float64 (options.features,), not rounded.

    Raises:
        DamagedData: The default splits, rounded to 6 decimals, are not the stored ones.
        InvalidData: Too few points for the splits.
    """
    from sklearn.datasets import make_regression

    from zoo.data.columns import number_columns
    from zoo.data.numbers import check_rounded, number_table

    features, targets = make_regression(
        options.samples, options.features, noise=options.noise, random_state=options.generator_seed
    )
    columns = number_columns(f"x{number + 1}" for number in range(options.features))
    data = number_table(features, targets, columns, options, target="y")
    if options == Options():
        check_rounded(data, HASHES, name="synthetic_regression")
    return data
