"""Progress of a run on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Column

from zoo.run.events import CellEnded, EpochEnded, Event, Noted, RunStarted, StepsDone, TrialEnded

# Plain output prints at most about this many epochs of a run, so that a log stays readable.
LINES = 20
Piece = TypeVar("Piece")


class Progress:
    """Listens to a run's events; a context manager because a bar has to be taken off the terminal."""

    def __init__(self) -> None:
        self.console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
        self.bar: Bar | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_bar()

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._started(event)
            case StepsDone():
                if self.bar is not None and self.task is not None:
                    self.bar.update(self.task, completed=event.step)
            case EpochEnded():
                self._epoch(event)
            case Noted():
                self._line(f"note: {event.message}")
            case TrialEnded():
                self._trial(event)
            case CellEnded():
                self._cell(event)
            case _:
                self._end_bar()

    def _started(self, event: RunStarted) -> None:
        devices = event.devices
        learned = f", {event.parameters:,} parameters" if event.parameters else ""
        self._line(f"{event.name} seed {event.seed}{learned}: {_how_long(event)} on {_where(devices)}")
        self._line(f"  folder {event.folder}")
        if self.console.is_terminal:
            self.bar = Bar(
                TextColumn(" "),
                BarColumn(bar_width=20),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                # the only column that may be cut where the terminal is narrow
                TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
                console=self.console,
                transient=True,
                expand=True,
            )
            self.bar.start()
            total = event.epochs * event.steps_per_epoch
            self.task = self.bar.add_task("training", total=total, completed=event.first_step)

    def _epoch(self, event: EpochEnded) -> None:
        names = [name for name in event.row if name not in ("epoch", "step", "learning_rate")]
        shown = {name: f"{name} {event.row[name]:.4g}" for name in names}
        if self.bar is not None and self.task is not None:
            # validation first: what the choice of the best epoch hangs on
            self.bar.update(self.task, description="  ".join(shown[name] for name in reversed(names)))
            return
        values = "  ".join(shown.values())
        epoch = int(event.row["epoch"])
        every = max(1, event.epochs // LINES)
        if epoch % every == 0 or epoch in (1, event.epochs):
            self._line(
                f"  epoch {epoch}/{event.epochs}  {values}  {event.seconds:.2f} s{'  best' if event.best else ''}"
            )

    def _trial(self, event: TrialEnded) -> None:
        of = "" if event.of is None else f"/{event.of}"
        counted = "the recipe as it stands" if event.number == "base" else f"trial {event.number} ({event.ended}{of})"
        score = "failed" if event.score is None else f"{event.objective} {event.score:.5g}"
        best = "" if event.best is None else f" (best {event.best:.5g}, trial {event.best_number})"
        settings = " ".join(f"{key.rpartition('.')[2]}={_short(value)}" for key, value in event.settings.items())
        note = "" if event.note is None else f"  [{(event.note.splitlines() or [''])[0]}]"
        self._line(f"  {counted}: {score}{best}  {event.seconds:.1f} s  {settings}{note}")

    def _cell(self, event: CellEnded) -> None:
        told = f"failed: {event.error}" if event.value is None else f"validation {event.metric} {event.value:.5g}"
        self._line(f"  {event.ended}/{event.of}  {event.name}: {told}  {event.seconds:.1f} s")

    def _line(self, text: str) -> None:
        self.console.print(text, markup=False)

    def _end_bar(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = self.task = None


class Counting:
    """A bar of files that are done, on a terminal; elsewhere nothing but lines of what is to be told."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.console = Console(file=sys.stderr, highlight=False, soft_wrap=True)
        self.bar = Bar(
            TextColumn(" "),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("files"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            redirect_stdout=False,  # what goes to standard output is none of the bar's business
            redirect_stderr=False,
            disable=not self.console.is_terminal or total == 1,
        )

    def __enter__(self) -> Self:
        self.task = self.bar.add_task("files", total=self.total)
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def advance(self) -> None:
        """One more is done."""
        self.bar.advance(self.task)

    def line(self, text: str) -> None:
        """Say something above the bar."""
        self.console.print(text, markup=False)

    def around(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """Pass pieces on; the bar is off the terminal while somebody writes them to it."""
        for piece in pieces:
            self.bar.stop()
            yield piece
            self.bar.start()


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace(" ", "")


def _how_long(event: RunStarted) -> str:
    """What there is to be done: epochs of steps; epochs, of a rule of its own; or all at once."""
    if event.steps_per_epoch > 1:
        return f"{event.epochs} epochs of {event.steps_per_epoch} steps, batch {event.devices['global_batch']}"
    return f"{event.epochs} epochs" if event.epochs > 1 else "all at once"


def _where(devices: dict[str, Any]) -> str:
    """The devices of this host, and how a batch is shared where there are several."""
    names = ", ".join(devices["devices"])
    if devices["replicas"] == 1:
        return names
    hosts = f" of each of {len(devices['hosts'])} hosts" if "hosts" in devices else ""
    return f"{names}{hosts}, {devices['per_replica_batch']} of {devices['global_batch']} rows of a batch each"
