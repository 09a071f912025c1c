"""Three sines of periods that do not fit into one another, with noise: a series that a small network can forecast.

    value(t) = sin(2 pi t / 23) + 0.6 sin(2 pi t / 9.4) + 0.4 sin(2 pi t / 41.7) + noise

The sines repeat together only after thousands of steps, so that no past season is the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import WholeSeriesOptions
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    import numpy as np

    from zoo.data.spec import Data

PERIODS = (23.0, 9.4, 41.7)  # steps
HEIGHTS = (1.0, 0.6, 0.4)
HASHES = {
    "train": "b2ef4d10138b5cedb0ec0e15638dda9a1bd0e9c9644ea98ca89cbda44a69bbb1",
    "validation": "21be79a592dd2ffad9e6ecdd2c83ba59640397e027a26e50008e632b4d91cb64",
    "test": "0bcc93613337c3fe79e7e4aa1369226b6cefc562d854cd0b2b6b3edf15f44dbc",
}
RAW = "windows of data.lag values each, the newest last"


class Options(WholeSeriesOptions):
    """Options of sine_mix: how many values, how noisy, in which windows."""

    values: int = setting(1_000, "number of values", ge=10, le=10_000_000)
    noise: float = setting(0.02, "standard deviation of the noise", ge=0.0)
    generator_seed: int = setting(0, "seed of the noise", ge=0, lt=2**32)


def signal(times: np.ndarray) -> np.ndarray:
    """The sines at times (n,), without noise: (n,)."""
    import numpy as np

    waves = [height * np.sin(2 * np.pi * times / period) for height, period in zip(HEIGHTS, PERIODS, strict=True)]
    return np.sum(waves, axis=0)


def load(options: Options) -> Data:
    """Draw the noise and add it to the sines.

    Args:
        options: Number of values, noise and windows.

    Returns:
        Data of a forecast, windows float64 (lag,).

    Raises:
        InvalidData: Too few values.
        DamagedData: The default splits are not the stored ones.
    """
    import numpy as np

    from zoo.data.numbers import check_rounded
    from zoo.data.series import series_data

    noise = np.random.default_rng(options.generator_seed).normal(0.0, options.noise, options.values)
    continuation = max(1, round(options.values * options.test_fraction))
    data = series_data(signal(np.arange(options.values)) + noise, options, continuation=continuation, target="value")
    if options == Options():
        check_rounded(data, HASHES, name="sine_mix")
    return data
