"""The one step before training in which layers learn from the training split: normalisation, centres, vocabularies."""

from __future__ import annotations

import keras

from zoo.data.spec import Split


def adapt(model: keras.Model, train: Split) -> list[str]:
    """Adapt every layer that has an `adapt` method to the training split, in the order of the network.

    A layer behind others is adapted to what they make of the training split. What is learned is part of the layer's
    variables and travels with the weights.

    Returns:
        Names of the layers adapted.
    """
    adapted = []
    for layer in model.layers:
        if hasattr(layer, "adapt"):
            if train.features.dtype == "float64" and layer.input is model.inputs[0]:
                layer.adapt(train.features)  # what Keras predicts from is rounded to float32
            else:
                before = keras.Model(model.inputs, layer.input)
                layer.adapt(before.predict(train.features, batch_size=1024, verbose=0))
            adapted.append(layer.name)
    return adapted
