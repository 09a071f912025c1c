"""Whether killed runs end as unbroken ones: `python -m benchmarks resume --kills 20`.

Every family that is trained in steps is run once to its end, and several times with kills in between. Weights, lines of
metrics, outputs, samples, scores and the record must be equal bit for bit. What checkpoints cost is told of the
unbroken run, whose interval is 0 s, so that it is the most that the runner allows; killed runs write them more often.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.kills import Moment, digests, draw, killed, preload, resumed_from, unbroken

SEED = 20
KILLS_A_RUN = 5
OFTEN = ("mlp", "cnn")  # the others are killed a quarter as often
SAVED = {"training.checkpoint_seconds": 0.0}

# state and randomness of every kind: masks, running means, schedules, patience, averages, carried states
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "mlp": (
        "mlp/digits",
        {
            "hyperparameters.units": [32],
            "hyperparameters.dropout": 0.3,
            "epochs": 40,
            "schedule": "cosine",
            "warmup_epochs": 1.0,
            "patience": 30,
            "class_weight": "balanced",
        },
    ),
    "cnn": (
        "cnn/digits",
        {
            "hyperparameters.filters": [4, 8],
            "hyperparameters.batch_norm": True,
            "epochs": 16,
            "optimizer": "momentum",
            "training.augmentation.shift": 0.1,
            "training.augmentation.noise": 0.05,
        },
    ),
    "lstm_text": (
        "lstm_text/python_docs_small",
        {"hyperparameters.units": 24, "hyperparameters.dropout": 0.2, "training.steps_per_epoch": 64, "epochs": 6},
    ),
    "rnn": (
        "rnn/sine_mix",
        {
            "hyperparameters.units": [8],
            "hyperparameters.dropout": 0.2,
            "hyperparameters.recurrent_dropout": 0.2,
            "hyperparameters.input_noise": 0.1,
            "epochs": 8,
        },
    ),
    "gan": (
        "gan/digits",
        {
            "hyperparameters.generator_filters": [8, 8, 8],
            "hyperparameters.discriminator_units": [16],
            "training.steps_per_epoch": 48,
            "epochs": 8,
        },
    ),
    "dcgan": (
        "dcgan/digits",
        {"hyperparameters.filters": 8, "training.steps_per_epoch": 48, "epochs": 6},
    ),
    "rbf by gradient": (
        "rbf/digits",
        {
            "hyperparameters.output": "gradient",
            "hyperparameters.centres": 40,
            "hyperparameters.train_centres": True,
            "batch_size": 32,
            "epochs": 15,
        },
    ),
    "som by the batch rule": ("som/digits", {"epochs": 300}),
    "som by the online rule": (
        "som/digits",
        {"hyperparameters.rule": "online", "training.learning_rate": 0.5, "epochs": 30},
    ),
}


def run(kills: int = 20, families: tuple[str, ...] = ()) -> None:
    """Print one line a family.

    Raises:
        SystemExit: A run did not end as the unbroken one.
    """
    preload()
    print(f"moments drawn from seed {SEED}, at most {KILLS_A_RUN} kills a run")
    columns = f"{'kills':>5} {'runs':>5} {'equal':>5}   {'checkpoints':>11} {'ms each':>8} {'share':>7}"
    print(f"{'family':<22} {columns}  gone on, killed in")
    broken: list[str] = []
    for name, (recipe, changes) in CASES.items():
        if families and name not in families:
            continue
        wanted = kills if name in OFTEN or kills <= 5 else max(5, kills // 4)
        with tempfile.TemporaryDirectory() as folder:
            broken += _case(name, recipe, {**changes, **SAVED}, wanted, Path(folder))
    if broken:
        raise SystemExit("not equal: " + "; ".join(broken))


def _case(name: str, recipe: str, changes: dict[str, Any], wanted: int, place: Path) -> list[str]:
    command = ["train", recipe, *(f"{key}={json.dumps(value)}" for key, value in changes.items()), "--seed", "3"]
    began = time.monotonic()
    whole, times = unbroken(command, place / "unbroken")
    expected, facts = digests(whole), whole.read()
    numbers = random.Random(f"{SEED} {name}")
    counted: dict[str, int] = {}
    runs, going_on, unequal = 0, 0, []
    while sum(counted.values()) < wanted:
        runs += 1
        count = min(KILLS_A_RUN, wanted - sum(counted.values()))
        moments: list[Moment] = [draw(numbers, times, facts["epochs"]) for _ in range(count)]
        folder = killed(command, place / f"killed-{runs}", moments, facts["epochs"], counted)
        found = digests(folder)
        going_on += sum(step > 0 for step in resumed_from(folder))
        differ = sorted(key for key in {*expected, *found} if expected.get(key) != found.get(key))
        if differ:
            unequal.append(f"{name}, run {runs}: {', '.join(differ)}")
    saved = facts["checkpoints"]
    each = 1e3 * saved["seconds"] / max(1, saved["written"])
    kinds = f"{going_on} from a checkpoint; " + ", ".join(f"{count} {kind}" for kind, count in sorted(counted.items()))
    ended = f"{sum(counted.values()):>5} {runs:>5} {runs - len(unequal):>5}"
    cost = f"{saved['written']:>11} {each:>8.1f} {saved['seconds'] / facts['seconds']:>7.2%}"
    print(f"{name:<22} {ended}   {cost}  {kinds}; {time.monotonic() - began:.0f} s", flush=True)
    return unequal
