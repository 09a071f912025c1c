"""A server on the loopback address that answers as it is told, and weights that are fetched from it.

The weights are those of mlp/digits under the name mlp/far. The record and the recipe are a plugin's, without the file.
"""

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from registry import Registry, Weights
from zoo.weights.catalogue import PUBLISHED

CONTENT = (PUBLISHED / "mlp/digits.weights.h5").read_bytes()
PATH = "/mlp/far.weights.h5"
NAME = "mlp/far"


@dataclass(frozen=True)
class Answer:
    """What the server says to one request.

    Args:
        content: The bytes it sends.
        length: What it says of their number; nothing unless given.
        status: Of HTTP; 0 closes the connection without a word.
        headers: Others.
        repeat: Send the content again and again, until whoever asks goes away.
        seconds: How long it waits before the second half of the content.
    """

    content: bytes = CONTENT
    length: int | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    repeat: bool = False
    seconds: float = 0.0


class Server:
    """Answers one after the other, the last one for ever.

    Args:
        certificate: A file with a key and a certificate, with which it speaks https.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.answers: list[Answer] = [Answer(length=len(CONTENT))]
        self.asked: list[str] = []
        self._next = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, path: str) -> Answer:
        with self._next:
            self.asked.append(path)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer_to: Callable[[str], Answer] = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = answer_to(self.path)
                if answer.status == 0:
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.length is not None:
                    self.send_header("Content-Length", str(answer.length))
                self.end_headers()
                half = len(answer.content) // 2 if answer.seconds else 0
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(answer.content[:half])
                    time.sleep(answer.seconds)
                    self.wfile.write(answer.content[half:])
                    while answer.repeat:
                        self.wfile.write(answer.content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


@contextlib.contextmanager
def running(certificate: Path | None = None) -> Iterator[Server]:
    server = Server(certificate)
    try:
        yield server
    finally:
        server.stop()


MODULE = """
import json
from pathlib import Path

from registry import Weights

FOLDER = Path(__file__).parent


def register(registry):
    registry.add_recipes(FOLDER / "recipes")
    record = FOLDER / "published/mlp/far.json"
    stated = json.loads(record.read_text(encoding="utf-8"))["weights"]
    file = str(record.with_name(stated["file"]))
    registry.add_weights(
        Weights(name="mlp/far", record=str(record), file=file, bytes=stated["bytes"], sha256=stated["sha256"])
    )
"""


def write_plugin(site: Path, *, url: str | None = None) -> Path:
    """Write an installed plugin that has a recipe and a record of its weights, but not the weights.

    Args:
        site: The folder that it is installed into.
        url: `weights_url` of its recipe.

    Returns:
        Its package's folder.
    """
    package = site / "zoo_far"
    recipe = (Path(__file__).parents[2] / "recipes/mlp/digits.toml").read_text(encoding="utf-8")
    record = json.loads((PUBLISHED / "mlp/digits.json").read_text(encoding="utf-8"))
    record = {**record, "name": NAME, "weights": {**record["weights"], "file": "far.weights.h5"}}
    files = {
        "zoo_far/__init__.py": MODULE,
        "zoo_far/recipes/mlp/far.toml": (f'weights_url = "{url}"\n' if url else "") + recipe,
        "zoo_far/published/mlp/far.json": json.dumps(record),
        "zoo_far-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: zoo-far\nVersion: 1.0\n",
        "zoo_far-1.0.dist-info/entry_points.txt": "[zoo.recipes]\nfar = zoo_far:register\n",
    }
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return package


def registry_of(package: Path) -> Registry:
    """The built-in families, data sets and recipes, and what the plugin adds."""
    from zoo import datasets, families, recipes

    registry = Registry()
    for part in (datasets, families, recipes):
        part.register(registry)
    registry.add_recipes(package / "recipes")
    record = package / "published/mlp/far.json"
    stated = json.loads(record.read_text(encoding="utf-8"))["weights"]
    registry.add_weights(
        Weights(
            name=NAME,
            record=str(record),
            file=str(record.with_name(stated["file"])),
            bytes=stated["bytes"],
            sha256=stated["sha256"],
        )
    )
    return registry
