"""scikit-learn estimators as the runner sees them: seeded, fitted once, scored like every other model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier

from zoo.data.spec import Data, DataSpec
from zoo.recipe import BoundRecipe, RecipeError


def seed(estimator: BaseEstimator, value: int) -> None:
    """Give the run's seed to every `random_state` that the builder left open, nested ones too."""
    parameters = estimator.get_params(deep=True)
    open_ones = {
        name: value for name in parameters if name.split("__")[-1] == "random_state" and parameters[name] is None
    }
    estimator.set_params(**open_ones)


def fit(estimator: BaseEstimator, data: Data, bound: BoundRecipe) -> None:
    """Fit to the training split, or to training and validation rows where the hyperparameters say so.

    Raises:
        RecipeError: Class weights are asked of an estimator through `training.class_weight`.
    """
    if bound.recipe.training.class_weight is not None:
        raise RecipeError(
            "training.class_weight is for networks",
            received=bound.recipe.training.class_weight,
            hint="hyperparameters.class_weight, where the estimator has it",
        )
    features, targets = learned_from(data, both=getattr(bound.hyperparameters, "fit_on_validation", False))
    estimator.fit(features, targets)


def learned_from(data: Data, *, both: bool) -> tuple[np.ndarray, np.ndarray]:
    """Features and targets that an estimator is fitted to.

    Args:
        data: The data.
        both: Training and validation rows together, in the order in which they were drawn when the test split was taken
            away, as `train_test_split` alone would give them; an estimator chooses nothing by a validation split.
    """
    if not both:
        return data.train.features, data.train.targets
    features = np.concatenate([data.train.features, data.validation.features])
    targets = np.concatenate([data.train.targets, data.validation.targets])
    if data.draw is not None and data.train.rows is not None and data.validation.rows is not None:
        rows = np.concatenate([data.train.rows, data.validation.rows])
        places = np.argsort(rows)
        order = places[np.searchsorted(rows, data.draw, sorter=places)]
        features, targets = features[order], targets[order]
    return features, targets


def outputs(estimator: BaseEstimator, data_spec: DataSpec, features: np.ndarray) -> np.ndarray:
    """What a fitted estimator says of raw examples.

    Returns:
        float64: for classification probabilities (n, classes), or 1 for the predicted class and 0 for the others where
        the estimator has no probabilities; for regression numbers (n, targets).
    """
    if data_spec.classes is None:
        return np.asarray(estimator.predict(features), np.float64).reshape(len(features), -1)
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(features), np.float64)
    return np.eye(len(data_spec.classes))[np.asarray(estimator.predict(features), np.int64)]


def row(estimator: BaseEstimator, data: Data) -> dict[str, float]:
    """The one row of metrics.jsonl: the estimator's own score on training and validation rows."""
    name = "accuracy" if is_classifier(estimator) else "r2"
    return {
        name: float(estimator.score(data.train.features, data.train.targets)),
        f"validation_{name}": float(estimator.score(data.validation.features, data.validation.targets)),
    }


def parameters(estimator: BaseEstimator) -> int:
    """Numbers that a fitted estimator has learned: coefficients, support vectors, stored rows, nodes of trees."""
    return sum(_numbers(part) for part in _fitted_parts(estimator))


def _fitted_parts(estimator: BaseEstimator) -> Iterator[Any]:
    steps = getattr(estimator, "steps", None)
    for _, part in steps if steps is not None else [("", estimator)]:
        yield part


def _numbers(part: Any) -> int:
    """Floating-point numbers in the fitted attributes (those that end in an underscore), nested estimators included."""
    count = 0
    for name, value in vars(part).items():
        if (name.endswith("_") or name in ("_fit_X",)) and not name.startswith("__"):
            count += _count(value)
    return count


def _count(value: Any) -> int:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return int(value.size)
    if isinstance(value, np.ndarray) and value.dtype == object:
        return sum(_count(one) for one in value.ravel())
    if isinstance(value, list | tuple):
        return sum(_count(one) for one in value)
    if hasattr(value, "node_count"):  # a tree: feature, threshold and value of each node
        return int(value.node_count) * 3
    if isinstance(value, BaseEstimator):
        return _numbers(value)
    return 0
