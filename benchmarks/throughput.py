"""Rows of training a second by how they are run: one device, several, several processes; with XLA, many steps a call.

Every way trains the recipe's own network on its own data in processes of its own, as a strategy asks for them; an epoch
is short, the first one, in which functions are traced, is not counted, and nothing is validated. On a machine with GPUs
the devices are the GPUs, and the logical ones of the CPU are left out.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from benchmarks.pairs import Clock

# recipe -> steps of an epoch here, and what a row is
RECIPES = {"cnn/mnist": (96, "pictures"), "lstm_text/tiny_shakespeare": (16, "windows")}
# name, options of `place`, processes, jit, steps in a call
Way = tuple[str, dict[str, Any], int, bool, int]


def ways(gpus: int) -> Iterator[Way]:
    """All ways that this machine has devices for."""
    for jit in (False, True):
        for steps in (1, 16):
            yield "one device, no strategy", {"strategy": "one"}, 1, jit, steps
    if gpus > 1:
        yield f"mirrored on {gpus} GPUs", {"strategy": "mirrored"}, 1, False, 1
    elif not gpus:
        for steps in (1, 16):
            yield "mirrored on 2 logical devices", {"strategy": "mirrored", "logical_devices": 2}, 1, False, steps
        yield "2 processes on the loopback address", {}, 2, False, 1


def run(rounds: int = 9) -> None:
    """Print a table for each recipe: rows a second by the clock (median and quartiles), and a second of processors."""
    gpus = int(_child(["gpus"])[-1])
    print(f"{gpus} GPUs" if gpus else "no GPU: nothing of this table ran on one")
    for name, (steps, rows) in RECIPES.items():
        print(f"\n{name}, {rows} a second, {rounds} epochs of {steps} steps")
        print(f"  {'':<38}{'XLA':<5}{'steps a call':<14}{'by the clock':<32}of processor time")
        for way, options, processes, jit, execution in ways(gpus):
            asked = json.dumps([name, steps, rounds, options, jit, execution])
            found = json.loads(_children(asked, processes)[-1])
            shown = f"{found['median']:,.0f} ({found['low']:,.0f} .. {found['high']:,.0f})"
            print(
                f"  {way:<38}{'yes' if jit else 'no':<5}{execution:<14}{shown:<32}{found['by_processor']:,.0f}",
                flush=True,
            )


def _child(arguments: list[str], environment: dict[str, str] | None = None) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.throughput", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout.splitlines()


def _children(asked: str, processes: int) -> list[str]:
    """What the first of some processes of one cluster prints."""
    if processes == 1:
        return _child([asked])
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(processes)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        workers = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    with ExitStack() as stack:
        for index in range(1, processes):
            task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
            other = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.throughput", asked],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "TF_CONFIG": json.dumps(task)},
            )
            stack.callback(other.wait)
        task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": 0}}
        return _child([asked], {"TF_CONFIG": json.dumps(task)})


def measure(name: str, steps: int, rounds: int, options: dict[str, Any], jit: bool, execution: int) -> dict[str, float]:
    """Rows a second of one way, in this process."""
    import keras

    from registry import default
    from zoo.recipe import bind, read_recipe
    from zoo.run.devices import find_devices
    from zoo.run.feeding import training_batches
    from zoo.run.placement import place
    from zoo.run.preparation import augmentation, prepare

    changes = {"epochs": rounds + 1, "steps_per_epoch": steps, "steps_per_execution": execution, "jit": jit}
    bound = bind(default(), read_recipe(default(), name, changes))
    placement = place(**options)
    devices = find_devices(placement)
    ready = prepare(default(), bound, seed=0, devices=devices)
    training = bound.recipe.training
    batches = training_batches(
        ready.stepped,
        ready.data.train,
        batch_size=training.batch_size,
        seed=0,
        augment=augmentation(training, ready.data.spec),
        share=devices.share,
    )
    taken = []
    clock = Clock()

    class Epochs(keras.callbacks.Callback):
        """Reads the clock after every epoch."""

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            nonlocal clock
            clock = Clock()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            taken.append(clock.read())

    ready.stepped.fit(
        devices.distribute(batches),
        epochs=rounds + 1,
        steps_per_epoch=steps,
        callbacks=[Epochs()],
        shuffle=False,
        verbose=0,
    )
    rows = steps * training.batch_size
    rates = [rows / one.wall for one in taken[1:]]
    low, median, high = statistics.quantiles(rates, n=4) if len(rates) > 1 else rates * 3
    by_processor = rows / len(devices.hosts or "1") / statistics.median(one.cpu for one in taken[1:])
    return {"low": low, "median": median, "high": high, "by_processor": by_processor}


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.argv[1] == "gpus":
        import tensorflow as tf

        print(len(tf.config.list_physical_devices("GPU")))
    else:
        print(json.dumps(measure(*json.loads(sys.argv[1]))))
