"""How long the program takes to answer what needs no TensorFlow, process to process."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.pairs import seconds_line

COMMANDS = {
    "zoo list": ["-m", "zoo", "list"],
    "zoo show cnn/digits": ["-m", "zoo", "show", "cnn/digits"],
    "zoo --help": ["-m", "zoo", "--help"],
    "python -c 'import zoo'": ["-c", "import zoo"],
    "python -c 'import registry'": ["-c", "import registry"],
    "python -c pass": ["-c", "pass"],
}


def run(rounds: int = 9) -> None:
    """Print one line a command: the bound is 0.5 s for the verbs, 0.15 s for the imports."""
    seconds: dict[str, list[float]] = {label: [] for label in COMMANDS}
    for _ in range(rounds):
        for label, arguments in COMMANDS.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            seconds[label].append(time.perf_counter() - began)
    for label, values in seconds.items():
        print(seconds_line(label, tuple(values)))
