"""A plugin author checks a family from tests of their own, and from the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


def run(arguments: list[str], folder: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Run a module of Python where the plugins are installed."""
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def documented_test() -> str:
    """The test that CONTRIBUTING.md shows a plugin author."""
    blocks = re.findall(r"```python\n(.*?)```", CONTRIBUTING.read_text(encoding="utf-8"), flags=re.DOTALL)
    (block,) = [block for block in blocks if "conformance" in block]
    return str(block)


@pytest.mark.slow
def test_the_documented_test_passes_for_a_good_plugin(two_plugins: Path, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "test_my_zoo.py").write_text(documented_test(), encoding="utf-8")
    result = run(["pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-rA"], tmp_path, two_plugins)
    assert result.returncode == 0, result.stdout
    passed = re.findall(r"^PASSED test_my_zoo.py::\w+\[(\w+)\]", result.stdout, flags=re.MULTILINE)
    assert {"registered", "builds", "saves_its_weights", "resumes", "the_loss_falls"} <= set(passed)


def test_a_broken_plugin_is_exit_code_1_with_the_reason(two_plugins: Path, tmp_path: Path) -> None:
    result = run(["zoo", "check", "unbuildable", "--json"], tmp_path, two_plugins)
    assert result.returncode == 1, result.stderr
    (facts,) = json.loads(result.stdout)
    assert (facts["name"], facts["recipe"], facts["ok"]) == ("unbuildable", "unbuildable/default", False)
    registered, *others = facts["checks"]
    assert (registered["name"], registered["ok"]) == ("registered", False)
    assert "did you mean: build" in registered["found"]
    assert {other["ok"] for other in others} == {None}
    assert list(tmp_path.iterdir()) == []
