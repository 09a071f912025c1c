"""Read a prepared TFDS folder into arrays. It is checked first, and nothing is ever downloaded here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.integrity import check_folder, damaged

if TYPE_CHECKING:
    import numpy as np


def read_folder(folder: Path, label: str) -> dict[str, dict[str, np.ndarray]]:
    """Read every split of a prepared data set into memory.

    Args:
        folder: The prepared data set, such as .../mnist/3.0.1.
        label: The data set's name, for messages.

    Returns:
        Split name -> feature name -> array (n, ...), in the order of the files.

    Raises:
        DamagedData: The folder is not whole, or a record fails its checksum.
    """
    sizes = check_folder(folder, label)
    import tensorflow as tf
    import tensorflow_datasets as tfds
    from google.protobuf.json_format import ParseError

    try:
        builder = tfds.builder_from_directory(folder)
    except (ParseError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"or features.json is not what TFDS {tfds.__version__} reads ({type(error).__name__}: {error})"
        raise damaged(folder / "dataset_info.json", label, what) from error
    # One file after the other, whatever the number of cores: the order of examples is part of the data.
    config = tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)
    splits = {}
    for split in sizes:
        try:
            with tf.device("CPU:0"):  # the whole split as one tensor would fill a GPU for nothing
                tensors = builder.as_dataset(split=split, batch_size=-1, shuffle_files=False, read_config=config)
        except tf.errors.OpError as error:
            raise damaged(folder, label, f"cannot be read ({error.message})") from error
        splits[split] = {name: tensor.numpy() for name, tensor in tensors.items()}
    return splits
