"""What lists, shows and helps answers at once: it never imports TensorFlow or anything as slow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from zoo_process import Here

from zoo.recipe.names import choices

SLOW = {"tensorflow", "keras", "numpy", "sklearn", "scipy", "matplotlib", "pandas"}

PROGRAM = """
import json, sys
try:
    {action}
except SystemExit as ended:
    assert not ended.code, ended.code
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def modules_after(action: str, folder: Path) -> set[str]:
    """Top-level modules that a new process has after running a line of Python."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(action=action)], cwd=folder, check=True, capture_output=True, text=True
    )
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        "list",
        "list mlp/* parameters<1e6",
        "list --plugins",
        "list --json",
        "list --names optimizers",
        "list --pretrained",
        "card mlp/digits",
        "card --results",
        "show cnn/digits",
        "show mlp --json",
        "--help",
        "--version",
        "train --help",
        "data list",
        "weights list",
        "weights get mlp/digits",
        "weights verify mlp/digits",
        "copy mlp/digits wide.toml epochs=5",
    ],
)
def test_a_verb_that_builds_nothing_imports_nothing_slow(arguments: str, tmp_path: Path) -> None:
    action = f"sys.argv = ['zoo', *{arguments.split()!r}]; from zoo.cli.main import main; main()"
    assert modules_after(action, tmp_path) & SLOW == set()


@pytest.mark.parametrize("action", ["import zoo", "import zoo; zoo.names('mlp/*')", "import zoo; zoo.recipe('cnn')"])
def test_the_package_imports_nothing_slow(action: str, tmp_path: Path) -> None:
    assert modules_after(action, tmp_path) & SLOW == set()


def test_importing_the_package_imports_the_standard_library_only(tmp_path: Path) -> None:
    before, after = modules_after("pass", tmp_path), modules_after("import zoo", tmp_path)
    assert after - before - set(sys.stdlib_module_names) == {"zoo"}


def test_the_list_shows_families_and_below_them_their_recipes(here: Here) -> None:
    result = here("list")
    lines = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    families = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert families == sorted(families)
    assert {"cnn", "mlp"} <= set(families)
    assert any(line.startswith("  mlp/digits ") for line in lines)


def test_names_are_listed_by_kind_as_the_table_has_them(here: Here) -> None:
    lines = here("list", "--names", "losses").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [choice.name for choice in choices("losses")]
    told = json.loads(here("list", "--names", "metrics", "--json").stdout)
    assert told == [{**vars(choice), "aliases": list(choice.aliases)} for choice in choices("metrics")]


def test_an_unknown_kind_of_names_is_refused_with_the_nearest(here: Here) -> None:
    result = here("list", "--names", "optimisers")
    assert (result.returncode, result.stdout) == (2, "")
    assert "did you mean: optimizers" in result.stderr


def test_a_query_that_nothing_matches_says_so_and_is_no_error(here: Here) -> None:
    result = here("list", "parameters<1")
    assert (result.returncode, result.stdout) == (0, "")
    assert "nothing matches" in result.stderr


def test_a_name_alone_is_listed_alone(here: Here) -> None:
    result = here("list", "mlp/digits")
    assert (result.returncode, result.stderr) == (0, "")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["mlp/digits"]


def test_a_wildcard_that_matches_nothing_is_no_error(here: Here) -> None:
    result = here("list", "*nothing*")
    assert (result.returncode, result.stdout) == (0, "")
    assert "nothing matches" in result.stderr


def test_a_family_is_shown_with_its_hyperparameters(here: Here) -> None:
    result = here("show", "cnn")
    assert result.returncode == 0
    assert "filters" in result.stdout
    assert "train it: zoo train cnn" in result.stdout


def test_a_recipe_is_shown_with_every_default(here: Here) -> None:
    result = here("show", "mlp/digits")
    assert result.returncode == 0
    for word in ("batch_size", "units", "test_fraction", "CC-BY-4.0"):
        assert word in result.stdout


def test_a_recipe_file_is_shown_with_the_command_that_trains_it(here: Here) -> None:
    assert here("copy", "mlp/digits", "mine/wide.toml").returncode == 0
    assert here("show", "mine/wide.toml").stdout.endswith("train it: zoo train mine/wide.toml\n")


def test_a_copy_in_a_folder_of_recipes_may_bear_a_registered_name(here: Here) -> None:
    result = here("copy", "mlp/digits", "recipes/mlp/digits.toml")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(("changes", "pretrained"), [([], True), (["units=[8]"], False)], ids=["same", "changed"])
def test_published_weights_are_shown_of_a_file_that_says_what_the_registered_recipe_says(
    here: Here, changes: list[str], pretrained: bool
) -> None:
    assert here("copy", "mlp/digits", "recipes/mlp/digits.toml", *changes).returncode == 0
    facts = json.loads(here("show", "recipes/mlp/digits.toml", "--json").stdout)
    assert (facts["name"], facts["file"]) == ("mlp/digits", "recipes/mlp/digits.toml")
    assert (facts["weights"] is not None) is pretrained
    assert "file       recipes/mlp/digits.toml" in here("show", "recipes/mlp/digits.toml").stdout


def test_the_help_names_every_verb_and_its_examples(here: Here) -> None:
    verbs = ["list", "show", "copy", "train", "resume", "reproduce", "evaluate", "predict", "publish", "data", "doctor"]
    listed = here("--help").stdout
    assert [verb for verb in verbs if verb not in listed] == []
    assert "zoo train cnn --dataset digits epochs=1" in here("train", "--help").stdout


def test_the_program_alone_shows_its_help(here: Here) -> None:
    assert "Usage: zoo" in here().stdout + here().stderr


def test_the_version_is_that_of_the_distribution(here: Here) -> None:
    import zoo as package

    assert here("--version").stdout == f"keras-zoo {package.__version__}\n"


def test_published_models_are_listed_with_metric_size_and_licence(here: Here) -> None:
    result = here("list", "--pretrained", "mlp/digits")
    assert result.returncode == 0
    (line,) = result.stdout.splitlines()
    assert line.split()[:2] == ["mlp/digits", "accuracy"]
    assert line.endswith("KiB   CC-BY-4.0")
    assert line in here("list", "--pretrained", "mlp").stdout.splitlines()
    rows = json.loads(here("list", "--pretrained", "--json").stdout)
    assert {"name", "metric", "value", "bytes", "licence"} == rows[0].keys()


def test_a_card_is_of_one_model_with_weights(here: Here) -> None:
    for arguments in ([], ["mlp/digits", "--results"], ["--results", "--json"], ["mlp/xor"], ["mlp/digitz"]):
        result = here("card", *arguments)
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr.startswith("zoo: ")
    assert json.loads(here("card", "mlp/digits", "--json").stdout)["name"] == "mlp/digits"
