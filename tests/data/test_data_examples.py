"""The examples in the docstrings of the data stage."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("module", ["hashes", "options", "source", "spec", "split"])
def test_the_examples_of_a_module_hold(module: str) -> None:
    outcome = doctest.testmod(importlib.import_module(f"zoo.data.{module}"))
    assert outcome.attempted > 0
    assert outcome.failed == 0
