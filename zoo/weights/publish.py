"""Turn a finished run into weights that ship with the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from registry import Registry
from zoo.data.atomic import write_bytes, write_json
from zoo.weights.errors import WeightsError
from zoo.weights.files import load_weights, verified_bytes
from zoo.weights.record import bound_recipe, find_record, read_record

GOLDEN_EXAMPLES = 4
LARGEST = 16 * 2**20  # bytes of one file


def publish(registry: Registry, run: Path, target: Path) -> Path:
    """Write `<target>/<family>/<recipe>.json` and the weights file beside it.

    The record holds raw test examples and the network's outputs for them (golden outputs), which a load is checked
    against.

    Args:
        registry: Where the family is looked up.
        run: A finished run folder.
        target: The folder of published weights.

    Returns:
        Path of the record.

    Raises:
        WeightsError: The run is not finished, its weights are damaged or larger than 16 MiB.
    """
    record = read_record(find_record(registry, run))
    facts = json.loads((run / "run.json").read_text(encoding="utf-8"))
    if facts["status"] != "finished":
        raise WeightsError("only a finished run can be published", received=facts["status"], where=str(run))
    bound = bound_recipe(registry, record)
    stated = record.table["weights"]
    content = verified_bytes(record.weights_path, sha256=stated["sha256"], size=stated["bytes"])
    if len(content) > LARGEST:
        raise WeightsError(f"published weights must not exceed {LARGEST} bytes", received=len(content), where=str(run))
    network = bound.family.builder.load()(bound.hyperparameters, record.data_spec)
    load_weights(network, content, where=str(record.weights_path))
    with np.load(run / "predictions.npz", allow_pickle=False) as arrays:
        examples = arrays["test_features"][:GOLDEN_EXAMPLES]
    folder = target / bound.recipe.family
    folder.mkdir(parents=True, exist_ok=True)
    recipe_name = bound.name.split("/")[1]
    file_name = f"{recipe_name}.weights.h5"
    write_bytes(folder / file_name, content)
    table: dict[str, Any] = {
        **record.table,
        "weights": {**stated, "file": file_name},
        "run": {key: facts[key] for key in ("id", "seed", "started", "seconds", "versions", "git", "recipe_hash")},
        "data": {key: facts["data"][key] for key in ("name", "hashes", "sizes")} | {"licence": bound.dataset.licence},
        "metrics": facts["metrics"],
        "baseline": facts["baseline"],
        "parameters": facts["parameters"],
        "golden": {"inputs": examples.tolist(), "outputs": network.predict(examples, verbose=0).astype(float).tolist()},
    }
    path = folder / f"{recipe_name}.json"
    write_json(path, table)
    return path
