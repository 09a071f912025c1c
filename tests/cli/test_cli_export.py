"""`zoo export` as people see it: one line about the file, or one message and no file."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner
from zoo_process import Zoo

import zoo.use.exporting.export
from zoo.cli.main import app


@pytest.mark.slow
def test_an_export_says_what_was_written_and_how_near_it_is(zoo: Zoo) -> None:
    done = zoo("export", "mlp/digits", "--format", "litert")
    assert (done.returncode, done.stderr) == (0, "")
    first, second, third = done.stdout.splitlines()
    assert first.startswith("mlp-digits.tflite: litert, ")
    assert second == "  in raw uint8 (n, 8, 8, 1); out logits float32 (n, 10)"
    assert third.startswith("  largest difference to Keras ")
    assert [path.name for path in zoo.folder.iterdir()] == ["mlp-digits.tflite"]


def test_an_export_that_differs_is_exit_code_1_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(zoo.use.exporting.export, "INT8_TOLERANCE", 1e-6)  # which 8 bits do not reach
    result = CliRunner().invoke(app, ["export", "mlp/digits", "--format", "litert", "--int8"])
    assert result.exit_code == 1
    assert "an export must say what Keras says" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_facts_are_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["export", "mlp/digits", "--format", "keras", "--json"])
    facts = json.loads(result.stdout)
    assert (facts["path"], facts["difference"]) == ("mlp-digits.keras", 0.0)
    assert facts["bytes"] == (tmp_path / "mlp-digits.keras").stat().st_size
