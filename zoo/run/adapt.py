"""The one step before training in which layers learn from the training split: normalisation, centres, vocabularies."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import keras
import numpy as np

from zoo.data.spec import Split

PIECE = 4096  # examples encoded at once


@dataclass(frozen=True)
class Pieces:
    """What the network in front of a layer makes of examples, encoded anew each time that they are gone through.

    Attributes:
        before: From raw examples to the layer's input.
        features: (n, *shape) raw examples.
    """

    before: keras.Model
    features: np.ndarray

    def __iter__(self) -> Iterator[np.ndarray]:
        for start in range(0, len(self.features), PIECE):
            yield np.asarray(self.before.predict_on_batch(self.features[start : start + PIECE]))


def adapt(model: keras.Model, train: Split, *, without: Collection[str] = ()) -> list[str]:
    """Adapt every layer that has an `adapt` method to the training split, in the order of the network.

    Layers named in `without` stay as they are.

    A layer behind others is adapted to what they make of the training split; one that says `adapts_in_pieces` is given
    `Pieces`, so that never more than one piece of an encoded split is in memory. What is learned is part of the layer's
    variables and travels with the weights.

    Returns:
        Names of the layers adapted.
    """
    layers = [layer for layer in model.layers if hasattr(layer, "adapt") and layer.name not in without]
    for layer in layers:
        layer.adapt(_learned_from(model, layer, train.features))
    return [layer.name for layer in layers]


def _learned_from(model: keras.Model, layer: keras.layers.Layer, features: np.ndarray) -> np.ndarray | Pieces:
    """What a layer's `adapt` is given."""
    if features.dtype == "float64" and layer.input is model.inputs[0]:
        return features  # what Keras predicts from is rounded to float32
    before = keras.Model(model.inputs, layer.input)
    if getattr(layer, "adapts_in_pieces", False):
        return Pieces(before, features)
    return np.asarray(before.predict(features, batch_size=1024, verbose=0))
