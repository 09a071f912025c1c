"""The classical baselines as scikit-learn pipelines of native classes only.

Shapes, for n examples:

    raw (n, *shape) -> numbers (n, columns) -> class probabilities (n, classes), or numbers (n,) or (n, targets)

The steps of a pipeline are "columns" (of a table, see `zoo.layers.table_encoding`), or "flatten" and "scale" (of
pictures and vectors), "powers" (of polynomial regression), and last "estimator", which is scikit-learn's own with the
hyperparameters as its arguments: a fitted pipeline says what bare scikit-learn says, to the last digit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn import ensemble, linear_model, neighbors, svm, tree
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler

from registry import UserError
from zoo.data.spec import DataSpec
from zoo.families.classical import hyperparameters as settings
from zoo.layers.table_encoding import table_transformer
from zoo.recipe.fields import Settings

OURS = {"fit_on_validation", "standardize"}
OF_CLASSES = ("gini", "entropy", "log_loss")


def arguments(hyperparameters: Settings, *without: str) -> dict[str, Any]:
    """The hyperparameters as scikit-learn's arguments; those that are None are left to it."""
    return hyperparameters.model_dump(exclude={*OURS, *without}, exclude_none=True)


def preprocessing(data_spec: DataSpec, *, scale: bool) -> list[tuple[str, Any]]:
    """The steps from raw examples to numbers: (n, *shape) -> (n, columns)."""
    if data_spec.kind == "table":
        return [("columns", table_transformer(data_spec.columns, scale=scale))]
    flat = FunctionTransformer(np.reshape, kw_args={"shape": (-1, math.prod(data_spec.shape))})
    steps: list[tuple[str, Any]] = [("flatten", flat)] if data_spec.kind == "picture" else []
    return [*steps, ("scale", StandardScaler())] if scale else steps


def pipeline(data_spec: DataSpec, estimator: BaseEstimator, *, scale: bool) -> Pipeline:
    """Preprocessing, then the estimator."""
    return Pipeline([*preprocessing(data_spec, scale=scale), ("estimator", estimator)])


def learns_classes(data_spec: DataSpec) -> bool:
    """Which of its two tasks a family is asked for."""
    return data_spec.task == "classification"


def require_one_target(data_spec: DataSpec, name: str) -> None:
    """Refuse targets of several numbers.

    Raises:
        UserError: An example has more than one number to learn.
    """
    if not learns_classes(data_spec) and data_spec.target_shape:
        raise UserError(
            f"{name} learns one number an example",
            received=f"targets of shape {data_spec.target_shape}",
            near=["random_forest", "ridge", "knn_regressor"],
        )


def require_own_criterion(hyperparameters: settings.Growth, data_spec: DataSpec) -> None:
    """Refuse a criterion, or class weights, of the other task.

    Raises:
        UserError: A setting is one of classes where numbers are learned, or the other way round.
    """
    if hyperparameters.class_weight is not None and not learns_classes(data_spec):
        raise UserError("class_weight is for classification", received=data_spec.task)
    criterion = hyperparameters.criterion
    if criterion is not None and (criterion in OF_CLASSES) != learns_classes(data_spec):
        own = OF_CLASSES if learns_classes(data_spec) else ("squared_error", "absolute_error", "poisson")
        raise UserError(f"criterion of a {data_spec.task} must be one of {', '.join(own)}", received=criterion)


def linear_regression(hyperparameters: settings.LinearRegression, data_spec: DataSpec) -> Pipeline:
    """Build ordinary least squares."""
    estimator = linear_model.LinearRegression(**arguments(hyperparameters))
    return pipeline(data_spec, estimator, scale=hyperparameters.standardize)


def lasso(hyperparameters: settings.Lasso, data_spec: DataSpec) -> Pipeline:
    """Build the lasso."""
    return pipeline(data_spec, linear_model.Lasso(**arguments(hyperparameters)), scale=hyperparameters.standardize)


def ridge(hyperparameters: settings.Ridge, data_spec: DataSpec) -> Pipeline:
    """Build ridge regression."""
    return pipeline(data_spec, linear_model.Ridge(**arguments(hyperparameters)), scale=hyperparameters.standardize)


def elastic_net(hyperparameters: settings.ElasticNet, data_spec: DataSpec) -> Pipeline:
    """Build the elastic net."""
    return pipeline(data_spec, linear_model.ElasticNet(**arguments(hyperparameters)), scale=hyperparameters.standardize)


def polynomial_regression(hyperparameters: settings.PolynomialRegression, data_spec: DataSpec) -> Pipeline:
    """Build least squares, or ridge regression, on powers and products of the columns."""
    powers = PolynomialFeatures(
        hyperparameters.degree, interaction_only=hyperparameters.interaction_only, include_bias=False
    )
    constant = hyperparameters.fit_intercept
    estimator = (
        linear_model.Ridge(hyperparameters.alpha, fit_intercept=constant)
        if hyperparameters.alpha
        else linear_model.LinearRegression(fit_intercept=constant)
    )
    steps = preprocessing(data_spec, scale=hyperparameters.standardize)
    return Pipeline([*steps, ("powers", powers), ("estimator", estimator)])


def logistic_regression(hyperparameters: settings.LogisticRegression, data_spec: DataSpec) -> Pipeline:
    """Build logistic regression, multinomial for three classes or more."""
    estimator = linear_model.LogisticRegression(**arguments(hyperparameters))
    return pipeline(data_spec, estimator, scale=hyperparameters.standardize)


def svc(hyperparameters: settings.Svc, data_spec: DataSpec) -> Pipeline:
    """Build the support vector machine for classes, calibrated where probabilities are asked for."""
    estimator: BaseEstimator = svm.SVC(**arguments(hyperparameters, "probabilities"))
    if hyperparameters.probabilities:
        estimator = CalibratedClassifierCV(estimator, ensemble=False)
    return pipeline(data_spec, estimator, scale=hyperparameters.standardize)


def svr(hyperparameters: settings.Svr, data_spec: DataSpec) -> Pipeline:
    """Build the support vector machine for numbers."""
    require_one_target(data_spec, "svr")
    return pipeline(data_spec, svm.SVR(**arguments(hyperparameters)), scale=hyperparameters.standardize)


def knn_classifier(hyperparameters: settings.KnnClassifier, data_spec: DataSpec) -> Pipeline:
    """Build nearest neighbours for classes."""
    estimator = neighbors.KNeighborsClassifier(**arguments(hyperparameters))
    return pipeline(data_spec, estimator, scale=hyperparameters.standardize)


def knn_regressor(hyperparameters: settings.KnnRegressor, data_spec: DataSpec) -> Pipeline:
    """Build nearest neighbours for numbers."""
    estimator = neighbors.KNeighborsRegressor(**arguments(hyperparameters))
    return pipeline(data_spec, estimator, scale=hyperparameters.standardize)


def lda(hyperparameters: settings.Lda, data_spec: DataSpec) -> Pipeline:
    """Build linear discriminant analysis."""
    estimator = LinearDiscriminantAnalysis(**arguments(hyperparameters))
    return pipeline(data_spec, estimator, scale=hyperparameters.standardize)


def decision_tree(hyperparameters: settings.DecisionTree, data_spec: DataSpec) -> Pipeline:
    """Build a decision tree; the units of its columns do not matter."""
    require_own_criterion(hyperparameters, data_spec)
    own = tree.DecisionTreeClassifier if learns_classes(data_spec) else tree.DecisionTreeRegressor
    return pipeline(data_spec, own(**arguments(hyperparameters)), scale=False)


def random_forest(hyperparameters: settings.RandomForest, data_spec: DataSpec) -> Pipeline:
    """Build a random forest."""
    require_own_criterion(hyperparameters, data_spec)
    own = ensemble.RandomForestClassifier if learns_classes(data_spec) else ensemble.RandomForestRegressor
    return pipeline(data_spec, own(**arguments(hyperparameters)), scale=False)


def extra_trees(hyperparameters: settings.ExtraTrees, data_spec: DataSpec) -> Pipeline:
    """Build extremely randomised trees."""
    require_own_criterion(hyperparameters, data_spec)
    own = ensemble.ExtraTreesClassifier if learns_classes(data_spec) else ensemble.ExtraTreesRegressor
    return pipeline(data_spec, own(**arguments(hyperparameters)), scale=False)


def adaboost(hyperparameters: settings.Adaboost, data_spec: DataSpec) -> Pipeline:
    """Build AdaBoost on stumps, or on trees of a given depth."""
    require_one_target(data_spec, "adaboost")
    given = arguments(hyperparameters, "max_depth", "loss")
    depth = hyperparameters.max_depth
    if learns_classes(data_spec):
        weak = None if depth is None else tree.DecisionTreeClassifier(max_depth=depth)
        return pipeline(data_spec, ensemble.AdaBoostClassifier(weak, **given), scale=False)
    weak = None if depth is None else tree.DecisionTreeRegressor(max_depth=depth)
    return pipeline(data_spec, ensemble.AdaBoostRegressor(weak, loss=hyperparameters.loss, **given), scale=False)


def gradient_boosting(hyperparameters: settings.GradientBoosting, data_spec: DataSpec) -> Pipeline:
    """Build gradient boosting, exact or on histograms."""
    require_one_target(data_spec, "gradient_boosting")
    given = arguments(hyperparameters, "histogram")
    stopping = given.pop("early_stopping")
    classes = learns_classes(data_spec)
    if hyperparameters.histogram:
        given["max_iter"] = given.pop("n_estimators")
        del given["subsample"]
        own = ensemble.HistGradientBoostingClassifier if classes else ensemble.HistGradientBoostingRegressor
        return pipeline(data_spec, own(early_stopping=stopping, **given), scale=False)
    del given["l2_regularization"]
    own = ensemble.GradientBoostingClassifier if classes else ensemble.GradientBoostingRegressor
    # 10 trees without improvement, as on histograms
    patience = 10 if stopping is True else None
    return pipeline(data_spec, own(n_iter_no_change=patience, **given), scale=False)
