"""A process that runs trials of a search: `python -m zoo.tune.worker FOLDER ADDRESS`, started by the search itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from zoo.run.workers import Post, take_post

GROWN = 75  # the parent starts a fresh process


def main(folder: Path, address: str, post: Post) -> int:
    """Run trials until the oracle has no more; the exit code."""
    import logging

    from registry import ZooError, default
    from zoo.recipe import bind, recipe_from_table
    from zoo.recipe.read import read_table
    from zoo.run.errors import Interrupted
    from zoo.run.folder import RunFolder
    from zoo.run.signals import Signals
    from zoo.tune.chief import chief_answers, connect
    from zoo.tune.search import Growth, Search, ask
    from zoo.tune.trial import Trial

    # one network a trial is what a search does; TensorFlow takes it for a loop that traces anew by mistake
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    run = RunFolder(folder)
    table = run.read()
    path = folder / "recipe.toml"
    bound = bind(default(), recipe_from_table(read_table(path), name=table["name"], where=str(path)))
    search = Search(default(), bound, run)

    def told(trial: Trial) -> None:
        post.progressed()
        print(f"trial {trial.number}: {trial.status} {trial.score}", flush=True)

    try:
        with Signals() as signals:
            runner = search.runner(signals, subscribers=(post,))
            if search.settings.base and post.index == 0:
                runner.run("base", {})
                post.beat()
            oracle = connect(address, f"worker-{post.index}")
            with chief_answers(address):
                return 0 if ask(oracle, f"worker-{post.index}", runner, search.is_over, told, Growth()) else GROWN
    except ZooError as error:
        print(f"zoo: {error}", file=sys.stderr, flush=True)
        if isinstance(error, Interrupted):
            os._exit(error.exit_code)  # without taking compiled functions apart, which takes seconds
        return error.exit_code


if __name__ == "__main__":
    mine = take_post()
    if mine is None:
        sys.exit("zoo.tune.worker is started by `zoo tune --workers`")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], mine))
