"""Penalties on kernels, by name and by size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

USUAL = 0.01  # as in Keras


def require_consistent(regularizer: str | None, l1: float, l2: float) -> None:
    """Refuse a size of a penalty that the name leaves out.

    Raises:
        ValueError: They contradict one another.
    """
    if (regularizer == "l1" and l2) or (regularizer == "l2" and l1):
        raise ValueError(
            f'regularizer = "l1_l2" goes with both l1 and l2, received regularizer = "{regularizer}", '
            f"l1 = {l1:g}, l2 = {l2:g}"
        )


def sizes(regularizer: str | None, l1: float, l2: float) -> tuple[float, float]:
    """Factors of the absolute and of the squared weights: as given, else 0.01 of those that the name has.

    >>> sizes(None, 0.0, 0.001), sizes("l1", 0.0, 0.0), sizes("l1_l2", 0.0, 0.5)
    ((0.0, 0.001), (0.01, 0.0), (0.01, 0.5))
    """
    names = (regularizer or "").split("_")
    return l1 or USUAL * ("l1" in names), l2 or USUAL * ("l2" in names)


def penalty(
    regularizer: str | None, l1: float, l2: float, *, members: int = 1
) -> keras.regularizers.Regularizer | None:
    """The penalty on a kernel, if there is one.

    Args:
        regularizer: l1, l2, l1_l2, or None for what the sizes say.
        l1: Factor of the sum of absolute weights.
        l2: Factor of the sum of squared weights.
        members: Of an ensemble, whose loss is the mean over its members: each is penalised by that share.
    """
    import keras

    absolute, squared = sizes(regularizer, l1, l2)
    if not absolute and not squared:
        return None
    return keras.regularizers.L1L2(absolute / members, squared / members)
