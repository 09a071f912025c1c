"""Fetching: probed, hashed, aside, then moved into place. The server is real and on the loopback address."""

import json
import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from filelock import FileLock
from tensorflow_datasets.core.download import downloader
from tensorflow_datasets.core.download.resource import get_dl_fname
from tfds_packages import NUMBERS, TINY, TINY_SIZES, Server, serving, write_served

from zoo.data.errors import DamagedData, DataUnavailable, InvalidData
from zoo.data.prepare import prepare, unreachable
from zoo.data.source import TfdsSource, cache_root


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TfdsSource, Server]]:
    with serving() as server:
        yield write_served(tmp_path_factory.mktemp("packages") / "served", "served_numbers", server.url), server


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no folder of the user, the network allowed."""
    for variable in ("TFDS_DATA_DIR", "ZOO_OFFLINE", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("ZOO_CACHE_DIR", str(tmp_path / "cache"))
    return cache_root()


def leftovers(cache: Path) -> list[str]:
    return [path.name for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_numbers_are_fetched_once_and_then_read_from_the_cache(served: tuple[TfdsSource, Server], cache: Path) -> None:
    source, server = served
    server.restart((200, NUMBERS))
    numbers = source.load()["train"]["number"]
    assert sorted(numbers.tolist()) == [1, 1, 2, 3, 4, 5, 6, 9]
    assert server.requests == 2  # the probe and the download
    assert source.load()["train"]["number"].tolist() == numbers.tolist()
    assert server.requests == 2
    assert source.find() == cache / "served_numbers" / "1.0.0"
    assert downloader.MAX_RETRIES == 10


def test_a_download_that_a_killed_process_left_is_not_believed(served: tuple[TfdsSource, Server], cache: Path) -> None:
    source, server = served
    server.restart((200, NUMBERS))
    downloads = cache / ".preparing" / source.address / "downloads" / source.name
    downloads.mkdir(parents=True)
    import tensorflow_datasets as tfds

    info = tfds.builder_cls(source.name).url_infos[server.url]
    forged = downloads / get_dl_fname(server.url, info.checksum)
    forged.write_text("0 0 0")
    url_info = {"checksum": info.checksum, "size": int(info.size), "filename": "numbers.txt"}
    record = {"dataset_names": [source.name], "urls": [server.url], "url_info": url_info}
    forged.with_name(f"{forged.name}.INFO").write_text(json.dumps(record))
    assert 9 in source.load()["train"]["number"]


def test_other_content_than_registered_is_refused_and_leaves_nothing(
    served: tuple[TfdsSource, Server], cache: Path
) -> None:
    source, server = served
    server.restart((200, b"3 1 4 1 5 9 2 7"))
    with pytest.raises(DamagedData, match=r"'served_numbers' must have the size and sha256 that TFDS registered"):
        prepare(source)
    assert source.find() is None
    assert leftovers(cache) == []


def test_a_server_that_does_not_have_the_file_is_reported(served: tuple[TfdsSource, Server]) -> None:
    source, server = served
    server.restart((404, b""))
    with pytest.raises(DataUnavailable, match=r"HTTP Error 404"):
        prepare(source)


@pytest.mark.parametrize("status", [404, 503])
def test_a_server_that_fails_after_the_probe_is_reported_and_leaves_nothing(
    served: tuple[TfdsSource, Server], cache: Path, status: int
) -> None:
    source, server = served
    server.restart((200, NUMBERS), (status, b""))
    with pytest.raises(DataUnavailable, match=r"cannot be fetched\n  received: .*numbers.txt"):
        prepare(source)
    assert downloader.MAX_RETRIES == 10
    assert leftovers(cache) == []


def test_who_comes_second_waits_and_takes_what_the_first_made(served: tuple[TfdsSource, Server], cache: Path) -> None:
    source, server = served
    server.restart((200, NUMBERS))
    made: list[Path] = []
    folder = cache / ".preparing" / source.name
    folder.mkdir(parents=True)
    with FileLock(folder / "1.0.0.lock"):
        second = Thread(target=lambda: made.append(prepare(source)))
        second.start()
        time.sleep(0.3)
        assert made == []
        (cache / source.address).mkdir(parents=True)
    second.join(timeout=20)
    assert made == [cache / source.address]
    assert server.requests == 1  # the probe


def test_data_that_are_generated_need_no_network(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    splits = TINY.load()
    assert {name: len(split["label"]) for name, split in splits.items()} == TINY_SIZES
    assert TINY.find() == cache / "tiny_pictures" / "grey" / "1.0.0"


def test_preparing_writes_nothing_to_the_standard_output(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare(TINY)
    assert capsys.readouterr().out == ""


def test_preparing_is_told_to_the_log(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="zoo.data.prepare"):
        prepare(TINY)
    assert f"preparing tiny_pictures/grey/1.0.0 in {cache}" in caplog.text


def test_a_cache_that_cannot_be_written_is_named_with_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ZOO_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(DataUnavailable, match=r"cannot be written\n(.*\n)*.*try: set ZOO_CACHE_DIR"):
        prepare(TINY)


def test_a_name_that_tfds_does_not_have_is_refused_with_near_names() -> None:
    with pytest.raises(InvalidData, match=r"received: mnits\n.*did you mean: .*mnist"):
        prepare(TfdsSource("mnits", "1.0.0"))


def test_a_server_that_accepts_and_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        reason = unreachable(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.3)
    assert reason is not None
    assert time.monotonic() - start < 2


def test_a_server_that_drips_its_answer_is_given_up_though_no_socket_times_out() -> None:
    stop = Event()

    def drip(listener: socket.socket) -> None:
        with listener.accept()[0] as connection:
            while not stop.wait(0.05):
                connection.send(b"H")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Thread(target=drip, args=(listener,))
        server.start()
        assert unreachable(f"http://127.0.0.1:{listener.getsockname()[1]}/", seconds=0.3) == "no answer within 0.3 s"
        stop.set()
        server.join()
