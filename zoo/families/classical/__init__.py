"""Classical baselines: scikit-learn's estimators behind the zoo's names, data, weights and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from registry import Family

if TYPE_CHECKING:
    from registry import Registry

NUMBERS, CLASSES = ("regression",), ("classification",)
BOTH = ("classification", "regression")
# functions of figures.py
LINES, TREES, ONE_TREE = ("coefficients",), ("feature_importance",), ("decision_tree", "feature_importance")


class Baseline(NamedTuple):
    """One row of the table."""

    name: str
    tasks: tuple[str, ...]
    dataset: str
    summary: str
    figures: tuple[str, ...]
    source: str


TABLE = (
    Baseline(
        "linear_regression", NUMBERS, "diabetes", "Ordinary least squares", LINES,
        "A.-M. Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805",
    ),
    Baseline(
        "lasso", NUMBERS, "diabetes", "Least squares with an L1 penalty, which leaves columns out", LINES,
        "R. Tibshirani, Regression shrinkage and selection via the lasso, JRSS B 58, 1996",
    ),
    Baseline(
        "ridge", NUMBERS, "diabetes", "Least squares with an L2 penalty, which shrinks coefficients", LINES,
        "A. Hoerl, R. Kennard, Ridge regression: biased estimation for nonorthogonal problems, Technometrics 12, 1970",
    ),
    Baseline(
        "elastic_net", NUMBERS, "diabetes", "Least squares with L1 and L2 penalties", LINES,
        "H. Zou, T. Hastie, Regularization and variable selection via the elastic net, JRSS B 67, 2005",
    ),
    Baseline(
        "polynomial_regression", NUMBERS, "surface", "Least squares on powers and products of the columns", LINES,
        "J. Gergonne, Application de la méthode des moindres quarrés à l'interpolation des suites, 1815",
    ),
    Baseline(
        "logistic_regression", CLASSES, "breast_cancer", "Linear log-odds of classes, with an L2 penalty", LINES,
        "D. Cox, The regression analysis of binary sequences, JRSS B 20, 1958",
    ),
    Baseline(
        "svc", CLASSES, "breast_cancer", "Support vector machine for classes", (),
        "C. Cortes, V. Vapnik, Support-vector networks, Machine Learning 20, 1995",
    ),
    Baseline(
        "svr", NUMBERS, "diabetes", "Support vector machine for numbers", (),
        "H. Drucker et al., Support vector regression machines, NIPS 9, 1996",
    ),
    Baseline(
        "knn_classifier", CLASSES, "iris", "Majority of the nearest training examples", (),
        "E. Fix, J. Hodges, Discriminatory analysis: nonparametric discrimination, USAF report 4, 1951",
    ),
    Baseline(
        "knn_regressor", NUMBERS, "diabetes", "Mean of the nearest training examples", (),
        "N. Altman, An introduction to kernel and nearest-neighbor nonparametric regression, Am. Statistician 46, 1992",
    ),
    Baseline(
        "lda", CLASSES, "wine", "Linear discriminant analysis: Gaussian classes of one covariance", LINES,
        "R. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7, 1936",
    ),
    Baseline(
        "decision_tree", BOTH, "iris", "Decision tree (CART)", ONE_TREE,
        "L. Breiman et al., Classification and regression trees, 1984",
    ),
    Baseline(
        "random_forest", BOTH, "breast_cancer", "Trees on bootstrap samples, each split among a few columns", TREES,
        "L. Breiman, Random forests, Machine Learning 45, 2001",
    ),
    Baseline(
        "extra_trees", BOTH, "iris", "Trees whose thresholds are drawn at random", TREES,
        "P. Geurts, D. Ernst, L. Wehenkel, Extremely randomized trees, Machine Learning 63, 2006",
    ),
    Baseline(
        "adaboost", BOTH, "synthetic_classification", "Small trees, each on what those before got wrong", TREES,
        "Y. Freund, R. Schapire, A decision-theoretic generalization of on-line learning, JCSS 55, 1997",
    ),
    Baseline(
        "gradient_boosting", BOTH, "breast_cancer", "Small trees, each along the gradient of the loss", TREES,
        "J. Friedman, Greedy function approximation: a gradient boosting machine, Annals of Statistics 29, 2001",
    ),
)  # fmt: skip


def register(registry: Registry) -> None:
    """Register every baseline of the table; class and builder have the names that `class_name` and `name` say."""
    for row in TABLE:
        registry.add_family(
            Family(
                name=row.name,
                summary=row.summary,
                tasks=row.tasks,
                learning="estimator",
                builder=f"zoo.families.classical.model:{row.name}",
                dataset=row.dataset,
                hyperparameters=f"zoo.families.classical.hyperparameters:{class_name(row.name)}",
                source=row.source,
                figures=tuple(f"zoo.families.classical.figures:{figure}" for figure in row.figures),
            )
        )


def class_name(name: str) -> str:
    """The name of the class of a baseline's hyperparameters.

    >>> class_name("random_forest")
    'RandomForest'
    """
    return "".join(word.capitalize() for word in name.split("_"))
