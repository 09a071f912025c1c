"""The run folder: what is in it, how it is written, and how a killed run is told from a running one."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from zoo.data.atomic import write_json, write_text
from zoo.run.errors import RunFailed, RunFolderError

FORMAT = 1
RESERVED = 2**17  # bytes, more than run.json has
STATUSES = ("running", "finished", "interrupted", "failed")


def now() -> str:
    """UTC time as ISO 8601, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_folder(root: Path, name: str) -> Path:
    """Make `root/<family>/<recipe>/<UTC time>-<id>/`.

    Raises:
        RunFailed: The place cannot be written.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path = root / name / f"{stamp}-{secrets.token_hex(3)}"
    return make_folder(path)


def make_folder(path: Path) -> Path:
    """Make one folder that must not exist yet."""
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise RunFailed(
            "the run folder must be in a place that can be written",
            received=str(error),
            where=str(path.parent),
            hint="--runs FOLDER",
        ) from error
    return path


class RunFolder:
    """One run on disk.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """What the folder is called below its recipe, `<UTC time>-<id>` or `seed-0`."""
        return self.path.name

    def read(self) -> dict[str, Any]:
        """The table of run.json.

        Raises:
            RunFolderError: The folder is not a run folder, its run.json is broken or of a newer format.
        """
        path = self.path / "run.json"
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise RunFolderError(
                "a run folder must hold run.json", received=str(self.path), hint="ls runs/*/*"
            ) from None
        except (OSError, ValueError) as error:
            raise RunFolderError(
                "run.json must be a readable JSON file", received=str(error), where=str(path)
            ) from None
        if not isinstance(table, dict) or not isinstance(table.get("format"), int):
            raise RunFolderError("run.json must be a table with a format number", where=str(path))
        if table["format"] > FORMAT:
            raise RunFolderError(
                f"run.json must have format {FORMAT} or older",
                received=table["format"],
                where=str(path),
                hint="pip install --upgrade keras-zoo",
            )
        return table

    def write(self, table: dict[str, Any]) -> None:
        """Write run.json atomically; on a full disk in the place that is kept free for it while the folder is held."""
        try:
            write_json(self.path / "run.json", {"format": FORMAT, **table})
        except OSError:
            if not self._reserve.exists():
                raise
            self._reserve.unlink()
            write_json(self.path / "run.json", {"format": FORMAT, **table})

    @property
    def _reserve(self) -> Path:
        return self.path / ".reserve.part"

    def update(self, **changes: Any) -> dict[str, Any]:
        """Change some keys of run.json and return the whole table."""
        table = {**self.read(), **changes}
        self.write(table)
        return table

    def status(self) -> str:
        """Status as stated, but `killed` for a run that says `running` and that no process holds."""
        stated = str(self.read()["status"])
        return "killed" if stated == "running" and not self.is_held() else stated

    def is_held(self) -> bool:
        """Whether a process is working in the folder.

        Raises:
            RunFolderError: The folder cannot be written, so that nothing can work in it and nobody can tell.
        """
        lock = self._lock()
        if lock is None:
            return True
        lock.release()
        return False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder while working in it.

        Raises:
            RunFolderError: Another process holds it, or it cannot be written.
        """
        lock = self._lock()
        if lock is None:
            raise RunFolderError(
                "a run can be worked on by one process at a time; it is running", received=str(self.path)
            )
        try:
            with suppress(OSError):  # a full disk: what is written next says so
                self._reserve.write_bytes(bytes(RESERVED))
            yield
        finally:
            self._reserve.unlink(missing_ok=True)
            lock.release()

    def _lock(self) -> FileLock | None:
        """The folder's lock, taken; None where another process has it."""
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        except OSError as error:
            raise RunFolderError("a run folder must be in a place that can be written", received=str(error)) from None
        return lock

    def remove_leftovers(self) -> None:
        """Remove what a killed process had begun to write."""
        for leftover in self.path.rglob(".*.part"):
            if leftover.is_dir():
                shutil.rmtree(leftover, ignore_errors=True)
            elif leftover != self._reserve:
                leftover.unlink(missing_ok=True)

    def rows(self) -> list[dict[str, float]]:
        """The rows of metrics.jsonl; a last line cut off by a kill is left out.

        Raises:
            RunFolderError: Another line is broken.
        """
        path = self.path / "metrics.jsonl"
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        rows = []
        for number, line in enumerate(lines[:-1], start=1):
            try:
                rows.append(json.loads(line))
            except ValueError:
                raise RunFolderError(
                    "every line of metrics.jsonl must be JSON", received=line[:80], where=f"{path}:{number}"
                ) from None
        return rows

    def append_row(self, row: dict[str, float]) -> None:
        """Add one line to metrics.jsonl and flush it to the disk."""
        with open(self.path / "metrics.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(row, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def keep_rows(self, count: int) -> list[dict[str, float]]:
        """Drop the rows after the first `count`: epochs that a resumed run will do again.

        Raises:
            RunFolderError: There are fewer; rows of epochs that are done have been lost.
        """
        rows = self.rows()
        if len(rows) < count:
            raise RunFolderError(
                f"metrics.jsonl must hold the {count} rows that the checkpoint counts",
                received=f"{len(rows)} rows",
                where=str(self.path),
                hint=f"remove {self.path / 'checkpoint'} and resume: the run then starts from the beginning",
            )
        write_text(self.path / "metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows[:count]))
        return rows[:count]

    def log(self, line: str) -> None:
        """Add one line with the time to log.txt."""
        with open(self.path / "log.txt", "a", encoding="utf-8") as file:
            file.write(f"{now()} {line}\n")
