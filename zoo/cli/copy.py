"""`zoo copy`: a recipe as a file of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.verb import ChangesArgument, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "copy",
        """
        zoo copy mlp/digits my_recipes/mlp/wide.toml
        zoo copy mlp/digits wide.toml hyperparameters.units=[512] epochs=5
        """,
    )
    def copy(
        name: Annotated[str, typer.Argument(help="Family, family/recipe or a TOML file.")],
        target: Annotated[Path, typer.Argument(help="The new file, ending in .toml.")],
        changes: ChangesArgument = None,
    ) -> None:
        """Copy a recipe to a file, with changes; `zoo train FILE` trains it."""
        from registry import UserError, default, names
        from zoo.data.atomic import write_text
        from zoo.recipe import bind, parse_overrides, read_recipe, resolved, write_recipe

        if target.suffix != ".toml":
            raise UserError("the copy must be a TOML file", received=str(target), hint=f"{target}.toml")
        names.check_part(target.stem, "the name of a recipe file")
        if target.exists():
            raise UserError("the copy must not replace a file", received=str(target), hint="another name")
        overrides = parse_overrides(changes or [])
        bound = bind(default(), read_recipe(default(), name, overrides), where=name)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # what a copy promises has to be measured first
            write_text(target, write_recipe(resolved(bound).model_copy(update={"promise": None})))
        except OSError as error:
            raise UserError("the copy must be in a place that can be written", received=str(error)) from None
        typer.echo(f"{target}")
