"""Handwritten digits of scikit-learn: 1,797 grey pictures of 8 by 8 pixels, inside the scikit-learn package.

Each pixel counts the dark dots in a 4 by 4 block of the scanned 32 by 32 bitmap, hence 0..16.
Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI repository, 1998 (its test part).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import SplitOptions

if TYPE_CHECKING:
    from zoo.data.spec import Data

RAW = "one digit in light strokes on a dark ground, cropped to the digit; any size, scaled to 8x8"
HASHES = {
    "train": "83eaa745cf761067e1291fd8fdf956d2334331aa8fba6d97fc374207dd297501",
    "validation": "1acd58c036fce3232ec629afae342143642f1b5fb8323a6ed507f331b8a23ab3",
    "test": "688e6242da7adb477826b53d39d818c0d0ae501a56c1e106db5f6bfaa0686f1a",
}


class Options(SplitOptions):
    """Options of digits: how it is split."""


def load(options: Options) -> Data:
    """Load the pictures as uint8 (8, 8, 1).

    Args:
        options: How to split.

    Returns:
        Data with 10 classes.

    Raises:
        DamagedData: The default splits are not the stored ones.
    """
    import numpy as np
    from sklearn.datasets import load_digits

    from zoo.data.hashes import check_hashes
    from zoo.data.spec import DataSpec
    from zoo.data.split import make_data

    pixels, targets = load_digits(return_X_y=True)
    spec = DataSpec(
        kind="picture",
        shape=(8, 8, 1),
        dtype="uint8",
        task="classification",
        value_range=(0, 16),
        classes=tuple(str(digit) for digit in range(10)),
        target_name="digit",
    )
    data = make_data(pixels.astype(np.uint8).reshape(-1, 8, 8, 1), targets.astype(np.int64), spec, options)
    if options == Options():
        check_hashes(data.hashes(), HASHES, name="digits")
    return data
