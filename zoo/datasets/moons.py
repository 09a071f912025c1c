"""Two interleaved half circles with Gaussian noise: a two-dimensional problem whose boundary is curved.

Source: scikit-learn, sklearn.datasets.make_moons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import SplitOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

HASHES = {
    "train": "89f196a55ecbda4ec2de9606069ad2e7f0e65cb910ead5c9967db693ca7bcce8",
    "validation": "c5a00d0ee8ac641b0a62ab9bd32ff9df62693570e61c4da5248d88fae34938e6",
    "test": "48d88af0dfb4d6c90a0d2c8616f425bc743dc833628703f5480d91839e9367f1",
}


class Options(SplitOptions):
    """Options of moons: how many points, how noisy, which draw, and how they are split."""

    samples: int = setting(200, "number of points, half of them in each moon", ge=10, le=1_000_000)
    noise: float = setting(0.2, "standard deviation of the Gaussian noise on both features", ge=0, le=10)
    generator_seed: int = setting(42, "seed of the draw of the points", ge=0, lt=2**32)


def load(options: Options) -> Data:
    """Draw the points.

    Values are rounded to 6 decimals, so that the hashes do not hang on the last bit of a sine.

    Args:
        options: Number of points, noise, seeds and how to split.

    Returns:
        Data with 2 classes, features float32 (2,).

    Raises:
        DamagedData: The default splits are not the stored ones.
        InvalidData: Too few points for the splits.
    """
    import numpy as np
    from sklearn.datasets import make_moons

    from zoo.data.hashes import check_hashes
    from zoo.data.spec import DataSpec
    from zoo.data.split import make_data

    points, targets = make_moons(options.samples, noise=options.noise, random_state=options.generator_seed)
    spec = DataSpec(
        kind="vector",
        shape=(2,),
        dtype="float32",
        task="classification",
        classes=("upper", "lower"),
        feature_names=("x1", "x2"),
        target_name="moon",
    )
    data = make_data(points.round(6).astype(np.float32), targets.astype(np.int64), spec, options)
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="moons")
    return data
