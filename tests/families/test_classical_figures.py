"""The figures of the baselines: what they show is what was learned, under the names of the columns."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from registry import Registry
from zoo import jobs
from zoo.data.columns import Column
from zoo.data.spec import DataSpec
from zoo.families.classical.figures import coefficients, decision_tree, feature_importance
from zoo.families.classical.fitted import Fitted, importances, layout, named, question
from zoo.report import figures_of, read_run, write_report
from zoo.report.read import RunRecord
from zoo.weights.estimators import load_estimator
from zoo.weights.files import save_model

Recorded = Callable[..., RunRecord]
TABLE = DataSpec(
    "table",
    (4,),
    "float64",
    "classification",
    classes=("no", "yes"),
    columns=(
        Column("job", "category", categories=("clerk", "cook", "nurse")),
        Column("age", "number", unit="years"),
        Column("days", "number", sentinels=(-1.0,)),
        Column("balance", "number", unit="euros", scaling="log"),
    ),
)
RNG = np.random.default_rng(0)
ROWS = np.stack(
    [RNG.integers(0, 3, 200), RNG.uniform(20, 60, 200), RNG.choice([-1, 5, 9], 200), RNG.normal(0, 1000, 200)], axis=1
).astype(float)
SAID = ((ROWS[:, 0] == 1) | (ROWS[:, 1] > 50)).astype(int)


@pytest.fixture(scope="module")
def trained(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> jobs.Run:
    """A real run of a tree on iris."""
    return jobs.train(registry, "decision_tree/iris", runs=tmp_path_factory.mktemp("runs"), argv=["test"])


@pytest.fixture
def recorded(registry: Registry, trained: jobs.Run, tmp_path: Path) -> Recorded:
    """The record of a run of any baseline on any data."""

    def make(
        family: str, spec: DataSpec = TABLE, rows: np.ndarray = ROWS, targets: np.ndarray = SAID, **settings: object
    ) -> RunRecord:
        entry = registry.family(family)
        model = entry.builder.load()(entry.hyperparameters.load()(**settings), spec).fit(rows, targets)
        save_model(model, tmp_path)
        facts = {**trained.facts, "data": {**trained.facts["data"], "spec": spec.to_json()}}
        (tmp_path / "run.json").write_text(json.dumps(facts), encoding="utf-8")
        recipe = (trained.folder / "recipe.toml").read_text(encoding="utf-8")
        task = recipe.replace('task = "classification"', f'task = "{spec.task}"')
        (tmp_path / "recipe.toml").write_text(task, encoding="utf-8")
        return read_run(tmp_path)

    return make


def fitted(record: RunRecord) -> Fitted:
    path = record.folder / "model.skops"
    return named(load_estimator(path.read_bytes(), where=str(path)), DataSpec.from_json(record.spec))


def labels(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_a_run_has_its_tree_and_what_matters_in_the_report(trained: jobs.Run) -> None:
    page = trained.report.read_text(encoding="utf-8")
    assert "<h2>Decision tree</h2>" in page
    assert "<h2>Feature importance</h2>" in page
    assert (trained.folder / "figures" / "decision_tree.png").is_file()


def test_zoo_report_draws_them_again_without_tensorflow(trained: jobs.Run) -> None:
    picture = trained.folder / "figures" / "decision_tree.png"
    before = picture.read_bytes()
    picture.unlink()
    program = (
        "import sys\nfrom zoo.cli.main import app\n"
        "app(args=['report', sys.argv[1]], standalone_mode=False)\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(trained.folder)], check=True, capture_output=True)
    assert picture.read_bytes() == before


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_a_lost_or_damaged_file_is_a_note_on_the_page(
    registry: Registry, trained: jobs.Run, tmp_path: Path, content: bytes | None
) -> None:
    folder = Path(shutil.copytree(trained.folder, tmp_path / "run"))
    (folder / "model.skops").unlink()
    if content is not None:
        (folder / "model.skops").write_bytes(content)
    page = write_report(folder, figures_of(registry, folder)).read_text(encoding="utf-8")
    assert "The figure of zoo.families.classical.figures:decision_tree could not be drawn: " in page


def test_a_run_that_left_nothing_yet_is_left_out(trained: jobs.Run, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_bytes((trained.folder / "recipe.toml").read_bytes())
    (tmp_path / "run.json").write_text(json.dumps({**trained.facts, "status": "interrupted"}), encoding="utf-8")
    for draw in (decision_tree, feature_importance, coefficients):
        assert draw(read_run(tmp_path)) is None


def test_bars_stand_beside_their_columns_largest_first(recorded: Recorded) -> None:
    record = recorded("logistic_regression")
    drawn = coefficients(record)
    assert drawn is not None
    own = fitted(record)
    by_size = sorted(zip(own.names, own.estimator.coef_[0], strict=True), key=lambda one: -abs(one[1]))
    assert labels(drawn[2]) == [name for name, _ in by_size]
    widths = [bar.get_width() for bar in drawn[2].axes[0].patches]
    assert widths == pytest.approx([value for _, value in by_size])
    assert "job=cook" in own.names
    assert drawn[1].startswith("Change of the log-odds of yes against no per standard deviation of a column, or by a")


def test_the_encoded_columns_have_the_names_of_their_order(recorded: Recorded) -> None:
    own = fitted(recorded("lda", standardize=False))
    assert own.names == ("age", "days", "balance", "days missing", "job=clerk", "job=cook", "job=nurse")
    assert own.columns == ("age", "days", "balance", "days", "job", "job", "job")
    assert not own.scaled
    assert fitted(recorded("logistic_regression")).scaled


def test_columns_that_the_lasso_leaves_out_are_counted(recorded: Recorded) -> None:
    spec = DataSpec("vector", (3,), "float64", "regression", target_name="height")
    rows = RNG.normal(size=(50, 3))
    drawn = coefficients(recorded("lasso", spec, rows, 3 * rows[:, 1], alpha=0.5))
    assert drawn is not None
    assert drawn[1] == "Change of height per standard deviation of a column. 2 of 3 are exactly zero."
    assert labels(drawn[2])[0] == "x2"
    assert "\N{MINUS SIGN}0" not in texts(drawn[2])


def test_powers_are_printed_as_powers(recorded: Recorded) -> None:
    spec = DataSpec("vector", (2,), "float64", "regression", feature_names=("u", "v"))
    rows = RNG.normal(size=(50, 2))
    own = fitted(recorded("polynomial_regression", spec, rows, rows[:, 0] ** 2 * rows[:, 1], degree=3))
    assert own.names == ("u", "v", "u²", "u v", "v²", "u³", "u² v", "u v²", "v³")


def test_several_classes_are_a_table_and_pixels_are_pictures(recorded: Recorded) -> None:
    three = DataSpec("vector", (2,), "float64", "classification", classes=("a", "b", "c"))
    rows, targets = RNG.normal(size=(60, 2)), np.arange(60) % 3
    drawn = coefficients(recorded("lda", three, rows, targets))
    assert drawn is not None
    assert [label.get_text() for label in drawn[2].axes[0].get_xticklabels()] == ["a", "b", "c"]
    assert np.asarray(drawn[2].axes[0].images[0].get_array()).shape == (2, 3)
    pictures = DataSpec("picture", (4, 4, 1), "uint8", "classification", (0, 255), ("a", "b", "c"))
    pixels = RNG.integers(0, 255, (60, 4, 4, 1)).astype(np.uint8)
    drawn = coefficients(recorded("logistic_regression", pictures, pixels, targets, max_iter=1000))
    assert drawn is not None
    assert [axis.get_title() or axis.get_title(loc="left") for axis in drawn[2].axes[:3]] == ["a", "b", "c"]
    drawn = feature_importance(recorded("random_forest", pictures, pixels, targets, n_estimators=3))
    assert drawn is not None
    assert np.asarray(drawn[2].axes[0].images[0].get_array()).sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("family", "settings", "lines"),
    [
        ("decision_tree", {}, False),
        ("random_forest", {"n_estimators": 5}, True),
        ("extra_trees", {"n_estimators": 5}, True),
        ("adaboost", {"n_estimators": 5}, False),
        ("gradient_boosting", {"n_estimators": 5}, False),
        ("gradient_boosting", {"n_estimators": 5, "histogram": True}, False),
    ],
)
def test_what_matters_adds_up_by_raw_column(
    recorded: Recorded, family: str, settings: dict[str, object], lines: bool
) -> None:
    record = recorded(family, random_state=0, **settings)
    shares, spreads = importances(fitted(record))
    assert set(shares) == {"job", "age", "days", "balance"}
    assert sum(shares.values()) == pytest.approx(1.0)
    assert sorted(shares, key=lambda name: -shares[name])[:2] == ["job", "age"] or shares["age"] > shares["balance"]
    assert (spreads is not None) is lines
    drawn = feature_importance(record)
    assert drawn is not None
    assert ("Lines: standard deviation over the trees" in drawn[1]) is lines
    assert len(labels(drawn[2])) == 4


def test_a_model_without_a_split_has_no_importance(recorded: Recorded) -> None:
    assert feature_importance(recorded("decision_tree", targets=np.zeros(200, int))) is None


def test_a_tree_asks_in_the_words_of_its_columns(recorded: Recorded) -> None:
    own = fitted(recorded("decision_tree", random_state=0))
    tree = own.estimator.tree_
    asked = {question(own, node, 40) for node in range(tree.node_count) if tree.children_left[node] >= 0}
    assert "job ≠ cook" in asked
    (age,) = [one for one in asked if one.startswith("age")]
    assert age.endswith(" years")
    (node,) = [node for node in range(tree.node_count) if own.names[tree.feature[node]] == "age"][:1]
    assert question(own, node, 10) == age.removesuffix(" years")


def test_the_drawn_tree_says_what_its_leaves_say(recorded: Recorded) -> None:
    drawn = decision_tree(recorded("decision_tree", random_state=0))
    assert drawn is not None
    said = texts(drawn[2])
    assert "job ≠ cook" in said
    assert {"yes", "no"} <= set(said)
    assert drawn[1].startswith("3 leaves, 2 levels deep; learned from 200 examples.")


def test_a_deep_tree_is_cut_and_says_what_is_below(recorded: Recorded) -> None:
    noise = RNG.integers(0, 2, 200)
    record = recorded("decision_tree", targets=noise, random_state=0)
    drawn = decision_tree(record)
    assert drawn is not None
    assert "of which the first 3 levels are drawn" in drawn[1]
    branches = layout(fitted(record).estimator.tree_, 3).all()
    assert max(one.level for one in branches) == 3
    assert len(branches) + sum(one.below for one in branches) == fitted(record).estimator.tree_.node_count
    assert {f"+{one.below}" for one in branches if one.below} <= set(texts(drawn[2]))


def test_parents_stand_in_the_middle_of_their_children(recorded: Recorded) -> None:
    for branch in layout(fitted(recorded("decision_tree", random_state=0)).estimator.tree_, 3).all():
        if branch.children:
            assert branch.place == sum(child.place for child in branch.children) / 2
            assert branch.children[0].place < branch.children[1].place


def test_a_tree_of_numbers_says_means(recorded: Recorded) -> None:
    spec = DataSpec("vector", (2,), "float64", "regression", unit="m")
    rows = RNG.normal(size=(50, 2))
    drawn = decision_tree(recorded("decision_tree", spec, rows, rows[:, 0], max_depth=1, random_state=0))
    assert drawn is not None
    assert any(" · mean " in text for text in texts(drawn[2]))
    assert any(text.endswith(" m") for text in texts(drawn[2]))
