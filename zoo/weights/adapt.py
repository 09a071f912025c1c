"""Weights of one network for another: other classes, other pictures, another data set; the head alone trainable.

Layers are matched by their place, which does not depend on what a process built before: the kind and a number, as
`conv2d_1`, or the layer's own name, as `outputs`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from registry import UserError
from zoo.layers.preprocessing import PREPROCESSING

CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)


@dataclass(frozen=True)
class Takeover:
    """What a network took over from a trained one.

    Attributes:
        taken: Places of the layers whose weights are the trained ones.
        adapted: (place, how) of those that were changed to fit.
        fresh: (place, why) of those that are as they were initialised.
        names: Names of the layers taken or adapted, in the network itself.
        preprocessing: Places of those that say what the training split looked like, and nothing of what was learned.
    """

    taken: tuple[str, ...]
    adapted: tuple[tuple[str, str], ...]
    fresh: tuple[tuple[str, str], ...]
    names: frozenset[str]
    preprocessing: tuple[str, ...]

    @property
    def learned(self) -> bool:
        """Whether anything that was learned was taken over."""
        return len(self.names) > len(self.preprocessing)


def layers_by_place(network: keras.Model) -> dict[str, keras.Layer]:
    """The layers that have weights, in the network's order, by place.

    Example:
        >>> inputs = keras.Input((4,))
        >>> hidden = keras.layers.Dense(3)(keras.layers.Dense(3)(inputs))
        >>> list(layers_by_place(keras.Model(inputs, keras.layers.Dense(2, name="outputs")(hidden))))
        ['dense', 'dense_1', 'outputs']
    """
    places: dict[str, keras.Layer] = {}
    before: Counter[str] = Counter()
    for layer in network.layers:
        if layer.weights:
            kind = _kind(layer)
            places[f"{kind}_{before[kind]}" if before[kind] else kind] = layer
            before[kind] += 1
    return places


def _kind(layer: keras.Layer) -> str:
    """The name of a layer without the number that Keras gives it."""
    return re.sub(r"_\d+$", "", layer.name)


def head_of(network: keras.Model) -> dict[str, keras.Layer]:
    """The output layers, by place: on each way back from the outputs the first layer with weights that learn.

    Args:
        network: One graph of layers, in which each is called once, nothing frozen yet.
    """
    producers = {
        id(tensor): operation for operation in network.operations for tensor in keras.tree.flatten(operation.output)
    }
    waiting, found = [producers[id(tensor)] for tensor in keras.tree.flatten(network.outputs)], []
    while waiting:
        operation = waiting.pop()
        if isinstance(operation, keras.Layer) and operation.trainable_weights:
            found.append(operation)
        elif not isinstance(operation, keras.layers.InputLayer):
            waiting.extend(producers[id(tensor)] for tensor in keras.tree.flatten(operation.input))
    return {place: layer for place, layer in layers_by_place(network).items() if any(layer is one for one in found)}


def freeze_body(network: keras.Model) -> tuple[str, ...]:
    """Let the output layers alone learn; batch normalisation in front of them goes on with the statistics it has.

    Returns:
        Places of the layers that learn.
    """
    head = head_of(network)
    for layer in network.layers:
        layer.trainable = any(layer is one for one in head.values())
    return tuple(head)


def features_of(network: keras.Model) -> tuple[keras.Model, tuple[str, ...]]:
    """The network up to its output layers: raw examples to what they are given, (n, features).

    Returns:
        The model, on the same weights, and the places of the output layers; of several of them, as the members of an
        ensemble have, the features lie side by side.

    Raises:
        UserError: What an output layer is given is no vector.
    """
    head = head_of(network)
    inputs = [layer.input for layer in head.values()]
    for place, tensor in zip(head, inputs, strict=True):
        if len(tensor.shape) != 2:
            raise UserError(
                "features are vectors, (n, features)",
                received=f"shape {tensor.shape} in front of the layer {place} of {network.name}",
            )
    features = inputs[0] if len(inputs) == 1 else keras.layers.Concatenate()(inputs)
    return keras.Model(network.inputs, features, name=f"{network.name}_features"), tuple(head)


def take_over(
    source: keras.Model,
    target: keras.Model,
    *,
    replaced: dict[str, str] | None = None,
    channels: tuple[int, int] | None = None,
) -> Takeover:
    """Give a network the weights of a trained one, layer by layer from the input on.

    Taking ends at the first layer that does not fit: what lies behind would be given what it never learned from.

    Args:
        source: Trained.
        target: As its builder made it, of the same family.
        replaced: place -> why, of layers that are left as they are whatever their shape.
        channels: Channels of the pictures of both; where they differ, the kernels that look at them are adapted.

    Returns:
        What was taken, adapted and left fresh.
    """
    trained = layers_by_place(source)
    taken, adapted, fresh, names, preprocessing = [], [], [], [], []
    ended = ""
    for place, layer in layers_by_place(target).items():
        if place in (replaced or {}):
            fresh.append((place, (replaced or {})[place]))
            continue
        why = f"behind {ended}" if ended else _misfit(trained.get(place), layer, channels)
        if why:
            fresh.append((place, why))
            ended = ended or place
            continue
        how = _copy(trained[place], layer)
        if how:
            adapted.append((place, how))
        else:
            taken.append(place)
        names.append(layer.name)
        preprocessing += [place] if isinstance(layer, PREPROCESSING) else []
    return Takeover(tuple(taken), tuple(adapted), tuple(fresh), frozenset(names), tuple(preprocessing))


def kernel_for(kernel: np.ndarray, channels: int) -> np.ndarray:
    """The kernel of a first convolution for another number of channels, so that its outputs keep their size.

    To one channel the sum over the channels: what it says of a grey picture is what it said of the same in colour. To
    more channels its own ones again and again, divided by how many more there are.

    Source: timm 1.0, `timm.layers.weight_init` and `timm.models._manipulate.adapt_input_conv`.

    Args:
        kernel: (..., own channels, filters).
        channels: How many are wanted.

    Returns:
        (..., channels, filters).

    Example:
        >>> kernel_for(np.ones((1, 1, 3, 2)), 1).tolist(), kernel_for(np.ones((1, 1, 1, 1)), 2).tolist()
        ([[[[3.0, 3.0]]]], [[[[0.5], [0.5]]]])
    """
    own = kernel.shape[-2]
    if channels == 1:
        return kernel.sum(axis=-2, keepdims=True)
    repeated = np.concatenate([kernel] * -(-channels // own), axis=-2)[..., :channels, :]
    return np.asarray(repeated * (own / channels), kernel.dtype)


def shapes_of(layer: keras.Layer) -> list[tuple[tuple[int, ...], str]]:
    """Shape and dtype of each weight."""
    return [(tuple(weight.shape), str(weight.dtype)) for weight in layer.weights]


def _misfit(trained: keras.Layer | None, layer: keras.Layer, channels: tuple[int, int] | None) -> str | None:
    """Why a layer cannot take the weights of a trained one, if it cannot."""
    if trained is None:
        return "the trained network has no such layer"
    own, theirs = shapes_of(layer), shapes_of(trained)
    if type(layer) is not type(trained):
        return f"a {type(layer).__name__}, the trained one is a {type(trained).__name__}"
    if own == theirs or _looks_at_channels(trained, layer, channels):
        return None
    pairs = list(zip(own, theirs, strict=False))
    first = next((pair for pair in pairs if pair[0] != pair[1]), None)
    if first is None:
        return f"{len(own)} weights, the trained one has {len(theirs)}"
    (shape, dtype), (other, other_dtype) = first
    if shape == other:
        return f"weights of {dtype}, the trained ones are {other_dtype}"
    return f"weights of shape {shape}, the trained ones have {other}"


def _looks_at_channels(trained: keras.Layer, layer: keras.Layer, channels: tuple[int, int] | None) -> bool:
    """Whether two convolutions differ in nothing but the channels of the pictures."""
    if channels is None or not isinstance(layer, CONVOLUTIONS) or layer.groups != 1:
        return False
    theirs, own = tuple(trained.kernel.shape), tuple(layer.kernel.shape)
    alike = own[:-2] == theirs[:-2] and own[-1] == theirs[-1] and shapes_of(layer)[1:] == shapes_of(trained)[1:]
    return alike and (theirs[-2], own[-2]) == channels


def _copy(trained: keras.Layer, layer: keras.Layer) -> str | None:
    """Copy the weights, those of layers within the layer too; how they were changed, if they were."""
    how = None
    for source, target in zip(trained._flatten_layers(), layer._flatten_layers(), strict=True):
        kept: dict[str, Any] = {}
        source.save_own_variables(kept)
        # as saving does it, so that layers that hold constants made of their weights make them anew
        values = {key: np.asarray(value) for key, value in kept.items()}
        if isinstance(target, CONVOLUTIONS) and target.kernel.shape != source.kernel.shape:
            own, wanted = source.kernel.shape[-2], target.kernel.shape[-2]
            values["0"] = kernel_for(values["0"], wanted)
            how = _in_words(own, wanted)
        if values:
            target.load_own_variables(values)
    return how


def _in_words(own: int, wanted: int) -> str:
    if wanted == 1:
        return f"kernels summed over {own} channels, for 1"
    return f"kernels of {own} channel{'s' if own > 1 else ''} repeated for {wanted}, times {own}/{wanted}"


def refuse_fresh(takeover: Takeover, network: keras.Model, *, expected: Collection[str], hint: str | None) -> None:
    """Refuse a network with untrained layers besides the expected ones.

    Raises:
        UserError: There are some; says which is the first, and which layer makes a vector of all positions before it.
    """
    other = [(place, why) for place, why in takeover.fresh if place not in expected]
    if not other:
        return
    place, why = other[0]
    flat = [_kind(layer) for layer in network.layers if isinstance(layer, keras.layers.Flatten)]
    because = f"; the layer {flat[0]} makes one vector of all positions and channels" if flat else ""
    raise UserError(
        "input_shape must leave every layer a use for its trained weights",
        received=f"the layer {place} would need {why}{because}",
        hint=hint,
    )
