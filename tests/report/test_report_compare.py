"""Runs side by side: the facts, what must be known before they are compared, and the page."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import run_folders

import zoo
from zoo.report import Comparison, compare_runs, write_comparison
from zoo.report.compare import differing_settings, shown_setting
from zoo.report.errors import BrokenRunFolder, InvalidComparison, NewerRunFolder, NotARunFolder, ReportNotWritten

Copy = Callable[[str], Path]


def with_recipe(folder: Path, **lines: str) -> Path:
    """Change lines of a run's recipe.toml; of a reproduction in each seed's."""
    for path in [folder / "recipe.toml", *folder.glob("seed-*/recipe.toml")]:
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            for key, value in lines.items():
                text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
            path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def mixed(masters: Path) -> Comparison:
    """A reproduction beside a single run of the same recipe."""
    return compare_runs([masters / "reproduction", masters / "digits"])


def test_a_reproduction_and_a_run_stand_in_one_table(mixed: Comparison, masters: Path) -> None:
    both = json.loads((masters / "reproduction" / "run.json").read_text())
    one = json.loads((masters / "digits" / "run.json").read_text())
    several, single = mixed.facts()["runs"]
    assert (several["test"], several["spread"], several["baseline"]) == (both["mean"], both["spread"], 0.1028)
    assert (single["test"], single["spread"]) == (one["metrics"]["test"]["accuracy"], None)
    assert (several["seeds"], single["seeds"]) == ([0, 1, 2], [0])
    assert several["parameters"] == single["parameters"] == 9098 + 129
    assert several["epochs"] == [15, 15, 15]
    assert several["seconds"] == [9.26] * 3


def test_the_validation_value_of_a_reproduction_is_the_mean_over_its_seeds(mixed: Comparison, masters: Path) -> None:
    tables = [json.loads(path.read_text()) for path in sorted((masters / "reproduction").glob("seed-*/run.json"))]
    mean = sum(table["metrics"]["validation"]["accuracy"] for table in tables) / 3
    assert mixed.rows[0].validation == pytest.approx(mean)


def test_the_facts_are_json(masters: Path) -> None:
    comparison = compare_runs([masters / sort for sort in ("reproduction", "digits", "moons", "diabetes", "failed")])
    facts = comparison.facts()
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts


def test_only_settings_that_differ_are_listed_and_words_about_a_recipe_are_none(masters: Path, copy_of: Copy) -> None:
    other = with_recipe(copy_of("digits"), learning_rate="0.5", summary='"Another"', mean="0.1")
    comparison = compare_runs([masters / "digits", other])
    assert comparison.settings == {"training.learning_rate": (0.01, 0.5)}
    assert re.search(r"^training\.learning_rate +0\.01 +0\.5$", str(comparison), re.MULTILINE)


def test_equal_recipes_are_told_to_be_equal(mixed: Comparison) -> None:
    assert mixed.settings == {}
    assert "The recipes are equal in every setting." in str(mixed)


def test_a_setting_that_one_recipe_lacks_is_a_dash_beside_its_table() -> None:
    recipes = [
        {"family": "mlp", "hyperparameters": {"units": [3]}, "training": {"epochs": 1, "options": {"beta": 0.9}}},
        {"family": "cnn", "hyperparameters": {"filters": [8]}, "training": {"epochs": 1, "options": {}}},
    ]
    settings = differing_settings(recipes)
    assert list(settings) == ["family", "hyperparameters.units", "hyperparameters.filters", "training.options.beta"]
    assert [shown_setting(value) for value in settings["hyperparameters.filters"]] == ["–", "[8]"]  # noqa: RUF001


def test_runs_of_different_data_sets_are_compared_with_a_line_that_says_so(masters: Path) -> None:
    comparison = compare_runs([masters / "digits", masters / "moons"])
    assert comparison.notes[0].startswith("The data sets differ: digits (1 mlp/digits), moons (2 mlp/moons).")
    assert comparison.sentence is None
    assert comparison.notes[0] in str(comparison)


def test_test_splits_with_different_examples_are_told(masters: Path, copy_of: Copy) -> None:
    other = copy_of("digits")
    data = json.loads((other / "run.json").read_text())["data"]
    run_folders.change(other, data=data | {"hashes": data["hashes"] | {"test": "f" * 64}})
    comparison = compare_runs([masters / "digits", other])
    assert comparison.notes == (
        "The test splits hold different examples: sha256 tttttttt (1 mlp/digits), sha256 ffffffff (2 mlp/digits). "
        "A difference may be theirs.",
    )


def test_different_metrics_have_a_column_that_names_them(masters: Path) -> None:
    comparison = compare_runs([masters / "digits", masters / "diabetes"])
    header, rows = comparison.table()
    assert header[3:5] == ("metric", "test")
    assert [row[3] for row in rows] == ["accuracy", "MSE"]
    assert "The primary metrics differ: accuracy (1 mlp/digits), MSE (2 mlp/diabetes)." in comparison.notes


def test_one_metric_is_named_in_the_head(mixed: Comparison) -> None:
    assert mixed.table()[0][3] == "accuracy (test)"


def test_a_run_that_did_not_finish_has_no_value_and_a_note(masters: Path) -> None:
    comparison = compare_runs([masters / "digits", masters / "failed"])
    assert comparison.facts()["runs"][1]["test"] is None
    assert comparison.notes == (
        "2 mlp/digits: The run failed at step 75, after 2 complete epochs. The loss is NaN. "
        "The learning rate was 10. Try a smaller learning rate.",
    )


def test_a_reproduction_before_its_first_seed_is_compared_by_its_own_recipe(masters: Path, tmp_path: Path) -> None:
    folder = tmp_path / "early"
    run_folders.digits(folder)
    run_folders.change(folder, kind="reproduce", status="running", seeds=[0, 1], runs=["seed-0", "seed-1"])
    run_folders.change(folder, baseline=None, metrics=None)
    comparison = compare_runs([masters / "moons", with_recipe(folder, learning_rate="0.5")])
    assert comparison.rows[1].seeds == (0, 1)
    assert comparison.rows[1].dataset == "digits"
    assert comparison.settings["training.learning_rate"] == (0.01, 0.5)


def test_many_seeds_take_one_cell(masters: Path, copy_of: Copy) -> None:
    consecutive = run_folders.change(copy_of("reproduction"), seeds=list(range(30)))
    scattered = run_folders.change(run_folders.reproduction(consecutive.parent / "other"), seeds=[1, 2, 4, 8, 16, 32])
    _, rows = compare_runs([consecutive, scattered]).table()
    assert [row[1] for row in rows] == ["0 to 29", "6 seeds"]


@pytest.mark.parametrize(
    ("mean", "spread", "told"),
    [
        (0.99, 0.001, r"0\.9900 ± 0\.0010, by 2 mlp/digits; 0\.0\d+ better than 1 mlp/digits\.$"),
        (0.99, 0.1, r"may be chance\.$"),
    ],
)
def test_the_best_is_named_with_how_sure_that_is(
    masters: Path, copy_of: Copy, mean: float, spread: float, told: str
) -> None:
    other = run_folders.change(copy_of("reproduction"), mean=mean, spread=spread)
    sentence = compare_runs([masters / "digits", other]).sentence
    assert sentence is not None
    assert re.search(told, sentence)


def test_of_errors_the_smaller_is_the_best(masters: Path, copy_of: Copy) -> None:
    other = copy_of("diabetes")
    run_folders.change(other, metrics={"test": {"mse": 1.0}})
    sentence = compare_runs([masters / "diabetes", other]).sentence
    assert sentence is not None
    assert sentence.startswith("Best MSE on the test split: 1.0000, by 2 mlp/diabetes;")


def test_equal_values_have_no_winner(masters: Path, copy_of: Copy) -> None:
    sentence = compare_runs([masters / "digits", copy_of("digits")]).sentence
    assert sentence is not None
    assert sentence.endswith("by 1 mlp/digits and 2 mlp/digits alike.")


def test_a_run_by_two_paths_is_refused(masters: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(masters)
    with pytest.raises(InvalidComparison, match="not with itself"):
        compare_runs([masters / "digits", "digits"])


def test_one_run_alone_is_refused(masters: Path) -> None:
    with pytest.raises(InvalidComparison, match="at least two runs"):
        compare_runs([masters / "digits"])


def test_a_folder_that_is_no_run_is_refused_like_everywhere(masters: Path, tmp_path: Path, copy_of: Copy) -> None:
    with pytest.raises(NotARunFolder, match=r"must hold run\.json"):
        compare_runs([masters / "digits", tmp_path])
    with pytest.raises(NewerRunFolder):
        compare_runs([masters / "digits", run_folders.change(copy_of("failed"), format=2)])
    early = run_folders.change(copy_of("reproduction"), runs=[])
    with pytest.raises(BrokenRunFolder, match=r"must hold recipe\.toml"):
        compare_runs([masters / "digits", early])


def test_the_page_is_one_file_with_table_curves_settings_and_folders(mixed: Comparison, tmp_path: Path) -> None:
    path = write_comparison(mixed, tmp_path / "compared.html")
    page = path.read_text(encoding="utf-8")
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["Results", "Learning curves", "Settings", "Run folders"]
    assert "<title>2 runs compared</title>" in page
    assert "<td>1 mlp/digits</td><td>0, 1, 2</td><td>finished</td>" in page
    assert not re.search(r"<script|@import|url\(", page)
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(address.startswith(("data:", "#")) for address in addresses)
    (drawn,) = re.findall(r'<img src="data:image/png;base64,([A-Za-z0-9+/=]+)"', page)
    assert base64.b64decode(drawn).startswith(b"\x89PNG")
    assert [file.name for file in tmp_path.iterdir()] == ["compared.html"]


def test_the_page_names_the_runs_that_have_no_curve(masters: Path, tmp_path: Path) -> None:
    comparison = compare_runs([masters / "digits", masters / "moons"])
    page = write_comparison(comparison, tmp_path / "compared.html").read_text(encoding="utf-8")
    assert "without a curve: 2 mlp/moons." in page
    assert "No run is called the best: the note says why." in page
    assert "The data sets differ" in page


def test_runs_without_epochs_have_a_page_without_curves(masters: Path, tmp_path: Path) -> None:
    comparison = compare_runs([masters / "moons", masters / "diabetes"])
    page = write_comparison(comparison, tmp_path / "compared.html").read_text(encoding="utf-8")
    assert "<h2>Learning curves</h2>" not in page


def test_a_page_is_replaced_and_the_same_runs_give_the_same_bytes(mixed: Comparison, tmp_path: Path) -> None:
    path = tmp_path / "compared.html"
    path.write_text("earlier")
    first = write_comparison(mixed, path).read_bytes()
    assert write_comparison(mixed, path).read_bytes() == first


@pytest.mark.parametrize(
    ("name", "said"), [("page.htm", "ends in .html"), ("run.json", "ends in .html"), ("no/p.html", "folder must exist")]
)
def test_a_place_for_no_page_is_refused(mixed: Comparison, tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(InvalidComparison, match=said):
        write_comparison(mixed, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_is_one_clear_error(mixed: Comparison, tmp_path: Path) -> None:
    (tmp_path / "taken.html").mkdir()
    with pytest.raises(ReportNotWritten, match="must be written"):
        write_comparison(mixed, tmp_path / "taken.html")


def test_the_public_function_takes_paths_and_writes_the_page(masters: Path, tmp_path: Path) -> None:
    page = tmp_path / "compared.html"
    comparison = zoo.compare(str(masters / "digits"), masters / "failed", page=page)
    assert [row.label for row in comparison.rows] == ["1 mlp/digits", "2 mlp/digits"]
    assert page.is_file()


def test_comparing_imports_neither_tensorflow_nor_keras_nor_matplotlib(masters: Path) -> None:
    script = (
        "import sys, zoo\nprint(zoo.compare(*sys.argv[1:]))\n"
        "slow = ('tensorflow', 'keras', 'matplotlib')\n"
        "assert not [name for name in slow if name in sys.modules], sorted(sys.modules)\n"
    )
    command = [sys.executable, "-c", script, str(masters / "digits"), str(masters / "reproduction")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "accuracy (test)" in done.stdout
