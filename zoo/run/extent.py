"""How far a run goes: what is measured at its end, and who may end it early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zoo.data.spec import SPLIT_NAMES, Data

Row = dict[str, float]
Halt = Callable[[Sequence[Row]], str | None]


@dataclass(frozen=True)
class Extent:
    """How far a run goes; a run that people ask for goes all the way, a trial of a search does not.

    Attributes:
        measure: Splits that are scored at the end; without `test` nobody has looked at the test split.
        halt: Asked after every epoch with all rows so far; a text ends the run there, and says why.
        data: The recipe's own data, loaded before, that several runs of a process share.
        outputs: Whether what the model said of the examples is kept, for figures.
    """

    measure: tuple[str, ...] = SPLIT_NAMES
    halt: Halt | None = None
    data: Data | None = None
    outputs: bool = True


WHOLE = Extent()
