"""The examples in the docstrings of zoo.report are true."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("module", ["compare", "parts", "scores", "style", "text"])
def test_the_examples_of_a_module_are_true(module: str) -> None:
    found = doctest.testmod(importlib.import_module(f"zoo.report.{module}"))
    assert found.attempted > 0
    assert found.failed == 0
