"""Nothing: one example that says nothing, for what learns from no data, such as the way to a function's minimum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import DataOptions

if TYPE_CHECKING:
    from zoo.data.spec import Data


class Options(DataOptions):
    """Nothing has no options."""


def load(options: Options) -> Data:
    """Make the example.

    Args:
        options: None to choose.

    Returns:
        Data whose three splits are the same row, features float64 (1,) and target float64, both zero.
    """
    import numpy as np

    from zoo.data.spec import Data, DataSpec, Split

    whole = Split(np.zeros((1, 1)), np.zeros(1), np.arange(1, dtype=np.int64))
    spec = DataSpec(kind="vector", shape=(1,), dtype="float64", task="minimisation", target_name="value")
    data = Data(spec, train=whole, validation=whole, test=whole, splitting="exhaustive")
    data.check()
    return data
