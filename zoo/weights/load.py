"""Load a trained network by name or from a run folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import Registry
from zoo.weights.files import load_model, verified_bytes
from zoo.weights.record import Record, bound_recipe, find_record, read_record


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

    Args:
        registry: Where families and published weights are looked up.
        name: A recipe with published weights, or a run folder.

    Raises:
        UnknownName: There is no such recipe.
        WeightsError: There are no weights, the file is not the one recorded, or the family now makes another network.
    """
    record = read_record(find_record(registry, name))
    bound = bound_recipe(registry, record)
    weights = record.table["weights"]
    content = verified_bytes(record.weights_path, sha256=weights["sha256"], size=weights["bytes"])
    built = bound.family.builder.load()(bound.hyperparameters, record.data_spec)
    return LoadedNetwork(load_model(built, content, where=str(record.weights_path)), record)
