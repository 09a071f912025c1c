"""Write a model in another format, run what was written, and keep it only where it says what Keras says."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from registry import Registry, UserError, ZooError
from zoo.data.atomic import make_durable
from zoo.data.spec import Data
from zoo.run.tasks import task_of
from zoo.use.exporting.formats import RUNNERS, WRITERS, Runner, modules_of
from zoo.use.exporting.request import Request, shapes_of
from zoo.use.exporting.subject import Subject, require_held, subject_of
from zoo.weights.load import load_network

# largest difference of a float export, as a share of Keras' largest output: kernels add up in another order, which in
# float32 makes some 1e-6 of it in the deepest networks of the zoo
FLOAT_TOLERANCE = 1e-4
# root mean square difference of an int8 export, as a share of the standard deviation of Keras' outputs: 8 bits make
# 0.01 of it, and at 0.1 classes begin to change places
INT8_TOLERANCE = 0.1
CALIBRATION = 512  # training examples, evenly spaced
BATCH = 512
# Python's and TensorFlow's words for a full disk, a file that is too large, a folder of somebody else
CANNOT_WRITE = (
    OSError,
    tf.errors.ResourceExhaustedError,
    tf.errors.OutOfRangeError,
    tf.errors.PermissionDeniedError,
)


class ExportError(ZooError):
    """What was written cannot be run, or does not say what Keras says; it is removed."""


@dataclass(frozen=True)
class Exported:
    """A finished export.

    Attributes:
        path: The file, or the folder of a SavedModel.
        format: Name of the format.
        bytes: Size of it all.
        inputs: In words, such as `raw uint8 (n, 8, 8, 1)`.
        outputs: In words.
        compared: What it was compared with Keras on.
        difference: Largest absolute difference; of int8 the root of the mean square.
        tolerance: The most that was allowed.
        metrics: Of int8: metrics on the validation split, "float" (Keras) and "int8"; else None.
        imports: Of a .keras file: modules of the zoo to import before `keras.models.load_model`, for their layers.
    """

    path: Path
    format: str
    bytes: int
    inputs: str
    outputs: str
    compared: str
    difference: float
    tolerance: float
    metrics: dict[str, dict[str, float]] | None = None
    imports: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return vars(self) | {"path": str(self.path)}


def export(registry: Registry, request: Request) -> Exported:
    """Export as asked: write aside, run, compare, and rename into place.

    Args:
        registry: Where the model is looked up.
        request: What `zoo.use.exporting.request.check_request` let through.

    Raises:
        UserError: The format cannot hold the network, or the place cannot be written.
        ExportError: What was written cannot be run or says something else than Keras; nothing is left of it.
    """
    return export_subject(request, subject_of(registry, load_network(registry, request.name)))


def export_subject(request: Request, subject: Subject) -> Exported:
    """`export` of a network and its samples as they are given."""
    require_held(subject.network, request.format)
    expected = subject.outputs(subject.samples)  # Keras exports to ONNX what was called before
    with _aside(request.target) as path:
        runner = _written(request, subject, path)
        compared, difference, tolerance, metrics = (
            _compare_int8(runner, subject) if request.int8 else _compare_float(runner, subject, expected)
        )
        if not difference <= tolerance:  # a NaN neither
            raise ExportError(
                f"an export must say what Keras says: differ by at most {tolerance:.3g}",
                received=f"{difference:.3g} on {compared}",
                where=f"{request.name} as {request.format.name}{', int8' if request.int8 else ''}; it was removed",
                hint="without --int8" if request.int8 else "--format savedmodel",
            )
        size = sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file())
    inputs = {tensor.name: (tensor.shape, tensor.dtype) for tensor in subject.network.inputs}
    said = {_meaning(subject): (subject.network.outputs[0].shape, subject.network.outputs[0].dtype)}
    return Exported(
        request.target,
        request.format.name,
        size,
        shapes_of(inputs),
        shapes_of(said),
        compared,
        difference,
        tolerance,
        metrics,
        modules_of(subject.network) if request.format.name == "keras" else (),
    )


def _written(request: Request, subject: Subject, path: Path) -> Runner:
    """Write the file and open it; whatever a converter or a runtime has against it becomes one message."""
    calibration = None
    if request.int8:
        rows = _data(subject).train.features
        calibration = rows[np.linspace(0, len(rows) - 1, min(CALIBRATION, len(rows))).astype(int)]
    try:
        WRITERS[request.format.name](subject.network, path, calibration)
        runner = RUNNERS[request.format.name](path)
        runner(subject.samples)
    except CANNOT_WRITE as error:
        raise UserError("the export must be in a place that can be written", received=str(error)) from error
    except Exception as error:  # converters and runtimes raise classes of their own, some of them Exception itself
        lines = str(error).strip().splitlines()
        raise ExportError(
            f"the network must be one that {request.format.name} can hold",
            received=f"{type(error).__name__}: {lines[0] if lines else ''}",
            where=f"{request.name}; what was written was removed",
            hint=None if request.format.name == "savedmodel" else "--format savedmodel",
        ) from error
    return runner


def _compare_float(runner: Runner, subject: Subject, expected: np.ndarray) -> tuple[str, float, float, None]:
    found = runner(subject.samples)
    _require_shape(found, expected)
    tolerance = FLOAT_TOLERANCE * float(np.abs(expected).max())
    return subject.described, float(np.abs(found - expected).max()), tolerance, None


def _compare_int8(runner: Runner, subject: Subject) -> tuple[str, float, float, dict[str, dict[str, float]]]:
    """Over the whole validation split, whose metrics say what the eight bits cost."""
    data = _data(subject)
    split = data.validation
    (name,) = subject.samples
    expected = subject.outputs({name: split.features})
    parts = [runner({name: split.features[first : first + BATCH]}) for first in range(0, len(split), BATCH)]
    found = np.concatenate(parts)
    _require_shape(found, expected)
    task = task_of(data.spec)
    metrics = {
        label: task.score(data.spec, task.outputs(outputs), split.targets)
        for label, outputs in (("float", expected), ("int8", found))
    }
    difference = float(np.sqrt(np.mean(np.square(found.astype(np.float64) - expected))))
    tolerance = INT8_TOLERANCE * float(expected.std())
    return f"all {len(split)} validation examples", difference, tolerance, metrics


def _require_shape(found: np.ndarray, expected: np.ndarray) -> None:
    if found.shape != expected.shape:
        raise ExportError(f"an export must say outputs of shape {expected.shape}", received=f"shape {found.shape}")


def _data(subject: Subject) -> Data:
    if subject.data is None:
        raise UserError("--int8 is for models of examples", received=subject.described)
    return subject.data


def _meaning(subject: Subject) -> str:
    """What the outputs are."""
    if subject.data is None:
        return "raw pictures"
    if subject.data.spec.task in ("classification", "text_generation"):
        return "logits"
    return "numbers"


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """Where to write: a path of the target's own name in a hidden folder beside it, renamed when the block ends well.

    Raises:
        UserError: The place cannot be written, or was taken meanwhile.
    """
    folder = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        folder.mkdir()
        yield folder / target.name
        if target.exists():
            raise UserError("the export must not replace anything", received=str(target))
        for file in sorted(folder.rglob("*")):
            _flush(file)
        os.rename(folder / target.name, target)
        make_durable(target.absolute().parent)
    except OSError as error:
        raise UserError("the export must be in a place that can be written", received=str(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _flush(path: Path) -> None:
    """Make a file, or the names in a folder, last through a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
