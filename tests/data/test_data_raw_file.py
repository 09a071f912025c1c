"""Raw files: found, fetched from a server on this machine, checked, or refused with what to do."""

import contextlib
import dataclasses
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from zoo.data.errors import DamagedData, DataUnavailable
from zoo.data.raw_file import RawFile

CONTENT = b"a,b\n1,2\n" * 100
FILE = RawFile("numbers", "numbers/all.csv", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), "the shop next door")


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return made.getvalue()


class Server:
    """A server on this machine: path -> content; it counts what it is asked."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.asked: list[str] = []
        contents, asked = self.contents, self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                content = contents.get(self.path)
                self.send_response(404 if content is None else 200)
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # a probe looks at the first line only
                    self.wfile.write(content or b"")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def holds(self, content: bytes, *members: str) -> RawFile:
        """The file at an address of this server, packed into archives or not."""
        self.contents["/file"] = content
        return dataclasses.replace(FILE, address=f"http://127.0.0.1:{self._server.server_port}/file", members=members)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The user's folder and the zoo's cache, both empty."""
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("ZOO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ZOO_OFFLINE", raising=False)
    return tmp_path / "mine", tmp_path / "cache" / "raw"


def put(root: Path, content: bytes = CONTENT) -> Path:
    path = root / FILE.path
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_the_users_folder_comes_before_the_cache(folders: tuple[Path, Path]) -> None:
    assert FILE.find() is None
    cached = put(folders[1])
    assert FILE.locate() == cached
    mine = put(folders[0])
    assert FILE.locate() == mine


def test_another_file_of_the_same_name_is_refused_and_not_replaced(folders: tuple[Path, Path], server: Server) -> None:
    mine = put(folders[0], CONTENT[:-1] + b"x")
    with pytest.raises(DamagedData, match="must have 800 bytes and sha256") as caught:
        server.holds(CONTENT).locate()
    assert str(mine) in str(caught.value)
    assert server.asked == []


def test_a_file_without_an_address_is_asked_of_the_user(folders: tuple[Path, Path]) -> None:
    with pytest.raises(DataUnavailable) as caught:
        FILE.locate()
    said = str(caught.value)
    assert "no address is known to hold this very file" in said
    assert f"ZOO_DATA_DIR ({folders[0]}, no such folder), then the zoo's cache" in said
    assert f"get all.csv (800 bytes, sha256 {FILE.sha256}) from the shop next door" in said
    assert "put it at $ZOO_DATA_DIR/numbers/all.csv and set ZOO_DATA_DIR" in said
    assert caught.value.exit_code == 2


def test_a_file_is_fetched_once(folders: tuple[Path, Path], server: Server) -> None:
    source = server.holds(CONTENT)
    path = source.locate()
    assert path == folders[1] / FILE.path
    assert path.read_bytes() == CONTENT
    asked = list(server.asked)
    assert source.locate() == path
    assert server.asked == asked
    assert [file.name for file in path.parent.iterdir() if file.name.endswith(".part")] == []


def test_a_member_of_an_archive_in_an_archive_is_fetched(server: Server) -> None:
    outer = zipped(inner_zip=zipped(all_csv=CONTENT, other_csv=b"1"), notes_txt=b"text")
    assert server.holds(outer, "inner.zip", "all.csv").locate().read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "members", "message"),
    [
        (CONTENT[:-1], (), "must have 800 bytes"),
        (CONTENT[:-1] + b"x", (), "must have 800 bytes"),
        (CONTENT + b"x", (), "more than 800 bytes"),
        (CONTENT, ("all.csv",), "BadZipFile"),
        (zipped(all_csv=CONTENT)[:-30], ("all.csv",), "BadZipFile"),
        (zipped(other_csv=CONTENT), ("all.csv",), "no all.csv"),
        (zipped(all_csv=b"0" * 100_000_000), ("all.csv",), "more than 800 bytes"),
        (zipped(all_csv=CONTENT[::-1]), ("all.csv",), "must have 800 bytes"),
        (zipped(inner_zip=b"0" * 70_000_000), ("inner.zip", "all.csv"), f"more than {64 * 2**20} bytes"),
        (zipped(inner_zip=b"no archive"), ("inner.zip", "all.csv"), "BadZipFile"),
    ],
    ids=["short", "other", "long", "no archive", "cut off", "no member", "a bomb", "other member", "bomb", "text"],
)
def test_what_is_not_the_file_is_refused_and_not_kept(
    folders: tuple[Path, Path], server: Server, content: bytes, members: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DamagedData, match=message):
        server.holds(content, *members).locate()
    assert not (folders[1] / FILE.path).exists()


def test_an_encrypted_member_is_refused(server: Server) -> None:
    content = bytearray(zipped(all_csv=CONTENT))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    with pytest.raises(DamagedData, match="RuntimeError"):
        server.holds(bytes(content), "all.csv").locate()


def test_names_in_an_archive_lead_nowhere(folders: tuple[Path, Path], server: Server) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../../escaped.csv", CONTENT)
    path = server.holds(made.getvalue(), "../../escaped.csv").locate()
    assert path == folders[1] / FILE.path
    assert list(folders[1].parent.parent.rglob("escaped.csv")) == []


def test_an_address_without_the_file_is_said(server: Server) -> None:
    source = server.holds(CONTENT)
    server.contents.clear()
    with pytest.raises(DataUnavailable, match="404"):
        source.locate()


def test_offline_nothing_is_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    with pytest.raises(DataUnavailable, match="ZOO_OFFLINE forbids the network"):
        server.holds(CONTENT).locate()
    assert server.asked == []


def test_a_cache_that_cannot_be_written_is_said(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("ZOO_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(DataUnavailable, match=r"cannot be written[^$]*set ZOO_CACHE_DIR"):
        server.holds(CONTENT).locate()
