"""`zoo train`: one run of a recipe."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from zoo.cli.verb import ChangesArgument, JsonOption, RunsOption, import_tensorflow, print_json, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "train",
        """
        zoo train mlp/digits
        zoo train mlp/digits epochs=3 hyperparameters.units=[32] --seed 7
        zoo train cnn dataset=digits epochs=1
        zoo train my_recipes/mlp/wide.toml epochs=2
        """,
    )
    def train(
        name: Annotated[str, typer.Argument(help="Family, family/recipe or a TOML file.")],
        changes: ChangesArgument = None,
        seed: Annotated[int, typer.Option(help="Seed of every random draw of the run.", min=0)] = 0,
        runs: RunsOption = None,
        json: JsonOption = False,
    ) -> None:
        """Train a recipe once."""
        from registry import default
        from zoo.recipe import bind, parse_overrides, read_recipe

        overrides = parse_overrides(changes or [])
        bind(default(), read_recipe(default(), name, overrides), where=name)
        import_tensorflow()
        from zoo import jobs
        from zoo.cli.progress import Progress

        with Progress() as progress:
            run = jobs.train(
                default(), name, overrides, seed=seed, runs=runs, subscribers=[progress], argv=["zoo", *sys.argv[1:]]
            )
        if json:
            print_json(run.facts | {"folder": str(run.folder)})
        else:
            typer.echo("\n".join(run.summary()))
