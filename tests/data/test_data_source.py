"""Where data are looked for, and what is said when they are nowhere."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zoo.data.source import TfdsSource, cache_root, data_roots, is_offline

SOURCE = TfdsSource("mnist", "3.0.1")

LOAD_MNIST = """
import json, time
from zoo.data.errors import DataUnavailable
from zoo.datasets import mnist
start = time.monotonic()
try:
    mnist.load(mnist.Options())
except DataUnavailable as error:
    print(json.dumps({"message": str(error), "exit_code": error.exit_code, "seconds": time.monotonic() - start}))
"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The user's folder and the zoo's cache, both empty."""
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("ZOO_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "mine", tmp_path / "cache" / "tfds"


def test_the_users_folder_comes_before_the_cache(folders: tuple[Path, Path]) -> None:
    mine, cache = (root / "mnist" / "3.0.1" for root in folders)
    assert SOURCE.find() is None
    cache.mkdir(parents=True)
    assert SOURCE.find() == cache
    mine.mkdir(parents=True)
    assert SOURCE.find() == mine


def test_another_version_is_not_taken(folders: tuple[Path, Path]) -> None:
    (folders[0] / "mnist" / "3.0.0").mkdir(parents=True)
    assert SOURCE.find() is None


def test_the_cache_is_in_the_users_cache_folder_unless_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ZOO_CACHE_DIR", raising=False)
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    assert cache_root().parts[-2:] == ("keras-zoo", "tfds")
    assert list(data_roots().values()) == [cache_root()]
    monkeypatch.setenv("ZOO_CACHE_DIR", str(tmp_path))
    assert cache_root() == tmp_path / "tfds"


@pytest.mark.parametrize(("value", "offline"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_zoo_offline_is_on_unless_empty_or_0(monkeypatch: pytest.MonkeyPatch, value: str, offline: bool) -> None:
    monkeypatch.setenv("ZOO_OFFLINE", value)
    assert is_offline() is offline


def test_the_message_names_data_set_variable_command_and_folders(folders: tuple[Path, Path]) -> None:
    folders[1].mkdir(parents=True)
    message = str(TfdsSource("mnist", "3.0.1", dataset="digits_mnist").unavailable("the network is down"))
    assert "data set 'digits_mnist' is not on this machine" in message
    assert "received: the network is down" in message
    assert f"looked for mnist/3.0.1 in TFDS_DATA_DIR ({folders[0]}, no such folder)" in message
    assert f"the zoo's cache ({folders[1]})" in message
    assert "`zoo data get digits_mnist`" in message
    assert "`zoo data path digits_mnist`" in message


def nothing_here(tmp_path: Path, **variables: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("TFDS_DATA_DIR", "ZOO_OFFLINE")}
    return kept | {"ZOO_CACHE_DIR": str(tmp_path / "cache")} | variables


def load_in_a_child(environment: dict[str, str]) -> tuple[dict[str, object], float]:
    start = time.monotonic()
    command = [sys.executable, "-W", "error", "-c", LOAD_MNIST]
    child = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(child.stdout), time.monotonic() - start


def test_without_network_and_data_the_error_comes_within_10_seconds(tmp_path: Path) -> None:
    # A proxy on a port that nobody listens on: no request leaves the machine, wherever the test runs.
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{unused.getsockname()[1]}"
        report, seconds = load_in_a_child(nothing_here(tmp_path, https_proxy=proxy, http_proxy=proxy, no_proxy=""))
    assert seconds < 10
    assert report["exit_code"] == 2
    for words in ("'mnist'", "TFDS_DATA_DIR is not set", "zoo data get mnist", "storage.googleapis.com"):
        assert words in str(report["message"])
    assert not (tmp_path / "cache").exists()


def test_zoo_offline_asks_nobody(tmp_path: Path) -> None:
    report, _ = load_in_a_child(nothing_here(tmp_path, ZOO_OFFLINE="1"))
    assert "received: ZOO_OFFLINE forbids the network" in str(report["message"])
