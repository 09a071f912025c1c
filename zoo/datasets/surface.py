"""A smooth surface over the unit square: the weighted mean of five functions, with noise where it is asked for.

    T1 = sin(2 pi x1) cos(pi x2)              T4 = sqrt(x1^2 + x2^2)
    T2 = exp(-8 ((x1 - 1/2)^2 + (x2 - 1/2)^2))  T5 = tanh(5 (x1 - x2))
    T3 = x1 x2                                target = (9 T1 + 8 T2 + 7 T3 + 6 T4 + 5 T5) / 35

Of 13,600 points drawn evenly, three samples of 1,000 that share no point are the splits; the rest is not used. The
target has mean 0 and variance 1 on the training split.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.columns import Column
from zoo.data.options import DataOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    import numpy as np

    from zoo.data.spec import Data

COLUMNS = (Column("x1", "number", "0 to 1"), Column("x2", "number", "0 to 1"))
WEIGHTS = (9.0, 8.0, 7.0, 6.0, 5.0)
HASHES = {
    "train": "20dd26579f117eb5b9d1b491498b9f725a016387953a4afb48d3ca17c1e1bc4b",
    "validation": "5006addb6d5cf1ac7581348c8527505966db6bef2f3dc137b6db2a53a3c0a3f2",
    "test": "39079f9fb9adc04a9ae74847a023bf4fbef790064630c17d108dd1984fa266ab",
}


class Options(DataOptions):
    """Options of surface: how many points, how many of them a split, which draws."""

    points: int = setting(13_600, "number of points drawn in the unit square", ge=3, le=10_000_000)
    sample: int = setting(1_000, "number of points in each split", ge=1, le=1_000_000)
    generator_seed: int = setting(0, "seed of the draw of the points", ge=0, lt=2**32)
    split_seed: int = setting(0, "seed of the draw of the three samples", ge=0, lt=2**32)
    noise: float | None = setting(
        None,
        "standard deviation of Gaussian noise on the targets of training and validation, in units of the target's own; "
        "the test split says what was learned of the surface beneath",
        ge=0.0,
        le=100.0,
    )


def height(points: np.ndarray) -> np.ndarray:
    """The surface above points (n, 2) of the unit square, before it is standardised: (n,)."""
    import numpy as np

    x1, x2 = points[:, 0], points[:, 1]
    terms = (
        np.sin(2 * np.pi * x1) * np.cos(np.pi * x2),
        np.exp(-8 * ((x1 - 0.5) ** 2 + (x2 - 0.5) ** 2)),
        x1 * x2,
        np.hypot(x1, x2),
        np.tanh(5 * (x1 - x2)),
    )
    total: np.ndarray = sum(weight * term for weight, term in zip(WEIGHTS, terms, strict=True)) / sum(WEIGHTS)
    return total


def load(options: Options) -> Data:
    """Draw the points and measure the surface above them.

    Args:
        options: Numbers of points and seeds.

    Returns:
        Data of a regression, features float64 (2,), targets float64.

    Raises:
        InvalidData: Fewer points than three samples take.
        DamagedData: The default splits are not the stored ones.
    """
    import numpy as np

    from zoo.data.errors import InvalidData
    from zoo.data.numbers import check_rounded
    from zoo.data.spec import Data, DataSpec, Split

    if 3 * options.sample > options.points:
        raise InvalidData(
            "the points must be enough for three samples that share none",
            received=f"points = {options.points}, sample = {options.sample}",
        )
    points = np.random.default_rng(options.generator_seed).random((options.points, 2))
    # two numbers seed the draw of the samples, so that it is another stream than that of the points
    order = np.random.default_rng((1, options.split_seed)).permutation(options.points)
    parts = [np.sort(order[start : start + options.sample]) for start in range(0, 3 * options.sample, options.sample)]
    heights = height(points)
    mean, deviation = heights[parts[0]].mean(), heights[parts[0]].std()
    targets = (heights - mean) / (deviation or 1.0)
    if options.noise:
        for number, rows in enumerate(parts[:2], 2):  # the test split stays as it is
            targets[rows] += options.noise * np.random.default_rng((number, options.split_seed)).normal(size=len(rows))
    train, validation, test = (Split(points[rows], targets[rows], rows.astype(np.int64)) for rows in parts)
    spec = DataSpec(
        kind="table",
        shape=(2,),
        dtype="float64",
        task="regression",
        value_range=(0, 1),
        target_name="height",
        unit="standard deviations of the training split",
        columns=COLUMNS,
    )
    data = Data(spec, train, validation, test, splitting="random")
    data.check()
    if options == Options():
        check_rounded(data, HASHES, name="surface")
    return data
