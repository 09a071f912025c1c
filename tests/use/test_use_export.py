"""Exports: run by their own runtimes, kept only where they say what Keras says."""

from __future__ import annotations

import resource
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from registry import Registry, UserError
from zoo import jobs
from zoo.data.catalogue import load as load_data
from zoo.data.columns import Column
from zoo.data.spec import Data
from zoo.layers.table import TablePreprocessing
from zoo.use.exporting.export import Exported, ExportError, export, export_subject
from zoo.use.exporting.request import check_request
from zoo.use.exporting.subject import Subject
from zoo.use.predict import LoadedModel, load


@pytest.fixture(scope="module")
def digits(registry: Registry) -> Data:
    return load_data(registry, "digits", {})


@pytest.fixture(scope="module")
def mlp(registry: Registry) -> LoadedModel:
    return load(registry, "mlp/digits")


def exported(registry: Registry, name: str, format: str, target: Path, **options: Any) -> Exported:
    return export(registry, check_request(registry, name, format, target, **options))


def of_network(registry: Registry, network: keras.Model, format: str, target: Path, **options: Any) -> Exported:
    """A network of the test's own, under the request of a published one."""
    draw = np.random.default_rng(0)
    samples = {x.name: draw.uniform(1, 2, (32, *x.shape[1:])).astype(x.dtype) for x in network.inputs}
    request = check_request(registry, "mlp/digits", format, target, **options)
    return export_subject(request, Subject(network, samples, "32 drawn rows", None))


def test_an_onnx_file_takes_raw_pictures_and_says_what_the_model_says(
    registry: Registry, mlp: LoadedModel, digits: Data, tmp_path: Path
) -> None:
    result = exported(registry, "mlp/digits", "onnx", tmp_path / "digits.onnx")
    session = onnxruntime.InferenceSession(result.path, providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"raw": digits.test.features})
    assert logits == pytest.approx(mlp.network.predict(digits.test.features, verbose=0), abs=1e-4)
    assert result.difference <= result.tolerance
    assert result.bytes == result.path.stat().st_size
    assert [path.name for path in tmp_path.iterdir()] == ["digits.onnx"]


def test_a_savedmodel_is_a_folder_that_tensorflow_serves(
    registry: Registry, mlp: LoadedModel, digits: Data, tmp_path: Path
) -> None:
    result = exported(registry, "mlp/digits", "savedmodel", tmp_path / "digits")
    loaded = tf.saved_model.load(str(result.path))
    (logits,) = loaded.signatures["serving_default"](raw=tf.constant(digits.test.features[:50])).values()
    assert logits.numpy() == pytest.approx(mlp.network.predict(digits.test.features[:50], verbose=0), abs=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["digits"]


def test_a_keras_file_needs_nothing_of_the_zoo(registry: Registry, digits: Data, tmp_path: Path) -> None:
    result = exported(registry, "mlp/digits", "keras", tmp_path / "digits.keras")
    assert result.difference == 0
    network = keras.models.load_model(result.path)
    labels = network.predict(digits.test.features, verbose=0).argmax(axis=1)
    assert np.mean(labels == digits.test.targets) > 0.95


def test_an_int8_litert_file_is_small_and_judged_on_the_validation_split(
    registry: Registry, digits: Data, tmp_path: Path
) -> None:
    result = exported(registry, "cnn/digits", "litert", tmp_path / "digits.tflite", int8=True)
    assert result.metrics is not None
    assert result.metrics["int8"]["accuracy"] >= result.metrics["float"]["accuracy"] - 0.02
    assert result.metrics["int8"] != result.metrics["float"]
    runner = Interpreter(model_path=str(result.path)).get_signature_runner("serving_default")
    (logits,) = runner(raw=digits.validation.features).values()
    accuracy = np.mean(logits.argmax(axis=1) == digits.validation.targets)
    assert accuracy == pytest.approx(result.metrics["int8"]["accuracy"])
    # 19,000 parameters in a byte each, and the graph
    assert result.bytes < 35_000


@pytest.mark.slow
def test_a_generator_is_exported_alone_to_raw_pictures(registry: Registry, tmp_path: Path) -> None:
    result = exported(registry, "gan/digits", "onnx", tmp_path / "digits.onnx")
    model = load(registry, "gan/digits").network
    latents = model.latents(9, seed=5)
    (pictures,) = onnxruntime.InferenceSession(result.path, providers=["CPUExecutionProvider"]).run(
        None, {"latent": latents}
    )
    assert np.rint(pictures) == pytest.approx(model.generate(latents), abs=1)
    assert (result.inputs, result.outputs) == ("latent float32 (n, 20)", "raw pictures float32 (n, 8, 8, 1)")


def test_a_text_generator_goes_to_onnx_for_texts_of_any_length(registry: Registry, tmp_path: Path) -> None:
    result = exported(registry, "lstm_text/python_docs_small", "onnx", tmp_path / "text.onnx")
    model = load(registry, "lstm_text/python_docs_small")
    session = onnxruntime.InferenceSession(result.path, providers=["CPUExecutionProvider"])
    for length in (3, 50):
        codes = np.arange(2 * length, dtype=np.uint8).reshape(2, length) % 90
        (logits,) = session.run(None, {"raw": codes})
        assert logits == pytest.approx(np.asarray(model.network(codes)), abs=1e-4)


def test_learned_statistics_of_vectors_are_inside_an_onnx_file(registry: Registry, tmp_path: Path) -> None:
    normalization = keras.layers.Normalization(name="standardization")
    normalization.adapt(np.array([[0.0, 10.0], [2.0, 30.0]], np.float32))
    network = keras.Sequential([keras.Input((2,), name="raw"), normalization])
    result = of_network(registry, network, "onnx", tmp_path / "vectors.onnx")
    session = onnxruntime.InferenceSession(result.path, providers=["CPUExecutionProvider"])
    assert [tensor.name for tensor in session.get_inputs()] == ["raw"]
    (outputs,) = session.run(None, {"raw": np.array([[2.0, 10.0]], np.float32)})
    assert outputs.tolist() == [[1.0, -1.0]]
    assert np.asarray(network(np.array([[2.0, 10.0]]))).tolist() == [[1.0, -1.0]]


class Noisy(keras.layers.Layer):
    """Says something else each time."""

    def call(self, x: Any) -> Any:
        return x + keras.random.normal(keras.ops.shape(x))


class Decomposed(keras.layers.Layer):
    """An operation that LiteRT does not have."""

    def call(self, x: Any) -> Any:
        return tf.linalg.svd(x, compute_uv=False)


def test_an_export_that_differs_from_keras_is_removed(registry: Registry, tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((3,), name="raw"), Noisy()])
    with pytest.raises(ExportError, match="must say what Keras says: differ by at most") as caught:
        of_network(registry, network, "savedmodel", tmp_path / "noisy")
    assert caught.value.exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_what_a_converter_cannot_write_is_one_message_and_leaves_nothing(registry: Registry, tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((3, 3), name="raw"), Decomposed()])
    with pytest.raises(ExportError, match="must be one that litert can hold\n  received: ConverterError"):
        of_network(registry, network, "litert", tmp_path / "decomposed.tflite")
    assert list(tmp_path.iterdir()) == []


def log_scaled() -> keras.Model:
    columns = (Column("balance", "number", scaling="log"),)
    layer = TablePreprocessing(columns, name="table")
    layer.adapt(np.arange(10.0)[:, None])
    return keras.Sequential([keras.Input((1,), dtype="float64", name="raw"), layer])


def recurrent() -> keras.Model:
    return keras.Sequential([keras.Input((5, 1), name="raw"), keras.layers.LSTM(2)])


def gelu() -> keras.Model:
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="gelu")])
    return keras.Sequential([keras.Input((3,), name="raw"), inner])


def float64() -> keras.Model:
    return keras.Sequential([keras.Input((3,), name="raw"), keras.layers.Dense(2, dtype="float64")])


@pytest.mark.parametrize(
    ("make", "format", "reason"),
    [
        (log_scaled, "onnx", "onnxruntime has no float64 asinh"),
        (gelu, "onnx", "ONNX has no operation for the exact gelu"),
        (recurrent, "litert", "recurrent layers only when they are unrolled"),
        (float64, "litert", "LiteRT computes in float32"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_before_work_starts(
    registry: Registry, tmp_path: Path, make: Any, format: str, reason: str
) -> None:
    suffix = {"onnx": ".onnx", "litert": ".tflite"}[format]
    with pytest.raises(UserError, match=reason) as caught:
        of_network(registry, make(), format, tmp_path / f"held{suffix}")
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_message(registry: Registry, tmp_path: Path) -> None:
    target = tmp_path / f"{'x' * 240}.keras"  # the folder beside it would have a name that is too long
    with pytest.raises(UserError, match="must be in a place that can be written"):
        exported(registry, "mlp/digits", "keras", target)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["savedmodel", "onnx"])
def test_where_a_file_does_not_fit_there_is_one_message_and_nothing_left(
    registry: Registry, tmp_path: Path, format: str
) -> None:
    target = tmp_path / f"wide{'.onnx' if format == 'onnx' else ''}"
    network = keras.Sequential([keras.Input((100,), name="raw"), keras.layers.Dense(1000)])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, before[1]))  # of 400,000 bytes of weights
    try:
        with pytest.raises(UserError, match="must be in a place that can be written"):
            of_network(registry, network, format, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.real
def test_eight_bits_cost_mnist_less_than_half_a_percent(registry: Registry, tmp_path: Path) -> None:
    result = exported(registry, "cnn/mnist", "litert", tmp_path / "mnist.tflite", int8=True)
    assert result.metrics is not None
    assert result.metrics["int8"]["accuracy"] >= result.metrics["float"]["accuracy"] - 0.005
    assert exported(registry, "cnn/mnist", "onnx", tmp_path / "mnist.onnx").difference <= 1e-3


NAMES = ("mlp/digits", "cnn/digits", "gan/digits", "lstm_text/python_docs_small")
FORMATS = ("savedmodel", "onnx", "litert", "keras")
REFUSED = ("lstm_text/python_docs_small", "litert")
HELD = [pair for pair in product(NAMES, FORMATS) if pair != REFUSED]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "format"), HELD)
def test_every_form_of_model_goes_to_every_format_that_holds_it(
    registry: Registry, tmp_path: Path, name: str, format: str
) -> None:
    suffix = {"savedmodel": "", "onnx": ".onnx", "litert": ".tflite", "keras": ".keras"}[format]
    result = exported(registry, name, format, tmp_path / f"model{suffix}")
    assert result.path.exists()


OPEN = """
import importlib, sys
for module in sys.argv[2:]:
    importlib.import_module(module)
import keras
print(keras.models.load_model(sys.argv[1]).name, "zoo" in sys.modules)
"""


def opened(result: Exported) -> str:
    """What a new process says that imports Keras and what the export says."""
    line = [sys.executable, "-c", OPEN, str(result.path), *result.imports]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.slow
def test_a_keras_file_opens_in_a_program_that_knows_nothing_of_the_zoo(registry: Registry, tmp_path: Path) -> None:
    result = exported(registry, "mlp/digits", "keras", tmp_path / "digits.keras")
    assert result.imports == ()
    assert opened(result) == "mlp False"


@pytest.mark.slow
@pytest.mark.parametrize("family", ["perceptron", "rnn", "rbf", "som"])
def test_a_keras_file_with_layers_of_the_zoo_opens_after_the_imports_it_names(
    registry: Registry, tmp_path: Path, family: str
) -> None:
    run = jobs.train(registry, family, {"epochs": 1}, runs=tmp_path, argv=["test"]).folder
    result = exported(registry, str(run), "keras", tmp_path / "model.keras")
    assert opened(result) == f"{family} True"
