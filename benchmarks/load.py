"""From process start to the first answer: `zoo.load("cnn/mnist").predict(x)` against Keras' own file of the same model.

Both ways are a program of two lines, run by turns; the file is the same network, saved by `model.save` once before.
CPU seconds are those of the child. Python may write the zoo's bytecode in the round that is not counted, as pip does
for what it installs. `zoo.load` reads the record, builds, checks size and sha256 of the weights, compares their
variables with the network's, and gives probabilities; `load_model` trusts its file and gives logits.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.pairs import Seconds, Times, ratio_line, seconds_line
from registry import default
from zoo.use.predict import load

NAME = "cnn/mnist"
ONE = 'numpy.zeros((1, 28, 28, 1), "uint8")'
OURS = f"import numpy, zoo; zoo.load({NAME!r}).predict({ONE})"
THEIRS = "import numpy, keras; keras.models.load_model({file!r}).predict({one}, verbose=0)"


def run(rounds: int = 9) -> None:
    """Print seconds and ratios; the bound of the ratio is 1.05 on the clock."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "model.keras")
        load(default(), NAME).network.save(file)
        programs = {
            "zoo": OURS,
            "keras": THEIRS.format(file=file, one=ONE),
            "import": "import keras",
        }
        times = _by_turns(programs, rounds)
    print(seconds_line(f"zoo.load({NAME!r}).predict, wall", times["zoo"].wall))
    print(seconds_line(f"zoo.load({NAME!r}).predict, CPU", times["zoo"].cpu))
    print(seconds_line("keras.models.load_model(..).predict, wall", times["keras"].wall))
    print(seconds_line("keras.models.load_model(..).predict, CPU", times["keras"].cpu))
    print(seconds_line("of both: import keras, wall", times["import"].wall))
    print(ratio_line("zoo / Keras, wall", times["zoo"].wall, times["keras"].wall))
    print(ratio_line("zoo / Keras, CPU", times["zoo"].cpu, times["keras"].cpu))


def _by_turns(programs: dict[str, str], rounds: int) -> dict[str, Times]:
    taken: dict[str, list[Seconds]] = {name: [] for name in programs}
    names = list(programs)
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            seconds = partial(_seconds, programs[name])()
            if number:  # the first round fills the disk's cache
                taken[name].append(seconds)
    return {name: Times(tuple(one.wall for one in all), tuple(one.cpu for one in all)) for name, all in taken.items()}


def _seconds(program: str) -> Seconds:
    began = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    child = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, child.args)
    return Seconds(wall, used.ru_utime + used.ru_stime)


if __name__ == "__main__":
    run()
