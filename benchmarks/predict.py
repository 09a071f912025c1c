"""`zoo predict` on 10,000 pictures against bare `model.predict` on their array, by turns in one process.

What the verb does between its files and its output is measured: reading the .npy file in pieces, the network, CSV rows
with seven digits written to a file. Of the folder of PNG files the decoding is given apart: the machinery gets parts
that were read before. The network is that of cnn/mnist, and its time does not depend on what the pictures show; both
ways take steps of 1,024.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.pairs import Clock, alternate, ratio_line, seconds_line
from registry import default
from zoo.cli.predicted import write_csv
from zoo.use.inputs import find_inputs
from zoo.use.predict import LoadedModel, load
from zoo.use.predict_files import BATCH_SIZE, BATCHES, only_good, predict_files, predict_parts
from zoo.use.reading import Bad, Part, read_parts

NAME = "cnn/mnist"
PICTURES = 10_000
LABELS = {
    "bare": "model.predict on the array",
    "array": "zoo predict, .npy to CSV",
    "decoded": "zoo predict, PNG files decoded before, to CSV",
    "whole": "zoo predict, PNG files to CSV",
}


def run(rounds: int = 9) -> None:
    """Print seconds and ratios; the bound of both ratios is 1.15 on the clock."""
    model = load(default(), NAME)
    pictures = np.random.default_rng(0).integers(0, 256, (PICTURES, 28, 28)).astype(np.uint8)
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        np.save(folder / "pictures.npy", pictures)
        (folder / "files").mkdir()
        for number, picture in enumerate(pictures):
            Image.fromarray(picture).save(folder / "files" / f"{number:05}.png")
        _measure(model, pictures[..., None], folder, rounds)


def _measure(model: LoadedModel, pictures: np.ndarray, folder: Path, rounds: int) -> None:
    array = [folder / "pictures.npy"]
    files = find_inputs([str(folder / "files")], model.data_spec)
    rows = BATCHES * BATCH_SIZE
    clock = Clock()
    parts = list(read_parts(files, model.data_spec, rows=rows))
    once = clock.read()

    def to_csv(results: object, paths: list[Path]) -> None:
        with open(folder / "out.csv", "w", encoding="utf-8", newline="") as file:
            count = write_csv(model.data_spec, only_good(results, _refuse), file, paths)  # type: ignore[arg-type]
        assert count == PICTURES

    times = alternate(
        {
            "bare": lambda: model.network.predict(pictures, batch_size=BATCH_SIZE, verbose=0),
            "array": lambda: to_csv(predict_files(model, array), array),
            "decoded": lambda: to_csv(_again(model, parts, rows), files),
            "whole": lambda: to_csv(predict_files(model, files), files),
        },
        rounds,
    )
    print(f"{NAME}: {PICTURES:,} pictures of 28 by 28, steps of {BATCH_SIZE:,}")
    for name, label in LABELS.items():
        print(seconds_line(f"{label}, wall", times[name].wall))
        print(seconds_line(f"{label}, CPU", times[name].cpu))
    for name in ("array", "decoded", "whole"):
        print(ratio_line(f"{LABELS[name]} / bare, wall", times[name].wall, times["bare"].wall))
        print(ratio_line(f"{LABELS[name]} / bare, CPU", times[name].cpu, times["bare"].cpu))
    print(f"decoding alone, once: {once.wall:.2f} s on the clock, {once.cpu:.2f} s of CPU, {PICTURES:,} files")


def _again(model: LoadedModel, parts: list[Part | Bad], rows: int) -> object:
    return predict_parts(model, parts, batch_size=BATCH_SIZE, rows=rows)


def _refuse(bad: Bad) -> None:
    raise AssertionError(str(bad))


if __name__ == "__main__":
    run()
