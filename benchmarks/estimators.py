"""What the zoo costs around scikit-learn: fit and predict by the runner's path against bare scikit-learn, same rows.

The runner's path is what a run does between reading the data and writing its folder: build the pipeline from the
recipe, give it the seed, put the rows in order, fit, and take probabilities or numbers of the test split. Of tables the
bare code has the same transformer before the estimator where the estimator needs one, and none where it does not.
"""

from __future__ import annotations

from collections.abc import Callable

from sklearn import ensemble, linear_model, svm
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline

from benchmarks.pairs import alternate, ratio_line, seconds_line
from registry import UserError, default
from zoo.data.spec import Data
from zoo.layers.table_encoding import table_transformer
from zoo.recipe import bind, read_recipe
from zoo.run import estimator
from zoo.run.preparation import load_data

TREES = {"n_estimators": 100, "random_state": 42}


def _encoded(own: BaseEstimator) -> Callable[[Data], BaseEstimator]:
    return lambda data: make_pipeline(table_transformer(data.spec.columns), own)


BARE: dict[str, Callable[[Data], BaseEstimator]] = {
    "random_forest/breast_cancer": lambda data: ensemble.RandomForestClassifier(**TREES),
    "gradient_boosting/breast_cancer": lambda data: ensemble.GradientBoostingClassifier(**TREES),
    "adaboost/synthetic_regression_book": lambda data: ensemble.AdaBoostRegressor(**TREES),
    "svc/digits": lambda data: svm.SVC(C=3.0),
    "logistic_regression/bank_marketing": _encoded(linear_model.LogisticRegression()),
    "random_forest/bank_marketing": _encoded(ensemble.RandomForestClassifier(min_samples_leaf=5, random_state=0)),
    "gradient_boosting/bank_marketing": _encoded(ensemble.HistGradientBoostingClassifier(random_state=0)),
}


def run(rounds: int = 9) -> None:
    """Print seconds and ratios of each recipe whose data are here; the bound is 1.05."""
    for name, bare in BARE.items():
        try:
            _compare(name, bare, rounds)
        except UserError as error:  # real data that this machine has not
            print(f"{name}: not measured, {error.message}")


def _compare(name: str, bare: Callable[[Data], BaseEstimator], rounds: int) -> None:
    bound = bind(default(), read_recipe(default(), name))
    data = load_data(default(), bound)
    both = bool(bound.hyperparameters.model_dump()["fit_on_validation"])
    features, targets = estimator.learned_from(data, both=both)
    flat, tested = (rows.reshape(len(rows), -1) for rows in (features, data.test.features))

    def ours() -> None:
        model = bound.family.builder.load()(bound.hyperparameters, data.spec)
        estimator.seed(model, 0)
        estimator.fit(model, data, bound)
        estimator.outputs(model, data.spec, data.test.features)

    def theirs() -> None:
        model = bare(data).fit(flat, targets)
        say = model.predict_proba if hasattr(model, "predict_proba") else model.predict
        say(tested)

    times = alternate({"zoo": ours, "bare": theirs}, rounds)
    print(seconds_line(f"{name}: bare scikit-learn", times["bare"].wall))
    print(ratio_line(f"{name}: zoo / bare (wall)", times["zoo"].wall, times["bare"].wall))
    print(ratio_line(f"{name}: zoo / bare (CPU)", times["zoo"].cpu, times["bare"].cpu))
