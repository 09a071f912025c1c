"""A loaded network made to fit: other classes, other pictures, features instead of classes, a frozen body."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import keras

from registry import Registry, UserError
from registry.names import near
from zoo.data.spec import DataSpec
from zoo.recipe import BoundRecipe
from zoo.use.create import checked_shape, class_names
from zoo.weights.adapt import (
    Takeover,
    features_of,
    freeze_body,
    head_of,
    layers_by_place,
    refuse_fresh,
    shapes_of,
    take_over,
)
from zoo.weights.load import LoadedNetwork
from zoo.weights.record import bound_recipe

TRAINABLE = ("all", "head")
LARGEST_SEED = 2**32 - 1
# ways to learn whose networks have a head on a body, and those that say features
WITH_HEAD, WITH_FEATURES = ("gradient",), ("gradient", "closed_form")


@dataclass(frozen=True)
class Wishes:
    """What is to be changed of a loaded network; see `zoo.use.predict.load`."""

    num_classes: int | None = None
    input_shape: Sequence[int] | None = None
    features: bool = False
    trainable: str | None = None
    seed: int = 0

    @property
    def given(self) -> list[str]:
        """Those that ask for something."""
        wishes = {
            "num_classes": self.num_classes,
            "input_shape": self.input_shape,
            "features": self.features or None,
            "trainable": self.trainable,
        }
        return [name for name, wish in wishes.items() if wish is not None]


@dataclass(frozen=True)
class Adapted:
    """A network made to fit.

    Attributes:
        network: It.
        data_spec: What it takes and gives now.
        notes: What was replaced, adapted or frozen, a sentence each.
    """

    network: keras.Model
    data_spec: DataSpec
    notes: tuple[str, ...]


def adapt_network(registry: Registry, loaded: LoadedNetwork, wishes: Wishes) -> Adapted:
    """Do what is wished, or refuse it.

    Raises:
        UserError: A wish says nothing to such a model, contradicts another, or needs weights that nobody trained.
    """
    record = loaded.record
    bound = bound_recipe(registry, record)
    _require_meaning(wishes, bound, record.data_spec)
    data_spec = _wished_spec(wishes, record.data_spec)
    network, notes = loaded.network, list[str]()
    if data_spec != record.data_spec:
        network, notes = _rebuilt(bound, loaded, data_spec, wishes)
    if wishes.features:
        network, head = features_of(network)
        size = int(network.output_shape[-1])
        notes.append(f"predict gives the {size} features that {', '.join(head)} would be given")
        return Adapted(network, _of_features(data_spec, size), tuple(notes))
    if wishes.trainable == "head":
        learns = _named(network, freeze_body(network))
        notes.append(f"only {', '.join(learns)} learns; all layers in front are frozen")
    return Adapted(network, data_spec, tuple(notes))


def _require_meaning(wishes: Wishes, bound: BoundRecipe, data_spec: DataSpec) -> None:
    """Refuse what says nothing to a model of this kind, and what contradicts itself."""
    if not isinstance(wishes.features, bool):
        raise UserError("features must be True or False", received=wishes.features)
    if wishes.trainable is not None and not (isinstance(wishes.trainable, str) and wishes.trainable in TRAINABLE):
        raise UserError(
            "trainable must be all or head", received=wishes.trainable, near=near(str(wishes.trainable), TRAINABLE)
        )
    if not isinstance(wishes.seed, int) or not 0 <= wishes.seed <= LARGEST_SEED:
        raise UserError(f"seed must be a whole number in 0..{LARGEST_SEED}", received=wishes.seed)
    asks = wishes.given
    ways = WITH_FEATURES if asks == ["features"] else WITH_HEAD
    if asks and (bound.learning not in ways or data_spec.kind == "text" or data_spec.task == "minimisation"):
        what = "a text generator" if data_spec.kind == "text" else f"{bound.family.name} learns by {bound.learning}"
        raise UserError(
            f"{', '.join(asks)} {'are' if len(asks) > 1 else 'is'} for networks that learn by gradient, with output "
            "layers on a body",
            received=f"{bound.name}: {what}",
            hint="zoo.load(name) as it is",
        )
    if wishes.features and (wishes.num_classes is not None or wishes.trainable == "head"):
        raise UserError(
            "features are what the output layers are given: there is no head then", received=", ".join(asks)
        )


def _wished_spec(wishes: Wishes, own: DataSpec) -> DataSpec:
    """The specification with the shape and the number of classes wished; the range of pixels stays."""
    data_spec = own
    if wishes.input_shape is not None and (shape := checked_shape(wishes.input_shape)) != own.shape:
        if own.kind != "picture":
            raise UserError(
                f"input_shape of a {own.kind} must stay as it is: pictures alone come in other sizes and channels",
                received=f"input_shape = {shape}, trained on {own.shape}",
            )
        if len(shape) != 3:
            raise UserError("input_shape of pictures must be (height, width, channels)", received=shape)
        data_spec = replace(data_spec, shape=shape)
    if wishes.num_classes is not None:
        classes = class_names(wishes.num_classes, own.task)
        if len(classes) != own.num_classes:
            data_spec = replace(data_spec, classes=classes)
    return data_spec


def _rebuilt(
    bound: BoundRecipe, loaded: LoadedNetwork, data_spec: DataSpec, wishes: Wishes
) -> tuple[keras.Model, list[str]]:
    """The network of another specification with the trained weights, and what had to be changed."""
    own = loaded.record.data_spec
    with _drawn_from(wishes.seed):
        network = bound.family.builder.load()(bound.hyperparameters, data_spec)
    replaced = _replaced(loaded.network, network, own, data_spec, wishes)
    channels = (own.shape[2], data_spec.shape[2]) if own.kind == "picture" else None
    takeover = take_over(loaded.network, network, replaced=replaced, channels=channels)
    lost = [place for place, _ in takeover.fresh if place not in replaced]
    only_head = own.task == "classification" and all(place in head_of(network) for place in lost)
    hint = f"num_classes={own.num_classes} for a new head, or features=True" if only_head else None
    refuse_fresh(takeover, network, expected=replaced, hint=hint)
    notes = _notes(takeover, network, own, data_spec)
    if replaced and not wishes.features:
        notes.insert(0, _of_new_head(_named(network, replaced), data_spec, wishes.seed))
    return network, notes


def _replaced(
    trained: keras.Model, network: keras.Model, own: DataSpec, data_spec: DataSpec, wishes: Wishes
) -> dict[str, str]:
    """The output layers that are not taken over: unused, of other classes, or of another size where that is wished."""
    head, before = head_of(network), layers_by_place(trained)
    if wishes.features:
        return dict.fromkeys(head, "features are taken in front of it")
    sizes = [
        place for place, layer in head.items() if place not in before or shapes_of(layer) != shapes_of(before[place])
    ]
    if data_spec.classes != own.classes or (wishes.num_classes is not None and sizes):
        return dict.fromkeys(head, "a new head")
    return {}


def _named(network: keras.Model, places: Iterable[str]) -> list[str]:
    """Places, with the names of their layers where `get_layer` knows them by others: Keras numbers on in a process."""
    layers = layers_by_place(network)
    return [place if layers[place].name == place else f"{place} (layer {layers[place].name})" for place in places]


def _of_new_head(places: Sequence[str], data_spec: DataSpec, seed: int) -> str:
    return (
        f"{', '.join(places)}: a new head of {data_spec.num_classes} classes, drawn with seed {seed}; "
        "it has learned nothing yet"
    )


def _notes(takeover: Takeover, network: keras.Model, own: DataSpec, data_spec: DataSpec) -> list[str]:
    names = _named(network, (place for place, _ in takeover.adapted))
    notes = [f"{name}: {how}" for name, (_, how) in zip(names, takeover.adapted, strict=True)]
    if data_spec.shape[:2] != own.shape[:2]:
        sizes = ("x".join(map(str, spec.shape[:2])) for spec in (data_spec, own))
        notes.append("the network works on pictures of {} pixels, and was trained on {}".format(*sizes))
    return notes


def _of_features(data_spec: DataSpec, size: int) -> DataSpec:
    """What gives features gives numbers."""
    kind: dict[str, Any] = {"kind": "vector", "horizon": None} if data_spec.kind == "series" else {}
    return replace(
        data_spec,
        task="regression",
        classes=None,
        target_name="features",
        target_shape=(size,),
        unit=None,
        **kind,
    )


@contextmanager
def _drawn_from(seed: int) -> Iterator[None]:
    """Within the block Keras draws the seeds of initialisers from a seed; afterwards the process goes on as before."""
    before = random.getstate()
    random.seed(seed)  # which Keras draws them from
    try:
        yield
    finally:
        random.setstate(before)
