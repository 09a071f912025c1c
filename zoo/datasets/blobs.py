"""Isotropic Gaussian clouds around random centres: a problem for classifiers and for clustering.

Source: scikit-learn, sklearn.datasets.make_blobs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import SplitOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

HASHES = {
    "train": "95ab8ca45d518f98744f347146505ccf7837579c018c11e61ac3b77c2f1ed141",
    "validation": "964abb7f9f4bdd04bcdf69ca502e217584d35084ae87dc8c2dcb1d204437aca7",
    "test": "4d0d25ae265a2880839c64b4726044f22ff560525c6bcaef0069c942002a362c",
}


class Options(SplitOptions):
    """Options of blobs: how many points, clouds and features, how wide, which draw, and how they are split."""

    samples: int = setting(300, "number of points, spread evenly over the clouds", ge=10, le=1_000_000)
    centers: int = setting(3, "number of clouds, each a class", ge=2, le=100)
    features: int = setting(2, "number of features of a point", ge=1, le=1000)
    cluster_std: float = setting(1.0, "standard deviation of each cloud", gt=0, le=100)
    generator_seed: int = setting(42, "seed of the draw of the centres and the points", ge=0, lt=2**32)


def load(options: Options) -> Data:
    """Draw the points.

    Values are rounded to 6 decimals, so that the hashes do not hang on the last bit of a logarithm.

    Args:
        options: Number of points, clouds and features, width, seeds and how to split.

    Returns:
        Data with one class a cloud, features float32 (options.features,).

    Raises:
        DamagedData: The default splits are not the stored ones.
        InvalidData: Too few points for the splits.
    """
    import numpy as np
    from sklearn.datasets import make_blobs

    from zoo.data.hashes import check_hashes
    from zoo.data.spec import DataSpec
    from zoo.data.split import make_data

    points, targets = make_blobs(
        options.samples,
        n_features=options.features,
        centers=options.centers,
        cluster_std=options.cluster_std,
        random_state=options.generator_seed,
    )
    spec = DataSpec(
        kind="vector",
        shape=(options.features,),
        dtype="float32",
        task="classification",
        classes=tuple(f"cloud {number + 1}" for number in range(options.centers)),
        feature_names=tuple(f"x{number + 1}" for number in range(options.features)),
        target_name="cloud",
    )
    data = make_data(points.round(6).astype(np.float32), targets.astype(np.int64), spec, options)
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="blobs")
    return data
