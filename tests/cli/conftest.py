"""The program in a folder of the test's own."""

from pathlib import Path

import pytest
from zoo_process import Here, Zoo


@pytest.fixture
def zoo(tmp_path: Path) -> Zoo:
    """Runs `zoo` in the test's own folder."""
    return Zoo(tmp_path)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """Runs `zoo` in this process, in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    return Here()
