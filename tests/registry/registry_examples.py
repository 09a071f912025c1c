"""Small specs, and functions that register them as the built-ins of the zoo do."""

from typing import Any

from registry import DataSet, Family, Registry, Weights


def a_family(name: str = "mlp", **changes: Any) -> Family:
    fields: dict[str, Any] = {
        "summary": "Dense layers",
        "tasks": ("classification", "regression"),
        "learning": "gradient",
        "builder": "json:loads",
        "dataset": "digits",
        "hyperparameters": "json:JSONDecoder",
        "source": "Rumelhart, Hinton, Williams 1986",
    }
    return Family(name=name, **{**fields, **changes})


def a_dataset(name: str = "digits", **changes: Any) -> DataSet:
    fields: dict[str, Any] = {
        "summary": "Handwritten digits",
        "tasks": ("classification",),
        "loader": "json:loads",
        "options": "json:JSONDecoder",
        "licence": "CC BY 4.0",
        "source": "E. Alpaydin, C. Kaynak 1998",
        "examples": 1797,
        "classes": 10,
        "features": "8x8 grey pictures, uint8 0..16",
        "embedded": True,
    }
    return DataSet(name=name, **{**fields, **changes})


def some_weights(name: str = "mlp/digits", **changes: Any) -> Weights:
    fields: dict[str, Any] = {"record": "digits.json", "file": "digits.weights.h5", "bytes": 1024, "sha256": "a1" * 32}
    return Weights(name=name, **{**fields, **changes})


def register(registry: Registry) -> None:
    """Register what stands for the built-ins: the family `mlp` and the data set `digits`."""
    registry.add_family(a_family())
    registry.add_dataset(a_dataset())


BUILT_IN = ("registry_examples:register",)
