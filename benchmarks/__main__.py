"""`python -m benchmarks start_up`, `python -m benchmarks overhead --rounds 9`: one command, one table."""

from __future__ import annotations

import argparse
import importlib
import os
import platform

NAMES = (
    "start_up",
    "overhead",
    "evaluate",
    "export",
    "som",
    "estimators",
    "rbf",
    "predict_table",
    "load",
    "predict",
    "generate_text",
    "adversarial",
    "resume",
    "throughput",
    "tune",
    "tune_kills",
)


def main() -> None:
    """Run one benchmark and say on what machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--rounds", type=int, default=9, help="counted rounds, at least 9 for a threshold under 1.5")
    parser.add_argument("--kills", type=int, default=20, help="of resume: kills of mlp and of cnn")
    parser.add_argument("--families", default="", help="of resume: mlp,cnn")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print(f"{arguments.name}: Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors")
    run = importlib.import_module(f"benchmarks.{arguments.name}").run
    if arguments.name == "tune_kills":
        run(min(arguments.kills, 10))
    elif arguments.name == "resume":
        run(arguments.kills, tuple(filter(None, arguments.families.split(","))))
    else:
        run(arguments.rounds)


if __name__ == "__main__":
    main()
