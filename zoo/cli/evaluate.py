"""`zoo evaluate`: measure a trained model."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from zoo.cli.verb import JsonOption, import_tensorflow, print_json, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "evaluate",
        """
        zoo evaluate mlp/digits
        zoo evaluate mlp/digits --split validation --json
        """,
    )
    def evaluate(
        name: Annotated[str, typer.Argument(help="A recipe with published weights, or a run folder.")],
        split: Annotated[Literal["train", "validation", "test"], typer.Option(help="Which split.")] = "test",
        json: JsonOption = False,
    ) -> None:
        """Measure a trained model on a split of its data set."""
        from registry import default
        from zoo.weights.record import find_record

        find_record(default(), name)
        import_tensorflow()
        from zoo import jobs

        facts = jobs.evaluate(default(), name, split=split)
        if json:
            print_json(facts)
            return
        typer.echo(f"{facts['name']}, {facts['examples']} examples of the {split} split")
        typer.echo(f"  {'metric':<20} {'model':>10} {facts['baseline']['name']:>10}")
        for metric, value in facts["metrics"].items():
            baseline = facts["baseline"].get(metric)
            typer.echo(
                f"  {metric:<20} {value:>10.4f} " + (f"{baseline:>10.4f}" if baseline is not None else f"{'-':>10}")
            )
