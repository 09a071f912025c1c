"""Pictures with class numbers as TFDS holds them: features "image" and "label", splits "train" and "test"."""

from __future__ import annotations

from zoo.data.errors import InvalidData
from zoo.data.options import ValidationOptions
from zoo.data.source import TfdsSource
from zoo.data.spec import Data, DataSpec
from zoo.data.split import make_data_with_test


def load_pictures(
    source: TfdsSource,
    options: ValidationOptions,
    *,
    shape: tuple[int, int, int],
    classes: tuple[str, ...],
    target: str,
) -> Data:
    """Load uint8 pictures and draw the validation split from the training rows.

    Args:
        source: The TFDS data set.
        options: How to draw the validation split.
        shape: height, width, channels in pixels.
        classes: Class names in the order of the labels.
        target: Name of the target.

    Returns:
        Checked data with the source's own test split.

    Raises:
        DataUnavailable: The data are not here and cannot be fetched.
        DamagedData: The folder is not whole.
        InvalidData: The pictures are not what was said.
    """
    spec = DataSpec(
        kind="picture",
        shape=shape,
        dtype="uint8",
        task="classification",
        value_range=(0, 255),
        classes=classes,
        target_name=target,
    )
    splits = source.load()
    for split in ("train", "test"):
        if not {"image", "label"} <= set(splits.get(split, ())):
            raise InvalidData(
                f"data set {source.label!r} must have a split {split!r} with image and label",
                received={name: sorted(features) for name, features in splits.items()},
                where=str(source.find()),
            )
    train, test = splits["train"], splits["test"]
    return make_data_with_test(train["image"], train["label"], test["image"], test["label"], spec, options)
