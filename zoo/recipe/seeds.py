"""Which seeds a run may have."""

from __future__ import annotations

from collections.abc import Iterable

from registry import UserError

LARGEST = 2**32 - 1  # NumPy's global generator takes no larger one


def check_seeds(seeds: Iterable[int]) -> tuple[int, ...]:
    """Check the seeds of a run or a reproduction.

    Args:
        seeds: One seed or more.

    Returns:
        The seeds.

    Raises:
        UserError: There is none, one stands twice, or one is not a whole number from 0 to 2**32 - 1.

    Example:
        >>> check_seeds([0, 7])
        (0, 7)
    """
    chosen = tuple(seeds) if isinstance(seeds, Iterable) else (seeds,)
    whole = all(isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed <= LARGEST for seed in chosen)
    if not chosen or not whole or len(set(chosen)) != len(chosen):
        raise UserError(
            f"seeds must be different whole numbers from 0 to {LARGEST}",
            received=", ".join(map(repr, chosen)) or "none",
            hint="0, 1, 2",
        )
    return chosen
