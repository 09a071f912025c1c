"""What the command line says at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import run_folders

from zoo.report import read_folder, summary_lines, write_report
from zoo.report.text import duration, next_command, number, promised, sentences

Copy = Callable[[str], Path]


def test_a_finished_run_is_summed_up_in_four_lines(copy_of: Copy) -> None:
    folder = copy_of("moons")
    page = write_report(folder)
    assert summary_lines(read_folder(folder)) == [
        "mlp/moons, seed 0: finished after 9.3 s",
        "  Accuracy 0.8889 on the test split (seed 0) beats the trivial baseline (majority), 0.5000.",
        "  Short of the promise: accuracy 0.8889 is 0.0611 worse than the promised 0.9500; 0.0200 worse is allowed."
        " It was made for the mean over seeds 0, 1, 2.",
        f"  report: {page}",
    ]


def test_a_report_that_was_not_written_is_not_named(masters: Path) -> None:
    assert not any("report:" in line for line in summary_lines(read_folder(masters / "moons")))


def test_a_reproduction_is_summed_up_by_its_mean_over_the_seeds(masters: Path) -> None:
    lines = summary_lines(read_folder(masters / "reproduction"))
    assert lines[0] == "mlp/digits, seeds 0, 1, 2: finished after 30.4 s"
    assert "(mean over seeds 0, 1, 2) beats the trivial baseline" in lines[1]
    assert lines[2].startswith("  Promise kept: accuracy 0.96")


def test_a_model_that_does_not_beat_its_baseline_is_told_so_and_keeps_no_promise(copy_of: Copy) -> None:
    folder = run_folders.change(copy_of("moons"), baseline={"test": {"accuracy": 0.95}})
    told = sentences(read_folder(folder))
    assert "does not beat the trivial baseline, 0.9500" in told[0]
    assert told[1].startswith("Short of the promise")


def test_a_recipe_that_need_not_beat_its_baseline_keeps_its_promise_and_says_so(copy_of: Copy) -> None:
    folder = copy_of("reproduction")
    promise = {**json.loads((folder / "run.json").read_text())["promise"], "beats_baseline": False}
    told = sentences(read_folder(run_folders.change(folder, baseline=0.99, promise=promise)))
    assert told[0].endswith(
        "does not beat the trivial baseline, 0.9900, and need not: the recipe shows what does not work."
    )
    assert told[1].startswith("Promise kept")


def test_without_a_measured_baseline_the_promises_is_taken_and_without_both_it_is_said(copy_of: Copy) -> None:
    folder = run_folders.change(copy_of("moons"), baseline=None)
    assert "beats the trivial baseline, 0.1000" in sentences(read_folder(folder))[0]
    run_folders.change(folder, promise=None)
    assert sentences(read_folder(folder)) == [
        "Accuracy 0.8889 on the test split (seed 0); no trivial baseline was measured.",
        "The recipe makes no promise.",
    ]


def test_a_promise_about_a_metric_that_was_not_measured_is_told(copy_of: Copy) -> None:
    folder = run_folders.change(copy_of("moons"), promise={"metric": "auc", "mean": 0.9})
    assert sentences(read_folder(folder)) == ["No test value of auc was recorded."]


def test_a_failed_run_tells_step_reason_rate_and_what_to_type(masters: Path) -> None:
    record = read_folder(masters / "failed")
    assert sentences(record) == [
        "The run failed at step 75, after 2 complete epochs. The loss is NaN. The learning rate was 10. "
        "Try a smaller learning rate."
    ]
    assert next_command(record) == "zoo train mlp/digits"
    assert "  next: zoo train mlp/digits" in summary_lines(record)


def test_a_failed_run_with_a_checkpoint_can_be_resumed(copy_of: Copy) -> None:
    folder = copy_of("failed")
    (folder / "checkpoint").mkdir()
    assert next_command(read_folder(folder)) == f"zoo resume {folder}"


def test_an_interrupted_run_without_a_complete_epoch_tells_so(copy_of: Copy) -> None:
    error = {"type": "Interrupted", "message": "the run was stopped by SIGTERM", "received": "signal 15"}
    folder = run_folders.change(copy_of("failed"), status="interrupted", error=error, steps=None)
    (folder / "metrics.jsonl").write_text("")
    assert sentences(read_folder(folder)) == [
        "The run was interrupted, in its first epoch. The run was stopped by SIGTERM. Received: signal 15."
    ]
    assert next_command(read_folder(folder)) == f"zoo resume {folder}"


def test_an_unfinished_reproduction_tells_how_many_seeds_are_done(copy_of: Copy) -> None:
    folder = run_folders.change(
        copy_of("reproduction"), status="running", seeds=[0, 1, 2, 3], mean=None, spread=None, values=None
    )
    record = read_folder(folder)
    assert sentences(record) == ["The reproduction has not ended, or its process was killed; 3 of 4 seeds are done."]
    assert next_command(record) == f"zoo resume {folder}"


def test_the_promised_cell_has_the_limit_on_the_side_of_the_metric() -> None:
    assert promised({"mean": 0.97, "tolerance": 0.01}, "accuracy") == "0.9700 (at least 0.9600)"
    assert promised({"mean": 0.5, "spread": 0.1}, "mse") == "0.5000 (at most 0.7000)"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.97512, "0.9751"), (12345, "12,345"), (float("nan"), "not a number"), (float("inf"), "infinite"), ("x", "x")],
)
def test_numbers_are_formatted_for_people(value: object, text: str) -> None:
    assert number(value) == text


def test_times_are_formatted_for_people() -> None:
    assert [duration(s) for s in (0.04, 59.94, 61, 3599.6, 7260)] == [
        "0.0 s",
        "59.9 s",
        "1 min 1 s",
        "1 h 0 min",
        "2 h 1 min",
    ]


def test_a_learning_rate_that_is_not_finite_is_told_as_it_was_written(copy_of: Copy) -> None:
    error = {"message": "the loss is NaN", "learning_rate": "inf", "hint": None}
    folder = run_folders.change(copy_of("failed"), error=error)
    assert "The learning rate was inf." in sentences(read_folder(folder))[0]
