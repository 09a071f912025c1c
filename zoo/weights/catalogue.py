"""The weights that are published under the names of recipes; TensorFlow-free."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.errors import InvalidName
from registry.spec import Weights
from zoo.weights.errors import WeightsError

if TYPE_CHECKING:
    from registry import Registry

# what a record has besides what loading needs
FOR_A_CARD = ("run", "data", "primary", "metrics", "baseline", "parameters", "over_seeds", "recipe_hash")
PUBLISHED = Path(__file__).parent / "published"


def register(registry: Registry) -> None:
    """Register every record `published/<family>/<recipe>.json`."""
    for path in sorted(PUBLISHED.glob("*/*.json")):
        table = json.loads(path.read_text(encoding="utf-8"))
        weights = table["weights"]
        registry.add_weights(
            Weights(
                name=table["name"],
                record=str(path),
                file=str(path.parent / weights["file"]),
                bytes=weights["bytes"],
                sha256=weights["sha256"],
            )
        )


def record_table(entry: Weights) -> dict[str, Any]:
    """The record of published weights, as JSON gives it.

    Raises:
        WeightsError: It is missing or damaged.
    """
    try:
        table = json.loads(Path(entry.record).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(
            "a record of published weights must be a readable JSON file",
            received=str(error),
            where=entry.record,
            hint=f"install {entry.provider} again",
        ) from None
    return dict(table)


def whole_record(entry: Weights) -> dict[str, Any]:
    """`record_table` with all that a card tells.

    Raises:
        WeightsError: It is missing or damaged, or was not made by `zoo publish`.
    """
    table = record_table(entry)
    missing = [key for key in FOR_A_CARD if key not in table]
    if missing:
        raise WeightsError(
            "a card is made from a record that zoo publish has made",
            received=f"no {', '.join(missing)}",
            where=entry.record,
        )
    return table


def published(registry: Registry, name: str) -> Weights:
    """The published weights of a recipe.

    Raises:
        UnknownName: There is no such recipe.
        WeightsError: It has no published weights, or this is no name of a recipe.
    """
    try:
        found = registry.resolve(name)
    except InvalidName as error:
        raise WeightsError(
            "a trained model is the name of a recipe, family/recipe, or a run folder",
            received=name,
            near=error.near,
            hint="zoo list pretrained",
        ) from None
    weights = registry.weights_of(name) if found.recipe else None
    if weights is None:
        pretrained = [entry.name for entry in registry.weights()]
        raise WeightsError(
            "pretrained weights are loaded by the name of a recipe that has them",
            received=name,
            near=[entry for entry in pretrained if entry.startswith(f"{found.family}/")],
            hint=f"zoo train {name}, then load the run folder; or zoo list pretrained",
        )
    return weights
