"""What scikit-learn reads of a fitted estimator without looking: indices that must lie where there is something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.tree._tree import Tree

Forest = (
    RandomForestClassifier,
    RandomForestRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    AdaBoostClassifier,
    AdaBoostRegressor,
)
Boosting = (GradientBoostingClassifier, GradientBoostingRegressor)
Histogram = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
LEAF = -1  # child of a leaf


def parts(value: Any) -> Iterator[Any]:
    """An object and all that it holds, through attributes, lists, tables and arrays of objects."""
    yield value
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object):
        inner = np.asarray(value, object).ravel() if isinstance(value, np.ndarray) else value
    elif isinstance(value, BaseEstimator) or type(value).__module__.startswith("sklearn."):
        inner = getattr(value, "__dict__", {}).values()
    for part in inner:
        yield from parts(part)


def check_indices(estimator: Any) -> None:
    """Refuse a fitted estimator that would read outside its arrays, or for ever.

    Raises:
        ValueError: The nodes of a tree lead to nodes or columns that are not there, or back; or the arrays of a support
            vector machine do not go together.
    """
    owned: set[int] = set()
    for part in parts(estimator):
        if isinstance(part, (DecisionTreeClassifier, DecisionTreeRegressor)) and hasattr(part, "tree_"):
            owned.add(id(part.tree_))
            _check_tree(part.tree_, part.n_features_in_)
        elif isinstance(part, Forest) and hasattr(part, "estimators_"):
            _require_same_columns(part.estimators_, part.n_features_in_)
        elif isinstance(part, Boosting) and hasattr(part, "estimators_"):
            _check_boosting(part)
        elif isinstance(part, Histogram) and hasattr(part, "_predictors"):
            _check_histogram(part)
        elif isinstance(part, (SVC, SVR)) and hasattr(part, "support_"):
            _check_support_vectors(part)
    strays = [part for part in parts(estimator) if isinstance(part, Tree) and id(part) not in owned]
    _require(not strays, "a tree that is no decision tree's")


def _check_tree(tree: Tree, columns: int) -> None:
    _require(isinstance(tree, Tree) and tree.n_features == columns, "a tree of other columns than its estimator's")
    _check_nodes(tree.children_left, tree.children_right, tree.feature, tree.children_left == LEAF, columns)


def _check_nodes(left: np.ndarray, right: np.ndarray, feature: np.ndarray, leaf: np.ndarray, columns: int) -> None:
    """Children come after their parent, so that every way down ends."""
    numbers = np.arange(len(left))
    _require(len(left) > 0, "a tree without nodes")
    for child in (left, right):
        inside = (child > numbers) & (child < len(left))
        _require(bool((inside | leaf).all()), "a node of a tree whose child is not there")
    _require(bool((leaf | ((feature >= 0) & (feature < columns))).all()), "a node of a tree that asks no column")


def _require_same_columns(trees: Any, columns: int) -> None:
    _require(
        all(isinstance(tree, BaseEstimator) and tree.n_features_in_ == columns for tree in trees),
        "a forest whose trees are of other columns",
    )


def _check_boosting(part: Any) -> None:
    trees = part.estimators_
    classes = getattr(part, "n_classes_", 1)
    _require(
        isinstance(trees, np.ndarray) and trees.ndim == 2 and trees.shape[1] == (classes if classes > 2 else 1),
        "boosting with another number of trees a step than classes",
    )
    _require_same_columns(trees.ravel(), part.n_features_in_)
    _require(all(tree.tree_.value.shape[1:] == (1, 1) for tree in trees.ravel()), "boosted trees of several numbers")


def _check_histogram(part: Any) -> None:
    for step in part._predictors:
        for predictor in step:
            nodes = predictor.nodes
            # leaves have no children, and no column is a category here
            _check_nodes(
                nodes["left"].astype(np.int64),
                nodes["right"].astype(np.int64),
                nodes["feature_idx"],
                nodes["is_leaf"].astype(bool),
                part.n_features_in_,
            )
            _require(not nodes["is_categorical"].any(), "a node of a tree that asks for a category")


def _check_support_vectors(part: Any) -> None:
    vectors, counts = part.support_vectors_, part._n_support
    classes = len(part.classes_) if isinstance(part, SVC) else 2  # libsvm takes numbers for two classes
    _require(
        vectors.ndim == 2
        and len(vectors) == len(part.support_) == part.dual_coef_.shape[1]
        and part.shape_fit_[1] == vectors.shape[1] == part.n_features_in_
        and part._dual_coef_.shape == (classes - 1, len(vectors))
        and counts.shape == (classes,)
        and bool((counts >= 0).all())
        and (isinstance(part, SVR) or int(counts.sum()) == len(vectors))
        and part._intercept_.shape == (classes * (classes - 1) // 2,),
        "support vectors whose arrays do not go together",
    )


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
