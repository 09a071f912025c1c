"""A line: five points of y = 2 x, enough to see that a regression is right to the last digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.columns import Column
from zoo.data.options import DataOptions

if TYPE_CHECKING:
    from zoo.data.spec import Data

COLUMNS = (Column("x", "number", "1 to 5"),)
HASHES = {
    "train": "62ee4a89ef56e6c2696eb28ee94f9c42cf7843d2c4f4d1e7fb82cc65587b07ce",
    "validation": "62ee4a89ef56e6c2696eb28ee94f9c42cf7843d2c4f4d1e7fb82cc65587b07ce",
    "test": "62ee4a89ef56e6c2696eb28ee94f9c42cf7843d2c4f4d1e7fb82cc65587b07ce",
}


class Options(DataOptions):
    """The line has no options: every split is all five points."""


def load(options: Options) -> Data:
    """Make the points.

    Args:
        options: None to choose.

    Returns:
        Data whose three splits are the same five rows, features float64 (1,), targets float64.

    Raises:
        DamagedData: The splits are not the stored ones.
    """
    import numpy as np

    from zoo.data.hashes import check_hashes
    from zoo.data.spec import Data, DataSpec, Split

    x = np.arange(1.0, 6.0)
    whole = Split(x[:, None], 2.0 * x, np.arange(5, dtype=np.int64))
    spec = DataSpec(kind="table", shape=(1,), dtype="float64", task="regression", target_name="y", columns=COLUMNS)
    data = Data(spec, train=whole, validation=whole, test=whole, splitting="exhaustive")
    data.check()
    check_hashes(data.hashes(), HASHES, name="line")
    return data
