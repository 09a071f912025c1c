"""Fashion-MNIST: 70,000 grey pictures of clothing, 28 by 28 pixels, the last 10,000 of them the test split.

Source: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
Algorithms, arXiv:1708.07747, 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.data.options import ValidationOptions
from zoo.data.source import TfdsSource
from zoo.recipe.fields import setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

SOURCE = TfdsSource("fashion_mnist", "3.0.1")
RAW = "one article, light on a dark ground, cropped to the article; any size, scaled to 28x28"
HASHES = {
    "train": "c57b685f9dc921e0040ca87ffad3ead5085989c92b78cf21b86ea8c550d05d32",
    "validation": "dfd219ad27107bd4642a3b74948d86a74d69b4f5fd50febb7c1079cec559640e",
    "test": "b54eef49f4370e9973517538d39081c0829cf4d84d50c3bccba8714b57d196e4",
}
CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class Options(ValidationOptions):
    """Options of fashion_mnist: how the validation split is drawn. The test split is the source's own."""

    validation_fraction: float = setting(
        1 / 12, "part of the 60,000 training rows that becomes the validation split; 1/12 is 5,000", gt=0, lt=0.5
    )


def load(options: Options) -> Data:
    """Load the pictures as uint8 (28, 28, 1).

    Args:
        options: How to draw the validation split.

    Returns:
        Data with 10 classes of clothing.

    Raises:
        DataUnavailable: The data are not here and cannot be fetched.
        DamagedData: The folder is not whole, or the test split or the default splits are not the stored ones.
    """
    from zoo.data.hashes import check_hashes
    from zoo.data.pictures import load_pictures

    data = load_pictures(SOURCE, options, shape=(28, 28, 1), classes=CLASSES, target="article")
    # The test split is the source's own, so its hash holds whatever the options are.
    stored = HASHES if options == Options() else {"test": HASHES["test"]}
    check_hashes(data.hashes(), stored, name="fashion_mnist")
    return data
