"""Files through a model: what it says of each example, in pieces of several batches, and the files that are bad."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.run.mapping_scores import CELL, DISTANCE
from zoo.run.outputs import outputs_of
from zoo.use.predict import LoadedModel, is_map, top_classes
from zoo.use.reading import Bad, Part, is_array, read_parts
from zoo.use.tables import BATCH_SIZE as ROWS_A_STEP
from zoo.use.tables import result_columns

BATCH_SIZE = 1024
# a piece is several batches, since each call of `predict` takes 30 ms besides, but no more than this
BATCHES, LARGEST_PIECE = 16, 64 * 2**20  # bytes of examples
NAMED = 5  # bad files that a message names


@dataclass(frozen=True)
class Predicted:
    """What a model says of the examples of some files.

    Attributes:
        parts: The examples, file by file.
        outputs: What `LoadedModel.predict` returns for all of them.
    """

    parts: tuple[Part, ...]
    outputs: np.ndarray

    @property
    def places(self) -> Iterator[tuple[Path, int]]:
        """File, and place in the file, of each example."""
        return ((part.path, part.first + place) for part in self.parts for place in range(len(part.examples)))


def predict_files(
    model: LoadedModel,
    paths: Sequence[Path],
    *,
    batch_size: int | None = None,
    value_range: tuple[float, float] | None = None,
    side: int | None = None,
    on_file: Callable[[], None] = lambda: None,
) -> Iterator[Predicted | Bad]:
    """Predict from files.

    Args:
        model: What predicts.
        paths: What `zoo.use.inputs.find_inputs` found.
        batch_size: Examples a step; 1024, of tables 8192, if not given.
        value_range, side, on_file: As of `zoo.use.reading.read_parts`.

    Yields:
        What the model says, in the order of the files, and the files that are bad.
    """
    data_spec = model.data_spec
    step = batch_size or (ROWS_A_STEP if data_spec.kind == "table" else BATCH_SIZE)
    rows = _rows_of_a_piece(data_spec, step)
    parts = read_parts(paths, data_spec, rows=rows, value_range=value_range, side=side, on_file=on_file)
    return predict_parts(model, parts, batch_size=step, rows=rows)


def predict_parts(
    model: LoadedModel, parts: Iterable[Part | Bad], *, batch_size: int, rows: int
) -> Iterator[Predicted | Bad]:
    """Predict from examples that are read; `rows` of them or more at a time."""
    waiting: list[Part] = []
    count = 0
    for part in parts:
        if isinstance(part, Bad):
            yield part
            continue
        waiting.append(part)
        count += len(part.examples)
        if count >= rows:
            yield _predicted(model, waiting, batch_size)
            waiting, count = [], 0
    if waiting:
        yield _predicted(model, waiting, batch_size)


def _rows_of_a_piece(data_spec: DataSpec, batch_size: int) -> int:
    fitting = LARGEST_PIECE // (data_spec.inputs * np.dtype(data_spec.dtype).itemsize)
    return max(batch_size, min(BATCHES * batch_size, fitting))


def _predicted(model: LoadedModel, parts: list[Part], batch_size: int) -> Predicted:
    examples = parts[0].examples if len(parts) == 1 else np.concatenate([part.examples for part in parts])
    return Predicted(tuple(parts), outputs_of(model.network, model.data_spec, examples, batch_size=batch_size))


def only_good(results: Iterable[Predicted | Bad], told: Callable[[Bad], None]) -> Iterator[Predicted]:
    """Pass on what was predicted, and tell of the files that are bad once there is anything good.

    Args:
        results: What `predict_files` yields.
        told: Takes each file that is bad.

    Raises:
        InvalidData: All files are bad: what is wrong with them, as one message.
    """
    held: list[Bad] | None = []
    for result in results:
        if isinstance(result, Bad):
            (told if held is None else held.append)(result)
            continue
        for bad in held or ():
            told(bad)
        held = None
        yield result
    if held:
        if len(held) == 1:
            raise held[0].error
        more = [f"and {len(held) - NAMED:,} more"] if len(held) > NAMED else []
        raise InvalidData(
            f"at least one of the {len(held):,} files must be one that the model can predict from",
            received="none of them",
            where="\n    ".join(["", *map(str, held[:NAMED]), *more]),
        )


def facts(data_spec: DataSpec, predicted: Predicted) -> Iterator[dict[str, Any]]:
    """One table an example, as JSON has it: file, place in it, and what the model says.

    Yields:
        `file` and `index`; with classes `label`, `probability`, and `top`, the most probable ones; of maps `cell` and
        `anomaly_score`; of numbers `values`.
    """
    outputs = predicted.outputs
    top = top_classes(data_spec, outputs) if data_spec.classes is not None else [None] * len(outputs)
    for (path, index), output, best in zip(predicted.places, outputs, top, strict=True):
        row: dict[str, Any] = {"file": str(path), "index": index}
        if is_map(data_spec):
            row |= {"cell": int(output[CELL]), "anomaly_score": float(output[DISTANCE])}
        elif best is None:
            row["values"] = output.tolist()
        yield row if best is None else {**row, **best[0], "top": best}


def csv_columns(data_spec: DataSpec, predicted: Predicted) -> dict[str, list[Any]]:
    """One row an example: `file`, `index`, and the columns of `zoo.use.tables.result_columns`."""
    paths, places = zip(*predicted.places, strict=True)
    said = result_columns(data_spec, predicted.outputs)
    return {
        "file": list(map(str, paths)),
        "index": list(places),
        **{name: values.tolist() if isinstance(values, np.ndarray) else list(values) for name, values in said.items()},
    }


def place_name(path: Path | str, index: int) -> str:
    """An example for people: a picture's file, else the file and the place in it, such as `digits.npy[3]`."""
    return f"{path}[{index}]" if is_array(Path(path)) else str(path)
