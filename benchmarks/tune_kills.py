"""A search of 12 trials, killed with SIGKILL at drawn moments and gone on with, against the unbroken one.

A moment is drawn from the time that the search works: so many seconds after the process has begun, or after it has
ended its first trial since the last kill.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TRIALS = 12
COMMAND = (
    *(sys.executable, "-m", "zoo", "tune", "mlp/digits", "--trials", str(TRIALS), "--retrain", "1", "--only"),
    *("learning_rate=1e-3..1e-1:log", "units=[[16],[64,32]]", "epochs=4", "--resume", "auto"),
)


def run(kills: int = 10) -> None:
    """Print one line a kill, and whether the end is that of the unbroken search."""
    with tempfile.TemporaryDirectory() as place:
        unbroken, killed = Path(place) / "unbroken", Path(place) / "killed"
        _finish(unbroken)
        moments, ended = random.Random(0), {}
        for number in range(kills):
            after_a_trial = moments.random() < 0.7
            wait = moments.uniform(0.0, 2.5 if after_a_trial else 8.0)
            process = subprocess.Popen([*COMMAND, "--runs", str(killed)], stderr=subprocess.DEVNULL)
            have = len(_trials(killed))
            while after_a_trial and process.poll() is None and len(_trials(killed)) == have:
                time.sleep(0.01)
            time.sleep(wait)
            over = process.poll() is not None
            process.kill()
            process.wait()
            ended |= {path: path.stat().st_mtime_ns for path in _trials(killed) if path not in ended}
            state = "had ended before" if over else f"{len(_trials(killed))} trials had ended"
            print(
                f"kill {number + 1}: {state}, {wait:.1f} s after {'a trial' if after_a_trial else 'the start'}",
                flush=True,
            )
            if over:
                break
        _finish(killed)
        again = sum(path.stat().st_mtime_ns != when for path, when in ended.items())
        lost = sum(not path.exists() for path in ended)
        same = _facts(killed) == _facts(unbroken)
        print(f"trials that had ended: {lost} lost, {again} run again")
        print(f"trials, scores, best and winner equal to the unbroken search: {same}")


def _finish(runs: Path) -> None:
    subprocess.run([*COMMAND, "--runs", str(runs)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _trials(runs: Path) -> list[Path]:
    return sorted(runs.glob("*/*/*/trials/*/trial.json"))


def _facts(runs: Path) -> Any:
    trials = [json.loads(path.read_text(encoding="utf-8")) for path in _trials(runs)]
    (path,) = runs.glob("*/*/*/run.json")
    facts = json.loads(path.read_text(encoding="utf-8"))
    said = [{key: trial[key] for key in ("number", "settings", "score", "status")} for trial in trials]
    return said, facts["best"], facts["winner"]["values"]
