"""The network that is exported, the real samples that it is compared on, and what a format cannot hold of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from registry import Registry, UserError
from zoo.data.catalogue import load as load_data
from zoo.data.spec import Data
from zoo.layers.picture_generator import PictureGenerator
from zoo.layers.table import TablePreprocessing
from zoo.layers.table_encoding import number_groups
from zoo.recipe import bind
from zoo.run.feeding import FeedsItself
from zoo.use.exporting.request import Format
from zoo.weights.files import uncompiled
from zoo.weights.load import LoadedNetwork

SAMPLES = 256  # examples that a float export is compared on
WINDOWS = 16  # the same of texts, each of a whole window
# scalings of a table's columns whose float64 functions onnxruntime has not
NOT_IN_ONNX = {"log": "asinh", "quantile": "the inverse error function"}


@dataclass(frozen=True)
class Subject:
    """What is exported.

    Attributes:
        network: From raw examples (pictures, rows, codes; of a generator latents) to what the network says.
        samples: Input name -> real samples, as many rows of each.
        described: What the samples are.
        data: The data set; None of a generator, which looks at none.
    """

    network: keras.Model
    samples: dict[str, np.ndarray]
    described: str
    data: Data | None

    def outputs(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """What Keras says, float32 (n, ...)."""
        listed = list(inputs.values())
        return np.asarray(self.network.predict(listed if len(listed) > 1 else listed[0], batch_size=256, verbose=0))


def subject_of(registry: Registry, loaded: LoadedNetwork) -> Subject:
    """The network to export and real samples for it.

    Raises:
        DataUnavailable, DamagedData: The data set that the samples are from is not here.
    """
    model, record = loaded.network, loaded.record
    if isinstance(model, PictureGenerator):
        network = raw_generator(model)
        fed = model.inputs_of(model.latents(SAMPLES, seed=0))
        return Subject(network, _by_name(network, fed), f"{SAMPLES} drawn latents", None)
    bound = bind(registry, record.recipe)
    data = load_data(registry, bound.dataset.name, bound.data_options.model_dump()).for_task(record.recipe.task)
    if isinstance(model, FeedsItself):
        rows = model.examples(data.validation, WINDOWS)[0]
        unit = f"windows of the validation split of {bound.dataset.name}"
    else:
        rows = data.validation.features[:SAMPLES]
        unit = f"validation examples of {bound.dataset.name}"
    network = uncompiled(model)
    return Subject(network, _by_name(network, rows), f"{len(rows)} {unit}", data)


def _by_name(network: keras.Model, fed: Any) -> dict[str, np.ndarray]:
    parts = fed if isinstance(fed, list) else [fed]
    return {tensor.name: np.asarray(part) for tensor, part in zip(network.inputs, parts, strict=True)}


def raw_generator(model: PictureGenerator) -> keras.Model:
    """The generator alone, to pictures of the data's own size and range: float32 (n, *shape), not rounded."""
    top_bottom, left_right = model.frame
    low, high = model.data_spec.value_range or (0.0, 255.0)
    half = 0.5 * (high - low)
    pictures = model.generator.outputs[0]
    if np.any([top_bottom, left_right]):
        pictures = keras.layers.Cropping2D((tuple(top_bottom), tuple(left_right)), name="crop")(pictures)
    pictures = keras.layers.Rescaling(half, offset=low + half, dtype="float32", name="raw")(pictures)
    return keras.Model(model.generator.inputs, keras.ops.clip(pictures, low, high), name=model.name)


def require_held(network: keras.Model, format: Format) -> None:
    """Refuse a network that the format cannot hold.

    Raises:
        UserError: With what to do instead.
    """
    for layer in layers_of(network):
        reason = _not_in_onnx(layer) if format.name == "onnx" else None
        reason = _not_in_litert(layer) if format.name == "litert" else reason
        if reason is not None:
            raise UserError(reason, received=f"layer {layer.name}", hint="--format savedmodel")


def layers_of(network: keras.Model) -> Iterator[keras.layers.Layer]:
    """All layers, those inside others too."""
    for layer in network.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from layers_of(layer)


def _not_in_onnx(layer: keras.layers.Layer) -> str | None:
    if getattr(layer, "activation", None) is keras.activations.gelu:
        return "ONNX has no operation for the exact gelu; train with another activation, or take another format"
    if isinstance(layer, TablePreprocessing):
        scalings = {group.scaling for group in number_groups(layer.columns, scale=layer.scale)}
        missing = [function for scaling, function in NOT_IN_ONNX.items() if scaling in scalings]
        if missing:
            return f"onnxruntime has no float64 {' and no '.join(missing)}, which columns of this table are scaled by"
    return None


def _not_in_litert(layer: keras.layers.Layer) -> str | None:
    if isinstance(layer, keras.layers.RNN) and not layer.unroll:
        return "LiteRT holds recurrent layers only when they are unrolled; ONNX holds them as they are"
    if layer.compute_dtype == "float64":
        return "LiteRT computes in float32, and a layer is float64"
    return None
