"""The interpolated n-gram model, by sorting: what a text is worth to one that counts and nothing more.

    p(c | h) = (count(h c) + kinds(h) p(c | h')) / (count(h) + kinds(h))

where h' is h without its first unit, kinds(h) the number of different units seen after h, and the end of the recursion
a uniform choice of all units. Nothing has to be fitted beside the counts.

Source: Witten and Bell 1991, The zero-frequency problem, IEEE Trans. Information Theory 37; Chen and Goodman 1999, An
empirical study of smoothing techniques for language modeling, section 2.5.
"""

from __future__ import annotations

import numpy as np


def log_probabilities(train: np.ndarray, codes: np.ndarray, *, units: int, order: int) -> np.ndarray:
    """Natural logarithm of the probability of each unit of a text but the first, from the units before it.

    Args:
        train: Codes (n,) that are counted.
        codes: Codes (m,), read from the left: its first units have fewer than `order` - 1 before them.
        units: Size of the vocabulary.
        order: 1 for unigrams, 5 for the four units before.

    Returns:
        float64 (m - 1,).
    """
    chosen = codes[1:].astype(np.int64)
    counted = train.astype(np.int64)
    probability = np.full(len(chosen), 1.0 / units)
    # number of the context of each unit; -1 where it does not occur in the training text, or is cut off
    trained_context, context = np.zeros(len(counted), np.int64), np.zeros(len(chosen), np.int64)
    for length in range(order):
        if length:
            trained_context, context = _longer(trained_context, context, counted, codes.astype(np.int64), length, units)
        probability = _with_counts(probability, trained_context, context, counted, chosen, units)
    return np.log(probability)


def _with_counts(
    shorter: np.ndarray,
    trained_context: np.ndarray,
    context: np.ndarray,
    counted: np.ndarray,
    chosen: np.ndarray,
    units: int,
) -> np.ndarray:
    """Probabilities with one more unit of context; those of the shorter context where it was never seen."""
    whole = trained_context >= 0
    pairs, counts = np.unique(trained_context[whole] * units + counted[whole], return_counts=True)
    size = int(trained_context.max(initial=-1)) + 1
    seen = np.bincount(trained_context[whole], minlength=size)
    kinds = np.bincount(pairs // units, minlength=size)
    known = context >= 0
    where = context[known]
    found = _looked_up(pairs, where * units + chosen[known])
    together = np.where(found >= 0, counts[found], 0)
    probability = shorter.copy()
    probability[known] = (together + kinds[where] * shorter[known]) / (seen[where] + kinds[where])
    return probability


def _longer(
    trained: np.ndarray, context: np.ndarray, counted: np.ndarray, codes: np.ndarray, length: int, units: int
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the contexts that reach one unit further back; as small as before, so that they never overflow."""
    pairs = np.full(len(trained), -1)
    pairs[length:] = trained[length:] * units + counted[:-length]
    known = pairs[length:] >= 0
    kinds, numbers = np.unique(pairs[length:][known], return_inverse=True)
    further = np.full(len(trained), -1)
    further[length:][known] = numbers
    # of codes[i + 1], the unit `length` before is codes[i + 1 - length]
    before = np.full(len(context), -1)
    start = length - 1
    usable = context[start:] >= 0
    looked = context[start:] * units + codes[: max(0, len(context) - start)]
    before[start:] = np.where(usable, _looked_up(kinds, looked), -1)
    return further, before


def _looked_up(ordered: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Places of numbers in an ordered array, -1 of those that are not in it."""
    if not len(ordered):
        return np.full(len(wanted), -1)
    places = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return np.where(ordered[places] == wanted, places, -1)
