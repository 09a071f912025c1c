"""Each format: how a network is written, and how the file is run by the format's own runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

# input name -> arrays (n, ...), to the output (n, ...)
Runner = Callable[[dict[str, np.ndarray]], np.ndarray]
SIGNATURE = "serving_default"


def write_keras(network: keras.Model, path: Path, calibration: np.ndarray | None = None) -> None:
    """A `.keras` archive: the layers by name and their weights."""
    network.save(path)


def run_keras(path: Path) -> Runner:
    """Loaded in safe mode, which refuses code in the file."""
    network = keras.models.load_model(path, compile=False, safe_mode=True)

    def run(inputs: dict[str, np.ndarray]) -> np.ndarray:
        listed = list(inputs.values())
        return np.asarray(network.predict_on_batch(listed if len(listed) > 1 else listed[0]))

    return run


def modules_of(network: keras.Model) -> tuple[str, ...]:
    """Modules that register what a `.keras` file names and Keras has not; to be imported before it is loaded."""
    found, waiting = set(), [network.get_config()]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict | list | tuple):
            waiting.extend(part.values() if isinstance(part, dict) else part)
        elif isinstance(part, str):
            registered = keras.saving.get_registered_object(part)
            found |= {registered.__module__} if registered is not None else set()
    return tuple(sorted(found))


def write_savedmodel(network: keras.Model, path: Path, calibration: np.ndarray | None = None) -> None:
    """TensorFlow's folder of graph and variables, with the signature `serving_default`."""
    network.export(path, format="tf_saved_model", verbose=False)


def run_savedmodel(path: Path) -> Runner:
    """By `tf.saved_model.load`, without Keras."""
    loaded = tf.saved_model.load(str(path))
    signature = loaded.signatures[SIGNATURE]

    def run(inputs: dict[str, np.ndarray]) -> np.ndarray:
        found = signature(**{name: tf.constant(value) for name, value in inputs.items()})
        # the loaded object holds the variables, and a signature does not hold the object
        return np.asarray(next(iter(found.values()))) if loaded is not None else np.empty(0)

    return run


def write_onnx(network: keras.Model, path: Path, calibration: np.ndarray | None = None) -> None:
    """One ONNX file; tf2onnx converts."""
    with _constant_statistics(network):
        network.export(path, format="onnx", verbose=False)


def run_onnx(path: Path) -> Runner:
    """By onnxruntime on the processor, after onnx has checked the file."""
    import onnx
    import onnxruntime

    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda inputs: np.asarray(session.run(None, inputs)[0])


def write_litert(network: keras.Model, path: Path, calibration: np.ndarray | None = None) -> None:
    """One LiteRT file of built-in operations alone.

    Args:
        network: What is written.
        path: The file.
        calibration: Raw training examples (n, ...) that show how large activations are; with them weights and
            activations are int8, the input stays raw and the output float32.
    """
    folder = path.with_name("savedmodel")
    write_savedmodel(network, folder)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    if calibration is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([row[None]] for row in calibration)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    path.write_bytes(converter.convert())


def run_litert(path: Path) -> Runner:
    """By the LiteRT interpreter, on one thread as it comes."""
    from ai_edge_litert.interpreter import Interpreter

    signature = Interpreter(model_path=str(path)).get_signature_runner(SIGNATURE)
    return lambda inputs: np.asarray(next(iter(signature(**inputs).values())))


WRITERS: dict[str, Callable[[keras.Model, Path, np.ndarray | None], None]] = {
    "keras": write_keras,
    "savedmodel": write_savedmodel,
    "onnx": write_onnx,
    "litert": write_litert,
}
RUNNERS: dict[str, Callable[[Path], Runner]] = {
    "keras": run_keras,
    "savedmodel": run_savedmodel,
    "onnx": run_onnx,
    "litert": run_litert,
}


@contextmanager
def _constant_statistics(network: keras.Model) -> Iterator[None]:
    """Mean and variance of the normalisations as numbers of the graph: tf2onnx makes inputs of captured tensors."""
    layers = [layer for layer in network.layers if isinstance(layer, keras.layers.Normalization)]
    kept: list[tuple[Any, Any, Any]] = [(layer, layer.mean, layer.variance) for layer in layers]
    try:
        for layer, mean, variance in kept:
            layer.mean, layer.variance = (keras.ops.convert_to_numpy(value) for value in (mean, variance))
        yield
    finally:
        for layer, mean, variance in kept:
            layer.mean, layer.variance = mean, variance
