"""What a model that generates has to show while it trains: files in the run's folder `samples`.

A model that trains in steps may have the method `samples(seed)`, which returns file names and contents, such as
{"grid.png": b"..."}. It is asked after about ten epochs, evenly spaced, and after the last. It must leave all variables
and the random state of training as they are, so that a resumed run writes the same files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from zoo.data.atomic import write_bytes
from zoo.run.plan import Plan

FOLDER = "samples"
TIMES = 10  # in a run


@runtime_checkable
class ShowsSamples(Protocol):
    """A model that has something to show."""

    def samples(self, seed: int) -> dict[str, bytes]:
        """File name -> content, a function of the variables and the seed."""
        ...


def is_sampled(epoch: int, epochs: int) -> bool:
    """Whether samples are taken after an epoch (counted from 1) of a run of `epochs`.

    Example:
        >>> [epoch for epoch in range(1, 26) if is_sampled(epoch, 25)]
        [2, 5, 7, 10, 12, 15, 17, 20, 22, 25]
    """
    return epochs <= TIMES or epoch * TIMES // epochs > (epoch - 1) * TIMES // epochs


def write_samples(model: object, folder: Path, epoch: int, plan: Plan, *, last: bool = False) -> None:
    """Write `samples/epoch-<number>-<name>` after an epoch (counted from 1), if the model shows any and it is time.

    Args:
        model: The model as it is after the epoch.
        folder: The run folder.
        epoch: Epochs done.
        plan: Length and seed of the run.
        last: Whether the run ends here, whatever its length.
    """
    if not isinstance(model, ShowsSamples) or not (last or is_sampled(epoch, plan.epochs)):
        return
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    for name, content in model.samples(plan.seed).items():
        write_bytes(place / f"epoch-{epoch:05d}-{name}", content)
