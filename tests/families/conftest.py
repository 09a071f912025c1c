"""The built-in names, without the plugins that happen to be installed."""

import pytest

from registry import Registry, build


@pytest.fixture(scope="session")
def registry() -> Registry:
    """A registry of the built-ins."""
    return build(with_plugins=False)
