"""`zoo predict`: a trained model on files of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zoo.cli.verb import JsonOption, import_tensorflow, print_json, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "predict",
        """
        zoo predict mlp/digits three.png
        zoo predict cnn/digits pictures.npy --json
        """,
    )
    def predict(
        name: Annotated[str, typer.Argument(help="A recipe with published weights, or a run folder.")],
        inputs: Annotated[list[Path], typer.Argument(help="Pictures, .npy arrays, or .csv files of numbers.")],
        value_range: Annotated[
            tuple[float, float] | None,
            typer.Option(help="Range of the pixels in .npy pictures. [default: the data set's]", show_default=False),
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """Predict from raw input: one line for each example of each file.

        Pictures must look like those of the data set (digits: light strokes on a dark ground, cropped to the digit);
        `zoo data show NAME` says how.
        """
        from registry import default
        from zoo.weights.record import find_record

        find_record(default(), name)
        import_tensorflow()
        from zoo.use.files import read_file
        from zoo.use.predict import load

        model = load(default(), name)
        rows = []
        for path in inputs:
            rows += _rows(model, path, read_file(path, model.data_spec, value_range=value_range))
        if json:
            print_json(rows)
            return
        for row in rows:
            typer.echo(f"{row['file']}[{row['index']}]  {_in_words(row)}")


def _rows(model: Any, path: Path, examples: Any) -> list[dict[str, Any]]:
    """One row an example: its file, its place in the file, and what the model says."""
    from zoo.use.predict import top_classes

    outputs = model.predict(examples)
    if model.data_spec.classes is None:
        return [{"file": str(path), "index": i, "values": row.tolist()} for i, row in enumerate(outputs)]
    top = top_classes(model.data_spec, outputs)
    return [{"file": str(path), "index": i, **best[0], "top": best} for i, best in enumerate(top)]


def _in_words(row: dict[str, Any]) -> str:
    if "values" in row:
        return ", ".join(f"{value:.6g}" for value in row["values"])
    return "  ".join(f"{best['label']} {best['probability']:.3f}" for best in row["top"])
