"""Reads predictions.npz: the outputs of the best weights on each split."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.report.errors import BrokenRunFolder

if TYPE_CHECKING:
    import numpy as np

_NPZ_ERRORS = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Predictions:
    """The model's outputs on every split, read array by array when they are asked for.

    Args:
        path: predictions.npz of a run.
    """

    path: Path

    @cached_property
    def keys(self) -> frozenset[str]:
        """Names of the stored arrays."""
        import numpy as np

        try:
            # Opened here: of a damaged archive np.load leaves the file open.
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                return frozenset(stored.files)
        except (*_NPZ_ERRORS, AttributeError, TypeError) as error:  # a bare .npy array has no `files`
            raise _broken_predictions(self.path, error) from error

    def array(self, key: str) -> np.ndarray:
        """Read one array.

        Raises:
            BrokenRunFolder: the array is not there, or damaged.
        """
        import numpy as np

        if key not in self.keys:
            raise BrokenRunFolder(
                f"predictions.npz must hold {key!r}", received=", ".join(sorted(self.keys)), where=str(self.path)
            )
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                array: np.ndarray = stored[key]
        except _NPZ_ERRORS as error:
            raise _broken_predictions(self.path, error) from error
        return array

    def split(self, name: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Read outputs and targets of a split.

        Args:
            name: train, validation or test.

        Returns:
            ``(outputs, targets)`` with equal first dimensions, or None where the split was not stored.

        Raises:
            BrokenRunFolder: there are more outputs than targets, or fewer.
        """
        if f"{name}_outputs" not in self.keys:
            return None
        outputs, targets = self.array(f"{name}_outputs"), self.array(f"{name}_targets")
        if outputs.ndim == 0 or targets.ndim == 0 or len(outputs) != len(targets):
            raise BrokenRunFolder(
                f"{name}_outputs and {name}_targets must be equally long",
                received=f"shapes {outputs.shape} and {targets.shape}",
                where=str(self.path),
            )
        return outputs, targets


def _broken_predictions(path: Path, error: Exception) -> BrokenRunFolder:
    return BrokenRunFolder(
        f"predictions.npz must be a readable NumPy archive: {type(error).__name__}: {error}",
        where=str(path),
        hint="remove the file to write the report without it, or train again",
    )
