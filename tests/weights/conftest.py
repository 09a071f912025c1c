"""The built-in names, without the plugins that happen to be installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from weights_server import Server, registry_of, running, write_plugin

from registry import Registry, build


@pytest.fixture(scope="session")
def registry() -> Registry:
    """A registry of the built-ins."""
    return build(with_plugins=False)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on the loopback address that holds the weights of mlp/far."""
    with running() as started:
        yield started


@pytest.fixture
def far(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry with mlp/far, whose recipe names the server; the cache is empty."""
    monkeypatch.setenv("ZOO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ZOO_OFFLINE", raising=False)
    monkeypatch.delenv("ZOO_WEIGHTS_URL", raising=False)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    return registry_of(write_plugin(tmp_path / "site", url=server.url))
