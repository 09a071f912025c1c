"""Wall time of a search: `zoo tune` against plain KerasTuner RandomSearch over the same networks, arrays and proposals.

Both are processes of their own, imports included, one worker each, and try the same 20 settings: the same oracle with
the same seed proposes them. The plain form is as KerasTuner's guide has it: a hypermodel that builds and fits, arrays,
a checkpoint at the best epoch of each trial. Ours makes a run folder of every trial besides, with rows, a record and a
checksum of its weights. Both score a trial by the validation accuracy of its best epoch.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.pairs import Seconds, Times, alternate, ratio_line, seconds_line

TRIALS = 20
FIXED = ("schedule=constant", "warmup_epochs=0", "optimizer=adam", "monitor=validation_accuracy")
SPACES = {
    "cnn/digits": (
        "hyperparameters.filters=[[8,16],[16,32]]",
        "hyperparameters.dropout=[0.0,0.25,0.5]",
        "training.learning_rate=1e-4..1e-2:log",
        "training.batch_size=[32,64]",
        "epochs=5",
    ),
    "mlp/mnist": (
        "hyperparameters.units=[[64],[128,64]]",
        "hyperparameters.dropout=[0.0,0.2]",
        "training.learning_rate=1e-4..1e-2:log",
        "training.batch_size=[128,256]",
        "epochs=2",
    ),
}
# batch normalisation needs more steps than these: its moving averages would make the scores a lottery
OWN = {"cnn/digits": ("hyperparameters.batch_norm=false",), "mlp/mnist": ()}
PLAIN = ("augmentation.shift=0.0", "augmentation.rotation=0.0", "augmentation.zoom=0.0")


class Search:
    """Runs a search in a process of its own, a seed further each time, and keeps what it found."""

    def __init__(self, name: str, *, plain: bool, workers: int = 1) -> None:
        self.name, self.plain, self.workers = name, plain, workers
        self.best: list[float] = []

    def __call__(self) -> Seconds:
        seed = len(self.best)
        with tempfile.TemporaryDirectory() as place:
            if self.plain:
                command = [sys.executable, "-m", "benchmarks.tune_plain", self.name, str(seed), place]
            else:
                command = [
                    *(sys.executable, "-m", "zoo", "tune", self.name, "--trials", str(TRIALS), "--only", "--no-base"),
                    *("--retrain", "0", "--runs", place, "--seed", str(seed), "--workers", str(self.workers)),
                    *(*FIXED, *PLAIN, *OWN[self.name], *SPACES[self.name]),
                ]
            began, before = time.perf_counter(), _children_cpu()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            taken = Seconds(time.perf_counter() - began, _children_cpu() - before)
            self.best.append(_best(Path(place), plain=self.plain))
        return taken


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _best(place: Path, *, plain: bool) -> float:
    if plain:
        return float(json.loads((place / "best.json").read_text(encoding="utf-8")))
    (path,) = place.glob("*/*/*/run.json")
    return float(json.loads(path.read_text(encoding="utf-8"))["best"]["score"])


def run(rounds: int = 9) -> None:
    """Print wall and CPU ratios, and the best objectives; the bound is 1.0 of plain KerasTuner's wall time."""
    names = [name for name in os.environ.get("NAMES", ",".join(SPACES)).split(",") if name]
    for name in names:
        ours, plain = Search(name, plain=False), Search(name, plain=True)
        times: dict[str, Times] = alternate({"zoo tune": ours, "plain KerasTuner": plain}, rounds)
        for label, way in times.items():
            print(seconds_line(f"{name}: {label}, {TRIALS} trials", way.wall), flush=True)
        own, their = times["zoo tune"], times["plain KerasTuner"]
        print(ratio_line(f"{name}: zoo tune / plain KerasTuner, wall", own.wall, their.wall), flush=True)
        print(ratio_line(f"{name}: zoo tune / plain KerasTuner, processor", own.cpu, their.cpu), flush=True)
        for label, found in (("zoo tune", ours.best), ("plain KerasTuner", plain.best)):
            values = " ".join(f"{value:.4f}" for value in found)
            print(f"{name}: best validation accuracy, {label:<20} mean {statistics.fmean(found):.4f}  of {values}")
        two = Search(name, plain=False, workers=2)
        print(
            f"{name}: zoo tune --workers 2, once: {two().wall:.1f} s (one worker: {statistics.median(own.wall):.1f} s)"
        )
