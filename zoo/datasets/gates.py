"""Truth tables of two bits that a straight line separates: AND, OR and their negations.

The four points are the whole domain, so each split is all of them. The one gate that no line separates is the data set
xor.
Source: W. McCulloch, W. Pitts, A logical calculus of the ideas immanent in nervous activity, 1943.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from zoo.data.options import DataOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

# the answers to 00, 01, 10, 11
TABLES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "nor": (1, 0, 0, 0)}
# of the gate "and"
_AND = "bb69dcfe9085abce1198903d4543e53332df25d244ff69b78d16b9444ef7b5f0"
HASHES = {"train": _AND, "validation": _AND, "test": _AND}


class Options(DataOptions):
    """Options of gates."""

    gate: Literal["and", "or", "nand", "nor"] = setting("and", "which truth table")


def load(options: Options) -> Data:
    """Make the truth table.

    Args:
        options: Which gate.

    Returns:
        Data whose three splits are the same four rows, features float32 (2,).

    Raises:
        DamagedData: The splits of the gate "and" are not the stored ones.
    """
    import numpy as np

    from zoo.data.hashes import check_hashes
    from zoo.data.spec import Data, DataSpec, Split

    features = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    targets = np.array(TABLES[options.gate], dtype=np.int64)
    whole = Split(features, targets, np.arange(4, dtype=np.int64))
    spec = DataSpec(
        kind="vector",
        shape=(2,),
        dtype="float32",
        task="classification",
        value_range=(0, 1),
        classes=("false", "true"),
        feature_names=("x1", "x2"),
        target_name=options.gate,
    )
    data = Data(spec, train=whole, validation=whole, test=whole, splitting="exhaustive")
    data.check()
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="gates")
    return data
