"""Run folders that are written once and only read; a test that changes one makes its own copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import run_folders


@pytest.fixture(scope="session")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of each sort: digits, moons, diabetes, failed, reproduction."""
    root = tmp_path_factory.mktemp("runs")
    for sort in ("digits", "moons", "diabetes", "failed", "reproduction"):
        getattr(run_folders, sort)(root / sort)
    return root


@pytest.fixture
def copy_of(masters: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A private copy of a run folder, to change or to write a report into."""
    return lambda sort: Path(shutil.copytree(masters / sort, tmp_path / sort))
