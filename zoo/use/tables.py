"""Tables through a model: rows in, the same rows with what the model says out, a piece at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from zoo.data.errors import InvalidData
from zoo.data.row_files import row_chunks
from zoo.data.spec import DataSpec
from zoo.data.tables import CHUNK, encode
from zoo.run.mapping_scores import CELL, DISTANCE
from zoo.use.predict import LoadedModel, class_outputs, is_map, labels_of

# Rows a step of a network: a step costs the same for 1 and 1,000 rows of a table.
BATCH_SIZE = 8192


def predict_rows(
    model: LoadedModel, path: Path, *, chunk: int = CHUNK, batch_size: int | None = None, as_text: bool = False
) -> Iterator[pd.DataFrame]:
    """Predict from a CSV or Parquet file larger than memory.

    Args:
        model: A model of a table.
        path: CSV or Parquet file with the model's input columns in any order; other columns go through as they are.
        chunk: Rows in memory at a time.
        batch_size: Rows a step of a network; 8192 if not given.
        as_text: Numbers of the results as text of the 7 digits that float32 has; the cells that came are left alone.

    Yields:
        Frames of the rows as they came, those of a CSV file as text, with the columns of `result_columns` behind them.

    Raises:
        InvalidData: The file cannot be read, misses a column, or has one of the names of the results.
    """
    columns = model.data_spec.columns
    for frame in row_chunks(path, columns, chunk=chunk):
        outputs = model.predict(encode(frame, columns, where=str(path)), batch_size=batch_size or BATCH_SIZE)
        results = result_columns(model.data_spec, outputs)
        _refuse_taken(frame.columns, results, path)
        if as_text:
            results = {name: _spelled(values) for name, values in results.items()}
        yield pd.concat([frame, pd.DataFrame(results, index=frame.index)], axis=1)


def result_columns(data_spec: DataSpec, outputs: np.ndarray) -> dict[str, Any]:
    """What a model says of n examples, as columns.

    Args:
        data_spec: The task and the classes.
        outputs: What `LoadedModel.predict` returned.

    Returns:
        Name -> (n,): of maps `cell` and `anomaly_score` (distance from the map); with classes `prediction` and one
        `probability_CLASS` a class (of maps the class's share of the cell); of a regression `prediction`, or
        `prediction_1`, `prediction_2`, ... of several targets.
    """
    results: dict[str, Any] = {}
    if is_map(data_spec):
        results |= {"cell": outputs[:, CELL].astype(np.int64), "anomaly_score": outputs[:, DISTANCE]}
    if data_spec.classes is not None:
        shares = class_outputs(data_spec, outputs)
        results["prediction"] = labels_of(data_spec, outputs)
        results |= {f"probability_{name}": shares[:, place] for place, name in enumerate(data_spec.classes)}
    elif not is_map(data_spec):
        flat = outputs.reshape(len(outputs), -1)
        names = ["prediction"] if flat.shape[1] == 1 else [f"prediction_{n + 1}" for n in range(flat.shape[1])]
        results |= {name: flat[:, place] for place, name in enumerate(names)}
    return results


def _spelled(values: Any) -> Any:
    """Numbers with a fraction as text; pandas takes five times as long to do the same."""
    is_fraction = isinstance(values, np.ndarray) and values.dtype.kind == "f"
    return list(map("%.7g".__mod__, values.tolist())) if is_fraction else values


def _refuse_taken(columns: Sequence[Any], results: dict[str, Any], path: Path) -> None:
    taken = [name for name in results if name in columns]
    if taken:
        raise InvalidData(
            "a table must not have columns with the names of the results",
            received=", ".join(taken),
            where=str(path),
            hint="rename them, or predict from the table without them",
        )
