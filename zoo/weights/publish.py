"""Turn a finished run into weights that ship with the package."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from registry import Registry
from zoo.data.atomic import write_bytes, write_json
from zoo.layers.adversarial import AdversarialModel
from zoo.recipe import Recipe, bind, difference, read_recipe, resolved
from zoo.weights.errors import WeightsError
from zoo.weights.files import load_model
from zoo.weights.record import bound_recipe, find_record, read_json, read_record
from zoo.weights.verified import verified_bytes

GOLDEN_EXAMPLES = 4
GOLDEN_WINDOW = 4  # units of a text: each has as many outputs as the vocabulary has units
LARGEST = 16 * 2**20  # bytes of one file
# what a record tells of the run that made the weights
RUN_FACTS = ("id", "seed", "started", "seconds", "versions", "git", "recipe_hash")
# and of what came out
RESULTS = ("metrics", "baseline", "parameters")


def publish(registry: Registry, run: Path, target: Path) -> Path:
    """Write `<target>/<family>/<recipe>.json` and the weights file beside it.

    The record holds raw test examples and the network's outputs for them (golden outputs): what a loaded network must
    say on any machine.

    Args:
        registry: Where the recipe and its family are looked up.
        run: A finished run folder.
        target: The folder of published weights.

    Returns:
        Path of the record.

    Raises:
        WeightsError: The run is not finished or was trained with other settings than the recipe's, its folder is not
            whole, or its weights are damaged or above 16 MiB.
        UnknownRecipe: The run is not of a registered recipe, so that nobody could load the weights by name.
    """
    record = read_record(find_record(registry, run))
    facts = _facts_of_finished(run)
    _require_recipe_as_registered(registry, record.recipe, run)
    bound = bound_recipe(registry, record)
    stated = record.table["weights"]
    content = verified_bytes(record.weights_path, sha256=stated["sha256"], size=stated["bytes"])
    if len(content) > LARGEST:
        raise WeightsError(f"published weights must not exceed {LARGEST} bytes", received=len(content), where=str(run))
    built = bound.family.builder.load()(bound.hyperparameters, record.data_spec)
    model = load_model(built, content, where=str(record.weights_path))
    examples = _test_examples(run / "predictions.npz")
    family, recipe_name = bound.name.split("/")
    file_name = recipe_name + "".join(Path(stated["file"]).suffixes)
    table: dict[str, Any] = {
        **record.table,
        "weights": {**stated, "file": file_name},
        "run": {key: facts[key] for key in RUN_FACTS},
        "data": {key: facts["data"][key] for key in ("name", "hashes", "sizes")} | {"licence": bound.dataset.licence},
        **{key: facts[key] for key in RESULTS},
        "golden": {"inputs": examples.tolist(), "outputs": raw_outputs(model, examples).astype(float).tolist()},
    }
    folder = target / family
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / file_name, content)
    write_json(folder / f"{recipe_name}.json", table)
    return folder / f"{recipe_name}.json"


def raw_outputs(model: Any, examples: np.ndarray) -> np.ndarray:
    """What a model says of raw examples by itself: logits or numbers; of an estimator probabilities or predictions."""
    if isinstance(model, AdversarialModel):  # how real its pictures look to itself: both networks have a say
        return np.asarray(model.predict(model.inputs_of(examples), verbose=0)[1])
    if isinstance(model, keras.Model):
        return np.asarray(model.predict(examples, verbose=0))
    return np.asarray(model.predict_proba(examples) if hasattr(model, "predict_proba") else model.predict(examples))


def _require_recipe_as_registered(registry: Registry, recipe: Recipe, run: Path) -> None:
    """Weights under a recipe's name are trained by that recipe and no other."""
    registered = resolved(bind(registry, read_recipe(registry, recipe.name)))
    changed = difference(registered, recipe)
    if changed:
        raise WeightsError(
            f"a run published as {recipe.name} must be trained by the recipe as it stands",
            received="; ".join(changed),
            where=str(run),
            hint=f"zoo train {recipe.name}",
        )


def _facts_of_finished(run: Path) -> dict[str, Any]:
    """The table of run.json of a finished run."""
    facts = read_json(run / "run.json")
    status = facts.get("status") if isinstance(facts, dict) else None
    if status != "finished":
        raise WeightsError("only a finished run can be published", received=f"status {status}", where=str(run))
    missing = [key for key in (*RUN_FACTS, *RESULTS, "data") if key not in facts]
    if missing:
        raise WeightsError("run.json must be complete", received=f"no {', '.join(missing)}", where=str(run))
    return dict(facts)


def _test_examples(path: Path) -> np.ndarray:
    """The first raw test examples of a run."""
    try:
        # opened here, because NumPy leaves a file that is no archive open
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            features: np.ndarray = arrays["golden_inputs" if "golden_inputs" in arrays else "test_features"]
            if features.ndim == 1:  # a text, of which a network takes windows
                whole = features[: len(features) // GOLDEN_WINDOW * GOLDEN_WINDOW]
                features = whole.reshape(-1, GOLDEN_WINDOW)
            examples = features[:GOLDEN_EXAMPLES]
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise WeightsError(
            "a run must have left its test examples in predictions.npz", received=str(error), where=str(path)
        ) from None
    return examples
