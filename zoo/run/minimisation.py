"""Models whose weights are a point on a surface: what they came to, and the way that they took.

A model that `Moves` has its point written to the run's `trajectory.jsonl` after each step: one line
{"step": 3, "point": [0.1, -0.2]}, from step 0 on, numbers as they are to the last bit. A resumed run goes on in the
same file where its checkpoint stands.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import keras
import numpy as np

from zoo.data.atomic import write_text
from zoo.data.spec import Data
from zoo.run.errors import RunFolderError
from zoo.run.generation_scores import Examination

FILE = "trajectory.jsonl"


@runtime_checkable
class Moves(Protocol):
    """A Keras model whose trainable weights are one point."""

    first: np.ndarray

    @property
    def position(self) -> np.ndarray:
        """The point as it is now, float64 (d,)."""
        ...

    @property
    def minimum(self) -> np.ndarray | None:
        """The point (d,) that is sought; None where there is none, or data decide it."""
        ...

    def height(self, point: np.ndarray) -> float:
        """Value of the function at a point (d,); not asked of what learns from data."""
        ...

    def landscape(self, data: Data) -> dict[str, np.ndarray]:
        """The surface that it moved on: arrays `surface_...` for predictions.npz."""
        ...


class Trajectory:
    """The file of the points, kept open while the run goes on.

    Args:
        folder: The run folder.
        model: What may move; of a model that does not, nothing is written.
        step: Where the run starts; lines of later steps are dropped, they will be done again.

    Raises:
        RunFolderError: The file lacks lines before that step.
    """

    def __init__(self, folder: Path, model: keras.Model, step: int) -> None:
        self.path = folder / FILE
        self.model = model if isinstance(model, Moves) else None
        if self.model is None:
            return
        if step == 0:
            write_text(self.path, _line(0, self.model.first))
            return
        kept = [line for line in self.path.read_text(encoding="utf-8").splitlines() if _step(line) <= step]
        if not kept or _step(kept[-1]) != step:
            raise RunFolderError(
                f"{FILE} must reach to step {step}, where the checkpoint stands",
                where=str(self.path),
                hint=f"remove {folder / 'checkpoint'} and resume: the run then starts from the beginning",
            )
        write_text(self.path, "".join(f"{line}\n" for line in kept))

    def step_done(self, step: int) -> None:
        """Write where the point is after a step."""
        if self.model is not None:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(_line(step, self.model.position))


def _line(step: int, point: np.ndarray) -> str:
    return json.dumps({"step": step, "point": [float(coordinate) for coordinate in point]}) + "\n"


def _step(line: str) -> int:
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError):
        return 2**63  # cut off by a kill: of a step after the checkpoint


def examine(model: Any, data: Data, splits: Sequence[str]) -> Examination:
    """Value and distance of the point that a run ended with, beside those of the one it began with.

    Args:
        model: A model that `Moves` on a function.
        data: Says nothing.
        splits: Names of splits; all are scored alike.
    """
    end, first = (_scores(model, point) for point in (model.position, model.first))
    arrays = {"test_features": data.test.features, "point": model.position}
    return Examination(arrays, dict.fromkeys(splits, end), {"name": "start", **dict.fromkeys(splits, first)})


def _scores(model: Moves, point: np.ndarray) -> dict[str, float]:
    scores = {"value": model.height(point)}
    if model.minimum is not None:
        scores["distance"] = float(np.linalg.norm(point - model.minimum))
    return scores
