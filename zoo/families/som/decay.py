"""How the width of the neighbourhood and the learning rate fall over a training: pure functions of its progress."""

from __future__ import annotations

from typing import Literal

import numpy as np

Decay = Literal["exponential", "asymptotic", "linear"]


def decayed(decay: Decay, start: float, end: float, progress: np.ndarray | float) -> np.ndarray:
    """Values at a share of the training, from `start` at 0 to `end` at 1.

    exponential: start (end / start)^progress, which is start exp(-t / lambda) with lambda = T / ln(start / end);
    asymptotic: start / (1 + (start / end - 1) progress), MiniSom's decay with end = start / 3;
    linear: start + (end - start) progress.

    Args:
        decay: Which of the three.
        start: First value, positive.
        end: Last value, positive; of the linear one it may be zero.
        progress: Shares of the training done, 0 to 1.

    Returns:
        float64 of the shape of `progress`.

    Source: Kohonen, Self-Organizing Maps, 3rd edition 2001, section 3.6 (linear, hyperbolic); Ritter and Schulten 1986,
    Biological Cybernetics 54 (exponential).

    Example:
        >>> decayed("exponential", 8.0, 0.5, np.array([0.0, 0.5, 1.0])).tolist()
        [8.0, 2.0, 0.5]
        >>> decayed("asymptotic", 9.0, 3.0, 0.5).item(), decayed("linear", 9.0, 3.0, 0.5).item()
        (4.5, 6.0)
    """
    done = np.asarray(progress, np.float64)
    if decay == "exponential":
        return np.asarray(start * (end / start) ** done)
    if decay == "asymptotic":
        return np.asarray(start / (1.0 + (start / end - 1.0) * done))
    return np.asarray(start + (end - start) * done)
