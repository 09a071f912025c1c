"""Load a trained network by name or from a run folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import Registry
from zoo.weights.errors import WeightsError
from zoo.weights.fetch import content_of
from zoo.weights.files import load_model
from zoo.weights.record import Record, bound_recipe, built, find_record, read_record
from zoo.weights.verified import verified_bytes


@dataclass(frozen=True)
class LoadedNetwork:
    """A trained model, and the record that its weights came with.

    Attributes:
        network: A Keras model, or a fitted scikit-learn estimator.
        record: What the run wrote beside the weights.
    """

    network: Any
    record: Record


def load_network(registry: Registry, name: str | Path) -> LoadedNetwork:
    """Build the network or the estimator that a record describes and load its verified weights.

    Published weights that do not ship are fetched into the zoo's cache.

    Args:
        registry: Where families and published weights are looked up.
        name: A recipe with published weights, or a run folder.

    Raises:
        UnknownName: There is no such recipe.
        WeightsError: There are no weights, the file is not the one recorded, or the family now makes another network.
        WeightsUnavailable: They must be fetched, and nothing gives them.
    """
    record = read_record(find_record(registry, name))
    bound = bound_recipe(registry, record)
    content = verified_content(registry, record)
    return LoadedNetwork(load_model(built(bound, record), content, where=str(record.weights_path)), record)


def verified_content(registry: Registry, record: Record) -> bytes:
    """The content of the weights file of a record: beside it, or where published weights are found.

    Raises:
        WeightsError: The file is missing or not the one recorded, or the record is not the one registered.
        WeightsUnavailable: It must be fetched, and nothing gives it.
    """
    stated = record.table["weights"]
    entry = registry.weights_of(record.recipe.name)
    if entry is None or Path(entry.record) != record.path:
        return verified_bytes(record.weights_path, sha256=stated["sha256"], size=stated["bytes"])
    if (entry.sha256, entry.bytes) != (stated["sha256"], stated["bytes"]):
        raise WeightsError(
            "a record must state the size and the sha256 that its weights were registered with",
            received=f"{stated['bytes']} bytes, {stated['sha256']} instead of {entry.bytes} bytes, {entry.sha256}",
            where=str(record.path),
            hint=f"install {entry.provider} again",
        )
    return content_of(registry, entry)
