"""Checkpoint files: verified before they are read, and a disk that has no room for one."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stops import outcome, stopped_folder

import zoo
from zoo.layers.schedules import Plateau, WarmUp, schedule_of, state_of
from zoo.run.checkpoint import Checkpoints, Position, pack, unpack
from zoo.run.conductor import Conductor
from zoo.run.errors import RunFailed
from zoo.run.events import Event, Noted
from zoo.run.folder import RunFolder
from zoo.run.monitor import Monitor
from zoo.run.plan import Plan
from zoo.run.signals import Signals

HASH = "of a recipe"


def network(value: float = 0.0) -> keras.Model:
    keras.backend.clear_session()
    model = keras.Sequential([keras.Input((30,)), keras.layers.Dense(30, kernel_initializer="zeros")])
    model.compile(optimizer="adam", loss="mse")
    model.optimizer.build(model.trainable_variables)
    model.layers[0].bias.assign(np.full(30, value, np.float32))
    return model


def bias(model: keras.Model) -> float:
    return float(np.asarray(model.layers[0].bias)[0])


def monitor() -> Monitor:
    return Monitor("loss", None, 0.0)


NETWORK = network()
CONTENT = pack(network(1.0), monitor(), Position(1, 2, 1), recipe_hash=HASH)


def mounts() -> bool:
    """Whether this process may mount a file system, in a name space that ends with the question."""
    question = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(question, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


on_a_small_disk = pytest.mark.skipif(
    not mounts(), reason="a disk that is really full takes the right to mount a file system"
)


def waiting(value: float) -> keras.Model:
    """A network whose learning rate fell once, or begins at a value."""
    model = network()
    model.compile(keras.optimizers.SGD(WarmUp(Plateau(value, rate=0.5, patience=1), 2)), loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


def test_a_checkpoint_holds_what_a_schedule_has_found_out_so_far() -> None:
    model = waiting(0.8)
    schedule = schedule_of(model.optimizer)
    for step in (3, 6):  # of no improvement
        schedule.after_epoch(lambda best: best - 1.0, 1.0, step)
    assert float(schedule(9)) == pytest.approx(0.4)
    content = pack(model, monitor(), Position(2), recipe_hash=HASH)
    again = waiting(0.8)
    unpack(content, again, monitor(), recipe_hash=HASH)
    assert [float(one) for one in state_of(schedule_of(again.optimizer))] == [0.5, 1.0, 0.0, 0.0]
    assert float(schedule_of(again.optimizer)(9)) == pytest.approx(0.4)


@given(place=st.integers(0, len(CONTENT) - 1), bit=st.integers(0, 7))
def test_a_checkpoint_with_any_bit_flipped_is_refused(place: int, bit: int) -> None:
    damaged = bytearray(CONTENT)
    damaged[place] ^= 1 << bit
    with pytest.raises(ValueError, match="checksum"):
        unpack(bytes(damaged), NETWORK, monitor(), recipe_hash=HASH)


@pytest.mark.parametrize("content", [b"", CONTENT[:20], CONTENT[:-1], bytes(len(CONTENT)), CONTENT + b"\0"])
def test_a_checkpoint_that_is_cut_off_or_full_of_zeros_falls_back_to_the_one_before(
    content: bytes, tmp_path: Path
) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoint")
    checkpoints.save(CONTENT, 10)
    (checkpoints.folder / "step-0000000020.npz").write_bytes(content)
    model, notes = network(), []
    position = checkpoints.restore(model, monitor(), recipe_hash=HASH, note=notes.append)
    assert position == Position(1, 2, 1)
    assert bias(model) == 1.0
    assert len(notes) == 1
    assert "step-0000000020.npz" in notes[0]


def test_where_no_checkpoint_can_be_read_the_run_begins_again_and_says_so(tmp_path: Path) -> None:
    checkpoints, notes = Checkpoints(tmp_path / "checkpoint"), []
    assert checkpoints.restore(network(), monitor(), recipe_hash=HASH, note=notes.append) is None
    assert notes == []
    checkpoints.save(b"broken", 10)
    assert checkpoints.restore(network(), monitor(), recipe_hash=HASH, note=notes.append) is None
    assert notes[-1] == "no checkpoint can be read; the run starts from the beginning"


def test_what_could_not_be_read_makes_room_for_what_comes_next(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoint")
    checkpoints.save(CONTENT, 10)
    (checkpoints.folder / "step-0000000090.npz").write_bytes(b"broken")
    checkpoints.save(CONTENT, 20)
    assert [path.name for path in checkpoints.files()] == ["step-0000000010.npz", "step-0000000020.npz"]


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


@pytest.fixture
def conductor(tmp_path: Path) -> Conductor:
    plan = Plan(epochs=9, steps_per_epoch=5, steps_per_execution=1, checkpoint_seconds=30.0, recipe_hash=HASH)
    made = Conductor(
        plan, RunFolder(tmp_path), monitor(), Checkpoints(tmp_path / "checkpoint"), Signals(), notes, Position()
    )
    made.set_model(network())
    return made


def notes(event: Event) -> None:
    """What listens to a conductor here."""


def test_a_run_goes_on_with_its_older_checkpoint_when_a_new_one_finds_no_room(conductor: Conductor) -> None:
    told: list[Event] = []
    conductor.emit = told.append
    conductor.save()
    conductor.position = Position(1, 0, 1)
    with files_of_at_most(1000):
        conductor.save()
    (only,) = conductor.checkpoints.files()
    assert only.name == "step-0000000000.npz"
    assert list(conductor.checkpoints.folder.iterdir()) == [only]  # and no half of the new one
    (note,) = told
    assert isinstance(note, Noted)
    assert f"[Errno {errno.EFBIG}]" in note.message
    assert "step-0000000000.npz stands" in note.message
    assert "free space" in note.message
    conductor.save()
    assert len(conductor.checkpoints.files()) == 2


def test_a_run_without_a_checkpoint_stops_when_the_first_one_finds_no_room(conductor: Conductor) -> None:
    with files_of_at_most(1000), pytest.raises(RunFailed, match="room for a checkpoint") as failed:
        conductor.save()
    assert failed.value.hint == f"free space, then zoo resume {conductor.folder.path}"
    assert list(conductor.checkpoints.folder.iterdir()) == []


@on_a_small_disk
def test_a_status_is_written_on_a_full_disk_into_the_place_kept_free_for_it(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kibibytes=512) as disk:
        folder = RunFolder(disk)
        with folder.held():
            folder.write({"status": "running"})
            with pytest.raises(OSError, match="No space left"):
                (disk / "other").write_bytes(bytes(2**20))
            folder.update(status="failed")
        assert folder.read()["status"] == "failed"


@contextmanager
def small_disk(place: Path, *, kibibytes: int) -> Iterator[Path]:
    """A file system of its own, so that a disk can be really full."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(place)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


SETTINGS = {"hyperparameters.units": [100, 100], "checkpoint_seconds": 0.0}  # a checkpoint of 0.3 MiB


class FullDisk:
    """Fills the disk of a run when its first checkpoint is written, and frees it when the run complains."""

    def __init__(self, disk: Path) -> None:
        self.disk, self.notes = disk, 0

    def __call__(self, event: Event) -> None:
        other = self.disk / "other"
        if isinstance(event, Noted):
            self.notes += 1
            other.unlink()
        elif self.notes == 0 and not other.exists() and any(self.disk.rglob("step-*.npz")):
            free = os.statvfs(self.disk)
            other.write_bytes(bytes(free.f_bavail * free.f_frsize - 100_000))


@pytest.mark.slow
@on_a_small_disk
def test_a_run_goes_on_while_its_disk_is_full_and_ends_as_on_a_larger_one(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kibibytes=4000) as disk:
        full = FullDisk(disk)
        run = zoo.train("mlp/digits", epochs=80, runs=disk, subscribers=[full], **SETTINGS)
        assert full.notes == 1
        assert run.facts["checkpoints"]["written"] > 1
        assert outcome(run.folder) == outcome(zoo.train("mlp/digits", epochs=80, runs=tmp_path, **SETTINGS).folder)


@pytest.mark.slow
@on_a_small_disk
def test_a_run_whose_disk_has_no_room_for_its_first_checkpoint_fails_and_goes_on_later(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kibibytes=4000) as disk:
        (disk / "other").write_bytes(bytes(3_800_000))
        with pytest.raises(RunFailed, match="room for a checkpoint"):
            zoo.train("mlp/digits", epochs=80, runs=disk, **SETTINGS)
        folder = stopped_folder(disk)
        assert RunFolder(folder).read()["status"] == "failed"
        assert not list(folder.rglob(".*.part"))
        (disk / "other").unlink()
        assert zoo.resume(folder).facts["status"] == "finished"
