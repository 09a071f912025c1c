"""Turn a finished run into published weights: the file, its record, and a model card."""

from __future__ import annotations

import json
import math
import re
import statistics
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from registry import Registry
from zoo.data.atomic import write_bytes, write_json, write_text
from zoo.layers.adversarial import AdversarialModel
from zoo.layers.picture_generator import PictureGenerator
from zoo.recipe import BESIDE, Recipe, bind, difference, read_recipe, recipe_hash, resolved
from zoo.weights.card import card
from zoo.weights.errors import WeightsError
from zoo.weights.files import SUFFIX, load_model, weights_bytes
from zoo.weights.golden import packed
from zoo.weights.record import GENERATOR, bound_recipe, built, find_record, read_json, read_record
from zoo.weights.verified import sha256_of, verified_bytes

GOLDEN_EXAMPLES = 4
GOLDEN_WINDOW = 4  # units of a text: each has as many outputs as the vocabulary has units
LARGEST = 16 * 2**20  # bytes of one file
LARGEST_TOTAL = 80 * 2**20  # and of all in a folder
# what a record tells of the run that made the weights
RUN_FACTS = ("id", "seed", "started", "seconds", "versions", "git")
# and of what came out
RESULTS = ("primary", "metrics", "baseline", "parameters")
# what may be without a value: one seed has no spread
MAY_LACK = ("spread",)


def publish(
    registry: Registry,
    run: Path,
    target: Path,
    *,
    cards: Path | None = None,
    beside: Sequence[Path] = (),
    commit: str | None = None,
) -> Path:
    """Write `<target>/<family>/<recipe>.json`, the weights file beside it, and the model card `<recipe>.md`.

    The record holds raw test examples and the model's outputs for them (golden outputs): what a loaded model must say
    on any machine. Of an adversarial pair the generator alone is published.

    Args:
        registry: Where the recipe and its family are looked up.
        run: A finished run folder, or a seed of a finished reproduction.
        target: The folder of published weights.
        cards: Where `<family>/<recipe>.md` goes; beside the record if not given.
        beside: Further finished runs of the recipe, with other seeds, for the spread; the other seeds of a
            reproduction are found without.
        commit: The commit that the run was made with, 40 hexadecimal digits, where it could not tell, because it was
            made outside of a repository, or where its own is not in the project's history.

    Returns:
        Path of the record.

    Raises:
        WeightsError: The run is not finished or was trained with other settings than the recipe's, its folder is not
            whole, its weights are damaged, above 16 MiB, or with the others of the folder above 80, seeds that the
            recipe promises are missing, a field of the record would be empty, or the folder cannot be written.
        UnknownRecipe: The run is not of a registered recipe, so that nobody could load the weights by name.
    """
    if commit is not None and not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise WeightsError("a commit must be 40 hexadecimal digits", received=commit, hint="git rev-parse HEAD")
    record = read_record(find_record(registry, run))
    facts = _facts_of_finished(run)
    hash_as_registered = _hash_as_registered(registry, record.recipe, facts, run)
    bound = bound_recipe(registry, record)
    stated = record.table["weights"]
    content = verified_bytes(record.weights_path, sha256=stated["sha256"], size=stated["bytes"])
    model = load_model(built(bound, record), content, where=str(record.weights_path))
    parameters = facts["parameters"]
    if isinstance(model, AdversarialModel):
        model, stated = model.alone(), {"part": GENERATOR, "file": f"model{SUFFIX}"}
        content, parameters = weights_bytes(model), _parameters(model)
    if len(content) > LARGEST:
        raise WeightsError(f"published weights must not exceed {LARGEST} bytes", received=len(content), where=str(run))
    examples = _test_examples(run / "predictions.npz")
    family, recipe_name = bound.name.split("/")
    file_name = recipe_name + "".join(Path(stated["file"]).suffixes)
    _require_room(target, target / family / file_name, len(content))
    recipe = read_recipe(registry, bound.name)
    promise = recipe.promise
    table: dict[str, Any] = {
        **record.table,
        # what a run does not depend on may have changed since; the summary is today's
        "recipe": {key: value for key, value in record.table["recipe"].items() if key not in BESIDE}
        | {"summary": recipe.summary},
        "recipe_hash": hash_as_registered,
        "weights": {**stated, "file": file_name, "sha256": sha256_of(content), "bytes": len(content)},
        "run": {key: facts[key] for key in RUN_FACTS} | {"id": _place(run)},
        "data": {key: facts["data"][key] for key in ("name", "hashes", "sizes")} | {"licence": bound.dataset.licence},
        **{key: facts[key] for key in RESULTS},
        "parameters": parameters,
        "over_seeds": _over_seeds(facts, [*_siblings(run), *beside], promise.seeds if promise else ()),
        "golden": {"inputs": packed(examples), "outputs": packed(raw_outputs(model, examples))},
    }
    if promise is not None:
        table |= {"primary": promise.metric, "statistic": promise.statistic}
    if commit is not None:
        table["run"]["git"] = {"commit": commit, "told_when_published": True}
    _require_full(table, run)
    path = target / family / f"{recipe_name}.json"
    told, text = (cards or target) / family / f"{recipe_name}.md", card(registry, table)
    json.dumps(table, allow_nan=False)  # what cannot be written is found before anything is
    try:
        for place in (path, told):
            place.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path.with_name(file_name), content)
        write_json(path, table)
        write_text(told, text)
    except OSError as error:
        raise WeightsError(
            "weights must be published into a folder that can be written",
            received=str(error),
            where=str(target),
            hint="free space, or name another folder: --to FOLDER",
        ) from error
    return path


def _require_room(target: Path, place: Path, size: int) -> None:
    """Refuse weights that would make a folder of published weights too large for a package."""
    others = [path for ending in (SUFFIX, ".skops") for path in target.glob(f"*/*{ending}") if path != place]
    total = size + sum(path.stat().st_size for path in others)
    if total > LARGEST_TOTAL:
        raise WeightsError(
            f"all published weights of a folder must not exceed {LARGEST_TOTAL} bytes",
            received=total,
            where=str(target),
            hint="publish into another folder: --to FOLDER",
        )


def raw_outputs(model: Any, examples: np.ndarray) -> np.ndarray:
    """What a model says of raw examples by itself: logits or numbers; of an estimator probabilities or predictions.

    A generator makes pictures of latents, as they are shown.
    """
    if isinstance(model, PictureGenerator):
        return model.generate(examples)
    if isinstance(model, keras.Model):
        return np.asarray(model.predict(examples, verbose=0))
    return np.asarray(model.predict_proba(examples) if hasattr(model, "predict_proba") else model.predict(examples))


def _parameters(model: keras.Model) -> dict[str, int]:
    parts = {"trainable": model.trainable_variables, "non_trainable": model.non_trainable_variables}
    return {part: sum(math.prod(variable.shape) for variable in variables) for part, variables in parts.items()}


def _hash_as_registered(registry: Registry, recipe: Recipe, facts: Mapping[str, Any], run: Path) -> str:
    """The sha256 of the registered recipe; weights under its name are trained by it and no other.

    Raises:
        WeightsError: The run was trained with other settings.
    """
    registered = resolved(bind(registry, read_recipe(registry, recipe.name)))
    found = recipe_hash(registered)
    # the record of a run may hold a size that the data settled; the hash is of what was asked for
    changed = [] if facts["recipe_hash"] == found else difference(registered, recipe)
    if changed:
        raise WeightsError(
            f"a run published as {recipe.name} must be trained by the recipe as it stands",
            received="; ".join(changed),
            where=str(run),
            hint=f"zoo train {recipe.name}",
        )
    return found


def _facts_of_finished(run: Path) -> dict[str, Any]:
    """The table of run.json of a finished run."""
    facts = read_json(run / "run.json")
    status = facts.get("status") if isinstance(facts, dict) else None
    if status != "finished":
        raise WeightsError("only a finished run can be published", received=f"status {status}", where=str(run))
    missing = [key for key in (*RUN_FACTS, *RESULTS, "recipe_hash", "data") if key not in facts]
    if missing:
        raise WeightsError("run.json must be complete", received=f"no {', '.join(missing)}", where=str(run))
    return dict(facts)


def _siblings(run: Path) -> list[Path]:
    """The other seeds of the reproduction that a run is part of."""
    run = run.resolve()
    return [run.parent / str(name) for name in _reproduction(run).get("runs", []) if str(name) != run.name]


def _reproduction(run: Path) -> dict[str, Any]:
    whole = run.parent / "run.json"
    table = read_json(whole) if whole.is_file() else None
    return table if isinstance(table, dict) and table.get("kind") == "reproduce" else {}


def _place(run: Path) -> str:
    """A run's folder, with the reproduction that it is part of: `20260101-120000-abcdef/seed-0`."""
    run = run.resolve()
    return "/".join([run.parent.name, run.name] if _reproduction(run) else [run.name])


def _over_seeds(facts: dict[str, Any], others: Sequence[Path], promised: Sequence[int]) -> dict[str, Any]:
    """Mean and standard deviation of each test metric over runs of the same recipe and data.

    Raises:
        WeightsError: A run is of other settings or data, a seed stands twice, or a promised one is missing.
    """
    runs = {int(facts["seed"]): facts}
    for folder in others:
        other = _facts_of_finished(folder)
        same = [other[key] == facts[key] for key in ("name", "recipe_hash")]
        if not all(same) or other["data"]["hashes"] != facts["data"]["hashes"] or other["seed"] in runs:
            raise WeightsError(
                "runs that a spread is taken over must be of one recipe and data, each with a seed of its own",
                received=f"{other['name']} with seed {other['seed']}",
                where=str(folder),
            )
        runs[int(other["seed"])] = other
    missing = sorted(set(promised) - set(runs))
    if missing:
        raise WeightsError(
            f"weights of {facts['name']} are published with the spread over the seeds that it promises",
            received=f"no run with seed {', '.join(map(str, missing))}",
            hint=f"zoo reproduce {facts['name']}, then publish its first seed; or name the other runs with --beside",
        )
    tests = [runs[seed]["metrics"]["test"] for seed in sorted(runs)]
    found: dict[str, Any] = {}
    for metric in tests[0]:
        values = [test[metric] for test in tests if isinstance(test.get(metric), int | float)]
        if len(values) == len(tests):
            spread = statistics.stdev(values) if len(values) > 1 else None
            found[metric] = {"mean": statistics.fmean(values), "spread": spread, "values": values}
    return {"seeds": sorted(runs), "test": found}


def _require_full(table: dict[str, Any], run: Path) -> None:
    """Refuse a record that does not tell something."""
    empty = [path for path in _empty(table) if not path.startswith(("recipe.", "data_spec.", "baseline."))]
    if empty:
        raise WeightsError(
            "every field of a published record must say something",
            received=f"nothing in {', '.join(empty)}",
            where=str(run),
            hint="--commit COMMIT tells the one that the run was made with" if "run.git" in empty else None,
        )


def _empty(table: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for key, value in table.items():
        nothing = value is None and key not in MAY_LACK
        if nothing or (isinstance(value, str | list | tuple | dict) and not value):
            found.append(f"{prefix}{key}")
        elif isinstance(value, Mapping):
            found += _empty(value, f"{prefix}{key}.")
    return found


def _test_examples(path: Path) -> np.ndarray:
    """The first raw test examples of a run; of a generator latents."""
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
