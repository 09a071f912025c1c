"""The garbage collector rests while much is imported, and is afterwards as it was."""

import gc
from collections.abc import Iterator

import pytest

from registry.importing import collector_paused


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    """The collector is on before and after a test, and nothing is set aside."""
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    gc.enable()
    yield
    gc.enable()
    if frozen:
        gc.freeze()


def fail_to_import() -> None:
    with collector_paused():
        assert not gc.isenabled()
        raise ImportError


def test_the_collector_is_on_again_even_after_an_error() -> None:
    with pytest.raises(ImportError):
        fail_to_import()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_what_was_made_meanwhile_counts_as_old_and_can_still_be_collected() -> None:
    with collector_paused():
        made: list[object] = [[] for _ in range(5000)]
        made.append(made)
    assert gc.get_count()[0] < 5000
    del made
    assert gc.collect(2) > 0


def test_a_collector_that_is_off_and_objects_set_aside_stay_so() -> None:
    gc.freeze()
    with collector_paused():
        pass
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
    gc.disable()
    with collector_paused():
        pass
    assert not gc.isenabled()
