"""The figures that only a family has, found through the registry: a report knows them by name and imports no family."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from registry import Reference, Registry, UserError
from zoo.report.read import RunRecord, read_facts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.report.parts import Extra

Drawn = tuple[str, str, "Figure"] | None


@dataclass(frozen=True)
class FamilyFigure:
    """A figure by its reference; the module is imported when the figure is drawn, so that a broken one is one note."""

    reference: Reference

    def __call__(self, record: RunRecord) -> Drawn:
        """Draw the figure of a run; see `zoo.report.parts.Extra`."""
        drawn: Drawn = self.reference.load()(record)
        return drawn

    def __str__(self) -> str:
        return str(self.reference)


@dataclass(frozen=True)
class UnknownFamilyFigures:
    """Stands for the figures of a family that is not installed here: drawing them says so on the page."""

    family: str
    error: UserError

    def __call__(self, record: RunRecord) -> Drawn:
        """Raise what the registry said."""
        raise self.error

    def __str__(self) -> str:
        return f"the family {self.family!r}"


def figures_of(registry: Registry, folder: str | Path) -> tuple[Extra, ...]:
    """Find the figures of the family of a run or a reproduction.

    Args:
        registry: where the family is registered.
        folder: the run folder.

    Returns:
        Functions for `write_report`; the family's plugin is not imported before they are called.

    Raises:
        NotARunFolder, BrokenRunFolder, NewerRunFolder: the folder cannot be read.
    """
    family = str(read_facts(Path(folder))["name"]).partition("/")[0]
    try:
        return tuple(FamilyFigure(reference) for reference in registry.family(family).figures)
    except UserError as error:
        return (UnknownFamilyFigures(family, error),)
