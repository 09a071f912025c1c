"""How predictions are written: a table for people, CSV, JSON lines, a JSON list, or a grid of pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from registry import UserError
from zoo.data.atomic import write_bytes
from zoo.data.spec import DataSpec
from zoo.use.annotated_grid import MOST, Cell, cell_of, draw_grid, shortened
from zoo.use.predict import LoadedModel
from zoo.use.predict_files import Predicted, csv_columns, facts, place_name
from zoo.use.raw import CELLS_HINT, FRACTIONS_HINT, RANGE_HINT
from zoo.use.reading import Bad

Results = Iterable[Predicted]
Writer = Callable[[DataSpec, Results, TextIO, Sequence[Path]], int]
BAR = 10  # characters of a probability of 1
LONGEST = 48  # characters of a file's name on a terminal
# what to pass from Python -> what to type
TYPED = {
    RANGE_HINT: "--value-range 0 255, or whatever range the pictures have",
    FRACTIONS_HINT: "--value-range 0 1 if 1 is white",
    CELLS_HINT: "a .csv or .parquet file with cells as they are in the table",
}
SPELLED = {str: "%s", int: "%d", float: "%.7g"}  # cells of CSV


def with_typed_hint(result: Predicted | Bad) -> Predicted | Bad:
    """The same; what is wrong with a bad file is mended by an option, not by an argument of Python."""
    if isinstance(result, Bad):
        result.error.hint = TYPED.get(result.error.hint or "", result.error.hint)
    return result


def write_csv(data_spec: DataSpec, results: Results, file: TextIO, paths: Sequence[Path]) -> int:
    """One row an example, its file and its place first; how many."""
    count = 0
    for predicted in results:
        columns = csv_columns(data_spec, predicted)
        if count == 0:
            file.write(",".join(map(_quoted, columns)) + "\n")
        # one formatting a row, with the 7 digits that float32 has, takes half as long as a writer of cells
        spelled = ",".join(SPELLED[type(values[0])] for values in columns.values()) + "\n"
        cells = (map(_quoted, values) if isinstance(values[0], str) else values for values in columns.values())
        file.writelines(map(spelled.__mod__, zip(*cells, strict=True)))
        count += len(predicted.outputs)
    return count


def _quoted(text: str) -> str:
    """A cell of text as RFC 4180 has it."""
    if any(mark in text for mark in ',"\r\n'):
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text


def write_json_lines(data_spec: DataSpec, results: Results, file: TextIO, paths: Sequence[Path]) -> int:
    """One JSON table a line."""
    count = 0
    for predicted in results:
        for row in facts(data_spec, predicted):
            file.write(json.dumps(row, allow_nan=False) + "\n")
            count += 1
    return count


def write_json_list(data_spec: DataSpec, results: Results, file: TextIO, paths: Sequence[Path]) -> int:
    """A JSON list, one line a row, however many there are."""
    count = 0
    for predicted in results:
        for row in facts(data_spec, predicted):
            file.write(",\n " if count else "[")
            file.write(json.dumps(row, allow_nan=False))
            count += 1
    file.write("]\n")
    return count


def write_for_people(data_spec: DataSpec, results: Results, file: TextIO, paths: Sequence[Path]) -> int:
    """Aligned columns under a head; on a terminal with colours and bars, elsewhere names are not shortened."""
    screen = Console(file=file, highlight=False)
    longest = max(len(place_name(path, 0)) for path in paths)
    width = max(len("file"), min(longest, LONGEST) if screen.is_terminal else longest)
    labels = max(map(len, (*(data_spec.classes or ()), "prediction")))
    count = 0
    for predicted in results:
        lines = [_line(row, width, labels, screen.is_terminal) for row in facts(data_spec, predicted)]
        if count == 0:
            lines.insert(0, _head(predicted, data_spec, width, labels, screen.is_terminal))
        count += len(predicted.outputs)
        if screen.is_terminal:
            for line in lines:
                line.no_wrap, line.overflow = True, "ellipsis"
                screen.print(line)
        else:
            file.write("".join(f"{line.plain.rstrip()}\n" for line in lines))
    return count


def _head(predicted: Predicted, data_spec: DataSpec, width: int, labels: int, bars: bool) -> Text:
    row = next(facts(data_spec, predicted))
    head = f"{'file':<{width}}"
    if "cell" in row:
        head += f"  {'cell':>6}  {'anomaly score':>13}"
    if "label" in row:
        head += f"  {'prediction':<{labels}}  {'probability':<{BAR + 6 if bars else 11}}  then"
    elif "values" in row:
        head += "  prediction"
    return Text(head, style="bold")


def _line(row: dict[str, Any], width: int, labels: int, bars: bool) -> Text:
    name = place_name(row["file"], row["index"])
    line = Text(f"{shortened(name, width, len, head=False) if bars else name:<{width}}")
    if "cell" in row:
        line.append(f"  {row['cell']:>6}  {row['anomaly_score']:>13.6g}")
    if "label" in row:
        share = row["probability"]
        line.append(f"  {row['label']:<{labels}}", style="bold")
        if bars:
            filled = round(BAR * share)
            line.append("  ").append("━" * filled, style=_style(share))
            line.append("━" * (BAR - filled), style="bright_black").append(f" {share:.3f}")
        else:
            line.append(f"  {share:<11.3f}")
        others = [f"{other['label']} {other['probability']:.3f}" for other in row["top"][1:]]
        line.append("  " + "  ".join(others), style="bright_black")
    elif "values" in row:
        line.append("  " + ", ".join(f"{value:.6g}" for value in row["values"]))
    return line


def _style(share: float) -> str:
    return "blue" if share >= 0.9 else "yellow" if share >= 0.5 else "red"


def counted(number: int, what: str) -> str:
    """A number of things, in words.

    Example:
        >>> counted(1, "file"), counted(1200, "picture")
        ('1 file', '1,200 pictures')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def require_fewer(count: int) -> None:
    """Refuse more pictures than a grid holds.

    Raises:
        UserError: There are too many.
    """
    if count > MOST:
        raise UserError(
            f"a grid must hold at most {MOST:,} pictures", received=f"{count:,} or more", hint="--format csv"
        )


def write_grid(model: LoadedModel, results: Results, output: Path) -> int:
    """The pictures with what the model says of each, as a PNG file.

    Raises:
        UserError: There are too many, or the file cannot be written.
    """
    cells: list[Cell] = []
    for predicted in results:
        require_fewer(len(cells) + len(predicted.outputs))
        pictures = (picture for part in predicted.parts for picture in part.shown)
        for picture, row in zip(pictures, facts(model.data_spec, predicted), strict=True):
            cells.append(cell_of(picture, row, place_name(Path(row["file"]).name, row["index"])))
    try:
        write_bytes(output, draw_grid(cells, title=f"{model.recipe.name}: {counted(len(cells), 'picture')}"))
    except OSError as error:
        raise UserError(
            "the output must be a file that can be written", received=str(error), where=str(output)
        ) from None
    return len(cells)


WRITERS: dict[str, Writer] = {
    "table": write_for_people,
    "csv": write_csv,
    "jsonl": write_json_lines,
    "json": write_json_list,
}
