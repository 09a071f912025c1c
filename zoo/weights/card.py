"""Model cards in Markdown, made from the records of published weights; TensorFlow-free.

The recipe, as it is registered now, adds its promise and where it comes from, the data set its summary and source.

After Mitchell et al. 2019, Model cards for model reporting, arXiv:1810.03993.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zoo.recipe import RecipeError, read_recipe, recipe_from_table, write_recipe

if TYPE_CHECKING:
    from registry import Registry
    from zoo.recipe.schema import Promise

KIBIBYTE, MEBIBYTE = 2**10, 2**20
# what is typed to use a model, by its task; {name} is the recipe's
_USES = {
    "text_generation": ('text = model.generate("The ", length=300)', 'zoo generate {name} --prompt "The "'),
    "picture_generation": (
        "pictures = model.generate(count=64, seed=3)",
        "zoo generate {name} --count 64 --out grid.png",
    ),
    "forecasting": ("values = model.forecast(history, steps=100)", "zoo predict {name} windows.npy"),
}
_KINDS = {
    "picture": ("probabilities = model.predict(pictures)", "zoo predict {name} picture.png"),
    "table": ('results = model.predict("rows.csv")', "zoo predict {name} rows.csv"),
    "vector": ("results = model.predict(rows)", "zoo predict {name} rows.csv"),
}


def card(registry: Registry, table: Mapping[str, Any]) -> str:
    """The model card of published weights, ending in a newline.

    Args:
        registry: Where the recipe's source, and what was wrong in it, are looked up.
        table: The record, as JSON gives it.
    """
    name = str(table["name"])
    promise = _promise(registry, name)
    parts = [
        f"# {name}",
        _sentence(str(table["recipe"]["summary"])),
        _use(name, table),
        "## What it is",
        _rows(_what_it_is(table)),
        "## What it says of data that it never saw",
        _results(table, promise),
        "## What it was trained on",
        _rows(_data(registry, table)),
        "## How it was made",
        _rows(_making(table, promise)),
        f"The same again, from the data on: `zoo reproduce {name}`. Its settings, every default written out:",
        _fenced("toml", _settings(table)),
        *_source(promise),
        "## What to mind",
        _limits(table),
    ]
    return "\n\n".join(parts) + "\n"


def size(count: int) -> str:
    """Bytes as a person reads them.

    >>> size(226568), size(3523152)
    ('221 KiB', '3.36 MiB')
    """
    return f"{count / KIBIBYTE:.0f} KiB" if count < MEBIBYTE else f"{count / MEBIBYTE:.2f} MiB"


def number(value: float) -> str:
    """A metric with four digits that count, and at least the whole part.

    >>> number(0.99449), number(868.8612), number(3.43e-06), number(10.0)
    ('0.9945', '868.9', '3.43e-06', '10')
    """
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def over_seeds(table: Mapping[str, Any], metric: str) -> str:
    """Mean and standard deviation of a test metric, in words: `0.9945 +- 0.0006 (3 seeds)`.

    Of the metric that the recipe promises the median, where it promises that.
    """
    found = table["over_seeds"]["test"].get(metric)
    if found is None:
        return ""
    seeds = f"{len(found['values'])} seed{'s' if len(found['values']) > 1 else ''}"
    if metric == table["primary"] and table.get("statistic") == "median":
        middle, seeds = statistics.median(found["values"]), f"median of {seeds}"
    else:
        middle = found["mean"]
    spread = "" if found["spread"] is None else f" +- {found['spread']:.2g}"
    return f"{number(middle)}{spread} ({seeds})"


def _promise(registry: Registry, name: str) -> Promise | None:
    return read_recipe(registry, name).promise


def _use(name: str, table: Mapping[str, Any]) -> str:
    spec = table["data_spec"]
    code, command = _USES.get(spec["task"]) or _KINDS.get(spec["kind"], _KINDS["vector"])
    python = f'import zoo\n\nmodel = zoo.load("{name}")\n{code}'
    return f"{_fenced('python', python)}\n\n{_fenced('bash', command.format(name=name))}"


def _what_it_is(table: Mapping[str, Any]) -> dict[str, str]:
    spec, parameters, weights = table["data_spec"], table["parameters"], table["weights"]
    part = ", the generator alone" if "part" in weights else ""
    return {
        "family": f"`{table['recipe']['family']}`, version {table['family_version']}",
        "task": str(spec["task"]).replace("_", " "),
        "takes": _taken(spec),
        "gives": _given(spec),
        "parameters": f"{parameters['trainable']:,} trained, {parameters['non_trainable']:,} fixed{part}",
        "file": f"`{weights['file']}`, {size(weights['bytes'])}",
        "sha256": f"`{weights['sha256']}`",
    }


def _taken(spec: Mapping[str, Any]) -> str:
    shape = "x".join(str(length) for length in spec["shape"])
    if spec["task"] == "picture_generation":
        return "random numbers, drawn from a seed"
    if spec["kind"] == "picture":
        return f"pictures of any size, grey or colour; as {shape} {spec['dtype']} inside"
    if spec["kind"] == "text":
        return f"a text of any length, as {spec['vocabulary']['level']}s"
    if spec["kind"] == "table":
        return f"rows of {len(spec['columns'])} columns as they are in the table, cells missing or not"
    if spec["kind"] == "series":
        return f"the last {shape} values of a series, in its own unit"
    return f"rows of {shape} numbers"


def _given(spec: Mapping[str, Any]) -> str:
    classes = spec.get("classes") or ()
    if spec["task"] == "picture_generation":
        return f"pictures, {'x'.join(str(length) for length in spec['shape'])} {spec['dtype']}"
    if spec["task"] == "text_generation":
        return f"probabilities of what follows, over {len(spec['vocabulary']['units'])} {spec['vocabulary']['level']}s"
    if spec["task"] in ("mapping", "anomaly_detection"):
        return "the cell of the map, the distance from it (the anomaly score), and the cell's share of each class"
    if classes:
        shown = ", ".join(str(name) for name in classes[:12]) + (", ..." if len(classes) > 12 else "")
        return f"probabilities of {len(classes)} classes: {shown}"
    return str(spec["target_name"]) + (f", in {spec['unit']}" if spec.get("unit") else "")


def _results(table: Mapping[str, Any], promise: Promise | None) -> str:
    baseline = table["baseline"].get("test", {})
    first = table["primary"]
    metrics = [first, *(name for name in table["metrics"]["test"] if name != first)]
    lines = [
        f"| metric | this model, test split | over the seeds | trivial baseline: {_words(table['baseline']['name'])} |",
        "|---|---|---|---|",
    ]
    for metric in metrics:
        value = table["metrics"]["test"].get(metric)
        if not isinstance(value, int | float):
            continue
        trivial = number(baseline[metric]) if isinstance(baseline.get(metric), int | float) else ""
        shown = f"**{_words(metric)}**" if metric == first else _words(metric)
        lines.append(f"| {shown} | {number(value)} | {over_seeds(table, metric)} | {trivial} |")
    told = "\n".join(lines)
    if promise is None:
        return told
    return (
        f"{told}\n\nThe recipe promises {_words(promise.metric)} {number(promise.mean)}"
        f"{'' if promise.spread is None else f' +- {promise.spread:.2g}'} "
        f"({promise.statistic} of {len(promise.seeds)} {'seed' if len(promise.seeds) == 1 else 'seeds'})."
    )


def _data(registry: Registry, table: Mapping[str, Any]) -> dict[str, str]:
    data = table["data"]
    dataset = registry.dataset(data["name"])
    sizes = ", ".join(f"{count:,} {split}" for split, count in data["sizes"].items())
    return {
        "data set": f"`{data['name']}`: {dataset.summary}",
        "source": dataset.source,
        "licence": str(data["licence"]),
        "examples": f"{sizes}; preprocessing is learned on the training split alone",
        **{f"sha256, {split}": f"`{value}`" for split, value in data["hashes"].items()},
    }


def _making(table: Mapping[str, Any], promise: Promise | None) -> dict[str, str]:
    run, git = table["run"], table["run"]["git"]
    commit = f"`{git['commit']}`"
    if git.get("told_when_published"):
        commit += ", as told when it was published"
    elif git.get("changed_files"):
        count = git["changed_files"]
        commit += f", with {count} file{'' if count == 1 else 's'} changed or new"
    minutes = f"{run['seconds'] / 60:.1f}" if promise is None else f"{promise.minutes_cpu:g} on 2 processor cores"
    return {
        "run": f"`{run['id']}`, seed {run['seed']}, begun {run['started']}",
        "minutes a seed": minutes,
        "versions": ", ".join(f"{package} {version}" for package, version in run["versions"].items()),
        "commit": commit,
        "sha256 of the recipe": f"`{table['recipe_hash']}`",
    }


def _settings(table: Mapping[str, Any]) -> str:
    try:
        recipe = recipe_from_table(table["recipe"], name=str(table["name"]), where="record")
    except RecipeError:  # a record of a newer version of the zoo is still shown
        return ""
    return write_recipe(recipe).strip()


def _source(promise: Promise | None) -> list[str]:
    if promise is None:
        return []
    return [
        "## Where it comes from",
        f"{_sentence(promise.source)}\n\nWhat is done instead: {_sentence(promise.mended)}",
    ]


def _limits(table: Mapping[str, Any]) -> str:
    data, spec = table["data"], table["data_spec"]
    told = [
        f"- It knows data like {data['name']}; what looks otherwise gets an answer all the same.",
        f"- The licence of the data is {data['licence']}; it may bind what the weights are used for.",
    ]
    if len(table["over_seeds"]["seeds"]) == 1:
        told.append("- One seed was run: how far another one would lie from it is not known.")
    if spec["task"] == "picture_generation":
        told.append("- The discriminator is not published: the pair cannot be trained on from this file.")
    if spec["task"] == "text_generation":
        told.append("- It writes in the manner of its text, and knows nothing of what it says.")
    return "\n".join(told)


def _rows(facts: Mapping[str, str]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in facts.items())])


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
