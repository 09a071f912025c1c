"""The file of an estimator: what is in it, that it loads to the same estimator, and which types are refused."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, SVR
from skops import io as skops_io

from zoo.weights.errors import WeightsError
from zoo.weights.estimators import estimator_bytes, load_estimator, load_into
from zoo.weights.files import load_model, model_bytes, save_model
from zoo.weights.verified import sha256_of, verified_bytes

ROWS, CLASSES = load_iris(return_X_y=True)
ESTIMATORS: dict[str, BaseEstimator] = {
    "linear": LinearRegression(),
    "logistic": LogisticRegression(max_iter=1000),
    "neighbours": KNeighborsClassifier(),
    "neighbours in balls": KNeighborsRegressor(algorithm="ball_tree", metric="manhattan"),
    "support vectors": SVC(),
    "calibrated": CalibratedClassifierCV(SVC(), ensemble=False),
    "support vectors for numbers": SVR(),
    "forest": RandomForestClassifier(5, random_state=0),
    "extra trees": ExtraTreesRegressor(5, random_state=0),
    "adaboost": AdaBoostClassifier(n_estimators=5, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=5, random_state=0),
    "histograms": HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "pipeline": Pipeline([("scale", StandardScaler()), ("flat", FunctionTransformer(np.arcsinh)), ("svc", SVC())]),
}
EACH = pytest.mark.parametrize("name", ESTIMATORS)


def fitted(name: str) -> BaseEstimator:
    return clone(ESTIMATORS[name]).fit(ROWS, CLASSES)


@EACH
def test_a_loaded_estimator_says_the_same_to_the_last_digit(name: str) -> None:
    estimator = fitted(name)
    loaded = load_into(clone(ESTIMATORS[name]), estimator_bytes(estimator), where="model.skops")
    assert type(loaded) is type(estimator)
    assert np.array_equal(loaded.predict(ROWS), estimator.predict(ROWS))
    if hasattr(estimator, "predict_proba"):
        assert np.array_equal(loaded.predict_proba(ROWS), estimator.predict_proba(ROWS))


@EACH
def test_equal_estimators_give_equal_bytes(name: str) -> None:
    content = estimator_bytes(fitted(name))
    assert estimator_bytes(fitted(name)) == content
    assert estimator_bytes(load_estimator(content, where="model.skops")) == content


def test_another_seed_gives_other_bytes() -> None:
    other = clone(ESTIMATORS["forest"]).set_params(random_state=1).fit(ROWS, CLASSES)
    assert estimator_bytes(other) != estimator_bytes(fitted("forest"))


def test_the_file_is_one_that_skops_reads() -> None:
    estimator = fitted("logistic")
    loaded = skops_io.loads(estimator_bytes(estimator), trusted=["numpy.dtype"])
    assert np.array_equal(loaded.coef_, estimator.coef_)


def test_a_file_as_skops_writes_it_loads_too() -> None:
    estimator = fitted("pipeline")
    assert np.array_equal(
        load_estimator(skops_io.dumps(estimator), where="model.skops").predict(ROWS), estimator.predict(ROWS)
    )


def test_the_file_is_smaller_than_skops_own() -> None:
    estimator = fitted("forest")
    assert 5 * len(estimator_bytes(estimator)) < len(skops_io.dumps(estimator))


def test_a_run_folder_gets_a_file_with_its_size_and_hash(tmp_path: Path) -> None:
    estimator = fitted("forest")
    stated = save_model(estimator, tmp_path)
    assert stated["file"] == "model.skops"
    content = verified_bytes(tmp_path / "model.skops", sha256=str(stated["sha256"]), size=int(stated["bytes"]))
    assert stated["sha256"] == sha256_of(model_bytes(estimator))
    loaded = load_model(clone(ESTIMATORS["forest"]), content, where="model.skops")
    assert np.array_equal(loaded.predict_proba(ROWS), estimator.predict_proba(ROWS))


def refusal(content: bytes) -> WeightsError:
    with pytest.raises(WeightsError) as refused:
        load_estimator(content, where="some/model.skops")
    assert refused.value.exit_code == 2
    assert refused.value.where == "some/model.skops"
    return refused.value


class Transformer(StandardScaler):
    """A class of one's own, which scikit-learn takes and nobody else has."""


class Loud:
    """Leaves a trace when it is built from a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __setstate__(self, state: dict[str, Any]) -> None:
        Path(state["path"]).write_text("built", encoding="utf-8")


@pytest.mark.parametrize(
    ("function", "named"),
    [(print, "builtins.print"), (eval, "builtins.eval"), (pickle.loads, "_pickle.loads"), (np.load, "numpy.load")],
)
def test_a_function_that_is_not_arithmetic_is_refused_by_name(function: Any, named: str) -> None:
    error = refusal(skops_io.dumps(FunctionTransformer(function).fit(ROWS)))
    assert "must hold nothing but scikit-learn's own types" in error.message
    assert named in str(error.received)


def test_a_class_of_ones_own_is_refused_by_name_and_not_built(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    scaler = StandardScaler().fit(ROWS)
    scaler.loud = Loud(str(trace))
    assert "test_weights_estimators.Loud" in str(refusal(skops_io.dumps(scaler)).received)
    assert not trace.exists()


def test_a_pickle_is_refused_and_not_read(tmp_path: Path) -> None:
    class Command:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "trace",)

    assert "must be a whole skops file" in refusal(pickle.dumps(Command())).message
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize(
    "estimator",
    [FunctionTransformer(print), FunctionTransformer(lambda rows: rows), Transformer()],
    ids=["a builtin", "a lambda", "a class of one's own"],
)
def test_what_nobody_could_load_is_not_saved(estimator: BaseEstimator) -> None:
    with pytest.raises(WeightsError, match="an estimator must be made of"):
        estimator_bytes(estimator.fit(ROWS))


def test_an_estimator_that_was_not_fitted_is_refused() -> None:
    assert "must be of a fitted estimator" in refusal(skops_io.dumps(LogisticRegression())).message


@pytest.mark.parametrize(("value", "what"), [([1, 2], "list"), ("a text", "str"), (np.ones(3), "ndarray")])
def test_what_is_no_estimator_is_refused(value: Any, what: str) -> None:
    error = refusal(skops_io.dumps(value))
    assert (error.message, error.received) == ("an estimator's file must be of a fitted estimator", f"a {what}")


@pytest.mark.parametrize(
    ("built", "said"),
    [
        (LogisticRegression(max_iter=1000, C=2.0), "C is 1.0, not 2.0"),
        (SVC(), "estimator is sklearn.linear_model._logistic.LogisticRegression, not sklearn.svm._classes.SVC"),
        (LogisticRegression(max_iter=1000, class_weight={0: 1.0}), "class_weight is None, not"),
    ],
)
def test_the_file_of_another_estimator_is_refused_with_what_differs(built: BaseEstimator, said: str) -> None:
    with pytest.raises(WeightsError, match="must be of the estimator that the family makes") as refused:
        load_into(built, estimator_bytes(fitted("logistic")), where="model.skops")
    assert said in str(refused.value.received)


def test_settings_that_differ_deep_inside_are_named_with_their_place() -> None:
    built = clone(ESTIMATORS["pipeline"]).set_params(svc__gamma="auto")
    with pytest.raises(WeightsError) as refused:
        load_into(built, estimator_bytes(fitted("pipeline")), where="model.skops")
    assert refused.value.received == "steps[2][1].gamma is 'scale', not 'auto'"


def test_the_seed_that_a_run_gave_is_no_difference() -> None:
    content = estimator_bytes(fitted("forest"))
    load_into(RandomForestClassifier(5), content, where="model.skops")


def test_estimators_are_loaded_without_tensorflow(tmp_path: Path) -> None:
    save_model(fitted("forest"), tmp_path)
    program = (
        "import sys; from pathlib import Path; from zoo.weights.estimators import load_estimator\n"
        "load_estimator(Path(sys.argv[1]).read_bytes(), where=sys.argv[1])\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "model.skops")], check=True, capture_output=True)
