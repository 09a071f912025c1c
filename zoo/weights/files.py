"""The weights file: Keras' `.weights.h5` of the uncompiled network, its checksum and its list of variables."""

from __future__ import annotations

import hashlib
import io
import math
import os
import tempfile
from pathlib import Path

import h5py
import keras

from registry.names import near
from zoo.data.atomic import write_bytes
from zoo.weights.errors import WeightsError

Variables = dict[str, tuple[tuple[int, ...], str]]


def uncompiled(model: keras.Model) -> keras.Model:
    """The same layers without the optimiser, which a compiled model writes into its file: three times the size."""
    return keras.Model(model.inputs, model.outputs, name=model.name)


def weights_bytes(model: keras.Model) -> bytes:
    """The content of the `.weights.h5` file of a network: model and preprocessing variables only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        _require_space(path, model)
        uncompiled(model).save_weights(path)
        return path.read_bytes()


def _require_space(path: Path, model: keras.Model) -> None:
    """Fail with a plain OSError where the file would not fit: HDF5 itself fails while closing, in pieces and loudly."""
    # 4 KiB for the headers of each variable and its groups is more than HDF5 takes
    size = sum(math.prod(variable.shape) * 8 + 4096 for variable in model.variables)
    path.write_bytes(bytes(size))
    path.unlink()


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def save_weights(model: keras.Model, path: Path) -> dict[str, str | int]:
    """Write the weights file atomically.

    Returns:
        `{"file": name, "sha256": .., "bytes": ..}` as records keep it.
    """
    content = weights_bytes(model)
    write_bytes(path, content)
    return {"file": path.name, "sha256": sha256_of(content), "bytes": len(content)}


def verified_bytes(path: Path, *, sha256: str, size: int) -> bytes:
    """Read a weights file and check its size and checksum.

    Raises:
        WeightsError: The file is missing, or is not the one that the record describes.
    """
    try:
        if os.path.getsize(path) != size:
            raise WeightsError(
                "the weights file must have the size that its record states",
                received=f"{os.path.getsize(path)} bytes instead of {size}",
                where=str(path),
                hint="copy the file again, or train again: it is cut off or another file",
            )
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError("the weights file must be readable", received=str(error), where=str(path)) from None
    if sha256_of(content) != sha256:
        raise WeightsError(
            "the weights file must have the sha256 that its record states",
            received=sha256_of(content),
            where=str(path),
            hint="copy the file again, or train again: it was changed after it was written",
        )
    return content


def file_variables(content: bytes) -> Variables:
    """Path, shape and dtype of every variable in a weights file.

    Raises:
        WeightsError: The content is not an HDF5 file, or holds links that lead out of it.
    """
    variables: Variables = {}
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            _collect(file, "", variables)
    except OSError as error:
        raise WeightsError("a weights file must be an HDF5 file", received=str(error)) from None
    return variables


def _collect(group: h5py.Group, prefix: str, variables: Variables) -> None:
    for key in group:
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise WeightsError("a weights file must hold its variables itself, not links", received=f"{prefix}{key}")
        item = group[key]
        if isinstance(item, h5py.Group):
            _collect(item, f"{prefix}{key}/", variables)
        else:
            variables[f"{prefix}{key}"] = (tuple(item.shape), str(item.dtype))


def compare_variables(found: Variables, expected: Variables, *, where: str) -> None:
    """Refuse a file whose variables are not exactly the network's: Keras drops surplus ones without a word.

    Raises:
        WeightsError: A variable is missing, surplus, or has another shape or dtype; names the first of each.
    """
    missing = sorted(expected.keys() - found.keys())
    surplus = sorted(found.keys() - expected.keys())
    if missing or surplus:
        received = [f"{len(missing)} missing ({missing[0]} first)"] if missing else []
        received += [f"{len(surplus)} surplus ({surplus[0]} first)"] if surplus else []
        raise WeightsError(
            "the weights file must hold exactly the variables of the network",
            received=", ".join(received),
            where=where,
            near=near(missing[0], surplus) if missing else [],
        )
    for path, (shape, dtype) in expected.items():
        if found[path] != (shape, dtype):
            raise WeightsError(
                f"the variable {path} must have the network's shape and dtype, {shape} {dtype}",
                received=f"{found[path][0]} {found[path][1]}",
                where=where,
            )


def load_weights(model: keras.Model, content: bytes, *, where: str) -> None:
    """Load verified content into a network of the same variables; runs no code from the file.

    Raises:
        WeightsError: The variables differ.
    """
    compare_variables(file_variables(content), file_variables(weights_bytes(model)), where=where)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        path.write_bytes(content)
        uncompiled(model).load_weights(path)
