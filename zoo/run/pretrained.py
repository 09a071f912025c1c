"""Where a run begins with trained weights: what is taken of them, what is new, and who may learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from registry import Registry
from zoo.data.spec import Data, DataSpec
from zoo.recipe import BoundRecipe, RecipeError
from zoo.run.errors import RunFolderError
from zoo.run.folder import RunFolder
from zoo.run.source_checks import (
    other_hyperparameters,
    require_new_rows,
    require_same_body,
    require_same_inputs,
)
from zoo.weights.record import Record, bound_recipe, find_record, read_record

if TYPE_CHECKING:
    import keras

    from zoo.weights.adapt import Takeover


@dataclass(frozen=True)
class Beginning:
    """The trained weights that a run began with.

    Attributes:
        weights: The recipe or run that they are of, as the recipe names it.
        record: Their record.
        takeover: Which layers have them.
        differ: Hyperparameters that are others than theirs: name -> (here, there).
    """

    weights: str
    record: Record
    takeover: Takeover
    differ: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Names of the layers that have them, in the network itself."""
        return self.takeover.names

    @property
    def sha256(self) -> str:
        """Hash of the weights file."""
        return str(self.record.table["weights"]["sha256"])

    def to_json(self) -> dict[str, Any]:
        """What run.json keeps."""
        return {
            "weights": self.weights,
            "name": self.record.recipe.name,
            "sha256": self.sha256,
            "dataset": self.record.recipe.dataset,
            "taken": list(self.takeover.taken),
            "adapted": dict(self.takeover.adapted),
            "fresh": dict(self.takeover.fresh),
            "preprocessing": list(self.takeover.preprocessing),
            "other_hyperparameters": {
                name: {"here": here, "there": there} for name, (here, there) in self.differ.items()
            },
        }

    def in_words(self) -> str:
        """All of it in one line of the log."""
        parts = [f"begins with the weights of {self.weights} ({self.sha256[:12]}...)"]
        if self.takeover.taken:
            parts.append(f"taken: {', '.join(self.takeover.taken)}")
        for word, layers in (("adapted", self.takeover.adapted), ("fresh", self.takeover.fresh)):
            if layers:
                parts.append(f"{word}: " + ", ".join(f"{place} ({why})" for place, why in layers))
        if self.takeover.preprocessing:
            parts.append(f"inputs are scaled as they were there, not anew: {', '.join(self.takeover.preprocessing)}")
        if self.differ:
            changes = (f"{name} = {here} instead of {there}" for name, (here, there) in self.differ.items())
            parts.append(f"other hyperparameters: {', '.join(changes)}")
        return "; ".join(parts)


def require_source(registry: Registry, bound: BoundRecipe, *, folds: bool = False) -> Record | None:
    """The record of the weights that a recipe begins with, None where it has fresh ones; imports no TensorFlow.

    Args:
        registry: Where names are looked up.
        bound: The recipe.
        folds: Whether rows are held out of the data set in turn.

    Raises:
        UnknownName, WeightsError: There are no such weights.
        RecipeError: They are of another family, of other data than the sha256 says, or the family does not learn by
            gradient.
    """
    pretrained = bound.recipe.pretrained
    if pretrained is None:
        return None
    if bound.learning != "gradient":
        raise RecipeError(
            "families that learn by gradient can begin with trained weights",
            received=f"{bound.name} learns by {bound.learning}",
            hint="leave --from and pretrained out",
        )
    record = read_record(find_record(registry, pretrained.weights))
    source = bound_recipe(registry, record)
    if source.family.name != bound.family.name:
        raise RecipeError(
            f"pretrained.weights must be of the family {bound.family.name}",
            received=f"{pretrained.weights}, of the family {source.family.name}",
            hint=f"zoo list '{bound.family.name}/*' --pretrained",
        )
    stated = record.table["weights"]["sha256"]
    if pretrained.sha256 not in (None, stated):
        raise RecipeError(
            "pretrained.weights must have the sha256 that the recipe states",
            received=f"{stated} instead of {pretrained.sha256}",
            where=pretrained.weights,
        )
    if folds and record.recipe.dataset == bound.dataset.name:
        raise RecipeError(
            "rows that are held out must be new to the weights",
            received=f"weights of {pretrained.weights}, trained on {bound.dataset.name} too",
            hint="--cv none of zoo tune, or zoo train without --cv: they measure the splits of the data set",
        )
    return record


def load_source(registry: Registry, bound: BoundRecipe, data: Data) -> tuple[keras.Model, Record] | None:
    """The trained network that a recipe begins with, None where it begins fresh.

    Raises:
        RecipeError, WeightsError: As `require_source`; its inputs mean something else than those of the data, or it may
            have seen what is held out of them.
    """
    record = require_source(registry, bound)
    if record is None or bound.recipe.pretrained is None:
        return None
    require_same_inputs(record.data_spec, data.spec, bound.recipe.pretrained.weights)
    require_new_rows(registry, record, bound, data)
    from zoo.weights.load import load_network

    return load_network(registry, bound.recipe.pretrained.weights).network, record


def begin(
    registry: Registry,
    source: tuple[keras.Model, Record] | None,
    network: keras.Model,
    bound: BoundRecipe,
    data_spec: DataSpec,
) -> Beginning | None:
    """Give a fresh network the trained weights, preprocessing included: the layers behind it learned from what it made.

    The output layers are new where the classes are others, or the quantity.

    Raises:
        RecipeError: Nothing fits, or a body that is to be frozen would hold untrained layers or compute something else.
    """
    pretrained = bound.recipe.pretrained
    if source is None or pretrained is None:
        return None
    from zoo.weights.adapt import head_of, take_over

    trained, record = source
    own = record.data_spec
    head = {} if data_spec.kind == "text" else head_of(network)
    differs = _other_answers(own, data_spec)
    channels = (own.shape[2], data_spec.shape[2]) if data_spec.kind == "picture" else None
    took = take_over(trained, network, replaced=dict.fromkeys(head, differs) if differs else {}, channels=channels)
    fresh = dict(took.fresh)
    if not took.learned:
        place, why = took.fresh[0]
        raise RecipeError(
            "the network must have layers that the trained weights fit",
            received=f"none; {place}: {why}",
            where=pretrained.weights,
            hint="the same hyperparameters: zoo show " + record.recipe.name,
        )
    untrained = [place for place in fresh if place not in head]
    if pretrained.trainable == "head" and untrained:
        raise RecipeError(
            "a frozen body must be trained all through",
            received=f"{untrained[0]}: {fresh[untrained[0]]}",
            where=pretrained.weights,
            hint="pretrained.trainable=all",
        )
    differ = other_hyperparameters(registry, record, bound)
    if pretrained.trainable == "head":
        require_same_body(differ, pretrained.weights)
    return Beginning(pretrained.weights, record, took, differ)


def freeze(network: keras.Model, bound: BoundRecipe) -> None:
    """Freeze all but the output layers where the recipe says so.

    Raises:
        RecipeError: The network has no output layers on a body.
    """
    if bound.recipe.pretrained is None or bound.recipe.pretrained.trainable == "all":
        return
    if bound.recipe.task in ("text_generation", "minimisation"):
        raise RecipeError(
            "networks with output layers on a body can be frozen up to their head",
            received=f"{bound.name}, whose task is {bound.recipe.task}",
            hint="pretrained.trainable=all",
        )
    from zoo.weights.adapt import freeze_body

    freeze_body(network)


def state_beginning(beginning: Beginning | None, folder: RunFolder, note: Callable[[str], None]) -> dict[str, str]:
    """Write into run.json which trained weights a run begins with, and tell of it; their hash, where it does.

    Raises:
        RunFolderError: The run began with others.
    """
    stated = folder.read().get("pretrained", {}).get("sha256")
    if beginning is None:
        return {} if stated is None else {"pretrained weights": stated}
    if stated not in (None, beginning.sha256):
        raise RunFolderError(
            "the pretrained weights must be those that the run began with",
            received=f"sha256 {beginning.sha256[:12]}... instead of {stated[:12]}...",
            where=beginning.weights,
        )
    folder.update(pretrained=beginning.to_json())
    note(beginning.in_words())
    return {"pretrained weights": beginning.sha256}


def require_restored(bound: BoundRecipe, folder: RunFolder, *, begins: bool) -> None:
    """Refuse to go on without the weights that a run began with, where no checkpoint of it can be read.

    Raises:
        RunFolderError: The run neither begins nor was restored.
    """
    if bound.recipe.pretrained is not None and not begins:
        place = folder.path / "checkpoint"
        raise RunFolderError(
            "a run that began with trained weights goes on from a checkpoint that can be read",
            received="none",
            where=str(place),
            hint=f"remove {place} and resume: the run then starts from the beginning",
        )


def _other_answers(own: DataSpec, data_spec: DataSpec) -> str:
    """Why the output layers say something else, if they do."""
    if own.classes != data_spec.classes:
        return "other classes" if own.classes and data_spec.classes else "another task"
    if data_spec.task == "regression" and (own.target_name, own.unit) != (data_spec.target_name, data_spec.unit):
        return f"{data_spec.target_name} instead of {own.target_name}"
    return ""
