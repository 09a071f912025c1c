"""Importing the registry is cheap, and its examples run."""

import doctest
import importlib
import json
import pkgutil
import subprocess
import sys

import pytest

import registry

MODULES = ["registry", *(f"registry.{module.name}" for module in pkgutil.iter_modules(registry.__path__))]

PROGRAM = """
import json, sys, time
before, start = set(sys.modules), time.perf_counter()
import registry
seconds = time.perf_counter() - start
print(json.dumps([seconds, sorted({name.partition(".")[0] for name in set(sys.modules) - before})]))
"""


def imported() -> tuple[float, list[str]]:
    """Seconds and top-level modules of `import registry` in a new process."""
    result = subprocess.run([sys.executable, "-c", PROGRAM], check=True, stdout=subprocess.PIPE)
    return tuple(json.loads(result.stdout))


def test_the_registry_imports_the_standard_library_only() -> None:
    _, modules = imported()
    assert set(modules) - set(sys.stdlib_module_names) == {"registry"}


def test_the_registry_is_imported_in_less_than_150_milliseconds() -> None:
    assert min(imported()[0] for _ in range(3)) < 0.15


def test_every_public_name_is_there() -> None:
    assert [name for name in registry.__all__ if not hasattr(registry, name)] == []


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_documentation_run(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0
