"""Where a run is asked to run: names that are understood, and those that are refused with what to type."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import UserError, default
from zoo.recipe import bind, read_recipe
from zoo.run.cluster import Cluster, cluster_of, slurm_tasks
from zoo.run.devices import suited_to
from zoo.run.placement import place

ADDRESSES = st.lists(
    st.builds("{}:{}".format, st.from_regex(r"[a-z][a-z0-9.-]{0,12}", fullmatch=True), st.integers(1, 65535)),
    min_size=2,
    max_size=6,
    unique=True,
)


@given(workers=ADDRESSES, number=st.integers(0, 5))
def test_a_cluster_reads_back_from_its_tf_config(workers: list[str], number: int) -> None:
    cluster = Cluster(tuple(workers), number % len(workers))
    assert cluster_of(cluster.tf_config()) == cluster


def test_hosts_are_taken_from_the_command_line() -> None:
    placement = place(workers="a:9000, b:9001", worker_index=1)
    assert placement.strategy == "multiworker"
    assert placement.cluster == Cluster(("a:9000", "b:9001"), 1)
    assert not placement.is_chief


def test_hosts_are_taken_from_tf_config(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"cluster": {"chief": ["a:1"], "worker": ["b:1", "c:1"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(table))
    assert place().cluster == Cluster(("a:1", "b:1", "c:1"), 2)
    assert place("one").cluster is None


def test_one_process_alone_is_no_cluster() -> None:
    assert cluster_of(json.dumps({"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}})) is None
    assert cluster_of("") is None


def test_tasks_of_a_slurm_step_are_its_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SLURM_STEP_NUM_TASKS": "3",
        "SLURM_PROCID": "2",
        "SLURM_STEP_NODELIST": "node[1-2]",
        "SLURM_STEP_TASKS_PER_NODE": "2,1",
        "SLURM_JOB_ID": "77",
        "SLURMD_NODENAME": "node2",
    }.items():
        monkeypatch.setenv(name, value)
    assert slurm_tasks() == Cluster(("node1:10077", "node1:10078", "node2:10077"), 2)
    monkeypatch.setenv("SLURMD_NODENAME", "node1")
    with pytest.raises(UserError, match="sorted as text"):
        slurm_tasks()
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "1")
    assert slurm_tasks() is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"strategy": "miror"}, "mirrored"),
        ({"devices": "tpu:0"}, "named like gpu:0"),
        ({"devices": "gpu:0,gpu:0"}, "named once"),
        ({"devices": "gpu:0,cpu:0"}, "one kind"),
        ({"strategy": "one", "devices": "gpu:0,gpu:1"}, "one device of one host"),
        ({"logical_devices": 0}, "1 to 64"),
        ({"workers": "a:1,b:1"}, "which worker it is"),
        ({"worker_index": 0}, "goes with --workers"),
        ({"workers": "a:1,b", "worker_index": 0}, "host:port"),
        ({"workers": "a:1,b:99999", "worker_index": 0}, "host:port"),
        ({"workers": "a:1,a:1", "worker_index": 0}, "address of its own"),
        ({"workers": "a:1,b:1", "worker_index": 2}, "0 to 1"),
        ({"strategy": "mirrored", "workers": "a:1,b:1", "worker_index": 0}, "devices of one host"),
        ({"strategy": "multiworker"}, "hosts must be named"),
        ({"workers": "a:1,b:1", "worker_index": 0, "logical_devices": 2}, "one device where many hosts"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        place(**asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ({"strategy": "miror"}, "one of: auto, one, mirrored, multiworker"),
        ({"devices": "tpu:0"}, "--devices gpu:0,gpu:1"),
        ({"logical_devices": 0}, "--logical-devices 2"),
        ({"workers": "host1"}, "--workers host1:9000,host2:9000 --worker-index 0"),
        ({"worker_index": 3}, "--workers host1:9000,host2:9000 --worker-index 0"),
    ],
)
def test_a_refusal_says_what_to_type(asked: dict[str, object], hint: str) -> None:
    with pytest.raises(UserError) as refused:
        place(**asked)  # type: ignore[arg-type]
    assert refused.value.hint == hint


@pytest.mark.parametrize(
    "text", ["no json", "[1]", '{"cluster": 3}', '{"cluster": {"ps": ["a:1"], "worker": ["b:1"]}}']
)
def test_a_tf_config_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="TF_CONFIG"):
        cluster_of(text)


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("mlp/digits", True),
        ("gan/digits", True),
        ("som/digits", True),
        ("perceptron/and", False),
        ("rbf", False),
        ("lda/wine", False),
        ("mlp/xor_lbfgs", False),
    ],
)
def test_what_cannot_be_divided_takes_one_device_of_the_chief(name: str, several: bool) -> None:
    bound = bind(default(), read_recipe(default(), name))
    asked = place(workers="a:1,b:1", worker_index=0)
    suited = suited_to(bound, asked)
    assert (suited == asked) if several else (suited.strategy == "one" and suited.cluster is None)
