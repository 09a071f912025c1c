"""Several devices that share a batch end where one device ends: partial batches, clipping and statistics included."""

from __future__ import annotations

from pathlib import Path

import pytest
from on_devices import CNN, GAN, MLP, RNN, SOM, TEXT, require_equal, trained_on


def test_two_devices_train_as_one(tmp_path: Path) -> None:
    cases = [["mlp/digits", MLP]]
    (one,) = trained_on(1, cases, tmp_path / "one")
    (two,) = trained_on(2, cases, tmp_path / "two")
    require_equal(one, two)
    assert one[0]["devices"]["strategy"] == "one"
    facts = two[0]["devices"]
    assert (facts["strategy"], facts["replicas"], facts["global_batch"], facts["per_replica_batch"]) == (
        "mirrored",
        2,
        150,
        75,
    )


@pytest.mark.slow
def test_two_and_four_devices_train_every_family_as_one(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("The quick brown fox jumps over the lazy dog, and the dog sleeps on.\n" * 120)
    cases = [
        ["mlp/digits", MLP],
        ["cnn/digits", CNN],
        ["lstm_text", {**TEXT, "data.path": str(text)}],
        ["rnn/sine_mix", RNN],
        ["som", SOM],
        ["gan/digits", GAN],
        ["cnn/digits", {**CNN, "optimizer": "adam", "learning_rate": 0.001}],
    ]
    one = trained_on(1, cases, tmp_path / "one")
    for devices in (2, 4):
        several = trained_on(devices, cases, tmp_path / str(devices))
        for expected, found in zip(one[:-1], several[:-1], strict=True):
            require_equal(expected, found)
            assert found[0]["devices"]["replicas"] == devices
        # Adam divides by the size of gradients, however small: only losses are close
        require_equal(one[-1], several[-1], losses=1e-3, weights=None)
