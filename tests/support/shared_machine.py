"""A pytest plugin that all tests share: threads, and garbage collection.

It is no `tests/conftest.py`: that would put the folder on the path, where `registry` is `tests/registry`.
"""

import gc
import os

import pytest


def pytest_configure() -> None:
    """Give each of the workers that run tests at a time its share of the processors, and the programs it starts.

    A thread for every processor in every worker makes them wait for one another.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        threads = max(1, (os.cpu_count() or 1) // workers)
        for variable in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
            os.environ.setdefault(variable, str(threads))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Set aside what was imported and collected, a million objects that garbage collection need not look at again.

    Keras collects garbage before each model: a third of the time of the tests that train.
    """
    gc.collect()
    gc.freeze()
