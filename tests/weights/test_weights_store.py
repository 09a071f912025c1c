"""The files of published weights on this machine: listed, verified, pruned and mirrored; by many processes too."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from weights_server import CONTENT, NAME, PATH, Answer, Server

from registry import Registry, Weights
from zoo.weights.errors import WeightsError
from zoo.weights.fetch import cache_place, cache_root, content_of, held, lock_place
from zoo.weights.store import address_of_mirror, get, listing, mirror, prune, verify


def entry(registry: Registry) -> Weights:
    found = registry.weights_of(NAME)
    assert found is not None
    return found


def put(path: Path, content: bytes = b"old") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_what_is_listed_is_where_it_is(far: Registry, server: Server) -> None:
    assert [(row["name"], row["kept"], row["path"]) for row in listing(far)] == [(NAME, "absent", None)]
    assert server.asked == []
    place = str(cache_place(entry(far)))
    assert get(far, NAME) == listing(far)[0]
    assert (listing(far)[0]["kept"], listing(far)[0]["path"]) == ("cached", place)
    beside = put(Path(entry(far).file), CONTENT)
    assert (listing(far)[0]["kept"], listing(far)[0]["path"]) == ("ships", str(beside))


def test_what_is_verified_is_read_and_nothing_is_fetched(far: Registry, server: Server) -> None:
    assert [row["state"] for row in verify(far)] == ["absent"]
    assert server.asked == []
    get(far, NAME)
    assert [(row["state"], row["reason"]) for row in verify(far, [NAME])] == [("intact", None)]
    cache_place(entry(far)).write_bytes(CONTENT[:-1] + b"x")
    (row,) = verify(far)
    assert row["state"] == "damaged"
    assert row["reason"].startswith("the weights file must have the sha256 that its record states; received ")


def test_what_no_record_describes_is_removed_and_what_the_zoo_did_not_write_stays(far: Registry) -> None:
    get(far, NAME)
    place = cache_place(entry(far))
    stale = put(place.with_name("0123456789abcdef-far.weights.h5"))
    stale_lock = put(lock_place(stale))
    part = put(place.with_name(f".{place.name}.123.0a1b2c3d.part"))
    own = put(cache_root() / "mlp/notes.txt")
    loose = put(cache_root() / "0123456789abcdef-far.weights.h5")
    (cache_root() / "linked").symlink_to(place.parent)
    removed = {row["path"]: row["reason"] for row in prune(far)}
    assert removed == {
        str(stale): "of no weights that are published now",
        str(stale_lock): "of no weights that are published now",
        str(part): "left by a process that was killed",
    }
    assert not stale.exists()
    assert not part.exists()
    assert own.exists()
    assert loose.exists()
    assert place.read_bytes() == CONTENT
    assert prune(far) == []


def test_a_damaged_file_is_removed(far: Registry) -> None:
    get(far, NAME)
    cache_place(entry(far)).write_bytes(b"x")
    assert [(row["bytes"], row["reason"]) for row in prune(far)] == [(1, "damaged")]
    assert listing(far)[0]["kept"] == "absent"


def test_all_fetched_files_are_removed_when_asked_for(far: Registry) -> None:
    get(far, NAME)
    assert [row["bytes"] for row in prune(far, everything=True) if row["bytes"]] == [len(CONTENT)]
    assert [path for path in cache_root().rglob("*") if path.is_file()] == []


def test_what_another_process_is_writing_stays(far: Registry) -> None:
    place = cache_place(entry(far))
    with held(place):
        part = put(place.with_name(f".{place.name}.123.0a1b2c3d.part"))
        assert prune(far, everything=True) == []
        assert part.exists()


def test_a_cache_that_was_never_used_has_nothing_to_remove(far: Registry) -> None:
    assert prune(far) == []
    assert not cache_root().exists()


def test_a_mirror_gives_what_it_was_given(
    far: Registry, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "my mirror"
    assert [(row["name"], row["written"]) for row in mirror(far, folder)] == [(NAME, True)]
    assert (folder / "mlp/far.weights.h5").read_bytes() == CONTENT
    assert (folder / "mlp/far.json").read_bytes() == Path(entry(far).record).read_bytes()
    server.stop()
    prune(far, everything=True)
    name, _, value = address_of_mirror(folder).partition("=")
    monkeypatch.setenv(name, value)
    assert content_of(far, entry(far)) == CONTENT


def test_a_mirror_is_made_again_only_where_it_is_damaged(far: Registry, tmp_path: Path) -> None:
    mirror(far, tmp_path / "mirror")
    assert [row["written"] for row in mirror(far, tmp_path / "mirror")] == [False]
    (tmp_path / "mirror/mlp/far.weights.h5").write_bytes(b"x")
    assert [row["written"] for row in mirror(far, tmp_path / "mirror")] == [True]
    assert (tmp_path / "mirror/mlp/far.weights.h5").read_bytes() == CONTENT


def test_a_mirror_that_cannot_be_written_is_said(far: Registry, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="folder that can be written"):
        mirror(far, put(tmp_path / "file"))


def zoo(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """The program with the plugin of `far` installed, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "NO_COLOR": "1", **variables}
    command = [sys.executable, "-m", "zoo", "weights", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_the_program_gets_and_verifies_and_says_what_is_wrong(far: Registry, server: Server, tmp_path: Path) -> None:
    place = cache_place(entry(far))
    code, out, err = ended(zoo(tmp_path, "get", NAME, ZOO_OFFLINE="1"))
    assert (code, out) == (2, "")
    assert err.startswith(
        "zoo: the weights of mlp/far are not on this machine and cannot be fetched\n  received: ZOO_OFF"
    )
    assert ended(zoo(tmp_path, "get", NAME)) == (0, f"{place}\n", "")
    place.write_bytes(b"x")
    code, out, err = ended(zoo(tmp_path, "verify", "--json"))
    assert (code, err) == (1, "")
    states = {row["name"]: row["state"] for row in json.loads(out)}
    assert states.pop(NAME) == "damaged"
    assert set(states.values()) == {"intact"}  # those that ship
    assert server.asked == [PATH]


@pytest.mark.slow
def test_eight_processes_that_want_the_same_weights_at_once_download_them_once(
    far: Registry, server: Server, tmp_path: Path
) -> None:
    server.answers = [Answer(length=len(CONTENT), seconds=8.0)]  # longer than eight programs take to start
    answers = [ended(process) for process in [zoo(tmp_path, "get", NAME) for _ in range(8)]]
    assert answers == [(0, f"{cache_place(entry(far))}\n", "")] * 8
    assert cache_place(entry(far)).read_bytes() == CONTENT
    assert server.asked == [PATH]


@pytest.mark.slow
def test_a_process_killed_in_a_download_leaves_nothing_that_the_next_one_trusts_or_waits_for(
    far: Registry, server: Server, tmp_path: Path
) -> None:
    server.answers = [Answer(length=len(CONTENT), seconds=60.0), Answer(length=len(CONTENT))]
    process = zoo(tmp_path, "get", NAME)
    while not server.asked:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert ended(process)[0] == -signal.SIGKILL
    assert not cache_place(entry(far)).exists()
    assert content_of(far, entry(far)) == CONTENT
