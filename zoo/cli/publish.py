"""`zoo publish`: a finished run becomes weights that load by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.verb import import_tensorflow, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "publish",
        """
        zoo publish runs/mlp/digits/20260101-120000-abcdef --to my_weights
        """,
    )
    def publish(
        run: Annotated[Path, typer.Argument(help="A finished run folder, or a seed of a reproduction.")],
        to: Annotated[
            Path | None,
            typer.Option(help="Folder of published weights. [default: the package's own]", show_default=False),
        ] = None,
    ) -> None:
        """Turn a finished run into published weights of its recipe."""
        from registry import default
        from zoo.run.folder import RunFolder

        RunFolder(run).read()
        import_tensorflow()
        from zoo.weights.catalogue import PUBLISHED
        from zoo.weights.publish import publish

        typer.echo(publish(default(), run, to or PUBLISHED))
