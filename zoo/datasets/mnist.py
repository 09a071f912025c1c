"""MNIST: 70,000 grey pictures of handwritten digits, 28 by 28 pixels, the last 10,000 of them the test split.

Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits, 1998.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import ValidationOptions
from zoo.data.source import TfdsSource
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

SOURCE = TfdsSource("mnist", "3.0.1")
RAW = (
    "one digit in light strokes on a dark ground, centred, with a margin of a seventh of the side; "
    "any size, scaled to 28x28"
)
HASHES = {
    "train": "978efe9b8d375c3fc8c73487a0ebbc6cd4e1b2b2e7d34a2f4bf22d7e1b0cb17e",
    "validation": "77d232f3bd9882438c1c6dab4ac3a7a20b9b157ddd1a7216abaefdfbde314f0e",
    "test": "7b98512692ed282d49416a9d210ad182036a1a148d2faae945eb454c769c635c",
}


class Options(ValidationOptions):
    """Options of mnist: how the validation split is drawn. The test split is the source's own."""

    validation_fraction: float = setting(
        1 / 12, "part of the 60,000 training rows that becomes the validation split; 1/12 is 5,000", gt=0, lt=0.5
    )


def load(options: Options) -> Data:
    """Load the pictures as uint8 (28, 28, 1).

    Args:
        options: How to draw the validation split.

    Returns:
        Data with 10 classes.

    Raises:
        DataUnavailable: The data are not here and cannot be fetched.
        DamagedData: The folder is not whole, or the test split or the default splits are not the stored ones.
    """
    from zoo.data.hashes import check_hashes
    from zoo.data.pictures import load_pictures

    classes = tuple(str(digit) for digit in range(10))
    data = load_pictures(SOURCE, options, shape=(28, 28, 1), classes=classes, target="digit")
    # The test split is the source's own, so its hash holds whatever the options are.
    stored = HASHES if options == Options() else {"test": HASHES["test"]}
    check_hashes(data.hashes(), stored, name="mnist")
    return data
