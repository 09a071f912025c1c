"""How the verbs that train end: what came out on stdout, and the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from zoo.cli.verb import print_json

if TYPE_CHECKING:
    from zoo.outcome import Run

BROKEN = 1


def end_with(run: Run, *, json: bool) -> None:
    """Print what came out of a run or a reproduction.

    Raises:
        typer.Exit: With 1, when the promise of a reproduction is not kept.
    """
    if json:
        print_json(run.facts | {"folder": str(run.folder)})
    else:
        typer.echo("\n".join(run.summary()))
    # one run has no verdict: a promise is about the mean or median over its seeds
    if run.facts.get("kept") is False:
        raise typer.Exit(BROKEN)
