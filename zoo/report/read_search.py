"""Reads what a search left behind: run.json and the trial.json of each of its trials."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from zoo.report.errors import BrokenRunFolder, NotARunFolder
from zoo.report.read import Table, read_facts
from zoo.run.verdict import direction_of

BASE = "base"


@dataclass(frozen=True)
class SearchRecord:
    """A search, as its folder tells it.

    Args:
        folder: of the search.
        facts: run.json.
        trials: the trials that have ended, in the order in which they began; not the recipe as it stands.
        base: the recipe as it stands, None where it was not tried.
    """

    folder: Path
    facts: Table
    trials: tuple[Table, ...] = ()
    base: Table | None = None

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
        """What the search is for."""
        return str(self.facts["settings"]["objective"])

    @property
    def sign(self) -> float:
        """1 where small scores are good, -1 where large ones are."""
        return 1.0 if direction_of(self.metric) == "smaller" else -1.0

    @cached_property
    def completed(self) -> tuple[Table, ...]:
        """The trials with a score."""
        return tuple(trial for trial in self.trials if trial.get("score") is not None)

    @cached_property
    def ranked(self) -> tuple[Table, ...]:
        """The trials with a score, the best first."""
        return tuple(sorted(self.completed, key=lambda trial: (self.sign * trial["score"], int(trial["number"]))))

    @property
    def space(self) -> Mapping[str, Any]:
        """The ranges, by key: a list of values, or a table low, high, log."""
        return dict(self.facts["space"])

    def minutes(self, trial: Table) -> float:
        """From the beginning of the search to the end of a trial."""
        times = [datetime.fromisoformat(str(text)) for text in (self.facts["started"], trial["ended"])]
        return (times[1] - times[0]).total_seconds() / 60


def read_search(folder: str | Path) -> SearchRecord:
    """Read the folder of a search, finished or not.

    Raises:
        NotARunFolder: there is no run.json, or it is not that of a search.
        BrokenRunFolder: a file is damaged.
    """
    folder = Path(folder)
    facts = read_facts(folder)
    if facts["kind"] != "search":
        raise NotARunFolder("run.json must be of kind 'search'", received=facts["kind"], where=str(folder))
    trials = [_trial(path) for path in (folder / "trials").glob("*/trial.json")]
    trials.sort(key=lambda trial: -1 if trial["number"] == BASE else int(trial["number"]))
    base = next((trial for trial in trials if trial["number"] == BASE), None)
    return SearchRecord(folder, facts, tuple(trial for trial in trials if trial["number"] != BASE), base)


def _trial(path: Path) -> Table:
    try:
        trial = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BrokenRunFolder("trial.json must be a readable JSON file", received=str(error), where=str(path)) from None
    score = trial.get("score") if isinstance(trial, dict) else None
    if not isinstance(trial, dict) or not (score is None or (isinstance(score, int | float) and math.isfinite(score))):
        raise BrokenRunFolder("trial.json must hold one JSON object with a finite score", where=str(path))
    return trial
