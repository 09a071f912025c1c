"""A process that runs units of a study: `python -m zoo.study.worker FOLDER`, started by the study itself.

It takes one unit after the other that has not ended and that no other process holds, and ends when there is none left.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from zoo.run.workers import Post, take_post


def main(folder: Path, post: Post) -> int:
    """Run units until none is left; the exit code."""
    import logging

    from registry import ZooError, default
    from zoo.recipe.study import grid
    from zoo.run.errors import Interrupted
    from zoo.run.folder import RunFolder
    from zoo.run.signals import Signals
    from zoo.study.ask import stored_study
    from zoo.study.units import Runner, units_of
    from zoo.tune.trial import SharedData

    # one network a run is what a study does; TensorFlow takes it for a loop that traces anew by mistake
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    table = RunFolder(folder).read()
    units = units_of(grid(default(), stored_study(default(), table)), folder, tuple(table["seeds"]))
    try:
        with Signals() as signals:
            runner = Runner(default(), table, signals, SharedData(default()), (post,))
            for unit in units:
                if signals.received is not None:
                    return 75
                if runner.run(unit):
                    post.progressed()
                    print(unit.name, (unit.facts() or {}).get("status"), flush=True)
    except ZooError as error:
        print(f"zoo: {error}", file=sys.stderr, flush=True)
        if isinstance(error, Interrupted):
            os._exit(error.exit_code)  # without taking compiled functions apart, which takes seconds
        # not 2: that the user's recipe is right was found out before any worker began
        return 1
    return 0


if __name__ == "__main__":
    mine = take_post()
    if mine is None:
        sys.exit("zoo.study.worker is started by `zoo study --workers`")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main(Path(sys.argv[1]), mine))
