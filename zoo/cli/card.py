"""`zoo card`: what a published model is, as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from registry import UserError
from zoo.cli.verb import JsonOption, print_json, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "card",
        """
        zoo card mlp/digits
        zoo card --results
        zoo card --all my_cards
        """,
    )
    def card(
        name: Annotated[str | None, typer.Argument(help="A recipe with published weights.", show_default=False)] = None,
        all_: Annotated[
            Path | None,
            typer.Option("--all", help="Write every card into a folder, with a page that leads to them."),
        ] = None,
        results: Annotated[
            bool, typer.Option("--results", help="Print one table of all published models instead.")
        ] = False,
        json: JsonOption = False,
    ) -> None:
        """Print the model card of published weights, in Markdown; with --json its record."""
        from registry import default
        from zoo.report.results import results as table_of_all
        from zoo.report.results import write_cards
        from zoo.weights.card import card as card_of
        from zoo.weights.catalogue import published, whole_record

        if (name is not None) + (all_ is not None) + results != 1 or (json and name is None):
            raise UserError(
                "a card is of one model: zoo card NAME [--json]; --all FOLDER and --results are of all models",
                received=f"NAME {name}, --all {all_}"
                + (", --results" if results else "")
                + (", --json" if json else ""),
                hint="zoo card mlp/digits",
            )
        if all_ is not None:
            typer.echo(f"{len(write_cards(default(), all_))} pages below {all_}")
        elif results:
            typer.echo(table_of_all(default()), nl=False)
        else:
            if (Path(str(name)) / "run.json").is_file():
                raise UserError("a card is of published weights", received=str(name), hint=f"zoo publish {name}")
            table = whole_record(published(default(), str(name)))
            if json:
                print_json(table)
            else:
                typer.echo(card_of(default(), table), nl=False)
