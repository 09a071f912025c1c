"""Windows of a text: streams that go on where they ended, and pieces in which every unit counts once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.data.errors import InvalidData
from zoo.data.spec import Split
from zoo.data.windows import Streams, scoring_batches, stream_batches, window_batches, window_steps

CODES = np.arange(1001, dtype=np.uint16)  # a unit is its place
TEXT = Split(CODES[:-1], CODES[1:])


def first_batches(count: int, first_step: int = 0, seed: int = 3) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    batches = stream_batches(TEXT, window=30, batch_size=4, seed=seed, first_step=first_step).take(count)
    return [(codes.numpy(), begins.numpy(), targets.numpy()) for (codes, begins), targets in batches]


def test_each_row_goes_on_where_the_same_row_ended_until_a_pass_is_over() -> None:
    steps = Streams(len(TEXT), 4, 30).steps
    batches = first_batches(2 * steps)
    for number, (codes, begins, targets) in enumerate(batches):
        assert np.array_equal(targets, codes + 1)
        assert begins.tolist() == [number % steps == 0] * 4
        if number % steps:
            assert np.array_equal(codes[:, 0], batches[number - 1][2][:, -1])
    read = np.concatenate([codes.ravel() for codes, _, _ in batches[:steps]])
    assert len(np.unique(read)) == len(read) == 4 * 30 * steps


def test_a_step_has_the_same_windows_whatever_came_before() -> None:
    steps = Streams(len(TEXT), 4, 30).steps
    for one, other in zip(first_batches(2 * steps)[steps + 1 :], first_batches(3, steps + 1), strict=False):
        assert all(map(np.array_equal, one, other))


def test_passes_and_seeds_begin_at_other_places() -> None:
    steps = Streams(len(TEXT), 4, 30).steps
    starts = {first_batches(1, number * steps)[0][0][0, 0] for number in range(6)}
    starts |= {first_batches(1, seed=seed)[0][0][0, 0] for seed in range(6)}
    assert len(starts) > 3


@pytest.mark.parametrize(("batch_size", "window"), [(40, 30), (1, 1001)])
def test_a_text_too_short_for_one_step_is_refused(batch_size: int, window: int) -> None:
    with pytest.raises(InvalidData, match="one window of each stream"):
        Streams(len(TEXT), batch_size, window)


def test_windows_from_all_over_the_text_start_each_place_once_in_a_pass() -> None:
    batches = window_batches(TEXT, window=900, batch_size=10, seed=0)
    starts = [codes.numpy()[:, 0] for (codes, begins), _ in batches.take(11) if begins.numpy().all()]
    assert sorted(np.concatenate(starts).tolist()) == list(range(101))


def test_a_pass_of_windows_predicts_as_many_units_as_the_text_has() -> None:
    assert window_steps(1000, window=50, batch_size=10, predicted=50) == 2
    assert window_steps(1000, window=50, batch_size=10, predicted=1) == 96
    with pytest.raises(InvalidData, match="as long as a window"):
        window_steps(10, window=50, batch_size=1, predicted=1)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 400), st.integers(0, 60), st.integers(1, 70), st.integers(1, 5))
def test_every_unit_counts_once_in_order_and_behind_enough_others(
    size: int, warm_up: int, scored: int, rows: int
) -> None:
    text = Split(CODES[:size], CODES[1 : size + 1])
    counted, before = [], []
    for codes, targets, weights in scoring_batches(text, warm_up=warm_up, scored=scored, rows=rows):
        chosen = weights.numpy() > 0
        counted.append(targets.numpy()[chosen])
        before.append((codes.numpy() - codes.numpy()[:, :1])[chosen])
    places = np.concatenate(counted)
    assert np.array_equal(places, np.arange(1, size + 1))
    assert (np.concatenate(before) >= np.minimum(np.arange(size), warm_up)).all()
