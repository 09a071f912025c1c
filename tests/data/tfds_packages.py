"""Small real TFDS data sets for the tests: one that generates its pictures, one that downloads its numbers."""

import hashlib
import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from zoo.data.source import TfdsSource

TINY = TfdsSource("tiny_pictures", "1.0.0", config="grey")
TINY_SIZES = {"train": 12, "test": 4}
LARGE_SIZES = {"train": 240, "test": 20}
NUMBERS = b"3 1 4 1 5 9 2 6"


class TinyPictures(tfds.core.GeneratorBasedBuilder):
    """Grey pictures; picture n of a split is filled with the number n, and its label is n % classes.

    Configuration "grey" has 4x4 pictures in 3 classes, "large" 28x28 pictures in 10 classes.
    """

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS = (tfds.core.BuilderConfig(name="grey"), tfds.core.BuilderConfig(name="large"))

    def _info(self) -> Any:
        side, classes = self._side_and_classes()
        image, label = tfds.features.Image(shape=(side, side, 1)), tfds.features.ClassLabel(num_classes=classes)
        return tfds.core.DatasetInfo(
            builder=self, features=tfds.features.FeaturesDict({"image": image, "label": label})
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        sizes = TINY_SIZES if self.builder_config.name == "grey" else LARGE_SIZES
        return {split: self._generate_examples(size) for split, size in sizes.items()}

    def _generate_examples(self, size: int) -> Iterator[tuple[int, dict[str, Any]]]:
        side, classes = self._side_and_classes()
        for number in range(size):
            yield number, {"image": np.full((side, side, 1), number, np.uint8), "label": number % classes}

    def _side_and_classes(self) -> tuple[int, int]:
        return (4, 3) if self.builder_config.name == "grey" else (28, 10)


def prepare_tiny(root: Path, shards: int = 1, config_name: str = "grey") -> Path:
    """Prepare the pictures in a folder as TFDS does it; return the folder of the version."""
    builder = tfds.builder(f"tiny_pictures/{config_name}:1.0.0", data_dir=root, file_format="tfrecord")
    config = tfds.download.DownloadConfig(num_shards=shards)
    builder.download_and_prepare(download_dir=root / "downloads", download_config=config)
    return Path(builder.data_path)


def prepare_under_another_name(root: Path, source: TfdsSource) -> Path:
    """Prepare the large pictures as if they were another data set: whole files, but not what was published."""
    prepared = prepare_tiny(root / "aside", config_name="large")
    folder = root / source.address
    folder.mkdir(parents=True)
    for file in prepared.iterdir():
        (folder / file.name.replace("tiny_pictures", source.name)).write_bytes(file.read_bytes())
    info = folder / "dataset_info.json"
    info.write_text(json.dumps(json.loads(info.read_text()) | {"name": source.name, "version": source.version}))
    return folder


@dataclass
class Server:
    """A web server on the loopback address: what it answers can be changed while it runs.

    Args:
        answers: (status, content) of the next requests; the last one is repeated.
        requests: How many requests came so far.
    """

    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, NUMBERS)])
    requests: int = 0
    url: str = ""

    def next_answer(self) -> tuple[int, bytes]:
        self.requests += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def restart(self, *answers: tuple[int, bytes]) -> None:
        self.answers, self.requests = list(answers), 0


@contextmanager
def serving() -> Iterator[Server]:
    """Run the server while the block runs."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = server.next_answer()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server.url = f"http://127.0.0.1:{listener.server_port}/numbers.txt"
        thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


_SERVED = """
import numpy
import tensorflow_datasets as tfds


class {camel}(tfds.core.GeneratorBasedBuilder):
    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = tfds.features.FeaturesDict({{"number": numpy.int64}})
        return tfds.core.DatasetInfo(builder=self, features=features)

    def _split_generators(self, dl_manager):
        return {{"train": self._generate_examples(dl_manager.download("{url}"))}}

    def _generate_examples(self, path):
        for row, number in enumerate(path.read_text().split()):
            yield row, {{"number": int(number)}}
"""


def write_served(folder: Path, name: str, url: str) -> TfdsSource:
    """Write and import a builder that downloads NUMBERS from an address and knows their size and sha256."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    folder.mkdir()
    (folder / f"{name}.py").write_text(_SERVED.format(camel=camel, url=url))
    checksum = hashlib.sha256(NUMBERS).hexdigest()
    (folder / "checksums.tsv").write_text(f"{url}\t{len(NUMBERS)}\t{checksum}\tnumbers.txt\n")
    sys.path.insert(0, str(folder))
    try:
        importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
    return TfdsSource(name, "1.0.0")
