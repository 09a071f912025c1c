"""Whether a promise is kept and a baseline beaten: the only place where these comparisons are made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from registry.errors import UserError

Direction = Literal["larger", "smaller"]

SMALLER_IS_BETTER = frozenset(
    {
        "loss",
        "mse",
        "rmse",
        "mae",
        "closed_loop_mse",
        "closed_loop_mae",
        "log_loss",
        "value",
        "distance",
        "perplexity",
        "quantization_error",
        "topographic_error",
        "bits_per_character",
        "frechet_distance",
        "pixel_frechet_distance",
    }
)

_SHORT = frozenset({"mse", "rmse", "mae", "auc", "r2", "f1"})

# 0.97 - 0.96 is 0.010000000000000009: a mean exactly on the limit must not be lost to rounding.
ROUNDING = 1e-9


class InvalidPromise(UserError):
    """A promise table that cannot be judged."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of a promise.

    Args:
        kept: whether the mean is inside what the promise allows (``margin >= 0``) and beats the baseline, if given.
        margin: room left before the promise breaks, in units of the metric; negative when it is broken.
        allowed: how much worse than the expected mean the mean may be, in units of the metric.
        sentence: the verdict in plain words.
    """

    kept: bool
    margin: float
    allowed: float
    sentence: str


def direction_of(metric: str) -> Direction:
    """Say which way a metric improves.

    Args:
        metric: the name of a metric, as in a recipe's promise.

    Returns:
        ``"smaller"`` for losses and errors, ``"larger"`` for everything else.

    >>> direction_of("rmse"), direction_of("accuracy")
    ('smaller', 'larger')
    """
    return "smaller" if metric in SMALLER_IS_BETTER else "larger"


def advantage(value: float, reference: float, direction: Direction) -> float:
    """Measure how much better a value is than a reference, in the metric's direction.

    Returns:
        A positive number when ``value`` is better, a negative one when it is worse.

    >>> advantage(0.25, 1.0, "smaller")
    0.75
    """
    return value - reference if direction == "larger" else reference - value


def beats(value: float, baseline: float, direction: Direction) -> bool:
    """Say whether a value is strictly better than the trivial baseline; a value that is not a number never is.

    >>> beats(0.5, 0.5, "larger")
    False
    """
    return advantage(value, baseline, direction) > 0


def judge(mean: float, promise: Mapping[str, Any], direction: Direction, baseline: float | None = None) -> Verdict:
    """Judge a mean over seeds against the promise of a recipe; a median where the promise is one of a median.

    A promise is kept when the mean is not worse than the expected mean by more than max(2 x spread, tolerance).
    A model that does not beat its trivial baseline keeps no promise, unless the promise says that it need not
    (``beats_baseline = false``: negative controls, and recipes kept as they were printed).

    Args:
        mean: measured mean (median) of the promised metric over the seeds.
        promise: the recipe's ``[promise]`` table: ``mean`` and, where given, ``spread`` and ``tolerance``.
        direction: which way the metric improves, see :func:`direction_of`.
        baseline: the trivial baseline's value on the same split; None where it was not measured.

    Returns:
        The verdict.

    Raises:
        InvalidPromise: the table has no finite ``mean``, or a ``spread`` or ``tolerance`` below zero.

    >>> judge(0.965, {"metric": "accuracy", "mean": 0.97, "spread": 0.001, "tolerance": 0.01}, "larger").kept
    True
    """
    expected = _number(promise, "mean")
    allowed = max(2 * _size(promise, "spread"), _size(promise, "tolerance"))
    metric = metric_label(str(promise.get("metric", "the metric")))
    if not math.isfinite(mean):
        return Verdict(False, -math.inf, allowed, f"Promise not kept: {metric} is not a finite number ({mean}).")
    difference = advantage(mean, expected, direction)
    margin = difference + allowed
    if abs(margin) <= ROUNDING * max(1.0, abs(expected)):
        margin = 0.0
    word = "better" if difference >= 0 else "worse"
    distance = "equal to" if shown(mean) == shown(expected) else f"{shown(abs(difference))} {word} than"
    told = f"{metric} {shown(mean)} is {distance} the promised {shown(expected)}; {shown(allowed)} worse is allowed."
    beaten = baseline is None or not promise.get("beats_baseline", True) or beats(mean, baseline, direction)
    if baseline is not None and not beaten:
        told += f" It does not beat the trivial baseline, {shown(baseline)}."
    kept = margin >= 0 and beaten
    return Verdict(kept, margin, allowed, f"Promise {'kept' if kept else 'not kept'}: {told}")


def statistic_of(promise: Mapping[str, Any] | None) -> str:
    """What of the values over the seeds a promise is about.

    >>> statistic_of(None), statistic_of({"statistic": "median"})
    ('mean', 'median')
    """
    return str((promise or {}).get("statistic") or "mean")


def shown(value: float) -> str:
    """Format a metric for people: four decimals below 10, fewer above, an exponent where decimals would say nothing.

    >>> shown(0.97512), shown(3238.5824), shown(0.00002), shown(0.0)
    ('0.9751', '3,238.6', '2e-05', '0.0000')
    """
    size = abs(value)
    if 0 < size < 0.001 or size >= 1e9:
        return f"{value:.4g}"
    decimals = 4 - min(3, int(math.log10(size))) if size >= 10 else 4
    return f"{value:,.{decimals}f}"


def metric_label(metric: str) -> str:
    """The name of a metric in a sentence.

    >>> metric_label("rmse"), metric_label("log_loss"), metric_label("macro_f1"), metric_label("closed_loop_mse")
    ('RMSE', 'log loss', 'macro F1', 'closed-loop MSE')
    """
    words = " ".join(word.upper() if word in _SHORT else word for word in metric.split("_"))
    return words.replace("closed loop", "closed-loop")


def _number(promise: Mapping[str, Any], key: str) -> float:
    value = promise.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidPromise(f"[promise] {key} must be a finite number", received=value, hint=f"{key} = 0.97")
    return float(value)


def _size(promise: Mapping[str, Any], key: str) -> float:
    if promise.get(key) is None:
        return 0.0
    value = _number(promise, key)
    if value < 0:
        raise InvalidPromise(f"[promise] {key} must not be negative", received=value, hint=f"{key} = 0.01")
    return value
