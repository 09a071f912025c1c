"""Weights that do not ship: fetched from a real server and checked; nothing wrong is ever trusted."""

import errno
import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from weights_server import CONTENT, NAME, PATH, Answer, Server, running

from registry import Registry, Weights
from zoo.weights import fetch
from zoo.weights.errors import WeightsError, WeightsUnavailable
from zoo.weights.fetch import cache_place, cache_root, content_of
from zoo.weights.golden import unpacked
from zoo.weights.load import load_network

WHOLE = Answer(length=len(CONTENT))
CUTS = [round(part * (len(CONTENT) - 1) / 19) for part in range(20)]  # none of it .. all but the last byte
PAGE = b"\xef\xbb\xbf\n <!DOCTYPE html><html><body>Log in to go on</body></html>"


def entry(registry: Registry) -> Weights:
    found = registry.weights_of(NAME)
    assert found is not None
    return found


def kept(*, locks: bool = False) -> list[str]:
    """Names of the files in the cache."""
    names = [path.name for path in cache_root().rglob("*") if path.is_file()]
    return sorted(name for name in names if locks or not name.endswith(".lock"))


def refusal(registry: Registry) -> WeightsError:
    """What is said; the cache must be left empty."""
    with pytest.raises(WeightsError) as caught:
        content_of(registry, entry(registry))
    assert caught.value.exit_code == 2
    assert kept() == []
    return caught.value


def test_a_model_whose_weights_are_elsewhere_loads_by_name_and_the_next_time_from_the_cache(
    far: Registry, server: Server
) -> None:
    for _ in range(2):
        loaded = load_network(far, NAME)
        golden = {key: unpacked(packed, where="far") for key, packed in loaded.record.table["golden"].items()}
        outputs = loaded.network.predict(golden["inputs"], verbose=0)
        assert np.abs(outputs - golden["outputs"]).max() < 2e-5  # as test_weights_published has it
    assert server.asked == [PATH]
    assert kept() == [f"{entry(far).sha256[:16]}-far.weights.h5"]


@pytest.mark.parametrize("length", [len(CONTENT), None], ids=["length stated", "no length"])
def test_a_download_that_is_cut_off_is_discarded_and_asked_for_again(
    far: Registry, server: Server, length: int | None
) -> None:
    for cut in CUTS:
        server.asked.clear()
        server.answers = [Answer(CONTENT[:cut], length), WHOLE]
        assert content_of(far, entry(far)) == CONTENT
        assert cache_place(entry(far)).read_bytes() == CONTENT
        assert len(server.asked) == 2, f"cut off at {cut}"
        shutil.rmtree(cache_root())


def test_a_download_that_is_cut_off_every_time_leaves_nothing(
    far: Registry, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "PAUSES", (0.0, 0.0))
    for cut in CUTS:
        server.asked.clear()
        server.answers = [Answer(CONTENT[:cut], len(CONTENT))]
        error = refusal(far)
        assert isinstance(error, WeightsUnavailable)
        assert "3 times cut off" in str(error)
        assert f"IncompleteRead({cut} bytes read, {len(CONTENT) - cut} more expected)" in str(error)
        assert f"{server.url}{PATH} (weights_url of the recipe mlp/far)" in str(error)
        assert "ZOO_WEIGHTS_URL=file:///FOLDER" in str(error)
        assert len(server.asked) == 3


def test_a_connection_that_closes_without_a_word_is_asked_again(far: Registry, server: Server) -> None:
    server.answers = [Answer(status=0), WHOLE]
    assert content_of(far, entry(far)) == CONTENT


def test_a_server_that_is_busy_is_asked_again(far: Registry, server: Server) -> None:
    server.answers = [Answer(PAGE, len(PAGE), status=503), WHOLE]
    assert content_of(far, entry(far)) == CONTENT


@pytest.mark.parametrize("size", [len(PAGE), len(CONTENT), 2 * len(CONTENT)])
def test_a_web_page_in_place_of_the_file_is_refused_at_once(far: Registry, server: Server, size: int) -> None:
    page = PAGE.ljust(size)
    server.answers = [Answer(page, len(page), headers={"Content-Type": "text/html"})]
    error = refusal(far)
    assert error.received == "a web page"
    assert f"must have {len(CONTENT)} bytes and sha256 {entry(far).sha256}" in error.message
    assert server.asked == [PATH]


@pytest.mark.parametrize(
    ("answer", "received"),
    [
        (Answer(CONTENT[:-1] + b"x", len(CONTENT)), f"{len(CONTENT)} bytes, sha256 "),
        (Answer(CONTENT + b"x", len(CONTENT) + 1), f"more than {len(CONTENT)} bytes"),
        (Answer(repeat=True), f"more than {len(CONTENT)} bytes"),
        (
            Answer(gzip.compress(bytes(2**26)), headers={"Content-Encoding": "gzip"}),
            f"more than {len(CONTENT)} bytes",
        ),
    ],
    ids=["one other byte", "one byte more", "endless", "64 MiB packed"],
)
def test_another_file_is_refused_and_not_asked_for_again(
    far: Registry, server: Server, answer: Answer, received: str
) -> None:
    server.answers = [answer]
    assert str(refusal(far).received).startswith(received)
    assert server.asked == [PATH]


@pytest.mark.parametrize("status", [403, 404])
def test_a_server_without_the_file_is_said(far: Registry, server: Server, status: int) -> None:
    server.answers = [Answer(b"", 0, status=status)]
    error = refusal(far)
    assert isinstance(error, WeightsUnavailable)
    assert str(error.received).startswith(f"{status} Client Error")
    assert server.asked == [PATH]


def test_no_network_is_said_in_one_message(far: Registry, server: Server) -> None:
    server.stop()
    error = refusal(far)
    assert isinstance(error, WeightsUnavailable)
    assert "Connection refused" in str(error.received)
    assert "or zoo train mlp/far" in str(error.hint)


def test_offline_nothing_is_asked(far: Registry, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    assert refusal(far).received == "ZOO_OFFLINE forbids the network"
    assert server.asked == []
    assert not cache_root().exists()


def test_without_an_address_what_to_set_is_said(far: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(far.recipe(NAME).path)
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[2], encoding="utf-8")
    error = refusal(far)
    assert "neither ZOO_WEIGHTS_URL nor weights_url of the recipe is set" in str(error.received)


MOUNTS = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]  # in a name space that ends with the question
on_a_small_disk = pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run(MOUNTS, check=False, capture_output=True).returncode != 0,
    reason="a file system of its own takes the right to mount one",
)
with_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="a certificate is made with openssl")


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that speaks https, with a certificate of its own at `tmp_path/server.pem`."""
    certificate = tmp_path / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=loopback"]
    command += [
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(certificate),
        "-out",
        str(tmp_path / "own.pem"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    with open(certificate, "a", encoding="utf-8") as file:
        file.write((tmp_path / "own.pem").read_text(encoding="utf-8"))
    with running(certificate) as started:
        monkeypatch.setenv("ZOO_WEIGHTS_URL", started.url)
        yield started


@with_openssl
def test_weights_are_fetched_over_https(
    far: Registry, secure: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "own.pem"))
    assert secure.url.startswith("https://")
    assert content_of(far, entry(far)) == CONTENT
    assert secure.asked == [PATH]


@with_openssl
def test_a_server_that_nobody_vouches_for_is_refused(far: Registry, secure: Server) -> None:
    error = refusal(far)
    assert isinstance(error, WeightsUnavailable)
    assert "certificate verify failed" in str(error.received)
    assert secure.asked == []


def test_the_variable_comes_before_the_recipe(
    far: Registry, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "a mirror"
    (mirror / "mlp").mkdir(parents=True)
    (mirror / "mlp/far.weights.h5").write_bytes(CONTENT)
    monkeypatch.setenv("ZOO_WEIGHTS_URL", mirror.as_uri())
    monkeypatch.setenv("ZOO_OFFLINE", "1")  # which forbids the network, not the disk
    assert content_of(far, entry(far)) == CONTENT
    assert cache_place(entry(far)).read_bytes() == CONTENT
    assert server.asked == []


@pytest.mark.parametrize(
    "content",
    [CONTENT[:-1], CONTENT[:-1] + b"x", CONTENT + b"x", PAGE, b"", None],
    ids=["cut off", "one other byte", "one byte more", "web page", "empty", "nothing"],
)
def test_a_mirror_that_holds_another_file_is_refused(
    far: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    (tmp_path / "mlp").mkdir()
    if content is not None:
        (tmp_path / "mlp/far.weights.h5").write_bytes(content)
    monkeypatch.setenv("ZOO_WEIGHTS_URL", tmp_path.as_uri())
    assert isinstance(refusal(far), WeightsUnavailable) == (content is None)


def test_a_pipe_in_a_mirror_is_not_waited_for(far: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mlp").mkdir()
    os.mkfifo(tmp_path / "mlp/far.weights.h5")
    monkeypatch.setenv("ZOO_WEIGHTS_URL", tmp_path.as_uri())
    assert refusal(far).received == "not a file"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/weights",
        "http://127.0.0.1.example.org/",
        "ftp://example.org/weights",
        "https:///weights",
        "https://user:secret@example.org/weights",
        "https://example.org/weights?token=1",
        "https://example.org:port/",
        "https://[/",
        "file://host/weights",
        "file:weights",
        "/weights",
        "weights",
    ],
)
def test_an_address_that_weights_must_not_come_from_is_refused(
    far: Registry, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("ZOO_WEIGHTS_URL", url)
    error = refusal(far)
    assert error.message == "weights are fetched from https://HOST/FOLDER or file:///FOLDER"
    assert error.where == "ZOO_WEIGHTS_URL"


def test_a_damaged_file_in_the_cache_is_fetched_again(
    far: Registry, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    content_of(far, entry(far))
    place = cache_place(entry(far))
    place.write_bytes(CONTENT[:-1] + b"x")
    assert content_of(far, entry(far)) == CONTENT
    assert place.read_bytes() == CONTENT
    assert "is not the file of its record; it is fetched again" in caplog.text
    assert len(server.asked) == 2


def test_a_damaged_file_in_the_cache_is_not_used_where_no_other_can_be_had(
    far: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    content_of(far, entry(far))
    cache_place(entry(far)).write_bytes(CONTENT[:-1] + b"x")
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    with pytest.raises(WeightsUnavailable, match="ZOO_OFFLINE forbids the network"):
        content_of(far, entry(far))


def test_a_record_of_another_hash_than_the_registered_one_is_refused(far: Registry, server: Server) -> None:
    record = Path(entry(far).record)
    table = json.loads(record.read_text(encoding="utf-8"))
    table["weights"]["sha256"] = "0" * 64
    record.write_text(json.dumps(table), encoding="utf-8")
    with pytest.raises(WeightsError, match="sha256 that its weights were registered with"):
        load_network(far, NAME)
    assert server.asked == []


def test_weights_beside_their_record_are_not_fetched_even_when_they_are_damaged(far: Registry, server: Server) -> None:
    Path(entry(far).file).write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(WeightsError, match="must have the sha256 that its record states"):
        load_network(far, NAME)
    assert server.asked == []


def test_a_cache_that_is_no_folder_is_said(far: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("ZOO_CACHE_DIR", str(tmp_path / "file"))
    error = refusal(far)
    assert "which cannot be written" in error.message
    assert error.hint == "free space, or set ZOO_CACHE_DIR to a folder that can be written"


def test_a_cache_that_is_full_is_said_and_holds_no_half_of_a_file(far: Registry) -> None:
    with files_of_at_most(100_000):
        error = refusal(far)
    assert f"[Errno {errno.EFBIG}]" in str(error.received)
    assert content_of(far, entry(far)) == CONTENT


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes: a write fails as on a full disk, with EFBIG."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("options", ["size=100k", "size=1m,ro"], ids=["full", "read-only"])
@on_a_small_disk
def test_a_disk_that_takes_nothing_is_said(
    far: Registry, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    with disk(tmp_path / "disk", options) as place:
        monkeypatch.setenv("ZOO_CACHE_DIR", str(place))
        assert "which cannot be written" in refusal(far).message


@on_a_small_disk
def test_what_a_read_only_cache_holds_is_used(
    far: Registry, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with disk(tmp_path / "disk", "size=1m") as place:
        monkeypatch.setenv("ZOO_CACHE_DIR", str(place))
        content_of(far, entry(far))
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        assert content_of(far, entry(far)) == CONTENT
    assert server.asked == [PATH]


@contextmanager
def disk(place: Path, options: str) -> Iterator[Path]:
    """A file system of its own, so that a disk can be really full."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_threads_that_want_the_same_weights_at_once_fetch_them_once(far: Registry, server: Server) -> None:
    server.answers = [Answer(length=len(CONTENT), seconds=0.2)]
    got: list[bytes] = []
    threads = [threading.Thread(target=lambda: got.append(content_of(far, entry(far)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [CONTENT] * 8
    assert server.asked == [PATH]
