"""What a job came to: the folder of a run, a reproduction, a study or a search, and the few lines that tell of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import Registry, UserError, default
from zoo.report import summary_lines
from zoo.report.read import read_folder
from zoo.report.read_search import read_search
from zoo.report.read_study import read_study
from zoo.report.search_page import search_lines
from zoo.report.study_page import study_lines
from zoo.run.cross_validate import table_lines
from zoo.use.predict import LoadedModel
from zoo.use.predict import load as load_model

# of kinds that hold many runs: where their facts are
MANY = {"study": "cells", "search": "best"}


@dataclass(frozen=True)
class Run:
    """A run, or what several make, that ended, as its folder tells it.

    Attributes:
        folder: The run folder.
        facts: The table of run.json.
    """

    folder: Path
    facts: dict[str, Any]

    def __fspath__(self) -> str:
        """A run stands for its folder wherever a path is taken."""
        return os.fspath(self.folder)

    @property
    def metrics(self) -> dict[str, dict[str, float]]:
        """Metrics by split.

        Raises:
            UserError: It is a reproduction, a study or a search, whose runs have metrics each.
        """
        if self.facts.get("kind") == "reproduce":
            raise UserError(
                "metrics are those of one run; a reproduction has mean, spread and values over its seeds",
                received=str(self.folder),
                hint=f"run.facts['mean'], or zoo.evaluate(run.folder / {self.facts['runs'][0]!r})",
            )
        if self.facts.get("kind") in MANY:
            raise UserError(
                f"metrics are those of one run; a {self.facts['kind']} has them by its {MANY[self.facts['kind']]}",
                received=str(self.folder),
                hint=f"run.facts[{MANY[self.facts['kind']]!r}], or run.report",
            )
        metrics: dict[str, dict[str, float]] = self.facts["metrics"]
        return metrics

    @property
    def report(self) -> Path:
        """The report's page."""
        return self.folder / "report.html"

    def load(self, registry: Registry | None = None) -> LoadedModel:
        """The trained model; `registry` is the installed one if not given."""
        return load_model(registry or default(), self.folder)

    def summary(self) -> list[str]:
        """The few lines that say what came out."""
        if self.facts.get("kind") == "worker":
            part = "has done its part" if self.facts["status"] == "finished" else "is not needed: one device learns it"
            return [f"worker {self.facts['worker']} of {self.facts['workers']} {part}; worker 0 writes the run folder"]
        if self.facts.get("kind") == "search_worker":
            return [f"{self.facts['worker']} ran {self.facts['trials']} trials; the chief tells of the search"]
        if self.facts.get("kind") == "search":
            return search_lines(read_search(self.folder))
        if self.facts.get("kind") == "study":
            return study_lines(read_study(self.folder))
        if self.facts.get("kind") == "cross_validation":
            return [*table_lines(self.facts), f"  folder: {self.folder}"]
        return summary_lines(read_folder(self.folder))
