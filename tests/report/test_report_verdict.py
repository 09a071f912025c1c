"""The arithmetic of promises and baselines."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.run.verdict import InvalidPromise, advantage, beats, direction_of, judge, metric_label, shown, statistic_of

values = st.floats(-1e6, 1e6)
sizes = st.floats(0, 1e3)
directions = st.sampled_from(["larger", "smaller"])


@pytest.mark.parametrize(("metric", "direction"), [("accuracy", "larger"), ("auc", "larger"), ("rmse", "smaller"),
                                                   ("bits_per_character", "smaller"), ("loss", "smaller")])  # fmt: skip
def test_losses_and_errors_are_better_when_smaller_and_all_else_when_larger(metric: str, direction: str) -> None:
    assert direction_of(metric) == direction


def test_a_mean_above_the_promise_is_kept_where_larger_is_better_and_broken_where_smaller_is() -> None:
    promise = {"metric": "score", "mean": 0.5, "tolerance": 0.1}
    assert judge(0.7, promise, "larger").kept
    assert not judge(0.7, promise, "smaller").kept
    assert judge(0.7, promise, "smaller").margin == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("spread", "tolerance", "allowed"), [(0.004, 0.02, 0.02), (0.03, 0.02, 0.06), (None, 0.01, 0.01)]
)
def test_the_larger_of_twice_the_spread_and_the_tolerance_is_allowed(
    spread: float | None, tolerance: float, allowed: float
) -> None:
    assert judge(0.9, {"mean": 0.9, "spread": spread, "tolerance": tolerance}, "larger").allowed == pytest.approx(
        allowed
    )


def test_a_promise_without_spread_and_tolerance_allows_nothing_worse() -> None:
    assert judge(1.0, {"mean": 1.0}, "larger").kept
    assert not judge(0.9999, {"mean": 1.0}, "larger").kept


def test_a_mean_exactly_on_the_limit_is_kept_in_spite_of_rounding() -> None:
    verdict = judge(0.96, {"mean": 0.97, "tolerance": 0.01}, "larger")
    assert verdict.kept
    assert verdict.margin == 0.0


def test_the_sentence_names_metric_mean_promise_and_what_is_allowed() -> None:
    sentence = judge(0.94, {"metric": "accuracy", "mean": 0.97, "tolerance": 0.01}, "larger").sentence
    assert sentence == (
        "Promise not kept: accuracy 0.9400 is 0.0300 worse than the promised 0.9700; 0.0100 worse is allowed."
    )


def test_the_sentence_says_when_the_mean_is_exactly_as_promised() -> None:
    assert "is equal to the promised 0.9700" in judge(0.97, {"mean": 0.97}, "larger").sentence


def test_a_model_that_does_not_beat_its_baseline_keeps_no_promise_and_the_sentence_says_so() -> None:
    verdict = judge(0.5, {"metric": "accuracy", "mean": 0.5, "tolerance": 0.1}, "larger", 0.5)
    assert not verdict.kept
    assert verdict.margin > 0
    assert verdict.sentence.endswith("It does not beat the trivial baseline, 0.5000.")


@pytest.mark.parametrize("mean", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("direction", ["larger", "smaller"])
def test_a_mean_that_is_not_finite_keeps_no_promise(mean: float, direction: str) -> None:
    verdict = judge(mean, {"metric": "mse", "mean": 0.5}, direction)  # type: ignore[arg-type]
    assert not verdict.kept
    assert "not a finite number" in verdict.sentence


@pytest.mark.parametrize("changes", [{"mean": None}, {"mean": "high"}, {"mean": True}, {"mean": math.nan},
                                     {"tolerance": -1}, {"spread": "x"}])  # fmt: skip
def test_a_promise_without_usable_numbers_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidPromise):
        judge(0.5, {"mean": 1.0} | changes, "larger")


def test_a_value_equal_to_the_baseline_or_not_a_number_does_not_beat_it() -> None:
    assert not beats(0.5, 0.5, "larger")
    assert not beats(math.nan, 0.5, "smaller")
    assert beats(0.4, 0.5, "smaller")


def test_numbers_are_shown_with_decimals_that_say_something() -> None:
    assert [shown(v) for v in (12.34567, 123.4567, 123456.7, -0.25)] == ["12.346", "123.46", "123,456.7", "-0.2500"]


def test_short_metric_names_are_written_in_capitals() -> None:
    assert [metric_label(name) for name in ("mse", "balanced_accuracy")] == ["MSE", "balanced accuracy"]


@given(values, values, sizes, sizes, directions)
def test_kept_means_that_the_margin_is_not_negative(mean, expected, spread, tolerance, direction) -> None:  # type: ignore[no-untyped-def]
    verdict = judge(mean, {"mean": expected, "spread": spread, "tolerance": tolerance}, direction)
    assert verdict.kept == (verdict.margin >= 0)
    assert verdict.allowed == max(2 * spread, tolerance)


@given(values, values, sizes, sizes, directions)
def test_a_better_mean_never_turns_a_kept_promise_into_a_broken_one(mean, expected, tolerance, step, direction) -> None:  # type: ignore[no-untyped-def]
    promise = {"mean": expected, "tolerance": tolerance}
    better = mean + step if direction == "larger" else mean - step
    assert judge(better, promise, direction).kept or not judge(mean, promise, direction).kept


@given(values, values, sizes)
def test_the_two_directions_are_mirror_images(mean: float, expected: float, tolerance: float) -> None:
    upright = judge(mean, {"mean": expected, "tolerance": tolerance}, "larger")
    mirrored = judge(-mean, {"mean": -expected, "tolerance": tolerance}, "smaller")
    assert (upright.kept, upright.margin) == (mirrored.kept, mirrored.margin)


@given(values, values, directions)
def test_advantage_is_antisymmetric(value, reference, direction) -> None:  # type: ignore[no-untyped-def]
    assert advantage(value, reference, direction) == -advantage(reference, value, direction)


def test_a_negative_control_keeps_its_promise_without_beating_the_baseline() -> None:
    promise = {"metric": "accuracy", "mean": 0.5, "beats_baseline": False}
    verdict = judge(0.5, promise, "larger", 0.5)
    assert verdict.kept
    assert "baseline" not in verdict.sentence


def test_a_promise_is_of_the_mean_unless_it_says_that_it_is_of_the_median() -> None:
    assert statistic_of(None) == statistic_of({}) == statistic_of({"statistic": "mean"}) == "mean"
    assert statistic_of({"statistic": "median"}) == "median"
