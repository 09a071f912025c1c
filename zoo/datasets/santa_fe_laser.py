"""Intensity of a far-infrared laser in a chaotic state: 1,000 values to learn from and the 100 that came next.

Data set A of the Santa Fe competition. The intensity pulsates, grows, and collapses from time to time; the continuation
holds such a collapse, which is what makes it hard.

Source: U. Huebner, N. B. Abraham, C. O. Weiss, Dimensions and entropies of chaotic intensity pulsations in a
single-mode far-infrared NH3 laser, Physical Review A 40, 1989; A. S. Weigend, N. A. Gershenfeld (editors), Time Series
Prediction, 1993.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import SeriesOptions
from zoo.data.raw_file import RawFile

if TYPE_CHECKING:
    import numpy as np

    from zoo.data.spec import Data

ORIGIN = (
    "wherever data set A of the Santa Fe competition is passed on as two columns of text, one value a line "
    "(lasertrain.dat with 1,000 values, laserpred.dat with the next 100)"
)
SOURCE = RawFile(
    dataset="santa_fe_laser",
    path="santafe_laser/lasertrain.dat",
    size=17_000,
    sha256="f40f157c5256ebb0a8d80847800506f6de4f04aebcea9bca64e05e7e1014adb6",
    origin=ORIGIN,
)
CONTINUATION = RawFile(
    dataset="santa_fe_laser",
    path="santafe_laser/laserpred.dat",
    size=1_700,
    sha256="884c28ad4fb890a315172cbdc1f7c259e3ef489717be5fcb523ae9358a7569eb",
    origin=ORIGIN,
)
RAW = "windows of data.lag intensities each, 0 to 255, the newest last"


class Options(SeriesOptions):
    """Options of santa_fe_laser: in which windows."""


def load(options: Options) -> Data:
    """Read the known values and their continuation.

    Args:
        options: Lag, horizon, and how much of the known values validates.

    Returns:
        Data of a forecast, windows float64 (lag,); the test split is the continuation.

    Raises:
        DataUnavailable: A file is not here; no address is known to hold it.
        DamagedData: One is another file.
        InvalidData: The lag leaves no training window.
    """
    import numpy as np

    from zoo.data.series import series_data

    known, continuation = _values(SOURCE), _values(CONTINUATION)
    values = np.concatenate([known, continuation])
    return series_data(values, options, continuation=len(continuation), target="intensity")


def _values(file: RawFile) -> np.ndarray:
    """One number a line: (n,)."""
    import numpy as np

    return np.loadtxt(file.locate(), dtype=np.float64, ndmin=1)
