"""`zoo copy`: a recipe as a file of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoo.cli.verb import ChangesArgument, verb

if TYPE_CHECKING:
    from registry import Registry


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
        check_name_is_free(default(), target, bound.family.name)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # what a copy promises has to be measured first
            write_text(target, write_recipe(resolved(bound).model_copy(update={"promise": None})))
        except OSError as error:
            raise UserError("the copy must be in a place that can be written", received=str(error)) from None
        typer.echo(f"{target}")


def check_name_is_free(registry: Registry, target: Path, family: str) -> None:
    """A copy outside a folder `recipes/<family>` does not take the name of a registered recipe.

    Raises:
        UserError: The file's name is that of a recipe of the family.
    """
    from registry import UserError

    name = f"{family}/{target.stem}"
    folder = target.absolute().parent
    if (folder.parent.name, folder.name) == ("recipes", family):
        return
    if any(entry.name == name for entry in registry.recipes()):
        raise UserError(
            "the copy must not pass for a recipe that exists",
            received=f"{target}, which would be called {name}",
            hint=f"another name, such as {target.with_stem(f'my_{target.stem}')}",
        )
