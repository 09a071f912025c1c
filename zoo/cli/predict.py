"""`zoo predict`: a trained model on files of one's own."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from registry import UserError
from zoo.cli.verb import JsonOption, import_tensorflow, verb


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
        inputs: Annotated[list[Path], typer.Argument(help="Pictures, .npy arrays, or .csv files.")],
        value_range: Annotated[
            tuple[float, float] | None,
            typer.Option(help="Range of the pixels in .npy pictures. [default: the data set's]", show_default=False),
        ] = None,
        output: Annotated[
            Path | None,
            typer.Option(help="Write the rows of a table here, as CSV. [default: standard output]", show_default=False),
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """Predict from raw input: one line for each example of each file.

        Pictures must look like those of the data set (digits: light strokes on a dark ground, cropped to the digit);
        `zoo data show NAME` says how. A model of a table takes a .csv file of its columns, in any order and of any
        length, and writes the rows back with the prediction behind them.
        """
        from registry import default
        from zoo.weights.record import find_record

        find_record(default(), name)
        import_tensorflow()
        from zoo.use.files import read_file
        from zoo.use.predict import load

        model = load(default(), name)
        tables = [path for path in inputs if model.data_spec.kind == "table" and path.suffix.lower() == ".csv"]
        if output is not None and (len(inputs) != 1 or not tables or json):
            raise UserError(
                "--output is for the rows of one .csv file through a model of a table, and not for --json",
                received=", ".join(map(str, inputs)),
                hint="redirect standard output",
            )
        if tables and value_range is not None:
            raise UserError("--value-range is for pictures", received=", ".join(map(str, tables)))
        if len(tables) == len(inputs) == 1 and not json:
            _write_table(model, tables[0], output)
            return
        rows: Iterable[dict[str, Any]] = (
            row
            for path in inputs
            for row in (
                _table_rows(model, path)
                if path in tables
                else _rows(model, path, read_file(path, model.data_spec, value_range=value_range))
            )
        )
        if not tables:
            rows = list(rows)  # a broken file is refused before anything is printed
        if json:
            _print_list(rows)
            return
        for row in rows:
            typer.echo(f"{row['file']}[{row['index']}]  {_in_words(row)}")


def _write_table(model: Any, path: Path, output: Path | None) -> None:
    """The rows with the results behind them, with the separator they came with; a piece at a time."""
    from zoo.data.atomic import writing
    from zoo.data.tables import find_separator
    from zoo.use.tables import predict_rows

    separator = find_separator(path, model.data_spec.columns)
    pieces = predict_rows(model, path)
    first = next(pieces)  # what is wrong with the file is said before anything is written
    try:
        with nullcontext(sys.stdout) if output is None else writing(output) as file:
            for number, piece in enumerate(chain([first], pieces)):
                _spelled(piece).to_csv(file, sep=separator, index=False, header=number == 0, lineterminator="\n")
    except OSError as error:
        if output is None:
            raise
        raise UserError(
            "the output must be a file that can be written", received=str(error), where=str(output)
        ) from None


def _spelled(piece: Any) -> Any:
    """Numbers as text of 7 digits, which is all that float32 has; pandas takes five times as long to do the same."""
    floats = piece.select_dtypes("floating").columns
    return piece.assign(**{name: list(map("%.7g".__mod__, piece[name].tolist())) for name in floats})


def _table_rows(model: Any, path: Path) -> Iterator[dict[str, Any]]:
    """One row a line of a CSV file, read a piece at a time."""
    from zoo.data.tables import encode, find_separator, read_chunks

    columns = model.data_spec.columns
    for frame in read_chunks(path, columns, separator=find_separator(path, columns)):
        yield from _rows(model, path, encode(frame, columns, where=str(path)), first=int(frame.index[0]))


def _rows(model: Any, path: Path, examples: Any, *, first: int = 0) -> Iterator[dict[str, Any]]:
    """One row an example: its file, its place in the file, and what the model says."""
    from zoo.run.mapping_scores import CELL, DISTANCE
    from zoo.use.predict import is_map, top_classes

    outputs = model.predict(examples)
    has_classes = model.data_spec.classes is not None
    top = top_classes(model.data_spec, outputs) if has_classes else [None] * len(outputs)
    for index, (output, best) in enumerate(zip(outputs, top, strict=True), first):
        row: dict[str, Any] = {"file": str(path), "index": index}
        if is_map(model.data_spec):
            row |= {"cell": int(output[CELL]), "anomaly_score": float(output[DISTANCE])}
        elif best is None:
            row["values"] = output.tolist()
        yield row if best is None else {**row, **best[0], "top": best}


def _print_list(rows: Iterable[dict[str, Any]]) -> None:
    """A JSON list, one line a row, however many there are."""
    typer.echo("[", nl=False)
    for number, row in enumerate(rows):
        typer.echo(",\n " if number else "", nl=False)
        typer.echo(json_format.dumps(row, allow_nan=False), nl=False)
    typer.echo("]")


def _in_words(row: dict[str, Any]) -> str:
    if "values" in row:
        return ", ".join(f"{value:.6g}" for value in row["values"])
    cell = [f"cell {row['cell']}", f"anomaly score {row['anomaly_score']:.6g}"] if "cell" in row else []
    return "  ".join(cell + [f"{best['label']} {best['probability']:.3f}" for best in row.get("top", ())])
