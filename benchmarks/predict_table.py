"""`zoo predict` on drawn rows of the bank's form, the whole program: rows a second and peak memory by number of rows.

Needs the file of bank_marketing to train the model with (ZOO_DATA_DIR); how fast rows go through does not depend on how
well it was trained. Some cells are missing, some categories unseen.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from registry import default
from zoo import jobs
from zoo.data.columns import Column
from zoo.datasets.bank_marketing import COLUMNS, SEPARATOR

SIZES = (100_000, 1_000_000)
PIECE = 100_000


def run(rounds: int = 9) -> None:
    """Print one line a size: seconds of the fastest of three rounds at most, rows a second, peak memory."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        changes = {"dataset": "bank_marketing", "epochs": 1, "batch_size": 512}
        trained = jobs.train(default(), "mlp", changes, runs=folder).folder
        for rows in SIZES:
            path = folder / f"{rows}.csv"
            write_rows(path, rows)
            measured = [predict(trained, path, folder / "out.csv") for _ in range(min(rounds, 3))]
            seconds = min(taken for taken, _ in measured)
            peak = max(memory for _, memory in measured)
            size = path.stat().st_size / 1e6
            print(
                f"{rows:>9,} rows, {size:.0f} MB: {seconds:.1f} s, {rows / seconds:,.0f} rows a second, peak {peak} MiB"
            )


def predict(trained: Path, path: Path, output: Path) -> tuple[float, int]:
    """Seconds from process start to end, and MiB at the peak."""
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "zoo", "predict", str(trained), str(path), "--output", str(output)])
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, child.args)
    return time.perf_counter() - began, used.ru_maxrss // 1024


def write_rows(path: Path, rows: int) -> None:
    """Draw a file of the bank's form."""
    draw = np.random.default_rng(0)
    for first in range(0, rows, PIECE):
        count = min(PIECE, rows - first)
        piece = pd.DataFrame({column.name: cells(column, count, draw) for column in COLUMNS})
        piece.to_csv(path, sep=SEPARATOR, index=False, mode="w" if first == 0 else "a", header=first == 0)


def cells(column: Column, count: int, draw: np.random.Generator) -> np.ndarray:
    """One cell in 50 missing, one category in 50 unseen."""
    if column.categories:
        made = draw.choice(np.array([*column.categories], dtype=object), count)
        made[draw.uniform(size=count) < 0.02] = "never seen"
    else:
        made = draw.integers(-1, 3_000, count).astype(object)
    made[draw.uniform(size=count) < 0.02] = ""
    return np.asarray(made)


if __name__ == "__main__":
    run()
