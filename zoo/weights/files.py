"""The weights file: Keras' `.weights.h5` of the uncompiled network, its checksum and its list of variables.

The file of an estimator is written and read by `zoo.weights.estimators`.
"""

from __future__ import annotations

import io
import math
import tempfile
from pathlib import Path
from typing import Any

import h5py
import keras

from registry.names import near
from zoo.data.atomic import write_bytes
from zoo.weights.errors import WeightsError
from zoo.weights.verified import sha256_of

SUFFIX = ".weights.h5"
# path in the file -> shape and dtype
Variables = dict[str, tuple[tuple[int, ...], str]]
DEEPEST = 64  # groups within groups, of which Keras takes two for each layer within a layer
# what h5py raises for a damaged file, depending on the place that is damaged
DAMAGED = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, SystemError)


def uncompiled(model: keras.Model) -> keras.Model:
    """The same layers without the optimiser, which a compiled model writes into its file: three times the size."""
    return keras.Model(model.inputs, model.outputs, name=model.name)


def weights_bytes(model: keras.Model) -> bytes:
    """The content of the `.weights.h5` file of a network: model and preprocessing variables only.

    Equal weights give equal bytes.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        _require_space(path, model)
        uncompiled(model).save_weights(path)
        return _variables_only(path)


def _require_space(path: Path, model: keras.Model) -> None:
    """Fail with a plain OSError where the file would not fit: HDF5 itself fails while closing, in pieces and loudly."""
    # 4 KiB for the headers of each variable and its groups is more than HDF5 takes
    size = sum(math.prod(variable.shape) * 8 + 4096 for variable in model.variables)
    path.write_bytes(bytes(size))
    path.unlink()


def _variables_only(path: Path) -> bytes:
    """The file without times, and without the names that Keras notes for its layers.

    Such a name counts the layers made in the process before (`dense_3`), so that equal weights would have other bytes.
    """
    content = io.BytesIO()
    with h5py.File(path, "r") as source, h5py.File(content, "w") as target:
        items: dict[str, h5py.Group | h5py.Dataset] = {}
        source.visititems(items.__setitem__)
        for name, item in items.items():
            if isinstance(item, h5py.Group):
                # empty ones too: Keras warns where it misses one
                target.require_group(name)
            else:
                # HDF5 would write the time of the copy beside each variable
                target.create_dataset(name, data=item[()], track_times=False)
    return content.getvalue()


def save_weights(model: keras.Model, path: Path) -> dict[str, str | int]:
    """Write the weights file atomically.

    Returns:
        `{"file": name, "sha256": .., "bytes": ..}` as records keep it.
    """
    return _written(path, weights_bytes(model))


def _written(path: Path, content: bytes) -> dict[str, str | int]:
    write_bytes(path, content)
    return {"file": path.name, "sha256": sha256_of(content), "bytes": len(content)}


def save_model(model: Any, folder: Path) -> dict[str, str | int]:
    """Write what a model has learned into its run folder, atomically.

    Args:
        model: A Keras model, which leaves `model.weights.h5`, or a fitted scikit-learn estimator, which leaves
            `model.skops`.
        folder: The run folder.

    Returns:
        `{"file": name, "sha256": .., "bytes": ..}` as records keep it.

    Raises:
        WeightsError: The estimator holds something that nobody could load again.
    """
    return _written(folder / f"model{SUFFIX if isinstance(model, keras.Model) else '.skops'}", model_bytes(model))


def model_bytes(model: Any) -> bytes:
    """The content of the file of a trained model: `weights_bytes` of a network, a skops archive of an estimator.

    Raises:
        WeightsError: The estimator holds something that nobody could load again.
    """
    if isinstance(model, keras.Model):
        return weights_bytes(model)
    from zoo.weights.estimators import estimator_bytes  # imports all of scikit-learn

    return estimator_bytes(model)


def load_model(model: Any, content: bytes, *, where: str) -> Any:
    """Load verified content of the file of a trained model; runs no code from the file.

    Args:
        model: The network or the estimator, as the builder made it.
        content: What `verified_bytes` returned.
        where: The file, for messages.

    Returns:
        The same network with the weights, or the fitted estimator.

    Raises:
        WeightsError: The file is damaged, or of another model.
    """
    if isinstance(model, keras.Model):
        load_weights(model, content, where=where)
        return model
    from zoo.weights.estimators import load_into

    return load_into(model, content, where=where)


def file_variables(content: bytes, *, where: str) -> Variables:
    """Path, shape and dtype of every variable in a weights file.

    Args:
        content: The file's content.
        where: The file, for messages.

    Raises:
        WeightsError: The content is not a whole HDF5 file, or holds something that leads out of it, or that takes far
            more time or memory to read than its size says.
    """
    variables: Variables = {}
    links: dict[str, object] = {}

    def visit(path: str, link: object) -> str | None:
        links[path] = link
        # HDF5 walks down from the root to each: 1,000 deep takes half a minute. What is returned ends the visit.
        return path if path.count("/") >= DEEPEST else None

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            if file.visititems_links(visit) is not None:
                raise WeightsError(f"groups of a weights file must be at most {DEEPEST} deep", where=where)
            for path, link in links.items():
                item = file[path] if isinstance(link, h5py.HardLink) else None
                if isinstance(item, h5py.Dataset) and not item.external and not item.is_virtual:
                    if item.chunks and math.prod(item.chunks) > item.size:  # HDF5 makes room for a whole chunk
                        raise WeightsError(
                            "chunks of a weights file must not be larger than their variables",
                            received=f"{path} of shape {item.shape} in chunks of {item.chunks}",
                            where=where,
                        )
                    variables[path] = (tuple(item.shape), str(item.dtype))
                elif not isinstance(item, h5py.Group):
                    raise WeightsError(
                        "a weights file must hold its variables itself, no links and no data of other files",
                        received=path,
                        where=where,
                    )
    except DAMAGED as error:
        raise _damaged(error, where) from None
    return variables


def compare_variables(found: Variables, expected: Variables, *, where: str) -> None:
    """Refuse a file whose variables are not exactly the network's: Keras drops surplus ones without a word.

    Args:
        found: The file's variables.
        expected: The network's variables.
        where: The file, for messages.

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

    Args:
        model: The network, as the builder made it.
        content: What `verified_bytes` returned.
        where: The file, for messages.

    Raises:
        WeightsError: The file is damaged, or its variables are not the network's.
    """
    own = file_variables(weights_bytes(model), where=f"network {model.name}")
    found = file_variables(content, where=where)
    compare_variables(found, own, where=where)
    _read_through(content, found, where=where)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        path.write_bytes(content)
        uncompiled(model).load_weights(path)


def _read_through(content: bytes, variables: Variables, *, where: str) -> None:
    """Read every variable before the network is touched: Keras goes on with a warning where it cannot."""
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            for path in variables:
                _ = file[path][()]
    except DAMAGED as error:
        raise _damaged(error, where) from None


def _damaged(error: Exception, where: str) -> WeightsError:
    return WeightsError("a weights file must be a whole HDF5 file", received=str(error), where=where)
