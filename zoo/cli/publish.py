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
        zoo publish runs/perceptron/and/20260101-120000-abcdef/seed-0 --to my_weights
        """,
    )
    def publish(
        run: Annotated[Path, typer.Argument(help="A finished run folder, such as the first seed of a reproduction.")],
        to: Annotated[
            Path | None,
            typer.Option(help="Folder of published weights. [default: the package's own]", show_default=False),
        ] = None,
        beside: Annotated[
            list[Path] | None,
            typer.Option(help="Another run of the recipe, for the spread over seeds; may be given again."),
        ] = None,
        commit: Annotated[
            str | None,
            typer.Option(help="The commit that a run was made with, where it was made outside of a repository."),
        ] = None,
    ) -> None:
        """Turn a finished run into published weights of its recipe: the file, its record, and a model card.

        The record tells the spread over seeds: of a run that is part of a reproduction over all its seeds.
        """
        from registry import default
        from zoo.run.folder import RunFolder

        for folder in (run, *(beside or ())):
            RunFolder(folder).read()
        import_tensorflow()
        from zoo.weights.catalogue import PUBLISHED
        from zoo.weights.publish import publish

        pages = PUBLISHED.parents[2] / "docs" / "models"  # of a checkout; an installed package has none
        cards = pages if to is None and pages.is_dir() else None
        typer.echo(publish(default(), run, to or PUBLISHED, cards=cards, beside=beside or (), commit=commit))
