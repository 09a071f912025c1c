"""`zoo compare`: runs and reproductions side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.verb import JsonOption, print_json, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "compare",
        """
        zoo compare runs/mlp/digits/20260101-120000-abcdef runs/mlp/digits/20260102-120000-fedcba
        zoo compare runs/mlp/digits/20260101-120000-abcdef runs/mlp/digits/20260102-120000-fedcba --page compared.html
        zoo compare runs/mlp/digits/20260101-120000-abcdef runs/mlp/digits/20260102-120000-fedcba --json
        """,
    )
    def compare(
        runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Folders of runs and of reproductions.")],
        page: Annotated[
            Path | None,
            typer.Option("--page", metavar="FILE.html", help="Write one page with tables and overlaid curves."),
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """Set runs side by side: metrics, baselines, cost, and the settings that differ."""
        from zoo.report import compare_runs

        comparison = compare_runs(runs)
        written = None
        if page is not None:
            from zoo.report import write_comparison

            written = str(write_comparison(comparison, page))
        if json:
            print_json(comparison.facts() | {"page": written})
            return
        typer.echo(str(comparison))
        if written:
            typer.echo(f"page: {written}")
