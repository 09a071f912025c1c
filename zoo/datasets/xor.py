"""The exclusive or: four points that no straight line separates.

The four points are the whole domain, so each split is all of them: the question is whether a model can hold the
function, not whether it generalises.
Source: M. Minsky, S. Papert, Perceptrons, 1969.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import DataOptions

if TYPE_CHECKING:
    from zoo.data.spec import Data

HASHES = {
    "train": "cdc14290728d9d941088a607866ad88e4552e2e0d6ebb3a0eabfa8ac909a5d07",
    "validation": "cdc14290728d9d941088a607866ad88e4552e2e0d6ebb3a0eabfa8ac909a5d07",
    "test": "cdc14290728d9d941088a607866ad88e4552e2e0d6ebb3a0eabfa8ac909a5d07",
}


class Options(DataOptions):
    """Options of xor: there are none."""


def load(options: Options) -> Data:
    """Make the truth table.

    Args:
        options: None to choose.

    Returns:
        Data whose three splits are the same four rows, features float32 (2,).

    Raises:
        DamagedData: The splits are not the stored ones.
    """
    import numpy as np

    from zoo.data.hashes import check_hashes
    from zoo.data.spec import Data, DataSpec, Split

    features = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    targets = np.array([0, 1, 1, 0], dtype=np.int64)
    whole = Split(features, targets, np.arange(4, dtype=np.int64))
    spec = DataSpec(
        kind="vector",
        shape=(2,),
        dtype="float32",
        task="classification",
        value_range=(0, 1),
        classes=("equal", "different"),
        feature_names=("x1", "x2"),
        target_name="exclusive_or",
    )
    data = Data(spec, train=whole, validation=whole, test=whole, splitting="exhaustive")
    data.check()
    check_hashes(data.hashes(), HASHES, name="xor")
    return data
