"""The oracles: what they propose does not change when their process is killed between any two calls."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.run.errors import RunFolderError
from zoo.tune.oracles import COMPLETED, FAILED, OBJECTIVE, STOPPED, decoded, encoded, make_oracle
from zoo.tune.space import Choice, Range, Space

SPACE = Space(
    {
        "units": Choice(([8], [16, 8], [4])),
        "rate": Range(1e-4, 1e-1, log=True),
        "epochs": Range(1, 9, whole=True),
    }
)


def oracle_at(path: Path, tuner: str, trials: int = 8) -> Any:
    return make_oracle(tuner, SPACE, path, trials=trials, direction="smaller", seed=3, epochs=9)


def score(values: dict[str, Any]) -> float:
    return float(abs(values["rate"] - 0.01) + 0.1 * len(values["units"]) + 0.01 * values["epochs"])


def search(path: Path, tuner: str, *, killed: bool) -> list[tuple[str, dict[str, Any]]]:
    """All trials of a search whose process, if `killed`, is a fresh one for every call."""
    oracle, done = oracle_at(path, tuner), []
    while (trial := oracle.create_trial("worker-0")).status != STOPPED:
        if killed:
            oracle = oracle_at(path, tuner)
            again = oracle.create_trial("worker-0")
            assert again.trial_id == trial.trial_id
            assert again.hyperparameters.values == trial.hyperparameters.values
            trial = again
        values = decoded(SPACE, trial.hyperparameters.values)
        oracle.update_trial(trial.trial_id, {OBJECTIVE: score(values)})
        trial.status = COMPLETED
        oracle.end_trial(trial)
        done.append((trial.trial_id, values))
        if killed:
            oracle = oracle_at(path, tuner)
    return done


@pytest.mark.parametrize("tuner", ["random", "grid", "hyperband"])
def test_a_search_that_is_killed_between_all_calls_tries_what_the_unbroken_one_tries(
    tmp_path: Path, tuner: str
) -> None:
    unbroken = search(tmp_path / "a.json", tuner, killed=False)
    assert len(unbroken) >= 8
    assert search(tmp_path / "b.json", tuner, killed=True) == unbroken


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_bayesian_search_that_is_killed_is_the_same_too(tmp_path: Path) -> None:
    def trials(name: str, *, killed: bool) -> list[tuple[str, dict[str, Any]]]:
        return search(tmp_path / name, "bayesian", killed=killed)

    assert trials("a.json", killed=True) == trials("b.json", killed=False)


def test_a_grid_is_tried_in_order_and_ends(tmp_path: Path) -> None:
    done = search(tmp_path / "oracle.json", "grid", killed=False)
    assert [values for _, values in done] == [SPACE.at(position) for position in range(8)]


def test_a_trial_that_completed_is_not_given_out_again(tmp_path: Path) -> None:
    path = tmp_path / "oracle.json"
    oracle = oracle_at(path, "random")
    trial = oracle.create_trial("worker-0")
    oracle.update_trial(trial.trial_id, {OBJECTIVE: 1.0})
    trial.status = COMPLETED
    oracle.end_trial(trial)
    assert oracle_at(path, "random").create_trial("worker-0").trial_id != trial.trial_id


def test_failures_in_a_row_do_not_end_a_search(tmp_path: Path) -> None:
    oracle = oracle_at(tmp_path / "oracle.json", "random")
    for _ in range(8):
        trial = oracle.create_trial("worker-0")
        trial.status = FAILED
        oracle.end_trial(trial)
    assert oracle.create_trial("worker-0").status == STOPPED


def test_the_trial_of_a_lost_worker_goes_to_the_next_one(tmp_path: Path) -> None:
    oracle = oracle_at(tmp_path / "oracle.json", "random")
    lost = oracle.create_trial("worker-0")
    assert oracle.create_trial("worker-1").trial_id != lost.trial_id
    assert oracle.give_out_again("worker-0") == lost.trial_id
    assert oracle.create_trial("worker-2").trial_id == lost.trial_id


def test_a_broken_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "oracle.json").write_text("{", encoding="utf-8")
    with pytest.raises(RunFolderError, match="state of a search"):
        oracle_at(tmp_path / "oracle.json", "random")


def test_a_number_that_kerastuner_draws_beyond_its_range_is_brought_back() -> None:
    beyond = encoded(SPACE, SPACE.at(0)) | {"rate": 0.10000001, "epochs": 10}
    assert decoded(SPACE, beyond) == {"units": [8], "rate": 0.1, "epochs": 9}


@given(st.integers(0, SPACE.size() - 1))
def test_settings_come_back_as_they_were_encoded(position: int) -> None:
    values = SPACE.at(position)
    assert decoded(SPACE, encoded(SPACE, values)) == values
