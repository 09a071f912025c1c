"""Each check fails, and it alone, for a family that breaks what it demands."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from broken_families import BROKEN, SCALED, SOUND, BrokenFamily, registry_of
from broken_pairs import BROKEN_PAIRS, SOUND_PAIR

from registry import DataSet, Registry, UnknownFamily
from zoo.check import CHECKS, check, conformance
from zoo.check.suite import UnknownLearning
from zoo.data.errors import DataUnavailable
from zoo.run.errors import Interrupted


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that modules are imported from; nothing else may be left of a check."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_the_small_family_passes_every_check_and_leaves_nothing(place: Path) -> None:
    registry = registry_of(SOUND, place)
    results = check(registry, "small")
    assert [(result.name, result.found) for result in results if not result.ok] == []
    assert [result.name for result in results] == [made.name for made in CHECKS["gradient"]]
    assert list(place.glob("zoo-check-*")) == []


@pytest.mark.slow
def test_a_small_pair_of_networks_passes_every_check(place: Path) -> None:
    results = check(registry_of(SOUND_PAIR, place), "small")
    assert [(result.name, result.found) for result in results if not result.ok] == []
    assert [result.name for result in results] == [made.name for made in CHECKS["adversarial"]]


# found after a short run of 5 to 10 seconds each; one of them stays in the default tier
AFTER_A_RUN = {
    "follows_the_seed",
    "saves_its_weights",
    "resumes",
    "gradients_reach_everything",
    "the_loss_falls",
    "both_networks_change",
    "losses_stay_finite",
    "generates",
}
# found after nearly all checks: 10 seconds each, and others like them stay in the default tier
LATE = {"pictures of any size", "each picture by its own deviation", "always the first class"}
CASES = [
    pytest.param(
        family,
        id=family.what,
        marks=[pytest.mark.slow] if family.check in AFTER_A_RUN or family.what in LATE else [],
    )
    for family in (*BROKEN, *BROKEN_PAIRS)
]


@pytest.mark.parametrize("family", CASES)
def test_exactly_the_check_that_is_meant_fails(family: BrokenFamily, place: Path) -> None:
    results = check(registry_of(family, place), "small")
    assert {result.name: result.found for result in results if result.ok is False}.keys() == {family.check}
    (failed,) = [result for result in results if result.ok is False]
    assert family.found in failed.found
    assert "\n" not in failed.found
    assert failed.error is not None


def test_what_needs_a_failed_check_is_not_made_and_the_rest_is(place: Path) -> None:
    (family,) = [family for family in BROKEN if family.what == "a loss that is no number"]
    results = {result.name: result for result in check(registry_of(family, place), "small")}
    assert results["refuses_wrong_shapes"].ok is True
    assert (results["resumes"].ok, results["resumes"].found) == (None, "not made: it needs trains")


def test_every_check_is_shown_to_fail() -> None:
    assert {family.check for family in (*BROKEN, *BROKEN_PAIRS)} == {
        made.name for checks in CHECKS.values() for made in checks
    }


def test_a_case_says_what_must_hold_and_what_was_found(place: Path) -> None:
    (family,) = [family for family in BROKEN if family.what == "mutable settings"]
    cases = {str(case): case for case in conformance("small", registry_of(family, place))}
    with pytest.raises(AssertionError, match="units can be changed") as caught:
        cases["hyperparameters"]()
    assert str(caught.value).startswith("small on small/digits: Each hyperparameter has a default")
    assert caught.value.__cause__ is not None
    cases["registered"]()


def test_a_case_that_needs_a_failed_check_does_not_pass(place: Path) -> None:
    (family,) = [family for family in BROKEN if family.what == "one output too many"]
    cases = {str(case): case for case in conformance("small", registry_of(family, place))}
    with pytest.raises(AssertionError, match="not made: it needs builds"):
        cases["predicts"]()


def test_a_family_that_learns_in_a_way_that_has_no_checks_is_refused(place: Path) -> None:
    family = BrokenFamily(
        "another way", "", "", {"def build": "    @property\n    def learning(self): return 'hearsay'\n\n\ndef build"}
    )
    with pytest.raises(UnknownLearning, match=r"families that learn by hearsay(.*\n)*.*learn by: gradient"):
        check(registry_of(family, place), "small")


@pytest.mark.parametrize("learning", ["own_rule", "closed_form", "estimator"])
def test_a_family_that_says_it_learns_in_another_way_than_it_does_fails(learning: str, place: Path) -> None:
    family = BrokenFamily("another way", "", "", registration={"learning": learning})
    results = {result.name: result for result in check(registry_of(family, place), "small")}
    assert results["builds" if learning == "estimator" else "trains"].ok is False


def test_an_unknown_family_is_refused_with_the_nearest(place: Path) -> None:
    with pytest.raises(UnknownFamily) as caught:
        check(registry_of(SOUND, place), "smal")
    assert caught.value.near[0] == "small"


def register_data(registry: Registry, place: Path, load: str, **facts: Any) -> None:
    """Write the loader of a data set `mine` into a module and let the recipe `small/digits` use it."""
    text = (place / "digits.toml").read_text(encoding="utf-8")
    task = facts["tasks"][0]
    text = text.replace('"digits"', '"mine"').replace('"classification"', f'"{task}"')
    (place / "digits.toml").write_text(text, encoding="utf-8")
    (place / "my_data.py").write_text(
        f"from zoo.data.options import SplitOptions as Options\n\n{load}", encoding="utf-8"
    )
    sys.modules.pop("my_data", None)
    texts = dict.fromkeys(["summary", "licence", "source", "features"], "written for this test")
    registry.add_dataset(
        DataSet(name="mine", loader="my_data:load", options="my_data:Options", examples=None, **texts, **facts)
    )


@pytest.mark.slow
def test_a_family_that_predicts_numbers_passes_every_check(place: Path) -> None:
    load = """
def load(options):
    import numpy as np
    from zoo.data.spec import DataSpec
    from zoo.data.split import make_data

    features = np.random.default_rng(0).normal(size=(200, 3)).astype("float32")
    spec = DataSpec("vector", (3,), "float32", "regression", feature_names=("a", "b", "c"))
    return make_data(features, features @ np.array([1, -1, 2], "float32"), spec, options)
"""
    registry = registry_of(BrokenFamily("numbers", "", "", registration={"tasks": ["regression"]}), place)
    register_data(registry, place, load, tasks=["regression"], classes=None, embedded=True)
    results = {result.name: result for result in check(registry, "small")}
    assert {name: result.found for name, result in results.items() if not result.ok} == {}
    assert results["beats_the_baseline"].found.startswith("mse ")


def test_data_that_are_not_here_are_not_the_fault_of_the_family(place: Path) -> None:
    load = """
from zoo.data.errors import DataUnavailable


def load(options):
    raise DataUnavailable("the data must be on this machine")
"""
    registry = registry_of(SOUND, place)
    register_data(registry, place, load, tasks=["classification"], classes=2, embedded=False)
    with pytest.raises(DataUnavailable, match="must be on this machine"):
        check(registry, "small/digits")


def test_a_signal_in_the_short_run_ends_the_check_and_leaves_nothing(place: Path) -> None:
    # a handler of Python's own stands there only while the runner listens
    send = "import signal\n    if callable(signal.getsignal(signal.SIGUSR1)): signal.raise_signal(signal.SIGUSR1)"
    family = BrokenFamily("a signal", "", "", changes={SCALED: f"{send}\n    {SCALED}"})
    assert not callable(signal.getsignal(signal.SIGUSR1))
    with pytest.raises(Interrupted, match="try: zoo check small") as caught:
        check(registry_of(family, place), "small")
    assert caught.value.exit_code == 75
    assert list(place.glob("zoo-check-*")) == []
