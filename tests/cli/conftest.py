"""The program in a folder of the test's own."""

from pathlib import Path

import pytest
from zoo_process import Zoo


@pytest.fixture
def zoo(tmp_path: Path) -> Zoo:
    """Runs `zoo` in the test's own folder."""
    return Zoo(tmp_path)
