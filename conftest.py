"""What all tests share; in `tests` it would put that folder on the path, where `registry` is `tests/registry`."""

import gc

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Set aside what was imported and collected, a million objects that garbage collection need not look at again.

    Keras collects garbage before each model: a third of the time of the tests that train.
    """
    gc.collect()
    gc.freeze()
