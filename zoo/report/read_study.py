"""Reads what a study left behind: run.json with the table of its cells, and the runs where a figure needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.report.errors import NotARunFolder
from zoo.report.read import RunRecord, Table, read_facts, read_run


@dataclass(frozen=True)
class StudyRecord:
    """A study, as its folder tells it.

    Args:
        folder: of the study.
        facts: run.json.
        recipe_text: recipe.toml as it stands in the folder.
    """

    folder: Path
    facts: Table
    recipe_text: str

    @property
    def name(self) -> str:
        """Name of the recipe."""
        return str(self.facts["name"])

    @property
    def status(self) -> str:
        """One of running, finished, interrupted, failed."""
        return str(self.facts["status"])

    @property
    def metric(self) -> str:
        """What cells are compared by."""
        return str(self.facts["metric"])

    @property
    def axes(self) -> list[Table]:
        """Name, labels, and numbers where the values are some, of each axis."""
        return list(self.facts.get("axes") or ())

    @property
    def cells(self) -> list[Table]:
        """The cells with their quantities; none of a study that has not ended yet."""
        return list(self.facts.get("cells") or ())

    @property
    def seeds(self) -> list[int]:
        """The seeds of each cell."""
        return [int(seed) for seed in self.facts.get("seeds") or ()]

    @property
    def best(self) -> Table | None:
        """The cell that the validation split chose, None where there is none."""
        return next((cell for cell in self.cells if cell["name"] == self.facts.get("best")), None)

    def value(self, cell: Table, quantity: str, which: str = "mean") -> Any:
        """Mean or spread of a quantity of a cell, None where it was not measured."""
        return ((cell.get("quantities") or {}).get(quantity) or {}).get(which)

    def first_runs(self) -> Iterator[tuple[Table, RunRecord]]:
        """The cells whose first seed finished, with that run."""
        for cell in self.cells:
            folder = self.folder / "cells" / str(cell["name"]) / f"seed-{self.seeds[0]}"
            if cell["runs"][0]["status"] == "finished" and (folder / "run.json").is_file():
                yield cell, read_run(folder)


def read_study(folder: str | Path) -> StudyRecord:
    """Read the folder of a study, finished or not.

    Raises:
        NotARunFolder: there is no run.json, or it is not that of a study.
        BrokenRunFolder: a file is damaged.
    """
    folder = Path(folder)
    facts = read_facts(folder)
    if facts["kind"] != "study":
        raise NotARunFolder("run.json must be of kind 'study'", received=facts["kind"], where=str(folder))
    path = folder / "recipe.toml"
    return StudyRecord(folder, facts, path.read_text(encoding="utf-8") if path.is_file() else "")
