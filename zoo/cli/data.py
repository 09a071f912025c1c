"""`zoo data`: data sets by name: list, show, get, path."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zoo.cli.verb import JsonOption, print_json, verb

NameArgument = Annotated[str, typer.Argument(help="Data set, by name.")]


def add_to(app: typer.Typer) -> None:
    """Add the group of verbs."""
    group = typer.Typer(help="Data sets: list, show, get, path.", no_args_is_help=True)
    app.add_typer(group, name="data")

    @verb(group, "list", "zoo data list")
    def list_(json: JsonOption = False) -> None:
        """List the data sets."""
        from registry import default
        from zoo.data.catalogue import listing

        rows = listing(default())
        if json:
            print_json(rows)
            return
        for row in rows:
            kept = "embedded" if row["embedded"] else "needs its files"
            typer.echo(f"{row['name']:<24} {kept:<16} {row['summary']}")

    @verb(group, "show", "zoo data show digits")
    def show(name: NameArgument, json: JsonOption = False) -> None:
        """Show a data set: source, licence, options, splits, one raw example."""
        from registry import default
        from zoo.data.catalogue import describe

        _print_facts(describe(default(), name), json)

    @verb(group, "get", "zoo data get digits")
    def get(name: NameArgument, json: JsonOption = False) -> None:
        """Fetch and prepare a data set, and check it."""
        from registry import default
        from zoo.data.catalogue import get

        _print_facts(get(default(), name), json)

    @verb(group, "path", "zoo data path digits")
    def path(name: NameArgument) -> None:
        """Print the folder or the file a data set is read from."""
        from registry import default
        from zoo.data.catalogue import path

        found = path(default(), name)
        typer.echo(str(found) if found else "embedded: it comes with an installed package and has no folder")


def _print_columns(columns: list[dict[str, Any]]) -> None:
    from zoo.data.columns import Column

    typer.echo("columns")
    for column in map(Column.from_json, columns):
        typer.echo(f"  {column.name or '(no name)':<14} {column.in_words()}")
        if column.trap:
            typer.echo(f"  {'':<14} beware: {column.trap}")


def _print_facts(facts: dict[str, Any], json: bool) -> None:
    if json:
        print_json(facts)
        return
    for key, value in facts.items():
        if key == "columns":
            _print_columns(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            typer.echo(f"{key}")
            for row in value:
                typer.echo("  " + ", ".join(f"{name} {item}" for name, item in row.items() if item not in (None, "")))
        elif isinstance(value, dict):
            typer.echo(f"{key}")
            for name, item in value.items():
                # the columns of a table are a list of their own, the units of a text would fill the screen
                long = ("columns", "vocabulary") if name == "spec" else ()
                plain = {key: fact for key, fact in item.items() if key not in long} if long else item
                typer.echo(f"  {name:<14} {plain}")
        else:
            typer.echo(f"{key:<16} {value}")
