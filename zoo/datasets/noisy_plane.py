"""A plane with noise: y = 3 x1 + 2 x2 + noise, all of them standard normal.

Training, validation and test rows are draws of three generators. They are NumPy's old one, whose numbers are the same
in every release: the training rows of the default options are those of `np.random.seed(0)`, which textbooks use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import DataOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

HASHES = {
    "train": "983119bdaa602dccd781cf783b51d1042d55457a42e14d41f38cef9ac9ba9941",
    "validation": "9edbfe0a9e0c2c4a98cd21b9f3220975b38df90828e5ce62b4aae828a34e0f36",
    "test": "a3ac898ae476c38ccbcd80b79c25dcef1cf59053f5f54ad04ddbbe71abfce546",
}


class Options(DataOptions):
    """Options of noisy_plane: how many points, which draw, and how often the training rows are gone through."""

    samples: int = setting(100, "number of points in each split", ge=2, le=1_000_000)
    generator_seed: int = setting(0, "seed of the training rows; validation and test have the next two", ge=0, lt=2**31)
    passes: int = setting(
        0,
        "so many times the training rows, each time in another order of the same generator; with "
        "training.shuffle=false their batches are those of a textbook's loop. 0: once, as drawn",
        ge=0,
        le=10_000,
    )


def load(options: Options) -> Data:
    """Draw the points.

    Args:
        options: Number of points, seed, passes.

    Returns:
        Data of a regression, features float64 (2,), targets float64.

    Raises:
        DamagedData: The default splits are not the stored ones.
    """
    import numpy as np

    from zoo.data.numbers import check_rounded
    from zoo.data.spec import Data, DataSpec, Split

    splits = []
    for number in range(3):
        generator = np.random.RandomState(options.generator_seed + number)
        features = generator.randn(options.samples, 2)
        targets = 3.0 * features[:, 0] + 2.0 * features[:, 1] + generator.randn(options.samples)
        if number == 0 and options.passes:
            order = np.concatenate([generator.permutation(options.samples) for _ in range(options.passes)])
            features, targets = features[order], targets[order]
        splits.append(Split(features, targets))
    spec = DataSpec(
        kind="vector",
        shape=(2,),
        dtype="float64",
        task="regression",
        feature_names=("x1", "x2"),
        target_name="y",
    )
    train, validation, test = splits
    data = Data(spec, train, validation, test, splitting="fixed")
    data.check()
    if options == Options():
        check_rounded(data, HASHES, name="noisy_plane")
    return data
