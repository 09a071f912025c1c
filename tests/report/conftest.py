"""Run folders that are written once and only read; a test that changes one makes its own copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import run_folders

from zoo.report import write_report


@pytest.fixture(scope="session")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of each sort: digits, moons, diabetes, failed, reproduction."""
    root = tmp_path_factory.mktemp("runs")
    for sort in ("digits", "moons", "diabetes", "failed", "reproduction"):
        getattr(run_folders, sort)(root / sort)
    return root


@pytest.fixture(scope="session")
def reported(masters: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A run folder with its report, to read; drawn when a test first asks for it."""
    root = tmp_path_factory.mktemp("reported")

    def folder_of(sort: str) -> Path:
        if not (root / sort).exists():
            write_report(shutil.copytree(masters / sort, root / sort))
        return root / sort

    return folder_of


@pytest.fixture
def copy_of(masters: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A private copy of a run folder, to change or to write a report into."""
    return lambda sort: Path(shutil.copytree(masters / sort, tmp_path / sort))
