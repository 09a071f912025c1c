"""Every baseline says what bare scikit-learn says of the same rows, to the last digit, and what its recipe promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn import ensemble, linear_model, neighbors, svm, tree
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_iris, load_wine, make_classification, make_regression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import accuracy_score, mean_squared_error, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from registry import Registry, UserError
from zoo import jobs
from zoo.data.catalogue import load as load_data
from zoo.data.spec import Data, DataSpec
from zoo.families.classical import TABLE
from zoo.recipe import BoundRecipe, bind, read_recipe
from zoo.run import estimator
from zoo.run.tasks import score
from zoo.weights.estimators import estimator_bytes, load_estimator

BOOK = {"n_estimators": 100, "random_state": 42}


def scaled(own: BaseEstimator) -> BaseEstimator:
    return make_pipeline(StandardScaler(), own)


# what a reader would type; the rows are those of the recipe
BARE: dict[str, BaseEstimator] = {
    "linear_regression/line": linear_model.LinearRegression(),
    "linear_regression/synthetic_regression": linear_model.LinearRegression(),
    "lasso/diabetes": scaled(linear_model.Lasso(alpha=0.3)),
    "ridge/diabetes": scaled(linear_model.Ridge(alpha=0.1)),
    "elastic_net/diabetes": scaled(linear_model.ElasticNet(alpha=0.03, l1_ratio=0.5)),
    "polynomial_regression/surface": make_pipeline(
        StandardScaler(), PolynomialFeatures(11, include_bias=False), linear_model.LinearRegression()
    ),
    "logistic_regression/breast_cancer": scaled(linear_model.LogisticRegression()),
    "svc/digits": svm.SVC(C=3.0),
    "svr/diabetes": scaled(svm.SVR(kernel="linear")),
    "knn_classifier/iris": scaled(neighbors.KNeighborsClassifier(5)),
    "knn_regressor/diabetes": scaled(neighbors.KNeighborsRegressor(3)),
    "lda/wine": LinearDiscriminantAnalysis(),
    "decision_tree/iris": tree.DecisionTreeClassifier(random_state=42),
    "decision_tree/diabetes": tree.DecisionTreeRegressor(max_depth=4, min_samples_leaf=5, random_state=42),
    "random_forest/breast_cancer": ensemble.RandomForestClassifier(**BOOK),
    "random_forest/diabetes": ensemble.RandomForestRegressor(**BOOK),
    "extra_trees/iris": ensemble.ExtraTreesClassifier(**BOOK),
    "extra_trees/diabetes": ensemble.ExtraTreesRegressor(**BOOK),
    "adaboost/synthetic_classification": ensemble.AdaBoostClassifier(**BOOK),
    "adaboost/synthetic_regression_book": ensemble.AdaBoostRegressor(**BOOK),
    "gradient_boosting/breast_cancer": ensemble.GradientBoostingClassifier(learning_rate=0.1, max_depth=3, **BOOK),
    "gradient_boosting/diabetes": ensemble.GradientBoostingRegressor(learning_rate=0.1, max_depth=3, **BOOK),
}
# the handbook's own rows
SOURCES = {
    "iris": lambda: load_iris(return_X_y=True),
    "wine": lambda: load_wine(return_X_y=True),
    "breast_cancer": lambda: load_breast_cancer(return_X_y=True),
    "synthetic_classification": lambda: make_classification(100, 10, random_state=42),
    "synthetic_regression": lambda: make_regression(100, 10, random_state=42),
}


def data_of(registry: Registry, bound: BoundRecipe) -> Data:
    return load_data(registry, bound.dataset.name, bound.data_options.model_dump()).for_task(bound.recipe.task)


def fitted(registry: Registry, bound: BoundRecipe, data: Data) -> BaseEstimator:
    """As the runner fits with seed 0."""
    model: BaseEstimator = bound.family.builder.load()(bound.hyperparameters, data.spec)
    estimator.seed(model, 0)
    estimator.fit(model, data, bound)
    return model


def rows_of(data: Data, bound: BoundRecipe) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and targets learned from and rows tested on, drawn from the source as a reader would draw them."""
    if not bound.hyperparameters.model_dump()["fit_on_validation"]:
        return flat(data.train.features), data.train.targets, flat(data.test.features)
    if bound.dataset.name not in SOURCES:  # raw units are those of the data set's own file
        return *estimator.learned_from(data, both=True), data.test.features
    rows, targets = SOURCES[bound.dataset.name]()
    learned, tested, learned_targets, _ = train_test_split(rows, targets, test_size=0.2, random_state=42)
    assert np.array_equal(np.sort(tested, axis=0), np.sort(data.test.features, axis=0))
    return learned, learned_targets, data.test.features


def flat(features: np.ndarray) -> np.ndarray:
    return features.reshape(len(features), -1)


def said(model: BaseEstimator, rows: np.ndarray, spec: DataSpec) -> np.ndarray:
    if spec.classes is None:
        return np.asarray(model.predict(rows))[:, None]
    return np.asarray(model.predict_proba(rows)) if hasattr(model, "predict_proba") else np.asarray(model.predict(rows))


def test_every_baseline_is_compared_on_each_of_its_tasks(registry: Registry) -> None:
    compared = {(name.partition("/")[0], read_recipe(registry, name).task) for name in BARE}
    assert compared == {(row.name, task) for row in TABLE for task in row.tasks}


@pytest.mark.parametrize("name", BARE)
def test_a_recipe_says_what_bare_scikit_learn_says(registry: Registry, name: str) -> None:
    bound = bind(registry, read_recipe(registry, name))
    data = data_of(registry, bound)
    learned, targets, tested = rows_of(data, bound)
    bare = BARE[name].fit(learned, targets)
    model = fitted(registry, bound, data)
    outputs = estimator.outputs(model, data.spec, data.test.features)
    expected = said(bare, tested, data.spec)
    # a classifier without probabilities says 1 for a class and 0 for the others
    assert np.array_equal(outputs if expected.ndim == 2 else outputs.argmax(axis=1), expected)
    loaded = load_estimator(estimator_bytes(model), where=name)
    assert np.array_equal(estimator.outputs(loaded, data.spec, data.test.features), outputs)
    promise = bound.recipe.promise
    assert promise is not None
    measured = score(data.spec, outputs, data.test.targets)[promise.metric]
    assert measured == pytest.approx(promise.mean, rel=1e-3, abs=1e-9)
    assert estimator.parameters(model) == promise.parameters


def test_the_line_goes_on_as_the_handbook_says(registry: Registry) -> None:
    bound = bind(registry, read_recipe(registry, "linear_regression/line"))
    model = fitted(registry, bound, data_of(registry, bound))
    assert model.predict(np.array([[6.0], [7.0], [8.0]])).round(12).tolist() == [12.0, 14.0, 16.0]


def test_the_handbooks_numbers_come_out_of_the_recipes(registry: Registry) -> None:
    for name, metric, number in (
        ("extra_trees/iris", "accuracy", 1.0),
        ("adaboost/synthetic_classification", "accuracy", 1.0),
        ("adaboost/synthetic_regression_book", "mse", 23295.33),
    ):
        bound = bind(registry, read_recipe(registry, name))
        data = data_of(registry, bound)
        outputs = estimator.outputs(fitted(registry, bound, data), data.spec, data.test.features)
        assert round(score(data.spec, outputs, data.test.targets)[metric], 2) == number


POINTS = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])


def build(registry: Registry, family: str, spec: DataSpec, **hyperparameters: object) -> BaseEstimator:
    entry = registry.family(family)
    model: BaseEstimator = entry.builder.load()(entry.hyperparameters.load()(**hyperparameters), spec)
    return model


def test_the_handbooks_three_points_are_not_separated_by_a_line(registry: Registry) -> None:
    spec = DataSpec("vector", (2,), "float64", "classification", classes=("0", "1"))
    labels = np.array([0, 1, 0])
    line = build(registry, "svc", spec, kernel="linear", standardize=False).fit(POINTS, labels)
    assert line.predict(POINTS).tolist() == [0, 0, 0]
    curve = build(registry, "svc", spec, C=10.0).fit(POINTS, labels)
    assert curve.predict(POINTS).tolist() == [0, 1, 0]


def test_the_handbooks_support_vector_regression_leaves_a_margin(registry: Registry) -> None:
    spec = DataSpec("vector", (2,), "float64", "regression")
    model = build(registry, "svr", spec, kernel="linear", standardize=False).fit(POINTS, np.array([1.0, 2.0, 3.0]))
    assert model.predict(POINTS).round(2).tolist() == [1.1, 2.0, 2.9]


def test_a_whole_run_stores_what_bare_scikit_learn_says(registry: Registry, tmp_path: Path) -> None:
    run = jobs.train(registry, "random_forest", {"n_estimators": 7}, seed=3, runs=tmp_path, argv=["test"])
    data = load_data(registry, "breast_cancer", {})
    bare = ensemble.RandomForestClassifier(7, random_state=3).fit(data.train.features, data.train.targets)
    with np.load(run.folder / "predictions.npz") as arrays:
        assert np.array_equal(arrays["test_outputs"], bare.predict_proba(data.test.features))
    accuracy = accuracy_score(data.test.targets, bare.predict(data.test.features))
    assert run.metrics["test"]["accuracy"] == accuracy
    loaded = run.load(registry)
    assert np.array_equal(loaded.predict(data.test.features), bare.predict_proba(data.test.features))
    assert jobs.evaluate(registry, run.folder)["metrics"]["accuracy"] == accuracy


def test_a_seed_of_ones_own_is_stronger_than_the_runs(registry: Registry) -> None:
    bound = bind(registry, read_recipe(registry, "extra_trees", {"random_state": 5, "n_estimators": 3}))
    data = data_of(registry, bound)
    assert fitted(registry, bound, data).named_steps["estimator"].random_state == 5


@pytest.mark.parametrize("family", ["svr", "adaboost", "gradient_boosting"])
def test_several_numbers_are_refused_by_what_learns_one(registry: Registry, family: str) -> None:
    spec = DataSpec("vector", (2,), "float64", "regression", target_shape=(2,))
    with pytest.raises(UserError, match=f"{family} learns one number an example"):
        build(registry, family, spec)


@pytest.mark.parametrize(
    ("task", "changes", "said"),
    [
        ("classification", {"criterion": "poisson"}, "must be one of gini, entropy, log_loss"),
        ("regression", {"criterion": "gini"}, "must be one of squared_error, absolute_error, poisson"),
        ("regression", {"class_weight": "balanced"}, "class_weight is for classification"),
    ],
)
def test_a_setting_of_the_other_task_is_refused(registry: Registry, task: str, changes: dict, said: str) -> None:
    classes = ("no", "yes") if task == "classification" else None
    with pytest.raises(UserError, match=said):
        build(registry, "random_forest", DataSpec("vector", (2,), "float64", task, classes=classes), **changes)


@pytest.mark.parametrize(
    ("family", "changes", "bare"),
    [
        ("svc", {"probabilities": True}, scaled(CalibratedClassifierCV(svm.SVC(), ensemble=False))),
        (
            "gradient_boosting",
            {"histogram": True, "n_estimators": 20},
            ensemble.HistGradientBoostingClassifier(max_iter=20, random_state=0),
        ),
        (
            "gradient_boosting",
            {"early_stopping": True},
            ensemble.GradientBoostingClassifier(n_iter_no_change=10, random_state=0),
        ),
        (
            "adaboost",
            {"max_depth": 2},
            ensemble.AdaBoostClassifier(tree.DecisionTreeClassifier(max_depth=2), random_state=0),
        ),
        ("lda", {"solver": "lsqr", "shrinkage": "auto"}, scaled(LinearDiscriminantAnalysis("lsqr", shrinkage="auto"))),
        (
            "logistic_regression",
            {"hyperparameters.class_weight": "balanced"},
            scaled(linear_model.LogisticRegression(class_weight="balanced")),
        ),
    ],
    ids=["platt", "histogram", "early stopping", "deeper stumps", "shrinkage", "balanced"],
)
def test_settings_become_scikit_learns_arguments(
    registry: Registry, family: str, changes: dict, bare: BaseEstimator
) -> None:
    bound = bind(registry, read_recipe(registry, family, {"dataset": "breast_cancer", **changes}))
    data = data_of(registry, bound)
    expected = bare.fit(data.train.features, data.train.targets).predict_proba(data.test.features)
    assert np.array_equal(estimator.outputs(fitted(registry, bound, data), data.spec, data.test.features), expected)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("logistic_regression/bank_marketing", linear_model.LogisticRegression()),
        ("random_forest/bank_marketing", ensemble.RandomForestClassifier(min_samples_leaf=5, random_state=0)),
        ("gradient_boosting/bank_marketing", ensemble.HistGradientBoostingClassifier(random_state=0)),
    ],
)
def test_the_bank_is_ranked_as_bare_scikit_learn_ranks_it(registry: Registry, name: str, bare: BaseEstimator) -> None:
    bound = bind(registry, read_recipe(registry, name))
    data = data_of(registry, bound)
    outputs = estimator.outputs(fitted(registry, bound, data), data.spec, data.test.features)
    area = score(data.spec, outputs, data.test.targets)["auc"]
    assert bound.recipe.promise is not None
    assert area == pytest.approx(bound.recipe.promise.mean, abs=0.002)
    # plain code of one's own: codes one-hot, numbers as they are; only trees do not mind the units
    codes = [place for place, column in enumerate(data.spec.columns) if column.role == "category"]
    plain = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), codes), remainder=StandardScaler()
    )
    learned, targets = estimator.learned_from(data, both=True)
    other = make_pipeline(plain, bare).fit(learned, targets).predict_proba(data.test.features)[:, 1]
    assert area == pytest.approx(roc_auc_score(data.test.targets, other), abs=0.006)
    assert mean_squared_error(outputs[:, 1], other) < 0.01
