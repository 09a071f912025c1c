"""Imports of thousands of modules, such as TensorFlow's, without the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Within the block no garbage is looked for: what an import makes stays, and looking through it takes a fifth.

    Afterwards all that there is counts as old, so that only a full collection looks through it.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # else these would be objects that somebody set aside for good
            gc.freeze()
            gc.unfreeze()
        gc.enable()
