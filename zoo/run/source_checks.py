"""Whether trained weights suit a run: what its inputs mean, what it holds out, what its network computes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from registry import Registry
from zoo.data.spec import Data, DataSpec
from zoo.recipe import BoundRecipe, RecipeError
from zoo.weights.record import Record, bound_recipe

HELD_OUT = ("validation", "test")
# options that name or draw examples of their own, and those that show the same ones, divided as before, in another form
OTHER_EXAMPLES = frozenset({"path", "column", "generator_seed", "gate"})
OTHER_FORM = frozenset({"side", "channels", "fit", "lag"})
# hyperparameters that act while a network learns, and not on what it then computes
IN_TRAINING = frozenset(
    {"dropout", "block_dropout", "recurrent_dropout", "initializer", "regularizer", "l1", "l2", "input_noise"}
)


def require_same_inputs(own: DataSpec, data_spec: DataSpec, weights: str) -> None:
    """Refuse data whose numbers mean something else in the same places.

    Args:
        own: Of the data that the weights were trained on.
        data_spec: Of the data of the run.
        weights: What they are called.

    Raises:
        RecipeError: They do.
    """

    def refuse(what: str, received: object) -> NoReturn:
        raise RecipeError(f"the data must have {what} of the trained weights", received=received, where=weights)

    if own.kind != data_spec.kind:
        refuse("the kind", f"{data_spec.kind} data, trained on {own.kind} data")
    if own.columns != data_spec.columns:
        refuse("the columns", ", ".join(data_spec.feature_names))
    if own.vocabulary != data_spec.vocabulary:
        refuse("the vocabulary", "another one: the same codes would mean other units")
    if own.kind == "vector" and (own.shape, own.feature_names) != (data_spec.shape, data_spec.feature_names):
        refuse("the features", ", ".join(data_spec.feature_names) or f"shape {data_spec.shape}")
    if own.kind == "series" and (own.target_name, own.unit) != (data_spec.target_name, data_spec.unit):
        quantities = [f"{one.target_name} ({one.unit or 'no unit'})" for one in (data_spec, own)]
        refuse("the quantity", "{}, trained on {}: it would be forecast on the scale of the other".format(*quantities))


def require_new_rows(registry: Registry, record: Record, bound: BoundRecipe, data: Data) -> None:
    """Refuse weights that may have seen what is held out: the same data set, divided otherwise.

    What was held out then may be trained on now; what was trained on then must not be measured on now.

    Args:
        registry: Where names are looked up.
        record: Of the weights.
        bound: The recipe of the run.
        data: Its data.

    Raises:
        RecipeError: The validation or the test split is another one than theirs.
    """
    stated = record.table.get("data", {}).get("hashes", {})
    hashes = data.hashes()
    others = [split for split in HELD_OUT if stated.get(split) != hashes[split]]
    if record.recipe.dataset != bound.dataset.name or not others:
        return
    now, then = (_settings(one.data_options) for one in (bound, bound_recipe(registry, record)))
    differ = [name for name in now if now[name] != then.get(name)]
    learned_from = {stated.get("train"), stated.get("validation")}
    new = OTHER_EXAMPLES.intersection(differ) and not learned_from & {hashes[split] for split in HELD_OUT}
    if new or (differ and OTHER_FORM.issuperset(differ)):
        return
    changes = ", ".join(f"data.{name} = {now[name]}, trained with {then.get(name)}" for name in differ)
    raise RecipeError(
        "examples that are held out must be new to the weights",
        received=f"another {' and another '.join(others)} split of {bound.dataset.name} than they were trained beside; "
        + (changes or "the same options, other examples"),
        where=bound.recipe.pretrained.weights if bound.recipe.pretrained else None,
        hint=" ".join(f"data.{name}={_typed(then.get(name))}" for name in differ)
        or "the files and the release of the data that they were trained on",
    )


def other_hyperparameters(registry: Registry, record: Record, bound: BoundRecipe) -> dict[str, tuple[Any, Any]]:
    """Hyperparameters that differ from those of trained weights: name -> (here, there), as JSON has them."""
    now, then = (_settings(one.hyperparameters) for one in (bound, bound_recipe(registry, record)))
    return {name: (now[name], then.get(name)) for name in now if now[name] != then.get(name)}


def require_same_body(differ: Mapping[str, tuple[Any, Any]], weights: str) -> None:
    """Refuse to freeze a body that computes something else than what it learned.

    Raises:
        RecipeError: A hyperparameter differs that does not act in training alone.
    """
    for name, (here, there) in differ.items():
        if name not in IN_TRAINING:
            raise RecipeError(
                "a frozen body must compute what it learned",
                received=f"hyperparameters.{name} = {here}, trained with {there}",
                where=weights,
                hint=f"hyperparameters.{name}={_typed(there)}, or pretrained.trainable=all",
            )


def _settings(table: Any) -> dict[str, Any]:
    settings: dict[str, Any] = table.model_dump(mode="json")
    return settings


def _typed(value: Any) -> str:
    """A value as it is typed at the command line."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
