"""Searches of a moment through the public function: what they leave, and what they refuse."""

import gc
import json
from pathlib import Path
from typing import Any

import pytest

import zoo
from registry import UserError, default
from zoo.recipe import bind, read_recipe
from zoo.run.errors import Interrupted, RunFailed, RunFolderError
from zoo.run.events import Event, TrialEnded
from zoo.run.folder import RunFolder
from zoo.tune.ask import asked
from zoo.tune.search import Search, modules_set_aside
from zoo.tune.searches import begin
from zoo.tune.trial import read_trials

# three trials of two epochs, and one whose rate throws every weight out of the range of numbers
RATES = [0.02, 0.1, 1e30, 0.3]
QUICK: dict[str, Any] = {"tuner": "grid", "only": True, "epochs": 2, "optimizer": "sgd", "learning_rate": RATES}


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A grid over four learning rates; the winner is trained again with two seeds."""
    return zoo.tune("mlp/digits", retrain=2, keep=1, runs=tmp_path_factory.mktemp("runs"), **QUICK)


def test_every_setting_of_the_grid_is_tried_once_beside_the_recipe_as_it_stands(search: Any) -> None:
    trials = {trial.number: trial for trial in read_trials(search.folder)}
    rates = [trial.settings["training.learning_rate"] for number, trial in trials.items() if number != "base"]
    assert rates == RATES
    assert trials["base"].settings == {}


def test_a_trial_that_diverges_is_kept_with_its_error_and_the_search_goes_on(search: Any) -> None:
    failed = [trial for trial in read_trials(search.folder) if not trial.completed]
    assert [trial.settings["training.learning_rate"] for trial in failed] == [1e30]
    assert failed[0].error is not None
    assert failed[0].error["type"] == "TrainingDiverged"
    assert search.facts["trials"] == {"completed": 3, "failed": 1, "halted": 0}


def test_no_trial_looks_at_the_test_split(search: Any) -> None:
    runs = list((search.folder / "trials").glob("*/seed-0/run.json"))
    assert len(runs) == 5
    for run in runs:
        assert set(json.loads(run.read_text()).get("metrics", {"validation": {}})) == {"validation"}


def test_only_the_best_trial_and_the_recipe_keep_weights(search: Any) -> None:
    kept = {path.parents[1].name for path in (search.folder / "trials").glob("*/*/model.weights.h5")}
    assert kept == {search.facts["best"]["number"], "base"}
    assert zoo.load(search.folder / "trials" / search.facts["best"]["number"] / "seed-0").network is not None


def test_the_best_trial_has_the_best_score(search: Any) -> None:
    scores = [trial.score for trial in read_trials(search.folder) if trial.completed and trial.number != "base"]
    assert search.facts["best"]["score"] == max(score for score in scores if score is not None)


def test_the_winner_is_a_recipe_that_promises_what_it_reached(search: Any) -> None:
    path = search.folder / search.facts["winner"]["file"]
    bound = bind(default(), read_recipe(default(), str(path)))
    assert bound.recipe.training.learning_rate == search.facts["best"]["settings"]["training.learning_rate"]
    assert bound.recipe.promise is not None
    assert bound.recipe.promise.seeds == (0, 1)
    assert bound.recipe.promise.mean == pytest.approx(search.facts["winner"]["mean"], rel=1e-5)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# found by: ")


@pytest.mark.slow
def test_the_winner_keeps_its_promise(search: Any, tmp_path: Path) -> None:
    again = zoo.reproduce(str(search.folder / search.facts["winner"]["file"]), seeds=[0, 1], runs=tmp_path)
    assert again.facts["values"] == search.facts["winner"]["values"]
    assert again.facts["kept"]


def test_the_report_shows_the_trials_and_what_they_came_to(search: Any) -> None:
    page = search.report.read_text(encoding="utf-8")
    assert "Objective over time" in page
    assert "TrainingDiverged" in page
    assert "measured once" in page
    assert any("Best trial" in line for line in search.summary())


def test_the_trials_are_there_for_tensorboard(search: Any) -> None:
    written = {path.parent.name for path in (search.folder / "tensorboard").glob("*/events.*")}
    assert written == {trial.number for trial in read_trials(search.folder) if trial.completed}


def test_a_search_in_which_no_trial_completes_fails(tmp_path: Path) -> None:
    quick = QUICK | {"learning_rate": [1e30, 1e31]}
    with pytest.raises(RunFailed, match="needs a trial that completes") as caught:
        zoo.tune("mlp/digits", base=False, retrain=0, runs=tmp_path, **quick)
    assert "2 failed" in str(caught.value.received)
    (facts,) = tmp_path.glob("*/*/*/run.json")
    assert json.loads(facts.read_text())["status"] == "failed"


class StopAfter:
    """Ends the search, as a signal between two trials does, when so many have ended."""

    def __init__(self, trials: int) -> None:
        self.trials = trials

    def __call__(self, event: Event) -> None:
        if isinstance(event, TrialEnded) and event.ended == self.trials:
            raise Interrupted("stopped by the test", signal_number=15, hint="zoo resume")


def test_a_stopped_search_goes_on_without_running_a_trial_twice(tmp_path: Path, search: Any) -> None:
    quick = QUICK | {"retrain": 0, "base": False, "runs": tmp_path}
    with pytest.raises(Interrupted):
        zoo.tune("mlp/digits", subscribers=[StopAfter(2)], **quick)
    (folder,) = (path.parent for path in tmp_path.glob("*/*/*/run.json"))
    before = {path.parent.name: path.stat().st_mtime_ns for path in folder.glob("trials/*/trial.json")}
    assert len(before) == 2
    whole = zoo.tune("mlp/digits", resume="auto", **quick)
    assert whole.folder == folder
    assert {name: (folder / "trials" / name / "trial.json").stat().st_mtime_ns for name in before} == before
    assert whole.facts["best"]["score"] == search.facts["best"]["score"]


def test_a_search_goes_on_with_its_own_space_only(tmp_path: Path) -> None:
    quick = QUICK | {"retrain": 0, "base": False, "runs": tmp_path}
    with pytest.raises(Interrupted):
        zoo.tune("mlp/digits", subscribers=[StopAfter(1)], **quick)
    with pytest.raises(RunFolderError, match="space") as caught:
        zoo.tune("mlp/digits", resume="auto", **quick | {"learning_rate": [0.1, 0.2]})
    assert caught.value.received == "another training.learning_rate"


def test_a_finished_search_is_not_resumed(search: Any) -> None:
    with pytest.raises(RunFolderError, match="has not finished"):
        zoo.resume(search.folder)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"tuner": "bayes"}, "must be one of the tuners"),
        ({"objective": "val_accuray"}, "did you mean: val_accuracy"),
        ({"objective": "test_accuracy"}, "looks at the validation split"),
        ({"early_stop": "medain"}, "did you mean: median"),
        ({"cv": "1"}, "folds are written"),
        ({"workers": 0}, "workers must be at least 1"),
        ({"tuner": "hyperband", "cv": "5"}, "hyperband deals out epochs"),
        ({"tuner": "hyperband", "trials": 5}, "hyperband deals out epochs"),
        ({"tuner": "hyperband", "only": True, "units": [[8], [16]]}, "different settings"),
        ({"trials": 0}, "trials must be at least 1"),
        ({"max_minutes": -1.0}, "max_minutes must be a number above 0"),
        ({"objective": "val_auc"}, "metric of classification"),
        ({"early_stop": "median", "cv": "5"}, "trials end early by"),
    ],
)
def test_what_cannot_be_searched_is_refused_before_anything_is_written(
    tmp_path: Path, settings: dict[str, Any], says: str
) -> None:
    with pytest.raises(UserError, match=says):
        zoo.tune("mlp/digits", runs=tmp_path, **settings)
    assert list(tmp_path.iterdir()) == []


def test_an_estimator_is_scored_over_folds(tmp_path: Path) -> None:
    run = zoo.tune("knn_classifier/iris", tuner="grid", only=True, n_neighbors=[1, 5], retrain=1, runs=tmp_path)
    assert run.facts["settings"]["folding"] == "k_fold:5"
    assert run.facts["trials"]["completed"] == 2
    assert run.facts["winner"]["primary"] == "accuracy"


@pytest.mark.slow
def test_the_better_trials_of_hyperband_go_on_where_they_were_halted(tmp_path: Path) -> None:
    run = zoo.tune(
        "mlp/digits",
        tuner="hyperband",
        only=True,
        epochs=4,
        learning_rate="1e-4..1e-1:log",
        base=False,
        retrain=0,
        runs=tmp_path,
    )
    trials = read_trials(run.folder)
    first = {trial.number: rows_of(run.folder, trial.number) for trial in trials}
    promoted = [
        (one, other)
        for one in trials
        for other in trials
        if one.number != other.number
        and one.settings == other.settings
        and len(first[other.number]) < len(first[one.number])
    ]
    assert promoted
    for longer, shorter in promoted:
        assert first[longer.number][: len(first[shorter.number])] == first[shorter.number]
        assert shorter.halted is not None
    assert [trial for trial in trials if trial.epochs == 4 and trial.halted is None]


def rows_of(folder: Path, number: str) -> list[str]:
    """The lines that the epochs of a trial left."""
    return (folder / "trials" / number / "seed-0" / "metrics.jsonl").read_text().splitlines()


@pytest.mark.slow
def test_poor_trials_end_early_and_say_so(tmp_path: Path) -> None:
    rates = [0.1, 0.09, 0.08, 0.07, 0.06, 1e-6]
    run = zoo.tune(
        "mlp/digits",
        tuner="grid",
        only=True,
        epochs=4,
        optimizer="sgd",
        learning_rate=rates,
        early_stop="median",
        base=False,
        retrain=0,
        runs=tmp_path,
    )
    last = read_trials(run.folder)[-1]
    assert last.settings["training.learning_rate"] == 1e-6
    assert last.halted is not None
    assert "median" in last.halted
    assert last.epochs == 2


def test_the_time_of_a_search_ends_it_between_two_trials(tmp_path: Path) -> None:
    quick = QUICK | {"learning_rate": [0.01 * one for one in range(1, 9)]}
    run = zoo.tune("mlp/digits", max_minutes=0.02, base=False, retrain=0, runs=tmp_path, **quick)
    assert 1 <= run.facts["trials"]["completed"] < 8
    assert run.facts["status"] == "finished"


def test_a_search_is_of_its_own_ranges_and_not_of_the_whole_table_of_its_recipe(tmp_path: Path) -> None:
    registry = default()
    search = asked(registry, "rbf/bank_marketing", {"learning_rate": 0.01, "epochs": [1, 2]}, tuner="grid")
    assert "training.learning_rate" not in search.space.axes
    assert "hyperparameters.centres" in search.space.axes
    folder = RunFolder(tmp_path)
    begin(search.bound, folder, search.space, search.settings, argv=["zoo"])
    assert Search(registry, search.bound, folder).space == search.space
    only = asked(registry, "rbf/bank_marketing", {"epochs": [1, 2]}, only=True)
    assert list(only.space.axes) == ["training.epochs"]


def test_a_search_thaws_only_what_it_has_set_aside_itself() -> None:
    gc.freeze()
    try:
        with modules_set_aside():
            pass
        assert gc.get_freeze_count() > 0
        gc.unfreeze()
        with modules_set_aside():
            assert gc.get_freeze_count() > 0
        assert gc.get_freeze_count() == 0
    finally:  # as the tests are run
        gc.collect()
        gc.freeze()


@pytest.mark.parametrize(
    ("changes", "cv", "says"),
    [
        ({"pretrained.weights": "mlp/digits"}, "stratified:2", "rows that are held out must be new to the weights"),
        ({"pretrained.weights": ["mlp/digits"]}, "stratified:2", "rows that are held out must be new to the weights"),
        ({"pretrained.weights": "mlp/nope"}, None, "mlp/nope"),
        ({"pretrained.weights": ["mlp/digits", "mlp/nope"]}, None, "mlp/nope"),
    ],
)
def test_trained_weights_that_no_trial_can_begin_with_leave_no_folder(
    changes: dict[str, Any], cv: str | None, says: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=says) as caught:
        zoo.tune("mlp/digits", cv=cv, trials=1, runs=tmp_path / "runs", **changes)
    assert caught.value.exit_code == 2
    assert not (tmp_path / "runs").exists()
