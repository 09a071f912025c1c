"""The grid of a map: places, distances, neighbours, toroids; rules of thumb; decays; first codebooks."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.families.som import batch_rule, decay, grid, measures, online_rule, outliers
from zoo.families.som.decay import decayed
from zoo.families.som.grid import Grid, InvalidGrid, suggested_grid, suggested_sigma
from zoo.families.som.initialization import Initialization, Spread, first_codebook, pca_codebook
from zoo.families.som.measures import component_planes, distance_map, hit_map, win_map

GRIDS = st.builds(
    Grid,
    rows=st.integers(1, 6).map(lambda half: 2 * half),
    columns=st.integers(1, 9),
    topology=st.sampled_from(["rectangular", "hexagonal"]),
    toroid=st.booleans(),
)


@given(GRIDS)
def test_distances_and_steps_are_those_of_a_metric(grid: Grid) -> None:
    for apart in (np.sqrt(grid.squared_distances), grid.steps):
        assert np.allclose(apart, apart.T)
        assert (np.diag(apart) == 0).all()
        assert (apart[~np.eye(grid.cells, dtype=bool)] > 0).all()
        around = apart[:, :, None] + apart[None] + 1e-9
        assert (apart[:, None, :] <= around.transpose(0, 1, 2)).all()


@given(GRIDS)
def test_steps_are_what_walking_from_neighbour_to_neighbour_takes(grid: Grid) -> None:
    reached, steps = np.eye(grid.cells, dtype=bool), np.zeros((grid.cells, grid.cells), int)
    for step in range(1, grid.cells):
        new = (reached @ grid.neighbors) & ~reached
        steps[new] = step
        reached |= new
    assert np.array_equal(steps, grid.steps)


@given(GRIDS)
def test_a_toroid_has_no_edge(grid: Grid) -> None:
    if grid.toroid:
        assert len(set(grid.neighbors.sum(axis=1).tolist())) == 1


def test_a_hexagonal_cell_has_six_neighbours_one_unit_away() -> None:
    hexagonal = Grid(5, 5, "hexagonal")
    for cell in (6, 12, 18):  # of even and odd rows, none at the edge
        near = hexagonal.neighbors[cell]
        assert near.sum() == 6
        assert np.allclose(hexagonal.squared_distances[cell, near], 1.0)
    assert Grid(5, 5, "hexagonal").neighbors[0].nonzero()[0].tolist() == [1, 5]
    assert Grid(5, 5, "hexagonal").neighbors[5].nonzero()[0].tolist() == [0, 1, 6, 10, 11]


def test_a_rectangular_cell_has_eight_neighbours() -> None:
    assert Grid(3, 3).neighbors[4].sum() == 8
    assert Grid(3, 3).neighbors[0].nonzero()[0].tolist() == [1, 3, 4]


def test_on_a_toroid_opposite_edges_meet() -> None:
    flat, round_ = Grid(6, 8), Grid(6, 8, toroid=True)
    first, last = 0, 47
    assert (flat.steps[first, last], round_.steps[first, last]) == (7, 1)
    assert round_.squared_distances[first, last] == 2.0
    hexagonal = Grid(6, 8, "hexagonal", toroid=True)
    assert np.allclose(hexagonal.squared_distances[0, hexagonal.neighbors[0]], 1.0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((1, 1), "at least two cells"),
        ((0, 5), "at least two cells"),
        ((3, 3, "round"), "rectangular or hexagonal"),
        ((3, 4, "hexagonal", True), "even number of rows"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(arguments: tuple, said: str) -> None:
    with pytest.raises(InvalidGrid, match=said):
        Grid(*arguments)


@given(st.integers(20, 5000), st.floats(0.2, 5.0), st.sampled_from(["rectangular", "hexagonal"]), st.booleans())
def test_the_rule_of_thumb_has_about_five_roots_of_n_cells(count: int, wide: float, topology, toroid: bool) -> None:
    examples = np.random.default_rng(0).normal(size=(count, 3)) * [wide, 1.0, 0.1]
    found = suggested_grid(examples, topology=topology, toroid=toroid)
    # rows of hexagons are 0.87 high, and on a toroid there is an even number of them
    room = (0.2 * found.rows + 2 * toroid) if topology == "hexagonal" else 0
    assert found.columns >= found.rows - 1 - room
    assert 0.7 < found.cells / (5 * math.sqrt(count)) < 1.5
    assert suggested_sigma(found) == max(found.rows, found.columns) / 2


@given(st.sampled_from(["exponential", "asymptotic", "linear"]), st.floats(0.1, 50.0), st.floats(0.01, 1.0))
def test_a_decay_falls_from_its_first_to_its_last_value(name, start: float, share: float) -> None:
    values = decayed(name, start, start * share, np.linspace(0, 1, 20))
    assert math.isclose(values[0], start)
    assert math.isclose(values[-1], start * share)
    assert (np.diff(values) <= 1e-12 * start).all()


def test_the_exponential_decay_is_the_documents() -> None:
    epochs, sigma = 100, 5.0
    times, scale = np.arange(epochs), epochs / math.log(sigma)  # sigma0 exp(-t / lambda), down to one cell
    assert np.allclose(decayed("exponential", sigma, 1.0, times / epochs), sigma * np.exp(-times / scale))


def test_the_first_codebooks_are_in_the_range_of_the_data() -> None:
    examples = np.random.default_rng(1).normal(size=(40, 4))
    for name in ("random", "sample"):
        start = first_codebook([examples], Spread.of([examples]), Grid(5, 6), name, seed=3)
        assert start.shape == (30, 4)
        assert (start >= examples.min(axis=0)).all()
        assert (start <= examples.max(axis=0)).all()
        assert np.array_equal(start, first_codebook([examples], Spread.of([examples]), Grid(5, 6), name, seed=3))
    sample = first_codebook([examples], Spread.of([examples]), Grid(5, 6), "sample", seed=3)
    assert len({row.tobytes() for row in sample}) == 30


@pytest.mark.parametrize("shape", [(4, 9), (9, 4)])
def test_the_longer_side_lies_along_the_first_principal_axis(shape: tuple[int, int]) -> None:
    examples = np.random.default_rng(2).normal(size=(500, 3)) * [1.0, 6.0, 2.0] + 100.0
    planes = component_planes(pca_codebook(Spread.of([examples]), Grid(*shape)), Grid(*shape))
    along = 1 if shape[1] > shape[0] else 0
    assert np.ptp(planes[1], axis=along).min() > 20
    assert np.ptp(planes[1], axis=1 - along).max() < 2
    assert abs(planes[1].mean() - 100.0) < 1


@pytest.mark.parametrize("name", ["random", "sample", "pca"])
def test_the_first_codebook_is_the_same_from_pieces_as_from_the_whole(name: Initialization) -> None:
    examples = np.random.default_rng(5).normal(size=(103, 4)) * [1.0, 6.0, 2.0, 0.1] + 1e4
    pieces = [examples[start : start + 10] for start in range(0, 103, 10)]
    assert np.allclose(Spread.of(pieces).covariance, np.cov(examples, rowvar=False), rtol=1e-12)
    whole, parts = (first_codebook(one, Spread.of(one), Grid(5, 6), name, seed=3) for one in ([examples], pieces))
    assert np.allclose(whole, parts, rtol=1e-12)


def test_one_feature_has_no_two_axes() -> None:
    with pytest.raises(Exception, match="at least two features"):
        pca_codebook(Spread.of([np.ones((5, 1))]), Grid(2, 2))


def test_the_distance_map_is_minisoms_up_to_its_scale() -> None:
    from minisom import MiniSom

    theirs = MiniSom(4, 5, 3, random_seed=0)
    codebook = theirs.get_weights().transpose(1, 0, 2).reshape(20, 3)
    ours = distance_map(codebook, Grid(5, 4))
    assert np.allclose(ours / ours.max(), theirs.distance_map(scaling="mean").T)


@given(st.lists(st.integers(0, 11), min_size=1, max_size=60))
def test_hits_and_wins_count_every_example_once(cells: list[int]) -> None:
    counts, wins = hit_map(np.array(cells), Grid(3, 4)), win_map(np.array(cells), Grid(3, 4))
    assert counts.sum() == len(cells)
    assert sorted(int(row) for rows in wins.values() for row in rows) == list(range(len(cells)))
    for place, rows in wins.items():
        assert counts[place] == len(rows)
        assert {divmod(cells[row], 4) for row in rows} == {place}


@pytest.mark.parametrize("module", [batch_rule, decay, grid, measures, online_rule, outliers])
def test_examples_in_the_documentation_are_true(module) -> None:
    tried = doctest.testmod(module)
    assert tried.attempted > 0
    assert tried.failed == 0
