"""`zoo reproduce`: run a recipe's seeds and see whether its promise is kept."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from registry import UserError
from zoo.cli.ending import end_with
from zoo.cli.placing import DevicesOption, LogicalDevicesOption, StrategyOption
from zoo.cli.verb import ChangesArgument, DeterminismOption, JsonOption, RunsOption, import_tensorflow, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "reproduce",
        """
        zoo reproduce mlp/digits
        zoo reproduce mlp/xor --seeds 0,1 --runs my_runs --json
        """,
    )
    def reproduce(
        name: Annotated[str, typer.Argument(help="Family, family/recipe or a TOML file.")],
        changes: ChangesArgument = None,
        seeds: Annotated[str | None, typer.Option(help="Seeds to run, such as 0,1,2. [default: the promise's]")] = None,
        runs: RunsOption = None,
        determinism: DeterminismOption = None,
        strategy: StrategyOption = "auto",
        devices: DevicesOption = None,
        logical_devices: LogicalDevicesOption = None,
        json: JsonOption = False,
    ) -> None:
        """Run a recipe's seeds and judge its promise; exit code 1 when it is not kept."""
        from registry import default
        from zoo.recipe import bind, parse_overrides, read_recipe
        from zoo.run.determinism import checked
        from zoo.run.placement import place

        overrides, chosen = parse_overrides(changes or []), parse_seeds(seeds)
        checked(determinism)
        placement = place(strategy, devices=devices, logical_devices=logical_devices)
        bind(default(), read_recipe(default(), name, overrides), where=name)
        import_tensorflow()
        from zoo import jobs
        from zoo.cli.progress import Progress

        with Progress() as progress:
            run = jobs.reproduce(
                default(),
                name,
                overrides,
                seeds=chosen,
                runs=runs,
                subscribers=[progress],
                argv=["zoo", *sys.argv[1:]],
                determinism=determinism,
                placement=placement,
            )
        end_with(run, json=json)


def parse_seeds(text: str | None) -> list[int] | None:
    """`0,1,2` as numbers.

    Raises:
        UserError: A part is not a whole number from 0 to 2**32 - 1, or one stands twice.
    """
    from zoo.recipe.seeds import check_seeds

    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    # no seed has more digits; Python itself refuses to read numbers of thousands
    if not all(part.isdecimal() and len(part) < 20 for part in parts):
        raise UserError("seeds must be different whole numbers from 0", received=text, hint="--seeds 0,1,2")
    return list(check_seeds([int(part) for part in parts]))
