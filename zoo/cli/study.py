"""`zoo study`: train every cell of a recipe's grid of settings, and see what the settings do."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from zoo.cli.ending import end_with
from zoo.cli.placing import DevicesOption, LogicalDevicesOption, StrategyOption
from zoo.cli.reproduce import parse_seeds
from zoo.cli.verb import ChangesArgument, DeterminismOption, JsonOption, RunsOption, import_tensorflow, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "study",
        """
        zoo study objective/saddle epochs=2
        zoo study objective/saddle --workers 2 --json
        """,
    )
    def study(
        name: Annotated[str, typer.Argument(help="A recipe with a table [study]: family/recipe or a TOML file.")],
        changes: ChangesArgument = None,
        seeds: Annotated[str | None, typer.Option(help="Seeds of each cell, such as 0,1,2. [default: its own]")] = None,
        workers: Annotated[
            int, typer.Option(help="Processes on this host, each with a GPU or a share of its cores.", min=1)
        ] = 1,
        deadline_minutes: Annotated[
            float, typer.Option(help="A worker without a sign of life for so long is started again.", min=0.1)
        ] = 30.0,
        runs: RunsOption = None,
        determinism: DeterminismOption = None,
        strategy: StrategyOption = "auto",
        devices: DevicesOption = None,
        logical_devices: LogicalDevicesOption = None,
        json: JsonOption = False,
    ) -> None:
        """Train every cell of a recipe's study with every seed; ends in a table and a plot over its axes."""
        from registry import default
        from zoo.recipe import parse_overrides
        from zoo.recipe.study import grid
        from zoo.run.determinism import checked
        from zoo.run.placement import place
        from zoo.study.ask import bound_study, require_workers

        overrides, chosen = parse_overrides(changes or []), parse_seeds(seeds)
        checked(determinism)
        placement = place(strategy, devices=devices, logical_devices=logical_devices)
        require_workers(default(), workers, placement)
        bound = bound_study(default(), name, overrides, chosen)
        cells, each = (
            len(grid(default(), bound).cells),
            len(chosen or (bound.recipe.study.seeds if bound.recipe.study else ())),
        )
        typer.echo(f"{bound.name}: {cells} cells x {each} seeds = {cells * each} runs", err=True)
        import_tensorflow()
        from zoo import jobs
        from zoo.cli.progress import Progress

        with Progress() as progress:
            run = jobs.study(
                default(),
                name,
                overrides,
                seeds=chosen,
                workers=workers,
                deadline_minutes=deadline_minutes,
                runs=runs,
                subscribers=[progress],
                argv=["zoo", *sys.argv[1:]],
                determinism=determinism,
                placement=placement,
            )
        end_with(run, json=json)
