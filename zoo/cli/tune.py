"""`zoo tune`: search better settings of a recipe; the winner is a recipe."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from zoo.cli.ending import end_with
from zoo.cli.placing import DevicesOption, LogicalDevicesOption, StrategyOption
from zoo.cli.verb import JsonOption, RunsOption, import_tensorflow, verb

RangesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KEY=RANGE]...",
        help="What is tried: key=[16,32,64], key=1..10, key=1e-4..1e-1:log, key=0..1:step=0.1; key=VALUE fixes it.",
        show_default=False,
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "tune",
        """
        zoo tune mlp/digits --trials 2 --retrain 0 --only epochs=2 learning_rate=1e-4..1e-1:log
        zoo tune knn_classifier/iris --tuner grid --retrain 0
        """,
    )
    def tune(
        name: Annotated[str, typer.Argument(help="Family, family/recipe or a TOML file.")],
        ranges: RangesArgument = None,
        trials: Annotated[int | None, typer.Option(help="Settings tried at most. [default: 20]", min=1)] = None,
        tuner: Annotated[
            str | None, typer.Option(metavar="[random|grid|bayesian|hyperband]", help="[default: random]")
        ] = None,
        objective: Annotated[
            str | None, typer.Option(help="Metric on the validation split, such as val_auc. [default: the promise's]")
        ] = None,
        max_minutes: Annotated[
            float | None, typer.Option(help="After so long no trial begins, and those at work end.", min=0.01)
        ] = None,
        only: Annotated[
            bool, typer.Option("--only", help="Try only the ranges named here, not those the family declares.")
        ] = False,
        executions: Annotated[int, typer.Option(help="Runs of each trial, with a seed each; their mean.", min=1)] = 1,
        cv: Annotated[
            str | None,
            typer.Option(
                "--cv",
                metavar="[FOLDS|none]",
                help="Score over folds: 5, stratified:5, expanding:5. [default: 5 of estimators and formulas]",
            ),
        ] = None,
        early_stop: Annotated[
            str, typer.Option(metavar="[none|median]", help="End trials worse than the median of those before.")
        ] = "none",
        keep: Annotated[int, typer.Option(help="Trials whose weights are kept.", min=0)] = 3,
        retrain: Annotated[
            int, typer.Option(help="Runs of the winner, each measured on the test split; 0 leaves it alone.", min=0)
        ] = 3,
        base: Annotated[bool, typer.Option(help="Also score the recipe as it stands.")] = True,
        workers: Annotated[
            int, typer.Option(help="Processes on this host, each with a GPU or a share of its cores.", min=1)
        ] = 1,
        deadline_minutes: Annotated[
            float, typer.Option(help="A worker without a sign of life for so long is started again.", min=0.1)
        ] = 30.0,
        seed: Annotated[int, typer.Option(help="Of the search and of its trials.", min=0, max=2**32 - 2)] = 0,
        runs: RunsOption = None,
        resume: Annotated[
            str,
            typer.Option(metavar="[never|auto]", help="auto: go on with the newest search of this recipe, if stopped"),
        ] = "never",
        strategy: StrategyOption = "auto",
        devices: DevicesOption = None,
        logical_devices: LogicalDevicesOption = None,
        json: JsonOption = False,
    ) -> None:
        """Search better settings of a recipe and write the best ones as a recipe of its own."""
        from registry import default
        from zoo.recipe import parse_overrides
        from zoo.run.placement import place
        from zoo.tune.ask import asked

        changes = parse_overrides(ranges or [])
        search = asked(
            default(),
            name,
            changes,
            trials=trials,
            tuner=tuner,
            objective=objective,
            max_minutes=max_minutes,
            only=only,
            executions=executions,
            cv=cv,
            early_stop=early_stop,
            keep=keep,
            retrain=retrain,
            base=base,
            workers=workers,
            deadline_minutes=deadline_minutes,
            seed=seed,
            resume=resume,
            placement=place(strategy, devices=devices, logical_devices=logical_devices),
        )
        import_tensorflow()
        from zoo import jobs
        from zoo.cli.progress import Progress

        with Progress() as progress:
            run = jobs.tune(default(), search, runs=runs, subscribers=[progress], argv=["zoo", *sys.argv[1:]])
        end_with(run, json=json)
