"""The two rules of a map: the worked example, MiniSom on the same order of samples, and Kohonen's batch formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from minisom import MiniSom
from sklearn.datasets import load_digits, make_blobs

from zoo.families.som.batch_rule import cell_sums, pass_over, train_batch
from zoo.families.som.decay import decayed
from zoo.families.som.grid import Grid
from zoo.families.som.initialization import Spread, pca_codebook
from zoo.families.som.measures import best_two, quantization_error, topographic_error
from zoo.families.som.neighborhood import apart
from zoo.families.som.online_rule import order_of, train_online
from zoo.families.som.search import extended

# the nine nodes of the worked example, three by three
NODES = np.array(
    [
        [0.31, 0.22, 0.10], [0.21, 0.34, 0.19], [0.39, 0.42, 0.45],
        [0.25, 0.32, 0.62], [0.24, 0.31, 0.16], [0.52, 0.33, 0.42],
        [0.31, 0.22, 0.10], [0.12, 0.41, 0.19], [0.34, 0.40, 0.51],
    ]
)  # fmt: skip
DISTANCES = [0.9677, 0.9010, 0.5753, 0.5994, 0.9183, 0.5794, 0.9677, 0.9363, 0.5672]
EXAMPLE = np.array([[0.7, 0.6, 0.9]])


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """300 digits in 0..1, float64, moved a little so that no two cells are equally near to one of them."""
    noise = np.random.default_rng(0).normal(0.0, 1e-4, (300, 64))
    return np.asarray(load_digits().data[:300] / 16.0 + noise)


def test_the_worked_example_moves_node_three_half_way() -> None:
    nodes = NODES.copy()
    nodes[8] = 9.0  # the document updates node 3, though node 9 is nearer
    trained = train_online(EXAMPLE, nodes, Grid(3, 3), np.array([0.01]), np.array([0.5]), np.array([0]))
    assert trained[2].round(12).tolist() == [0.545, 0.51, 0.675]
    assert np.array_equal(np.delete(trained, 2, axis=0), np.delete(nodes, 2, axis=0))


def test_the_worked_example_has_node_nine_as_its_best() -> None:
    cells, distances = best_two(EXAMPLE, NODES)
    assert (cells + 1).tolist() == [[9, 3]]
    assert distances.round(4).tolist() == [[0.5672, 0.5753]]
    assert [round(float(np.linalg.norm(EXAMPLE - node)), 4) for node in NODES] == DISTANCES


def both(
    examples: np.ndarray, grid: Grid, neighborhood: Any, sigma: float, rate: float, epochs: int, dtype: str
) -> tuple[np.ndarray, np.ndarray]:
    """Codebooks of our online rule and of MiniSom, from the same start on the same order of samples."""
    steps = epochs * len(examples)
    theirs = MiniSom(
        grid.columns, grid.rows, examples.shape[1], sigma=sigma, learning_rate=rate, random_seed=0,
        neighborhood_function=neighborhood, topology=grid.topology,
    )  # fmt: skip
    theirs.random_weights_init(examples)

    def flat() -> np.ndarray:  # MiniSom's first axis is across
        return theirs.get_weights().transpose(1, 0, 2).reshape(grid.cells, -1).copy()

    start = flat().astype(dtype)
    theirs.train(examples, steps)
    done, order = np.arange(steps) / steps, np.arange(steps) % len(examples)
    sigmas, rates = decayed("asymptotic", sigma, sigma / 3, done), decayed("asymptotic", rate, rate / 3, done)
    return train_online(examples, start, grid, sigmas, rates, order, neighborhood=neighborhood), flat()


@pytest.mark.parametrize(
    ("neighborhood", "topology", "rate", "dtype"),
    [
        ("gaussian", "rectangular", 0.5, "float32"),
        ("gaussian", "rectangular", 0.5, "float64"),
        ("gaussian", "hexagonal", 0.5, "float32"),
        ("bubble", "rectangular", 0.5, "float64"),
        ("mexican_hat", "rectangular", 0.02, "float64"),
        ("mexican_hat", "hexagonal", 0.02, "float64"),
    ],
)
def test_the_online_rule_gives_minisoms_codebook(
    digits: np.ndarray, neighborhood: str, topology: Any, rate: float, dtype: str
) -> None:
    # seven rows: MiniSom shifts hexagonal rows counted from the last, which for an odd number is our grid
    ours, theirs = both(digits, Grid(7, 6, topology), neighborhood, 3.0, rate, 2, dtype)
    assert ours.dtype == dtype
    assert np.abs(ours - theirs).max() < 1e-5


def test_linear_decay_is_minisoms_too(digits: np.ndarray) -> None:
    grid, steps = Grid(5, 4), 400
    theirs = MiniSom(
        4, 5, 64, sigma=2.0, learning_rate=0.4, random_seed=3,
        decay_function="linear_decay_to_zero", sigma_decay_function="linear_decay_to_one",
    )  # fmt: skip
    theirs.random_weights_init(digits)
    start = theirs.get_weights().transpose(1, 0, 2).reshape(20, 64).copy()
    theirs.train(digits, steps)
    done, order = np.arange(steps) / steps, np.arange(steps) % len(digits)
    ours = train_online(
        digits, start, grid, decayed("linear", 2.0, 1.0, done), decayed("linear", 0.4, 0.0, done), order
    )
    assert np.abs(ours - theirs.get_weights().transpose(1, 0, 2).reshape(20, 64)).max() < 1e-5


def test_both_rules_are_not_worse_than_minisom_at_equal_settings(digits: np.ndarray) -> None:
    grid, epochs = Grid(10, 10), 6
    theirs = MiniSom(10, 10, 64, sigma=3.0, learning_rate=0.5, random_seed=0)
    theirs.pca_weights_init(digits)
    start = theirs.get_weights().transpose(1, 0, 2).reshape(100, 64).copy()
    theirs.train(digits, epochs, use_epochs=True, random_order=True)
    codebook = theirs.get_weights().transpose(1, 0, 2).reshape(100, 64)
    limit = quantization_error(digits, codebook), topographic_error(digits, codebook, grid)
    done = np.arange(epochs * len(digits)) / (epochs * len(digits))
    online = train_online(
        digits, start.astype(np.float32), grid, decayed("asymptotic", 3.0, 1.0, done),
        decayed("asymptotic", 0.5, 0.5 / 3, done), np.concatenate([order_of(0, epoch, 300) for epoch in range(epochs)]),
    )  # fmt: skip
    batch = train_batch(digits, start.astype(np.float32), grid, decayed("asymptotic", 3.0, 1.0, np.linspace(0, 1, 20)))
    for ours in (online, batch):
        assert quantization_error(digits, ours) <= 1.01 * limit[0]
        assert topographic_error(digits, ours, grid) <= limit[1] + 0.01


def kohonen(examples: np.ndarray, codebook: np.ndarray, grid: Grid, sigma: float, trim: float) -> np.ndarray:
    """One pass as the formula says it, example by example in float64."""
    above, below = np.zeros_like(codebook), np.zeros(len(codebook))
    cells, distances = best_two(examples, codebook)
    kept = np.argsort(distances[:, 0])[: round(len(examples) * (1 - trim))]
    for example, best in zip(examples[kept], cells[kept, 0], strict=True):
        shares = np.exp(-grid.squared_distances[best] / (2 * sigma**2))
        above += shares[:, None] * example
        below += shares
    return above / below[:, None]


@pytest.mark.parametrize("trim", [0.0, 0.3])
def test_the_batch_rule_is_kohonens_formula(digits: np.ndarray, trim: float) -> None:
    grid = Grid(4, 6, "hexagonal", toroid=True)
    expected = start = digits[:24].copy()
    sigmas = np.array([2.5, 1.5, 1.0])
    for sigma in sigmas:
        expected = kohonen(digits, expected, grid, sigma, trim)
    exact = train_batch(digits, start, grid, sigmas, trim=trim)
    assert np.abs(exact - expected).max() < 1e-9
    assert np.abs(train_batch(digits, start.astype(np.float32), grid, sigmas, trim=trim) - expected).max() < 1e-4


def test_numbers_far_from_zero_lose_nothing() -> None:
    examples = np.array([[1e6], [1e6 + 1], [1e6 + 8], [1e6 + 9]], np.float32)
    trained = train_batch(examples, examples[[0, 3]], Grid(1, 2), np.full(5, 0.1))
    assert trained.ravel().tolist() == [1e6 + 0.5, 1e6 + 8.5]


def test_a_cell_that_nothing_reaches_stays() -> None:
    start = np.array([[0.0], [1.0], [50.0]], np.float32)
    trained = train_batch(np.array([[0.1], [0.9]]), start, Grid(1, 3), np.full(3, 0.05))
    assert trained[2, 0] == 50.0


def test_left_out_examples_draw_no_cell() -> None:
    crowd = np.random.default_rng(0).normal(size=(90, 2))
    examples = np.concatenate([crowd, np.full((10, 2), 40.0)])
    start = pca_codebook(Spread.of([examples]), Grid(3, 3)).astype(np.float32)
    whole, trimmed = (train_batch(examples, start, Grid(3, 3), np.linspace(2, 0.5, 10), trim=t) for t in (0.0, 0.1))
    assert whole.max() > 35.0
    assert trimmed.max() < 5.0


def test_sums_of_parts_add_up_to_those_of_the_whole(digits: np.ndarray) -> None:
    center, codebook = tf.constant(digits.mean(axis=0)), tf.constant(digits[:20])
    rows = extended(tf.constant(digits), center)
    whole = cell_sums(rows, codebook, center)
    parts = cell_sums(rows[:140], codebook, center) + cell_sums(rows[140:], codebook, center)
    assert np.allclose(whole, parts, rtol=0, atol=1e-12)
    assert float(tf.reduce_sum(whole[:, -1])) == 300.0


def test_a_pass_over_chunks_is_a_pass_over_the_whole(digits: np.ndarray) -> None:
    grid, start = Grid(4, 5), digits[:20].copy()
    chunks = tf.data.Dataset.from_tensor_slices(digits).batch(77)
    center, distances = tf.constant(digits.mean(axis=0)), tf.constant(apart(grid, "gaussian"))
    ours = pass_over(chunks, tf.constant(start), center, tf.constant(1.5, tf.float64), distances, "gaussian")
    assert np.allclose(ours, train_batch(digits, start, grid, np.array([1.5])), rtol=0, atol=1e-12)


def test_the_order_of_samples_follows_seed_and_epoch() -> None:
    assert np.array_equal(order_of(3, 7, 50), order_of(3, 7, 50))
    assert sorted(order_of(3, 7, 50).tolist()) == list(range(50))
    assert not np.array_equal(order_of(3, 7, 50), order_of(3, 8, 50))
    assert not np.array_equal(order_of(3, 7, 50), order_of(4, 7, 50))


def test_blobs_far_apart_have_cells_of_their_own() -> None:
    examples, targets = make_blobs(400, 5, centers=4, random_state=0)
    start = pca_codebook(Spread.of([examples]), Grid(2, 2))
    trained = train_batch(examples, start, Grid(2, 2), np.geomspace(1.0, 0.2, 10))
    cells = best_two(examples, trained)[0][:, 0]
    assert len({(int(cell), int(target)) for cell, target in zip(cells, targets, strict=True)}) == 4
