"""What is to be exported, checked before anything slow is imported: the format, its packages, the place, the model."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from registry import Registry, UserError
from registry.names import near
from zoo.weights.record import Record, find_record, read_record


@dataclass(frozen=True)
class Format:
    """A format of exported models.

    Attributes:
        name: As `--format` has it.
        suffix: What its files end in; "" where it is a folder.
        packages: What has to be importable beside the zoo's own dependencies.
    """

    name: str
    suffix: str
    packages: tuple[str, ...] = ()


FORMATS = {
    format.name: format
    for format in (
        Format("savedmodel", ""),
        Format("onnx", ".onnx", ("onnx", "tf2onnx", "onnxruntime")),
        Format("litert", ".tflite", ("ai_edge_litert",)),
        Format("keras", ".keras"),
    )
}
# what people ask for by another name, or that something else leads to
ELSEWHERE = {
    "tflite": "--format litert",
    "saved_model": "--format savedmodel",
    "tf_saved_model": "--format savedmodel",
    "openvino": "--format onnx, which OpenVINO reads",
    "tensorrt": "--format onnx, which TensorRT reads",
    "coreml": "--format savedmodel, which coremltools reads",
    "torch": "--format onnx: only Keras on PyTorch writes its files, and the zoo stands on TensorFlow",
    "h5": "--format keras",
}
INSTALL = 'pip install "keras-zoo[export]"'
# what has one number a class or a target for each example: int8 is judged by it
JUDGED = ("classification", "regression")


@dataclass(frozen=True)
class Request:
    """An export that nothing speaks against so far.

    Attributes:
        name: A recipe with published weights, or a run folder.
        record: What stands beside the weights.
        format: What to write.
        target: The file or folder to be, which does not exist.
        int8: Whether weights and activations become whole numbers of 8 bits.
    """

    name: str
    record: Record
    format: Format
    target: Path
    int8: bool


def check_request(
    registry: Registry, name: str, format: str, out: str | os.PathLike[str] | None = None, *, int8: bool = False
) -> Request:
    """Check all that can be checked without TensorFlow.

    Args:
        registry: Where names are looked up.
        name: A recipe with published weights, or a run folder.
        format: A name of `FORMATS`.
        out: The file or folder to write; `<family>-<recipe>` and the format's suffix in the working folder if None.
        int8: Whether to quantise.

    Raises:
        UnknownName, WeightsError: There is no such model.
        UserError: The format is unknown, cannot hold the model or lacks its packages; the place is taken.
    """
    chosen = _format_of(format)
    record = read_record(find_record(registry, name))
    _require_held(record, chosen, int8=int8)
    missing = [package for package in chosen.packages if importlib.util.find_spec(package) is None]
    if missing:
        raise UserError(
            f"the format {chosen.name} needs packages that are not installed",
            received=f"no {', '.join(missing)}",
            hint=INSTALL,
        )
    return Request(name, record, chosen, _place(record, chosen, out, int8=int8), int8)


def _format_of(name: str) -> Format:
    if name not in FORMATS:
        raise UserError(
            f"a format is one of {', '.join(FORMATS)}",
            received=name,
            near=near(name, FORMATS),
            hint=ELSEWHERE.get(name.lower()),
        )
    return FORMATS[name]


def _require_held(record: Record, format: Format, *, int8: bool) -> None:
    """Refuse what the record alone says that no file of the format can hold."""
    name, spec = record.recipe.name, record.data_spec
    if record.weights_path.suffix == ".skops":
        raise UserError(
            f"exports are of networks; {name} is an estimator of scikit-learn",
            received=f"--format {format.name}",
            hint=f"zoo predict {name} FILE.csv; its file {record.weights_path.name} is read by skops",
        )
    if spec.task == "minimisation":
        raise UserError("a minimum has no inputs to be exported for", received=name, hint="another family")
    if int8 and format.name != "litert":
        raise UserError("--int8 is for LiteRT", received=f"--format {format.name}", hint="--format litert --int8")
    if format.name == "litert" and spec.kind == "text":
        raise UserError(
            "LiteRT holds recurrent layers only when they are unrolled, and a text may be of any length",
            received=name,
            hint="--format onnx",
        )
    if format.name == "litert" and spec.dtype == "float64":
        raise UserError(
            f"LiteRT computes in float32; the preprocessing of a {spec.kind} is float64",
            received=name,
            hint="--format onnx or --format savedmodel",
        )
    if int8 and spec.task not in JUDGED:
        raise UserError(
            f"--int8 is for tasks that an int8 model can be judged by: {', '.join(JUDGED)}",
            received=f"{name}, task {spec.task}",
            hint="without --int8",
        )


def _place(record: Record, format: Format, out: str | os.PathLike[str] | None, *, int8: bool) -> Path:
    """Where the export goes, which must be free."""
    stem = f"{record.recipe.name.replace('/', '-')}{'-int8' if int8 else ''}"
    target = Path(out if out is not None else f"{stem}{format.suffix or '-savedmodel'}")
    if target.suffix != format.suffix and format.suffix:
        raise UserError(
            f"a file of the format {format.name} ends in {format.suffix}",
            received=str(target),
            hint=f"--out {target.with_suffix(format.suffix)}",
        )
    if target.exists() or target.is_symlink():
        raise UserError(
            "the export must not replace anything", received=str(target), hint="remove it, or --out ANOTHER"
        )
    if not target.absolute().parent.is_dir():
        raise UserError(
            "the export must go into a folder that exists", received=str(target), hint=f"mkdir -p {target.parent}"
        )
    return target


def shapes_of(inputs: Mapping[str, tuple[tuple[int | None, ...], str]]) -> str:
    """Inputs in words: `raw uint8 (n, 8, 8, 1)`."""
    return ", ".join(
        f"{name} {dtype} ({', '.join('n' if size is None else str(size) for size in shape)})"
        for name, (shape, dtype) in inputs.items()
    )
