"""Cross-validation: folds as scikit-learn draws them, every row held out once, the test split left alone."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import KFold, LeaveOneOut, StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from registry import Registry, UserError, build
from zoo import jobs
from zoo.data.catalogue import load as load_data
from zoo.data.spec import Data, DataSpec, Split
from zoo.recipe import RecipeError
from zoo.run import estimator
from zoo.run.events import Event, Noted
from zoo.run.folds import Folding, InvalidFolds, fold_data, pooled


@pytest.fixture(scope="module")
def registry() -> Registry:
    return build(with_plugins=False)


@pytest.fixture(scope="module")
def iris(registry: Registry) -> Data:
    return load_data(registry, "iris", {})


@pytest.mark.parametrize(
    ("text", "folding"),
    [
        ("5", Folding("k_fold", 5)),
        (" 2 ", Folding("k_fold", 2)),
        ("k_fold:3", Folding("k_fold", 3)),
        ("stratified:10", Folding("stratified", 10)),
        ("leave_one_out", Folding("leave_one_out", 0)),
    ],
)
def test_the_forms_of_folds(text: str, folding: Folding) -> None:
    assert Folding.parse(text) == folding
    assert Folding.parse(str(folding)) == folding


@pytest.mark.parametrize(
    "text", ["", "1", "0", "-3", "five", "stratified", "stratified:1", "group:5", "5:5", "9" * 5000]
)
def test_what_is_no_form_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(InvalidFolds, match="folds are written 5, stratified:5, leave_one_out or expanding:5"):
        Folding.parse(text)


def test_the_pool_is_training_and_validation_rows_in_the_order_of_the_source(iris: Data) -> None:
    pool = pooled(iris)
    assert pool.rows is not None
    assert (np.diff(pool.rows) > 0).all()
    assert set(pool.rows) == set(iris.train.rows) | set(iris.validation.rows)  # type: ignore[arg-type]
    assert not set(pool.rows) & set(iris.test.rows)  # type: ignore[arg-type]


def test_of_exhaustive_splits_there_is_one_pool(registry: Registry) -> None:
    assert len(pooled(load_data(registry, "line", {}))) == 5


@pytest.mark.parametrize(
    ("text", "splitter"),
    [
        ("4", KFold(4, shuffle=True, random_state=7)),
        ("stratified:3", StratifiedKFold(3, shuffle=True, random_state=7)),
        ("leave_one_out", LeaveOneOut()),
    ],
)
def test_the_folds_are_scikit_learns(iris: Data, text: str, splitter: object) -> None:
    pool = pooled(iris)
    own = list(Folding.parse(text).divide(pool.targets, classes=True, seed=7))
    bare = list(splitter.split(pool.features, pool.targets))  # type: ignore[attr-defined]
    assert len(own) == len(bare)
    for (learned, held), (others, tested) in zip(own, bare, strict=True):
        assert np.array_equal(learned, others)
        assert np.array_equal(held, tested)
    assert np.array_equal(np.sort(np.concatenate([held for _, held in own])), np.arange(len(pool)))


@pytest.mark.parametrize(
    ("text", "targets", "classes", "said"),
    [
        ("6", np.zeros(5), False, "every fold must hold a row\n  received: 6 folds of 5 rows"),
        ("stratified:2", np.zeros(5), False, "stratified folds go with classes"),
        ("stratified:3", np.array([0, 0, 0, 0, 1, 1]), True, "3 folds, and 2 rows of the rarest class"),
        ("leave_one_out", np.zeros(1), False, "one row must be left"),
    ],
)
def test_rows_that_cannot_be_divided_so_are_refused(text: str, targets: np.ndarray, classes: bool, said: str) -> None:
    with pytest.raises(InvalidFolds, match=said):
        Folding.parse(text).divide(targets, classes=classes, seed=0)


def test_a_fold_of_a_network_chooses_by_rows_that_it_learns_beside(iris: Data) -> None:
    pool = pooled(iris)
    learned, held = next(iter(Folding.parse("stratified:3").divide(pool.targets, classes=True, seed=0)))
    fold = fold_data(iris, pool, learned, held, seed=0)
    assert len(fold.train) + len(fold.validation) == len(learned)
    assert len(fold.validation) == round(len(learned) * 15 / 120)
    assert np.array_equal(fold.test.features, pool.features[held])
    parts = {tuple(row) for row in np.concatenate([fold.train.features, fold.validation.features])}
    assert parts == {tuple(row) for row in pool.features[learned]}


def test_two_rows_are_too_few_to_learn_and_to_choose_by() -> None:
    spec = DataSpec("vector", (1,), "float32", "regression")
    rows = Split(np.arange(3, dtype=np.float32)[:, None], np.arange(3.0))
    data = Data(spec, train=rows, validation=rows, test=rows, splitting="random")
    with pytest.raises(InvalidFolds, match="rows to learn from and to choose by"):
        fold_data(data, rows, np.array([0]), np.array([1]), seed=0)


def test_an_estimator_scores_as_scikit_learns_cross_validation(registry: Registry, iris: Data, tmp_path: Path) -> None:
    told: list[Event] = []
    changes = {"n_estimators": 5, "fit_on_validation": True, "dataset": "iris"}
    run = jobs.cross_validate(
        registry, "random_forest", changes, folds="stratified:4", seed=3, runs=tmp_path, subscribers=[told.append]
    )
    pool = pooled(iris)
    bare = cross_val_score(
        RandomForestClassifier(5, random_state=3),
        pool.features,
        pool.targets,
        cv=StratifiedKFold(4, shuffle=True, random_state=3),
    )
    accuracy = run.facts["metrics"]["accuracy"]
    assert accuracy["values"] == bare.tolist()
    assert accuracy["mean"] == statistics.fmean(bare)
    assert accuracy["spread"] == statistics.stdev(bare)
    assert run.facts["baseline"]["accuracy"] == pytest.approx(1 / 3, abs=0.01)
    assert next(event.message for event in told if isinstance(event, Noted)).startswith("fold 1 of 4: accuracy ")
    assert json.loads((run.folder / "run.json").read_text(encoding="utf-8")) == run.facts
    assert {path.name for path in run.folder.iterdir()} >= {"run.json", "recipe.toml"}
    assert not (run.folder / "folds").exists()


def test_leave_one_out_scores_all_rows_together(registry: Registry, iris: Data, tmp_path: Path) -> None:
    run = jobs.cross_validate(registry, "knn_classifier", {"dataset": "iris"}, folds="leave_one_out", runs=tmp_path)
    pool = pooled(iris)
    neighbours = make_pipeline(StandardScaler(), KNeighborsClassifier())
    bare = cross_val_predict(neighbours, pool.features, pool.targets, cv=LeaveOneOut(), method="predict_proba")
    metrics = run.facts["metrics"]
    assert run.facts["folds"] == len(pool) == 120
    assert metrics["accuracy"] == {
        "mean": accuracy_score(pool.targets, bare.argmax(axis=1)),
        "spread": None,
        "values": [],
    }
    assert metrics["log_loss"]["mean"] == pytest.approx(log_loss(pool.targets, bare))


def test_a_class_that_no_row_learned_from_is_of_has_no_share(registry: Registry) -> None:
    spec = DataSpec("vector", (1,), "float64", "classification", classes=("a", "b", "c"))
    family = registry.family("decision_tree")
    model = family.builder.load()(family.hyperparameters.load()(), spec)
    model.fit(np.array([[0.0], [1.0]]), np.array([0, 2]))
    assert estimator.outputs(model, spec, np.array([[1.0]])).tolist() == [[0.0, 0.0, 1.0]]


def test_a_network_leaves_a_run_for_each_fold(registry: Registry, tmp_path: Path) -> None:
    changes = {"epochs": 2, "units": [8], "dataset": "iris"}
    run = jobs.cross_validate(registry, "mlp", changes, folds=2, runs=tmp_path)
    values = []
    for path in run.facts["runs"]:
        facts = json.loads((run.folder / path / "run.json").read_text(encoding="utf-8"))
        assert (facts["status"], facts["kind"]) == ("finished", "run")
        assert facts["data"]["sizes"]["test"] == 60
        assert (run.folder / path / "report.html").is_file()
        values.append(facts["metrics"]["test"]["accuracy"])
    assert run.facts["metrics"]["accuracy"]["values"] == values
    assert len(values) == 2
    with pytest.raises(UserError, match="only a run that has not finished"):
        jobs.resume(registry, run.folder / run.facts["runs"][0])


def test_a_cross_validation_is_not_resumed(registry: Registry, tmp_path: Path) -> None:
    run = jobs.cross_validate(registry, "lda", folds=2, runs=tmp_path)
    with pytest.raises(UserError, match="begun again, not resumed") as refused:
        jobs.resume(registry, run.folder)
    assert refused.value.hint == "zoo train lda/default --cv k_fold:2"


def test_what_came_out_is_one_line_a_metric(registry: Registry, tmp_path: Path) -> None:
    run = jobs.cross_validate(registry, "ridge/diabetes", folds=3, runs=tmp_path)
    lines = run.summary()
    assert lines[0] == "ridge/diabetes, k_fold:3, seed 0: 3 folds of 354 examples, the test split left alone"
    assert " ".join(lines[1].split()) == "metric mean +- spread over the folds trivial baseline (mean)"
    assert [line.split()[0] for line in lines[2:6]] == ["MSE", "RMSE", "MAE", "R2"]
    assert all(" +- " in line for line in lines[2:6])
    assert lines[-1] == f"  folder: {run.folder}"


def test_a_failed_fold_is_told_in_the_folder(registry: Registry, tmp_path: Path) -> None:
    changes = {"training.class_weight": "balanced"}
    with pytest.raises(RecipeError, match=r"training.class_weight is for networks"):
        jobs.cross_validate(registry, "lda", changes, folds=2, runs=tmp_path)
    (path,) = tmp_path.glob("lda/default/*/run.json")
    facts = json.loads(path.read_text(encoding="utf-8"))
    assert facts["status"] == "failed"
    assert facts["error"]["type"] == "RecipeError"
