"""`zoo predict`: a trained model on files of one's own."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from registry import UserError
from registry.names import near
from zoo.cli.progress import Counting
from zoo.cli.verb import JsonOption, import_tensorflow, require_writable, verb

if TYPE_CHECKING:
    from zoo.data.spec import DataSpec
    from zoo.use.reading import Bad

# format -> what files of it end in; the table is for people, on a screen
FORMATS = {"table": None, "csv": ".csv", "jsonl": ".jsonl", "grid": ".png"}
SOME_BAD = 1


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "predict",
        """
        zoo predict mlp/digits three.png
        zoo predict cnn/digits pictures.npy --json
        zoo predict cnn/digits photos --format csv --output said.csv
        zoo predict cnn/digits 'photos/**/*.png' --format grid --output said.png
        """,
    )
    def predict(
        name: Annotated[str, typer.Argument(help="A recipe with published weights, or a run folder.")],
        inputs: Annotated[
            list[str],
            typer.Argument(
                metavar="INPUT...",
                help="Pictures, folders of them, patterns in quotes ('**/*.png'), .npy arrays, .csv or .parquet rows.",
            ),
        ],
        format: Annotated[
            str | None,
            typer.Option(
                metavar="[table|csv|jsonl|grid]",
                help="What to write; grid: the pictures with their labels. [default: by --output, else table]",
                show_default=False,
            ),
        ] = None,
        output: Annotated[
            Path | None,
            typer.Option(
                "--output",
                "--out",
                help="Write csv, jsonl or grid here. [default: standard output]",
                show_default=False,
            ),
        ] = None,
        batch_size: Annotated[
            int | None, typer.Option(min=1, help="Examples a step. [default: 1024, of tables 8192]", show_default=False)
        ] = None,
        value_range: Annotated[
            tuple[float, float] | None,
            typer.Option(help="Range of the pixels in .npy pictures. [default: the data set's]", show_default=False),
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """Predict from raw input: one line for each example of each file.

        Pictures must look like those of the data set (digits: light strokes on a dark ground, cropped to the digit);
        `zoo data show NAME` says how. A model of a table takes files of its columns, in any order and of any length;
        the rows of one file alone come back as CSV with the prediction behind them. Files that cannot be read are named
        on stderr and skipped, exit code 1.
        """
        from registry import default
        from zoo.use.inputs import ROW_SUFFIXES, find_inputs
        from zoo.weights.record import find_record, read_record

        data_spec = read_record(find_record(default(), name)).data_spec
        paths = find_inputs(inputs, data_spec)
        one_table = data_spec.kind == "table" and len(paths) == 1 and paths[0].suffix.lower() in ROW_SUFFIXES
        chosen = _checked(format, output, paths, data_spec, one_table, json)
        if value_range is not None and data_spec.kind != "picture":
            raise UserError("--value-range is for pictures", received=f"{name}, a model of a {data_spec.kind}")
        if value_range is not None and not -inf < value_range[0] < value_range[1] < inf:
            raise UserError(
                "--value-range must be LOW HIGH with LOW < HIGH", received=" ".join(f"{end:g}" for end in value_range)
            )
        import_tensorflow()
        from zoo.use.predict import load

        model = load(default(), name)
        if one_table and chosen == "csv":
            _write_table(model, paths[0], output, batch_size)
            return
        warnings.filterwarnings("ignore", module=r"PIL\.")  # of odd descriptions in picture files, which nobody reads
        _predict(model, paths, chosen, output, batch_size=batch_size, value_range=value_range)


def _checked(
    format: str | None, output: Path | None, paths: list[Path], data_spec: DataSpec, one_table: bool, json: bool
) -> str:
    """The format that is asked for; all that can be wrong with it is said before anything slow is imported."""
    if json:
        if format is not None or output is not None:
            raise UserError(
                "--json goes to standard output, in its own format",
                received="--json with " + ("--format" if format is not None else "--output"),
                hint="--format jsonl --output FILE.jsonl",
            )
        return "json"
    if format is not None and format not in FORMATS:
        raise UserError(
            "the format must be table, csv, jsonl or grid", received=format, near=near(format, FORMATS), hint="--json"
        )
    if output is None:
        if format == "grid":
            raise UserError("a grid must go into a file", received="no --output", hint="--output grid.png")
        return format or ("csv" if one_table else "table")
    by_name = {suffix: name for name, suffix in FORMATS.items() if suffix}
    chosen = format or by_name.get(output.suffix.lower())
    if chosen is None:
        raise UserError(f"--output must end in {', '.join(by_name)}, or --format say what it is", received=str(output))
    if chosen == "table":
        raise UserError("a table is for the screen", received="--output", hint="--format csv, or jsonl")
    if chosen == "grid" and (output.suffix.lower() != ".png" or data_spec.kind != "picture"):
        pictures = data_spec.kind == "picture"
        raise UserError(
            "a grid is a .png file" if pictures else "a grid is for models of pictures",
            received=str(output) if pictures else f"a model of a {data_spec.kind}",
            hint="--output grid.png" if pictures else "--format csv",
        )
    require_writable(output)
    if output.exists() and any(path.name == output.name and path.samefile(output) for path in paths):
        raise UserError("the output must not be one of the inputs", received=str(output))
    return chosen


def _predict(
    model: Any,
    paths: list[Path],
    format: str,
    output: Path | None,
    *,
    batch_size: int | None,
    value_range: tuple[float, float] | None,
) -> None:
    from zoo.cli import predicted
    from zoo.use.annotated_grid import SIDE
    from zoo.use.predict_files import only_good, predict_files

    if format == "grid":
        predicted.require_fewer(len(paths))
    side = SIDE if format == "grid" else None
    bad: list[Bad] = []
    with Counting(len(paths)) as counting:

        def told(one: Bad) -> None:
            bad.append(one)
            counting.line(f"zoo: skipped {one}")

        found = predict_files(
            model, paths, batch_size=batch_size, value_range=value_range, side=side, on_file=counting.advance
        )
        results = only_good(map(predicted.with_typed_hint, found), told)
        first = next(results)  # where all files are bad, that is said before anything is written
        told_of = counting.around(chain([first], results))
        if format == "grid" and output is not None:
            examples = predicted.write_grid(model, told_of, output)
        else:
            with _opened(output) as file:
                examples = predicted.WRITERS[format](model.data_spec, told_of, file, paths)
    if output is not None:
        files = predicted.counted(len(paths) - len(bad), "file")
        typer.echo(f"{output}: {predicted.counted(examples, 'prediction')} of {files}")
    if bad:
        typer.echo(f"zoo: {len(bad):,} of {len(paths):,} files are bad", err=True)
        raise typer.Exit(SOME_BAD)


def _write_table(model: Any, path: Path, output: Path | None, batch_size: int | None) -> None:
    """The rows with the results behind them, with the separator they came with; a piece at a time."""
    from zoo.data.errors import InvalidData
    from zoo.data.tables import find_separator
    from zoo.use.reading import Bad
    from zoo.use.tables import predict_rows

    csv = path.suffix.lower() == ".csv"
    separator = find_separator(path, model.data_spec.columns) if csv else ","
    pieces = predict_rows(model, path, batch_size=batch_size, as_text=True)
    first = next(pieces)  # what is wrong with the file is said before anything is written
    rows = 0
    try:
        with _opened(output) as file:
            for piece in chain([first], pieces):
                piece.to_csv(file, sep=separator, index=False, header=rows == 0, lineterminator="\n")
                rows += len(piece)
    except InvalidData as error:
        if output is not None:  # nothing of it is there
            raise
        typer.echo(f"zoo: skipped {Bad(path, error, rows)}", err=True)
        raise typer.Exit(SOME_BAD) from None


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that gets its name when all is written.

    Raises:
        UserError: It cannot be written.
    """
    from zoo.data.atomic import writing

    if output is None:
        try:
            try:
                yield sys.stdout
            finally:
                sys.stdout.flush()
        except BrokenPipeError:  # who reads has enough
            raise
        except OSError as error:
            _give_up_stdout()
            raise UserError("standard output must be one that can be written", received=str(error)) from None
        return
    try:
        with writing(output) as file:
            yield file
    except OSError as error:
        raise UserError(
            "the output must be a file that can be written", received=str(error), where=str(output)
        ) from None


def _give_up_stdout() -> None:
    """Send what is still held for standard output nowhere, or Python would fail at it again when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
