"""`zoo report`: write the report of a run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.verb import verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "report",
        """
        zoo report runs/mlp/digits/20260101-120000-abcdef
        """,
    )
    def report(
        folder: Annotated[Path, typer.Argument(help="Folder of a run, a reproduction, a search or a study.")],
    ) -> None:
        """Write the report of a run, from its folder alone."""
        from registry import default
        from zoo.report import figures_of, write_report

        typer.echo(write_report(folder, figures_of(default(), folder)))
