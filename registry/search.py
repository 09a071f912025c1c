"""Search: wildcards on names and conditions on facts."""

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from registry.errors import InvalidQuery, UnknownName
from registry.names import near, parse
from registry.spec import Family, RecipeFile

if TYPE_CHECKING:
    from registry.store import Registry

Fact = str | int | float | bool

TEXT_KEYS = ("dataset", "family", "learning", "licence", "provider", "task")
SWITCH_KEYS = ("embedded", "pretrained")
NUMBER_KEYS = ("minutes", "parameters")  # and the metrics that the recipes promise

_ORDER: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CONDITION = re.compile(r"([A-Za-z]\w*)\s*(<=|>=|!=|=|<|>)\s*([^<>=!\s](?:.*\S)?)", re.ASCII)
_PATTERN = re.compile(r"[a-z0-9_/*?\[\]!-]+")
_SWITCH = {"true": True, "yes": True, "false": False, "no": False}
_EXAMPLES = "zoo list 'mlp/*' task=classification 'parameters<1e5' pretrained"


@dataclass(frozen=True)
class Entry:
    """A family or a recipe that was found.

    Args:
        name: "family" or "family/recipe".
        kind: "family" or "recipe".
        summary: What it is, one line.
        facts: What conditions compare: task, data set, parameters, metric, ...; only those that are known.
    """

    name: str
    kind: str
    summary: str
    facts: dict[str, Fact]


@dataclass(frozen=True)
class Condition:
    """One comparison of a fact with a value.

    Args:
        key: Name of the fact.
        operation: One of = != < <= > >=.
        value: What it is compared with, as typed.
    """

    key: str
    operation: str
    value: str


@dataclass(frozen=True)
class Query:
    """What to look for: any of the patterns, all of the conditions.

    Args:
        patterns: Shell wildcards on names; none finds every name.
        conditions: Comparisons that must hold.
    """

    patterns: tuple[str, ...]
    conditions: tuple[Condition, ...]


def search(registry: "Registry", patterns_and_conditions: Sequence[str] = ()) -> tuple[Entry, ...]:
    """Find families and recipes by wildcards and facts.

    Args:
        registry: Where to look.
        patterns_and_conditions: Shell wildcards on names ("mlp/*", "*digits*"), of which one must match, and
            conditions, which must all hold: "key=value" (wildcards in the value, any case), "key!=value",
            "key<number", "<=", ">", ">=", and the bare word "pretrained". A condition on a fact that an entry does
            not have does not hold.

    Returns:
        What was found, by name: each family before its recipes.

    Raises:
        InvalidQuery: A condition cannot be understood, or no entry can have a fact of this name.
        InvalidSpec: A recipe's file is not TOML.
    """
    query = parse_query(patterns_and_conditions)
    entries = _entries(registry)
    metrics = {key for entry in entries for key in entry.facts} - {*TEXT_KEYS, *SWITCH_KEYS}
    tests = [_test(condition, {*NUMBER_KEYS, *metrics}) for condition in query.conditions]
    return tuple(
        entry
        for entry in entries
        if (not query.patterns or any(fnmatchcase(entry.name, pattern) for pattern in query.patterns))
        and all(test(entry.facts) for test in tests)
    )


def parse_query(words: Iterable[str]) -> Query:
    """Tell patterns from conditions.

    Args:
        words: One pattern or condition each.

    Returns:
        The query.

    Raises:
        InvalidQuery: A word is neither.

    Example:
        >>> parse_query(["mlp/*", "parameters<1e5"])
        Query(patterns=('mlp/*',), conditions=(Condition(key='parameters', operation='<', value='1e5'),))
    """
    patterns: list[str] = []
    conditions: list[Condition] = []
    for word in words:
        condition = _CONDITION.fullmatch(word.strip())
        if condition:
            conditions.append(Condition(*condition.groups()))
        elif word in SWITCH_KEYS:
            conditions.append(Condition(word, "=", "true"))
        elif _PATTERN.fullmatch(word):
            patterns.append(word)
        else:
            raise InvalidQuery(
                "a search word must be a pattern of names or a condition such as key=value or key<number",
                received=word,
                hint=_EXAMPLES,
            )
    return Query(tuple(patterns), tuple(conditions))


def _test(condition: Condition, number_keys: set[str]) -> Callable[[Mapping[str, Fact]], bool]:
    """Turn a condition into a test of an entry's facts."""
    key, compare = condition.key, _comparison(condition, number_keys)
    return lambda facts: key in facts and compare(facts[key])


def _comparison(condition: Condition, number_keys: set[str]) -> Callable[[Any], bool]:
    """Turn a condition into a test of one fact, which is a number, a switch or a text by its key."""
    key, operation = condition.key, condition.operation
    if key in number_keys:
        number, compare = _number(condition), _ORDER[operation]
        return lambda fact: compare(fact, number)
    if key not in TEXT_KEYS and key not in SWITCH_KEYS:
        known = sorted([*TEXT_KEYS, *SWITCH_KEYS, *number_keys])
        raise InvalidQuery(
            f"no entry has such a fact; known are {', '.join(known)}", received=key, near=near(key, known)
        )
    if operation not in ("=", "!="):
        raise InvalidQuery(f"{key} is not a number: compare it with = or !=", received=_written(condition))
    wanted = operation == "="
    if key in SWITCH_KEYS:
        switch = _switch(condition)
        return lambda fact: (fact is switch) is wanted
    pattern = condition.value.lower()
    return lambda fact: any(fnmatchcase(part, pattern) for part in fact.lower().split(", ")) is wanted


def _number(condition: Condition) -> float:
    try:
        number = float(condition.value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidQuery(f"{condition.key} must be compared with a number", received=_written(condition))
    return number


def _switch(condition: Condition) -> bool:
    if condition.value.lower() not in _SWITCH:
        raise InvalidQuery(f"{condition.key} must be compared with true or false", received=_written(condition))
    return _SWITCH[condition.value.lower()]


def _written(condition: Condition) -> str:
    return f"{condition.key}{condition.operation}{condition.value}"


def _entries(registry: "Registry") -> list[Entry]:
    families = [Entry(family.name, "family", family.summary, _family_facts(family)) for family in registry.families()]
    recipes = [_recipe_entry(registry, recipe) for recipe in registry.recipes()]
    return sorted([*families, *recipes], key=lambda entry: parse(entry.name))


def _family_facts(family: Family) -> dict[str, Fact]:
    return {
        "task": ", ".join(family.tasks),
        "dataset": family.dataset,
        "learning": family.learning,
        "provider": family.provider,
    }


def _recipe_entry(registry: "Registry", recipe: RecipeFile) -> Entry:
    table = recipe.table()
    promise = table.get("promise")
    facts: dict[str, Fact] = {"family": parse(recipe.name).family, "provider": recipe.provider}
    facts |= {key: table[key] for key in ("task", "dataset") if isinstance(table.get(key), str)}
    facts |= _dataset_facts(registry, facts.get("dataset"))
    facts["pretrained"] = registry.weights_of(recipe.name) is not None
    facts |= _promised_facts(promise) if isinstance(promise, dict) else {}
    return Entry(recipe.name, "recipe", str(table.get("summary", "")), facts)


def _dataset_facts(registry: "Registry", name: Fact | None) -> dict[str, Fact]:
    try:
        dataset = registry.dataset(str(name))
    except UnknownName:  # the recipe's own check reports it; a search still lists the recipe
        return {}
    return {"licence": dataset.licence, "embedded": dataset.embedded}


def _promised_facts(promise: dict[str, Any]) -> dict[str, Fact]:
    """The numbers a recipe promises; "not measured" is no number and therefore no fact."""
    numbers = {"minutes": promise.get("minutes_cpu"), "parameters": promise.get("parameters")}
    metric = promise.get("metric")
    if isinstance(metric, str) and metric not in (*TEXT_KEYS, *SWITCH_KEYS, *NUMBER_KEYS):
        numbers[metric] = promise.get("mean")
    return {
        key: value for key, value in numbers.items() if isinstance(value, int | float) and not isinstance(value, bool)
    }
