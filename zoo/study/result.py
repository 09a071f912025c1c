"""What a study comes to: for every cell the quantities of its runs, mean and spread over the seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from zoo.recipe.study import OF_RUNS, SNR, SPLITS, Cell, Grid
from zoo.run.verdict import advantage, direction_of
from zoo.study.units import Unit


def quantities_of(grid: Grid) -> tuple[str, ...]:
    """What is told of every cell: the metric on the test split first, then on validation, then what the recipe asks."""
    return tuple(dict.fromkeys((grid.metric, f"validation_{grid.metric}", *grid.show, grid.plot)))


def value_of(facts: Mapping[str, Any], quantity: str) -> float | None:
    """A quantity of a finished run; None where it was not measured.

    >>> value_of({"best_epoch": 7, "metrics": {"train": {"r2": 0.9}}}, "train_signal_to_noise")
    10.0
    """
    if quantity == "parameters":
        return float(sum(facts["parameters"].values()))
    if quantity in OF_RUNS:
        return None if facts.get(quantity) is None else float(facts[quantity])
    split, name = "test", quantity
    for prefix in SPLITS:
        if quantity.startswith(prefix):
            split, name = prefix.rstrip("_"), quantity.removeprefix(prefix)
    scores = facts["metrics"].get(split) or {}
    if name == SNR:
        unexplained = 1.0 - scores["r2"] if "r2" in scores else 0.0
        return round(-10.0 * math.log10(unexplained), 12) if unexplained > 0.0 else None
    return None if scores.get(name) is None else float(scores[name])


def summarise(grid: Grid, units: Sequence[Unit]) -> dict[str, Any]:
    """The results of all cells, as run.json keeps them.

    Returns:
        cells: name, labels, settings, runs (seed, status, error) and quantities (values, mean, spread) of each; best:
        the cell with the best mean on the validation split, or None; finished and failed: numbers of runs.
    """
    cells = [_cell(grid, cell, [unit for unit in units if unit.cell is cell]) for cell in grid.cells]
    runs = [run for cell in cells for run in cell["runs"]]
    return {
        "cells": cells,
        "best": _best(grid, cells),
        "runs_finished": sum(run["status"] == "finished" for run in runs),
        "runs_failed": sum(run["status"] == "failed" for run in runs),
        "runs_left": sum(run["status"] not in ("finished", "failed") for run in runs),
    }


def _cell(grid: Grid, cell: Cell, units: Sequence[Unit]) -> dict[str, Any]:
    tables = {unit.seed: unit.facts() or {"status": "not begun"} for unit in units}
    finished = [table for table in tables.values() if table["status"] == "finished"]
    runs = [
        {"seed": seed, "status": table["status"], "error": (table.get("error") or {}).get("message")}
        for seed, table in tables.items()
    ]
    baselines = [table["baseline"]["test"].get(grid.metric) for table in finished]
    known = [float(value) for value in baselines if value is not None]
    return {
        "name": cell.name,
        "place": list(cell.place),
        "labels": [axis.labels[index] for axis, index in zip(grid.axes, cell.place, strict=True)],
        "settings": dict(cell.settings),
        "runs": runs,
        "baseline": statistics.fmean(known) if known else None,
        "quantities": {name: _over_seeds(finished, name) for name in quantities_of(grid)},
    }


def _over_seeds(finished: Sequence[Mapping[str, Any]], quantity: str) -> dict[str, Any]:
    values = [value for value in (value_of(table, quantity) for table in finished) if value is not None]
    # what grew beyond all numbers in one run has no mean that JSON could hold
    values = [value for value in values if math.isfinite(value)]
    return {
        "values": values,
        "mean": statistics.fmean(values) if values else None,
        "spread": statistics.stdev(values) if len(values) > 1 else None,
    }


def _best(grid: Grid, cells: Sequence[Mapping[str, Any]]) -> str | None:
    """The cell with the best mean on validation, of those whose every run finished where there are any."""
    scored = [cell for cell in cells if cell["quantities"][f"validation_{grid.metric}"]["mean"] is not None]
    whole = [cell for cell in scored if all(run["status"] == "finished" for run in cell["runs"])]
    best: Mapping[str, Any] | None = None
    for cell in whole or scored:
        mean = cell["quantities"][f"validation_{grid.metric}"]["mean"]
        if best is None:
            best = cell
            continue
        before = best["quantities"][f"validation_{grid.metric}"]["mean"]
        if advantage(mean, before, direction_of(grid.metric)) > 0:
            best = cell
    return None if best is None else str(best["name"])
