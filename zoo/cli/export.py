"""`zoo export`: a trained model for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.verb import JsonOption, import_tensorflow, print_json, quiet_converters, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "export",
        """
        zoo export mlp/digits --format savedmodel
        zoo export cnn/digits --format onnx --out digits.onnx
        zoo export mlp/digits --format litert --int8 --json
        """,
    )
    def export(
        name: Annotated[str, typer.Argument(help="A recipe with published weights, or a run folder.")],
        format: Annotated[str, typer.Option(metavar="[savedmodel|onnx|litert|keras]", help="What to write.")],
        out: Annotated[
            Path | None,
            typer.Option(help="The new file or folder. [default: FAMILY-RECIPE and the suffix]", show_default=False),
        ] = None,
        int8: Annotated[
            bool, typer.Option("--int8", help="LiteRT in 8 bits, calibrated on the training split.")
        ] = False,
        json: JsonOption = False,
    ) -> None:
        """Export a trained model with its preprocessing, and compare what was written with Keras on real samples.

        Raw examples in, what the network says out (logits of classes). An export that differs from Keras by more than
        its tolerance is removed, exit code 1; docs/export.md says what each format cannot hold.
        """
        from registry import default
        from zoo.use.exporting.request import check_request

        request = check_request(default(), name, format, out, int8=int8)
        import_tensorflow()
        from zoo.use.exporting.export import export

        with quiet_converters():
            exported = export(default(), request)
        if json:
            print_json(exported.facts())
            return
        typer.echo(f"{exported.path}: {exported.format}{', int8' if int8 else ''}, {exported.bytes:,} bytes")
        typer.echo(f"  in {exported.inputs}; out {exported.outputs}")
        typer.echo(
            f"  {'root mean square' if int8 else 'largest'} difference to Keras {exported.difference:.2g} "
            f"on {exported.compared}, tolerance {exported.tolerance:.2g}"
        )
        if exported.metrics is not None:
            typer.echo(f"  {'validation':<20} {'float':>10} {'int8':>10}")
            for metric, value in exported.metrics["float"].items():
                typer.echo(f"  {metric:<20} {value:>10.4f} {exported.metrics['int8'][metric]:>10.4f}")
        if exported.imports:
            typer.echo(f"  before keras.models.load_model: import {', '.join(exported.imports)}")
