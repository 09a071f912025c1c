"""Many workers, one oracle: KerasTuner's own service, with workers that are supervised.

On one host the workers are child processes, each with its share of the host. Over hosts they are started by hand or by
a scheduler, with KerasTuner's variables KERASTUNER_TUNER_ID, KERASTUNER_ORACLE_IP and KERASTUNER_ORACLE_PORT, and a
shared folder of runs. The service has no password: the port must not be reachable from outside.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from keras_tuner.src.distribute.oracle_chief import OracleServicer
from keras_tuner.src.distribute.oracle_client import OracleClient
from keras_tuner.src.protos import get_service_grpc

from registry import UserError
from zoo.run.errors import Interrupted, WorkerLost
from zoo.run.events import Noted
from zoo.run.signals import Signals
from zoo.run.workers import Crew, Post
from zoo.tune.search import Search
from zoo.tune.trial import ended, read_trial

TUNER_ID, IP, PORT = "KERASTUNER_TUNER_ID", "KERASTUNER_ORACLE_IP", "KERASTUNER_ORACLE_PORT"
CHIEF = "chief"
POLL_SECONDS = 0.2
CONNECT_SECONDS = 60
FIRST_WORKER_SECONDS = 600


@dataclass(frozen=True)
class Site:
    """Where this process stands in a search over hosts, from the variables that KerasTuner reads."""

    tuner_id: str
    address: str

    @property
    def is_chief(self) -> bool:
        """Whether it serves the oracle, and runs no trials."""
        return self.tuner_id == CHIEF


def site() -> Site | None:
    """This process's place, or None where the variables are not set.

    Raises:
        UserError: Only some of them are.
    """
    values = {name: os.environ.get(name) for name in (TUNER_ID, IP, PORT)}
    if not any(values.values()):
        return None
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise UserError(
            "a search over hosts needs KerasTuner's three variables",
            received=f"no {', '.join(missing)}",
            hint=f"{TUNER_ID}=chief {IP}=10.0.0.1 {PORT}=8000 zoo tune NAME",
        )
    return Site(str(values[TUNER_ID]), f"{values[IP]}:{values[PORT]}")


def connect(address: str, worker: str) -> Any:
    """The oracle of another process.

    Raises:
        WorkerLost: Nobody serves it within a minute.
    """
    ip, _, port = address.rpartition(":")
    os.environ.update({TUNER_ID: worker, IP: ip, PORT: port})
    try:
        with grpc.insecure_channel(address) as channel:
            grpc.channel_ready_future(channel).result(timeout=CONNECT_SECONDS)
    except grpc.FutureTimeoutError:
        raise WorkerLost(
            f"the chief of the search must answer within {CONNECT_SECONDS} s",
            received=address,
            hint=f"{TUNER_ID}=chief zoo tune ... on its host, then this one again",
        ) from None
    return OracleClient(None)


@contextmanager
def chief_answers(address: str) -> Iterator[None]:
    """Within the block a chief that is gone is told of as such.

    Raises:
        WorkerLost: A call to it failed.
    """
    try:
        yield
    except grpc.RpcError as error:
        raise WorkerLost(
            "the chief of the search must answer until there are no more trials",
            received=str(error).strip().splitlines()[0],
            where=address,
            hint="start the chief again with --resume auto, then this worker",
        ) from error


@contextmanager
def serving(oracle: Any, address: str) -> Iterator[tuple[OracleServicer, int]]:
    """Serve an oracle at an address; with port 0 at any free one.

    Yields:
        The service and its port.

    Raises:
        UserError: The address cannot be had.
    """
    server = grpc.server(ThreadPoolExecutor(max_workers=1), options=[("grpc.so_reuseport", 0)])
    service = OracleServicer(oracle)
    get_service_grpc().add_OracleServicer_to_server(service, server)
    try:
        port = server.add_insecure_port(address)
    except RuntimeError:
        port = 0
    if port == 0:
        raise UserError("the address of a search must be free, and this host's", received=address, hint=f"{PORT}=8001")
    server.start()
    try:
        yield service, port
    finally:
        server.stop(grace=None).wait()


class Told:
    """Tells of trials as their files appear, whoever ran them."""

    def __init__(self, search: Search) -> None:
        self.search, self.known = search, set(ended(search.folder.path))

    def look(self) -> None:
        """Tell of those that are new."""
        for number in ended(self.search.folder.path):
            if number not in self.known:
                self.known.add(number)
                trial = read_trial(self.search.folder.path / "trials" / number)
                assert trial is not None
                self.search.told(trial)


def run_crew(search: Search, signals: Signals) -> None:
    """Run trials in processes of this host until there are no more; a process that dies is started again.

    Raises:
        Interrupted: A signal came.
        WorkerFailed: A worker died again and again.
    """
    oracle = search.oracle()
    folder = search.folder.path.absolute()
    hint = f"zoo resume {search.folder.path}"
    with serving(oracle, "127.0.0.1:0") as (_, port):

        def command(index: int) -> list[str]:
            return [sys.executable, "-m", "zoo.tune.worker", str(folder), f"127.0.0.1:{port}"]

        crew = Crew(
            search.settings.workers,
            command,
            logs=folder / "workers",
            deadline_seconds=60 * search.settings.deadline_minutes,
            signals=signals,
            hint=hint,
        )
        told = Told(search)
        with crew:
            while crew.tick():
                told.look()
                time.sleep(POLL_SECONDS)
        told.look()


def run_chief(search: Search, place: Site, signals: Signals) -> None:
    """Serve the oracle to workers on other hosts until there are no more trials.

    A worker whose file in `workers` has not been touched for as long as `deadline_minutes` has lost its trial to the
    next one that asks.

    Raises:
        Interrupted: A signal came.
        WorkerLost: No worker came within ten minutes, or none is left.
    """
    oracle, told = search.oracle(), Told(search)
    (search.folder.path / "workers").mkdir(exist_ok=True)
    lives = _Lives(search.folder.path / "workers", 60 * search.settings.deadline_minutes)
    last = time.monotonic()  # when there was a worker
    with serving(oracle, place.address) as (service, _):
        while not (service.stop_triggered and not oracle.ongoing_trials and not oracle.tuner_ids):
            if signals.received is not None:
                name = signal.Signals(signals.received).name
                raise Interrupted(
                    f"{name} stopped the chief of the search; its workers wait for it",
                    signal_number=signals.received,
                    hint="the same command again with --resume auto",
                )
            told.look()
            if search.is_over() and not oracle.ongoing_trials:
                break
            if oracle.tuner_ids:
                last = time.monotonic()
            for tuner_id in lives.silent(sorted(oracle.tuner_ids)):
                number = oracle.give_out_again(tuner_id)
                lost = f"; trial {number} goes to another" if number else ""
                search.emit(Noted(f"worker {tuner_id} gave no sign of life for {lives.deadline:.0f} s{lost}"))
            if time.monotonic() - last > FIRST_WORKER_SECONDS:
                raise WorkerLost(
                    "a search over hosts needs workers; there was none for ten minutes",
                    received=place.address,
                    hint=f"{TUNER_ID}=worker-1 {IP}=... {PORT}=... zoo tune {search.bound.name}",
                )
            time.sleep(POLL_SECONDS)
    told.look()


class _Lives:
    """Tells which workers have given no sign of life for long, by the clock of this host."""

    def __init__(self, folder: Path, deadline: float) -> None:
        self.folder, self.deadline = folder, deadline
        self.seen: dict[str, tuple[int, float]] = {}

    def silent(self, tuner_ids: list[str]) -> list[str]:
        """Those whose file has not changed for as long as the deadline."""
        found = []
        for tuner_id in tuner_ids:
            path = self.folder / f"{tuner_id}.alive"
            changed = path.stat().st_mtime_ns if path.exists() else 0
            if self.seen.get(tuner_id, (None, 0.0))[0] != changed:
                self.seen[tuner_id] = (changed, time.monotonic())
            if time.monotonic() - self.seen[tuner_id][1] > self.deadline:
                found.append(tuner_id)
        return found


def post_of(folder: Path, tuner_id: str) -> Post:
    """Where a worker on another host gives its signs of life."""
    path = folder / "workers" / f"{tuner_id}.alive"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    return Post(0, path)
