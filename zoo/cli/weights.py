"""`zoo weights`: the files of published weights: list, get, verify, prune, mirror."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.verb import JsonOption, print_json, verb

BROKEN = 1


def add_to(app: typer.Typer) -> None:
    """Add the group of verbs."""
    group = typer.Typer(help="Files of published weights: list, get, verify, prune, mirror.", no_args_is_help=True)
    app.add_typer(group, name="weights")

    @verb(group, "list", "zoo weights list")
    def list_(json: JsonOption = False) -> None:
        """List published weights and where their files are."""
        from registry import default
        from zoo.weights.store import listing

        rows = listing(default())
        if json:
            print_json(rows)
            return
        for row in rows:
            typer.echo(f"{row['name']:<32} {row['bytes']:>12,} bytes   {row['kept']:<8} {row['sha256'][:12]}")

    @verb(group, "get", "zoo weights get mlp/digits")
    def get(
        names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Recipes with published weights.")],
        json: JsonOption = False,
    ) -> None:
        """Fetch weights that do not ship, check them, and print their files."""
        from registry import default
        from zoo.weights.store import get

        rows = [get(default(), name) for name in names]
        if json:
            print_json(rows)
            return
        for row in rows:
            typer.echo(row["path"])

    @verb(
        group,
        "verify",
        """
        zoo weights verify
        zoo weights verify mlp/digits cnn/digits
        """,
    )
    def verify(
        names: Annotated[
            list[str] | None,
            typer.Argument(
                metavar="[NAME]...", help="Recipes; all that have weights unless given.", show_default=False
            ),
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """Compare files with their records; exit code 1 when one is damaged, or is named and absent."""
        from registry import default
        from zoo.weights.store import ABSENT, DAMAGED, verify

        rows = verify(default(), names or ())
        if json:
            print_json(rows)
        else:
            for row in rows:
                reason = f"   {row['path']}: {row['reason']}" if row["reason"] else ""
                typer.echo(f"{row['name']:<32} {row['state']:<8}{reason}".rstrip())
        bad = (DAMAGED, ABSENT) if names else (DAMAGED,)
        if any(row["state"] in bad for row in rows):
            raise typer.Exit(BROKEN)

    @verb(group, "prune", "zoo weights prune")
    def prune(
        everything: Annotated[bool, typer.Option("--all", help="Remove every fetched file.")] = False,
        json: JsonOption = False,
    ) -> None:
        """Remove from the cache damaged files, those of other versions, and what killed processes left."""
        from registry import default
        from zoo.weights.store import prune

        rows = prune(default(), everything=everything)
        if json:
            print_json(rows)
            return
        for row in rows:
            typer.echo(f"removed {row['path']} ({row['bytes']:,} bytes): {row['reason']}")
        typer.echo(f"{sum(row['bytes'] for row in rows):,} bytes removed")

    @verb(group, "mirror", "zoo weights mirror my_mirror")
    def mirror(
        folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that they are brought into.")],
        json: JsonOption = False,
    ) -> None:
        """Bring all published weights into a folder that ZOO_WEIGHTS_URL may name."""
        from registry import default
        from zoo.weights.store import address_of_mirror, mirror

        rows = mirror(default(), folder)
        if json:
            print_json(rows)
            return
        for row in rows:
            typer.echo(f"{'wrote' if row['written'] else 'held':<6} {row['path']}")
        typer.echo(f"to fetch from it: {address_of_mirror(folder)}")
