"""How large a fitted scikit-learn estimator is, in numbers, beside the parameters of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.tree._tree import Tree

from zoo.weights.estimator_checks import parts

# attributes that scikit-learn gives to what it has learned; a_ and b_ are those of Platt's scaling
LEARNED = ("coef_", "intercept_", "support_vectors_", "dual_coef_", "_fit_X", "_y", "estimator_weights_", "a_", "b_")
A_NODE = 3  # its column, its threshold, its value


def learned_numbers(estimator: BaseEstimator) -> int:
    """Count what an estimator has learned, the steps of preprocessing before it aside.

    Args:
        estimator: Fitted; of a pipeline its last step counts.

    Returns:
        Coefficients and constants, support vectors and their weights, stored examples with their targets, and three
        numbers for each node of a tree.
    """
    last = getattr(estimator, "steps", [("estimator", estimator)])[-1][1]
    return sum(map(_numbers, parts(last)))


def _numbers(part: Any) -> int:
    if isinstance(part, Tree):
        return A_NODE * int(part.node_count)
    if isinstance(part, TreePredictor):
        return A_NODE * len(part.nodes)
    held = getattr(part, "__dict__", {})
    return sum(int(np.size(held[name])) for name in LEARNED if name in held)
