"""Options that data sets of picture files share."""

from __future__ import annotations

from typing import Literal

from zoo.data.options import SplitOptions
from zoo.recipe.fields import setting


class PictureOptions(SplitOptions):
    """Options of data sets of picture files: their form and how they are split."""

    side: int = setting(64, "height and width that pictures are brought to, in pixels", ge=4, le=1024)
    channels: Literal[1, 3] = setting(3, "1: grey, 3: colour")
    fit: Literal["pad", "crop", "stretch"] = setting(
        "pad", "how a picture that is not square becomes square: white at its sides, its middle, or distorted"
    )
