"""With --json stdout holds the facts and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from zoo_process import Here, Zoo


def facts_of(zoo: Zoo | Here, *arguments: str, code: int = 0) -> Any:
    """What a verb prints with --json."""
    result = zoo(*arguments, "--json")
    assert result.returncode == code, result.stderr
    return json.loads(result.stdout)


def test_the_list_as_facts(zoo: Zoo) -> None:
    rows = {row["name"]: row for row in facts_of(zoo, "list")}
    assert rows["mlp"]["kind"] == "family"
    assert rows["mlp/digits"]["dataset"] == "digits"


def test_no_match_is_an_empty_list(here: Here) -> None:
    assert facts_of(here, "list", "parameters<1") == []


def test_the_plugins_as_facts(here: Here) -> None:
    assert isinstance(facts_of(here, "list", "--plugins"), list)


def test_a_family_as_facts(here: Here) -> None:
    facts = facts_of(here, "show", "cnn")
    assert facts["kind"] == "family"
    assert {"name", "type", "default", "limits", "search", "description"} == facts["settings"][0].keys()


def test_a_recipe_as_facts(here: Here) -> None:
    facts = facts_of(here, "show", "mlp/digits")
    assert (facts["kind"], facts["family"], facts["licence"]) == ("recipe", "mlp", "CC-BY-4.0")
    assert facts["training"]["batch_size"] == 32


def test_the_data_sets_as_facts(here: Here) -> None:
    rows = {row["name"]: row for row in facts_of(here, "data", "list")}
    assert rows["digits"]["embedded"] is True
    assert {"mnist", "fashion_mnist", "xor", "moons", "blobs"} <= rows.keys()


def test_a_data_set_as_facts(zoo: Zoo) -> None:
    facts = facts_of(zoo, "data", "show", "digits")
    assert facts["data"]["sizes"].keys() == {"train", "validation", "test"}
    assert facts["data"]["spec"]["shape"] == [8, 8, 1]
    assert facts["raw"].startswith("one digit in light strokes on a dark ground")


def test_a_data_set_of_numbers_says_nothing_about_pictures(here: Here) -> None:
    assert "raw" not in facts_of(here, "data", "show", "xor")


def test_a_data_set_that_was_fetched_as_facts(here: Here) -> None:
    facts = facts_of(here, "data", "get", "digits")
    assert facts["path"] is None
    assert all(len(digest) == 64 for digest in facts["hashes"].values())


@pytest.mark.slow
def test_a_run_as_facts(zoo: Zoo, tmp_path: Path) -> None:
    facts = facts_of(zoo, "train", "mlp/xor", "epochs=1", "--runs", "mine")
    assert (facts["status"], facts["name"], facts["seed"]) == ("finished", "mlp/xor", 0)
    assert (tmp_path / facts["folder"] / "run.json").is_file()
    assert facts["argv"] == ["zoo", "train", "mlp/xor", "epochs=1", "--runs", "mine", "--json"]


@pytest.mark.slow
def test_runs_side_by_side_as_facts(zoo: Zoo, tmp_path: Path) -> None:
    folders = [facts_of(zoo, "train", "mlp/xor", f"epochs={epochs}")["folder"] for epochs in (1, 2)]
    facts = facts_of(zoo, "compare", *folders, "--page", "compared.html")
    assert [run["folder"] for run in facts["runs"]] == folders
    assert [run["epochs"] for run in facts["runs"]] == [[1], [2]]
    assert facts["settings"] == {"training.epochs": [1, 2]}
    assert facts["page"] == "compared.html"
    assert (tmp_path / "compared.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_doctor_finds_nothing_wrong_here(here: Here) -> None:
    checks = {check["what"]: check for check in facts_of(here, "doctor")}
    assert all(check["ok"] for check in checks.values())
    assert {"family mlp", "data set digits", "recipe mlp/digits", "devices"} <= checks.keys()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("data list", "digits                   embedded"),
        ("data show digits", "CC-BY-4.0"),
        ("data get digits", "train"),
        ("data path digits", "embedded"),
    ],
)
def test_data_sets_in_words(here: Here, arguments: str, said: str) -> None:
    result = here(*arguments.split())
    assert (result.returncode, result.stderr) == (0, "")
    assert said in result.stdout
