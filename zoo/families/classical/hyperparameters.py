"""Hyperparameters of the classical baselines, with scikit-learn's names and defaults; neither NumPy nor scikit-learn.

A setting that is not given is left to scikit-learn, and so is one that is None.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from zoo.recipe.fields import Settings, setting

PENALTIES = {"low": 1e-4, "high": 10.0, "log": True}
COSTS = {"low": 1e-3, "high": 1e3, "log": True}
Kernel = Literal["linear", "poly", "rbf", "sigmoid"]
Gamma = Literal["scale", "auto"] | Annotated[float, Field(gt=0.0)]
Tried = Literal["sqrt", "log2"] | Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0.0, le=1.0)]
Weights = Literal["balanced"]
Criterion = Literal["gini", "entropy", "log_loss", "squared_error", "absolute_error", "poisson"]


class Estimator(Settings):
    """What can be set of every baseline."""

    fit_on_validation: bool = setting(
        False, "learn from training and validation rows together, in the order of the draw that split them from test"
    )


class Scaled(Estimator):
    """What can be set of a baseline to which the units of the columns matter."""

    standardize: bool = setting(True, "scale numbers with statistics of the rows learned from, as their columns say")


class Seeded(Settings):
    """What can be set of a baseline that draws."""

    random_state: int | None = setting(None, "seed of its draws; the run's seed if not given", ge=0, lt=2**32)


class Intercept(Settings):
    """What can be set of a linear baseline."""

    fit_intercept: bool = setting(True, "learn a constant beside the coefficients")


class LinearRegression(Scaled, Intercept):
    """What can be set of ordinary least squares."""

    # the predictions are the same, but for the last digits
    standardize: bool = setting(False, "scale numbers with statistics of the rows learned from, as their columns say")
    positive: bool = setting(False, "no negative coefficients")


class Lasso(Scaled, Intercept, Seeded):
    """What can be set of the lasso."""

    alpha: float = setting(1.0, "weight of the L1 penalty", gt=0.0, search=PENALTIES)
    positive: bool = setting(False, "no negative coefficients")
    selection: Literal["cyclic", "random"] = setting("cyclic", "order in which the coefficients are improved")
    max_iter: int = setting(1000, "most rounds over the coefficients", ge=1)
    tol: float = setting(1e-4, "duality gap, as a share of the targets' squares, at which it ends", gt=0.0)


class Ridge(Scaled, Intercept, Seeded):
    """What can be set of ridge regression."""

    alpha: float = setting(1.0, "weight of the L2 penalty", ge=0.0, search=PENALTIES)
    solver: Literal["auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga"] = setting(
        "auto", "how the equations are solved"
    )
    tol: float = setting(1e-4, "precision of the solvers that iterate", gt=0.0)


class ElasticNet(Lasso):
    """What can be set of the elastic net."""

    alpha: float = setting(1.0, "weight of both penalties", gt=0.0, search=PENALTIES)
    l1_ratio: float = setting(
        0.5, "share of the L1 penalty", ge=0.0, le=1.0, search={"low": 0.05, "high": 1.0, "log": False}
    )


class PolynomialRegression(Scaled, Intercept):
    """What can be set of polynomial regression."""

    degree: int = setting(2, "highest sum of powers in a product", ge=1, le=20, search=[1, 2, 3, 5, 8])
    interaction_only: bool = setting(False, "products of different columns only, no powers")
    alpha: float = setting(0.0, "weight of an L2 penalty; none is least squares", ge=0.0, search=[0.0, 1e-3, 1.0])


class LogisticRegression(Scaled, Intercept, Seeded):
    """What can be set of logistic regression."""

    C: float = setting(1.0, "inverse weight of the L2 penalty", gt=0.0, search=COSTS)
    solver: Literal["lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"] = setting("lbfgs", "how it is solved")
    max_iter: int = setting(100, "most steps of the solver", ge=1)
    tol: float = setting(1e-4, "precision at which the solver ends", gt=0.0)
    class_weight: Weights | None = setting(None, "balanced: each class has the same total weight")


class SupportVectors(Scaled):
    """What can be set of both support vector machines."""

    C: float = setting(1.0, "inverse weight of the penalty: cost of what lies on the wrong side", gt=0.0, search=COSTS)
    kernel: Kernel = setting("rbf", "how alike two examples are", search=["linear", "rbf"])
    degree: int = setting(3, "degree of the kernel poly", ge=0)
    gamma: Gamma = setting(
        "scale",
        "width of the kernels: scale is 1 / (columns x variance), auto 1 / columns",
        search={"low": 1e-4, "high": 1.0, "log": True},
    )
    coef0: float = setting(0.0, "constant of the kernels poly and sigmoid")
    tol: float = setting(1e-3, "precision at which the solver ends", gt=0.0)


class Svc(SupportVectors):
    """What can be set of the support vector machine for classes."""

    class_weight: Weights | None = setting(None, "balanced: each class has the same total weight")
    probabilities: bool = setting(
        False, "learn probabilities (Platt's scaling on five folds); without it only classes are said"
    )


class Svr(SupportVectors):
    """What can be set of the support vector machine for numbers."""

    epsilon: float = setting(0.1, "error that costs nothing", ge=0.0, search={"low": 0.01, "high": 1.0, "log": True})


class KnnClassifier(Scaled):
    """What can be set of nearest neighbours, for classes and for numbers."""

    n_neighbors: int = setting(5, "neighbours asked", ge=1, search=[1, 3, 5, 9, 15, 25])
    weights: Literal["uniform", "distance"] = setting(
        "uniform", "distance: nearer neighbours count more, by 1 / distance", search=["uniform", "distance"]
    )
    metric: Literal["minkowski", "euclidean", "manhattan", "chebyshev"] = setting(
        "minkowski", "distance", search=["euclidean", "manhattan"]
    )
    p: float = setting(2.0, "power of the distance minkowski: 1 manhattan, 2 euclidean", ge=1.0)
    algorithm: Literal["auto", "brute", "kd_tree", "ball_tree"] = setting("auto", "how neighbours are found")
    leaf_size: int = setting(30, "examples in a leaf of a search tree", ge=1)


class KnnRegressor(KnnClassifier):
    """What can be set of nearest neighbours for numbers."""


class Lda(Scaled):
    """What can be set of linear discriminant analysis."""

    solver: Literal["svd", "lsqr", "eigen"] = setting("svd", "how it is solved; svd never makes the covariance")
    shrinkage: Literal["auto"] | Annotated[float, Field(ge=0.0, le=1.0)] | None = setting(
        None, "how much the covariance is drawn to a diagonal; auto: by Ledoit and Wolf"
    )
    tol: float = setting(1e-4, "singular values up to this are none (solver svd)", ge=0.0)

    @model_validator(mode="after")
    def _shrinkage_needs_a_covariance(self) -> Lda:
        if self.shrinkage is not None and self.solver == "svd":
            raise ValueError('shrinkage goes with solver = "lsqr" or "eigen"')
        return self


class Growth(Estimator, Seeded):
    """What can be set of every tree that is grown to the end."""

    criterion: Criterion | None = setting(None, "what a split improves; gini for classes, squared_error for numbers")
    max_depth: int | None = setting(None, "splits from root to leaf; no limit if not given", ge=1, search=[3, 5, 10])
    min_samples_split: int = setting(2, "examples that a node needs to be split", ge=2, search=[2, 5, 20])
    min_samples_leaf: int = setting(1, "examples that a leaf must keep", ge=1, search=[1, 5, 20])
    max_leaf_nodes: int | None = setting(None, "leaves of a tree; no limit if not given", ge=2)
    min_impurity_decrease: float = setting(0.0, "least improvement by a split", ge=0.0)
    ccp_alpha: float = setting(
        0.0, "cost of a leaf when the tree is pruned", ge=0.0, search={"low": 1e-4, "high": 0.1, "log": True}
    )
    class_weight: Weights | None = setting(None, "balanced: each class has the same total weight")


class DecisionTree(Growth):
    """What can be set of a decision tree."""

    splitter: Literal["best", "random"] = setting("best", "the best split of a column, or the best of random ones")
    max_features: Tried | None = setting(None, "columns tried at a split, a number or a share; all if not given")


class Forest(Growth):
    """What can be set of both forests."""

    n_estimators: int = setting(100, "trees", ge=1, search={"low": 10, "high": 1000, "log": True})
    max_features: Tried | None = setting(
        None, "columns tried at a split, a number or a share; sqrt for classes, all for numbers if not given"
    )


class RandomForest(Forest):
    """What can be set of a random forest."""

    bootstrap: bool = setting(True, "each tree learns from rows drawn with replacement")


class ExtraTrees(Forest):
    """What can be set of extremely randomised trees."""

    bootstrap: bool = setting(False, "each tree learns from rows drawn with replacement")


class Adaboost(Estimator, Seeded):
    """What can be set of AdaBoost."""

    n_estimators: int = setting(50, "most trees", ge=1, search={"low": 10, "high": 500, "log": True})
    learning_rate: float = setting(
        1.0, "what a tree's weight is multiplied by", gt=0.0, search={"low": 0.01, "high": 2.0, "log": True}
    )
    max_depth: int | None = setting(
        None, "splits from root to leaf of each tree; 1 for classes, 3 for numbers if not given", ge=1, search=[1, 3, 6]
    )
    loss: Literal["linear", "square", "exponential"] = setting("linear", "of errors, when numbers are learned")


class GradientBoosting(Estimator, Seeded):
    """What can be set of gradient boosting."""

    histogram: bool = setting(
        False, "thresholds among 255 bins of each column: far faster on ten thousand rows or more"
    )
    n_estimators: int = setting(
        100, "trees, for each class of three or more", ge=1, search={"low": 20, "high": 1000, "log": True}
    )
    learning_rate: float = setting(
        0.1, "what a tree's step is multiplied by", gt=0.0, search={"low": 0.01, "high": 0.5, "log": True}
    )
    max_depth: int | None = setting(
        None, "splits from root to leaf; if not given 3, no limit with histogram", ge=1, search=[2, 3, 5]
    )
    max_leaf_nodes: int | None = setting(
        None, "leaves of a tree; if not given no limit, 31 with histogram", ge=2, search=[8, 31, 63]
    )
    min_samples_leaf: int | None = setting(
        None, "examples that a leaf must keep; if not given 1, 20 with histogram", ge=1, search=[5, 20, 50]
    )
    subsample: float = setting(1.0, "share of the rows that each tree sees; without histogram", gt=0.0, le=1.0)
    max_features: Annotated[float, Field(gt=0.0, le=1.0)] | None = setting(
        None, "share of the columns tried at a split; all if not given"
    )
    l2_regularization: float = setting(0.0, "L2 penalty on the leaves' values; with histogram", ge=0.0)
    early_stopping: Literal["auto"] | bool = setting(
        "auto",
        "end when ten trees do not improve the loss on a tenth of the rows, which it keeps back; "
        "auto: with histogram, from 10,001 rows on",
    )

    @model_validator(mode="after")
    def _settings_of_one_kind(self) -> GradientBoosting:
        if self.histogram and self.subsample != 1.0:
            raise ValueError("subsample goes with histogram = false")
        if not self.histogram and self.l2_regularization:
            raise ValueError("l2_regularization goes with histogram = true")
        return self
