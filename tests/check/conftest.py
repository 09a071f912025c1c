"""The built-in names, and plugin distributions installed once with pip into a folder of their own."""

import importlib.util
import sys
from pathlib import Path

import pytest

# Loaded by its file: with the folder `tests` on the path, `import registry` could find the folder `tests/registry`.
if "plugin_packages" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("plugin_packages", Path(__file__).parents[1] / "plugin_packages.py")
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules["plugin_packages"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["plugin_packages"])


@pytest.fixture(scope="session")
def two_plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed plugins: the good one, and one whose builder does not exist."""
    import plugin_packages

    folder = tmp_path_factory.mktemp("plugins")
    packages = (plugin_packages.GOOD, plugin_packages.UNBUILDABLE)
    plugin_packages.install([plugin_packages.write(package, folder) for package in packages], target=folder / "site")
    return folder / "site"
