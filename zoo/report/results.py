"""RESULTS.md and the page that lists the model cards, made from the records of published weights; TensorFlow-free."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.data.atomic import write_text
from zoo.weights.card import card, number, over_seeds, size
from zoo.weights.catalogue import record_table, whole_record
from zoo.weights.errors import WeightsError

if TYPE_CHECKING:
    from registry import Registry, Weights

_RESULTS = """# What the published models reach

Made from the records of the weights that load by name (`zoo card --results`). Each value is of the test split, and so
is the trivial baseline. `+-` is the standard deviation over the seeds; the promise is what the recipe holds itself to,
and `zoo reproduce NAME` checks it. Every name leads to the model's card.

"""
_MODELS = """# Model cards

One page for each published model, made from its record (`zoo card --all docs/models`); `zoo card NAME` prints it.

"""


def results(registry: Registry) -> str:
    """RESULTS.md: a table of all published weights."""
    head = ["model", "data set", "metric", "this model", "over the seeds", "promised", "trivial baseline", "parameters"]
    lines = [f"| {' | '.join(head)} | size | licence of the data |", "|---" * (len(head) + 2) + "|"]
    for entry, table in _records(registry):
        metric = table["primary"]
        promise = registry.recipe(entry.name).table().get("promise", {})
        baseline = table["baseline"].get("test", {}).get(metric)
        cells = [
            f"[{entry.name}](docs/models/{entry.name}.md)",
            table["data"]["name"],
            metric.replace("_", " "),
            number(table["metrics"]["test"][metric]),
            over_seeds(table, metric),
            _promised(promise),
            "" if baseline is None else number(baseline),
            f"{table['parameters']['trainable']:,}",
            size(entry.bytes),
            table["data"]["licence"],
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return _RESULTS + "\n".join(lines) + "\n"


def index(registry: Registry) -> str:
    """The page that leads to the cards."""
    lines = ["| model | what it is |", "|---|---|"]
    lines += [
        f"| [{entry.name}]({entry.name}.md) | {table['recipe']['summary']} |" for entry, table in _records(registry)
    ]
    return _MODELS + "\n".join(lines) + "\n"


def write_cards(registry: Registry, folder: Path) -> list[Path]:
    """Write the card of every published model below a folder, and README.md that leads to them.

    Returns:
        The files written.

    Raises:
        WeightsError: A record tells too little for a card, or the folder cannot be written.
    """
    texts = {f"{entry.name}.md": card(registry, table) for entry, table in _records(registry)}
    texts["README.md"] = index(registry)
    try:
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_text(folder / name, text)
    except OSError as error:
        raise WeightsError(
            "cards must be written into a folder that can be written", received=str(error), where=str(folder)
        ) from error
    return [folder / name for name in texts]


def published_facts(registry: Registry, name: str) -> dict[str, Any] | None:
    """Metric, its value on the test split, size and licence of the published weights of a recipe; None without any.

    What a plugin's record does not tell is None.
    """
    entry = registry.weights_of(name)
    if entry is None:
        return None
    table = record_table(entry)
    metric = table.get("primary")
    value = table.get("metrics", {}).get("test", {}).get(metric)
    licence = table.get("data", {}).get("licence")
    return {"metric": metric, "value": value, "bytes": entry.bytes, "licence": licence}


def _records(registry: Registry) -> Iterator[tuple[Weights, dict[str, Any]]]:
    for entry in registry.weights():
        yield entry, whole_record(entry)


def _promised(promise: dict[str, Any]) -> str:
    if "mean" not in promise:
        return ""
    spread = f" +- {promise['spread']:.2g}" if promise.get("spread") is not None else ""
    of = f" ({promise['statistic']})" if promise.get("statistic", "mean") != "mean" else ""
    return f"{number(promise['mean'])}{spread}{of}"
