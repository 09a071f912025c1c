"""What a text generator shows: its loss beside models that count, and what it wrote as it learned."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from zoo.report.read import RunRecord
from zoo.report.style import GREY, INK, PALETTE, TRAIN, VALIDATION, legend_above, new_figure, styled

STAGES = 4  # of the epochs at which samples were taken
COLUMNS, LINES = 42, 6  # characters and lines of a text that are shown
WHITE_SPACE = str.maketrans({"\t": " ", "\ufffd": "?"})


def baselines(record: RunRecord) -> tuple[str, str, Figure] | None:
    """Draw the loss over the epochs beside that of single units and of a 5-gram model, on the validation split.

    Args:
        record: A run of this family.

    Returns:
        Title, caption and figure; None for a run that did not come to its end.
    """
    found = record.table("baseline")
    unigram, others = (found.get("validation") or {}).get("loss"), found.get("beside") or {}
    if unigram is None or not record.rows:
        return None
    lines = {"unigram": unigram, **{name: table["validation"]["loss"] for name, table in others.items()}}
    bits = {"the network": record.metric("test", "bits_per_character")}
    bits |= {"unigram": record.baseline("bits_per_character")}
    bits |= {name: table["test"]["bits_per_character"] for name, table in others.items()}
    told = "; ".join(f"{_words(name)} {value:.3f}" for name, value in bits.items() if value is not None)
    caption = "Nats a unit over the epochs; dashed: models that count, on the validation split. Test split, bits a "
    caption += f"character: {told}."
    return "Loss beside models that count", caption, _drawn(record.curves(), lines)


@styled
def _drawn(curves: Any, lines: dict[str, float]) -> Figure:
    figure = new_figure(3.2)
    axis = figure.subplots()
    for name, label, colour in (("loss", "train", TRAIN), ("validation_loss", "validation", VALIDATION)):
        if name in curves:
            axis.plot(curves["epoch"], curves[name], color=colour, label=label, marker="o", markersize=3.5)
    for (name, value), colour in zip(lines.items(), PALETTE[2:], strict=False):
        axis.axhline(value, color=colour, linestyle="--", linewidth=1.2, label=_words(name))
    axis.set_xlabel("epoch")
    axis.set_ylabel("nats a unit")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_above(axis)
    return figure


def samples(record: RunRecord) -> tuple[str, str, Figure] | None:
    """Show what the network wrote at different temperatures as it learned.

    Args:
        record: A run of this family.

    Returns:
        Title, caption and figure; None for a run that took no samples.
    """
    taken = _taken(record.folder / "samples")
    if not taken:
        return None
    epochs = sorted(taken)
    count = min(STAGES, len(epochs))
    places = [round(index * (len(epochs) - 1) / max(1, count - 1)) for index in range(count)]
    chosen = {epochs[place]: taken[epochs[place]] for place in places}
    caption = "What the network went on with, by temperature (left to right) and epoch (from above)."
    return "Samples over training", caption, _page(chosen)


def _taken(folder: Path) -> dict[int, dict[str, str]]:
    """Epoch -> temperature -> text."""
    found = {}
    for path in folder.glob("epoch-*-samples.json"):
        found[int(path.name.split("-")[1])] = json.loads(path.read_text("utf-8"))["texts"]
    return found


@styled
def _page(chosen: dict[int, dict[str, str]]) -> Figure:
    temperatures = list(next(iter(chosen.values())))
    figure = new_figure(0.4 + 1.25 * len(chosen), width=9.6)
    axes = figure.subplots(len(chosen), len(temperatures), squeeze=False)
    for row, (epoch, texts) in zip(axes, chosen.items(), strict=True):
        for axis, temperature in zip(row, temperatures, strict=True):
            axis.set_axis_off()
            axis.set_title(f"epoch {epoch}, temperature {temperature}", fontsize=8, color=GREY)
            axis.text(0, 1, _wrapped(texts[temperature]), va="top", fontsize=6.5, family="monospace", color=INK)
    return figure


def _wrapped(text: str) -> str:
    """The first lines of a text, broken where they are long; what has no shape is a question mark."""
    shown = "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text.translate(WHITE_SPACE))
    lines = [part for line in shown.strip().split("\n") for part in textwrap.wrap(line, COLUMNS) or [""]]
    return "\n".join(lines[:LINES]) + (" ..." if len(lines) > LINES else "")


def _words(name: str) -> str:
    return name.replace("_", " ").replace("5 gram", "5-gram")
