"""The page: complete, self-contained, escaped, written whole or not at all."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import run_folders
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_fscore_support

from zoo.report import figures, write_report
from zoo.report.errors import NotARunFolder, ReportNotWritten
from zoo.report.read import RunRecord

Copy = Callable[[str], Path]

PICTURE = re.compile(r'<img src="data:image/png;base64,([A-Za-z0-9+/=]+)"')


def written(folder: Path) -> str:
    return write_report(folder).read_text(encoding="utf-8")


def page_of(folder: Path) -> str:
    """The page that is there."""
    return (folder / "report.html").read_text(encoding="utf-8")


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", page)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("digits", {"learning_curves", "confusion_matrix", "misclassified"}),
        ("moons", {"confusion_matrix", "decision_boundary", "ranking", "confusion_matrix_at_threshold"}),
        ("diabetes", {"predicted_against_true", "residuals", "surface", "residual_surface"}),
        ("failed", {"learning_curves"}),
        ("reproduction", {"seeds", "overlaid_curves", "learning_curves", "confusion_matrix", "misclassified"}),
    ],
)
def test_every_figure_is_a_file_and_the_same_picture_inline(reported: Copy, sort: str, expected: set[str]) -> None:
    folder = reported(sort)
    inline = [base64.b64decode(picture) for picture in PICTURE.findall(page_of(folder))]
    files = {path.stem: path.read_bytes() for path in (folder / "figures").iterdir()}
    assert set(files) == expected
    assert sorted(inline) == sorted(files.values())
    assert all(picture.startswith(b"\x89PNG") for picture in inline)


@pytest.mark.parametrize("sort", ["digits", "reproduction"])
def test_the_page_fetches_nothing_and_runs_nothing(reported: Copy, sort: str) -> None:
    page = page_of(reported(sort))
    assert not re.search(r"<script|@import|url\(|<link(?! rel=\"icon\" href=\"data:)|\son\w+=", page)
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert addresses
    assert all(address.startswith(("data:", "#", "seed-")) for address in addresses)


def test_whatever_a_run_is_called_is_text_and_never_markup(copy_of: Copy) -> None:
    folder = copy_of("failed")
    evil = "<script>alert(1)</script>"
    run_folders.change(folder, name=evil, error={"message": evil, "hint": evil}, host=evil, argv=["zoo", evil])
    (folder / "recipe.toml").write_text(f'summary = "{evil}"\ntask = "classification"\n')
    page = written(folder)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 5


def test_the_table_of_classes_equals_scikit_learns(reported: Copy) -> None:
    folder = reported("digits")
    page = page_of(folder)
    stored = np.load(folder / "predictions.npz")
    predicted = stored["test_outputs"].argmax(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(stored["test_targets"], predicted)
    for k in range(10):
        row = (
            f"<td>{k}</td><td>{precision[k]:.4f}</td><td>{recall[k]:.4f}</td><td>{f1[k]:.4f}</td><td>{support[k]}</td>"
        )
        assert row in page


def test_metrics_stand_beside_the_baseline_and_the_promise(reported: Copy) -> None:
    page = page_of(reported("moons"))
    assert '<th scope="col">trivial baseline (majority)</th>' in page
    assert "<td>0.8889</td><td>0.5000</td><td>0.9500 (at least 0.9300)</td>" in page


def test_a_run_page_holds_recipe_devices_versions_data_hashes_and_the_command(reported: Copy) -> None:
    page = page_of(reported("digits"))
    assert {"Metrics", "Recipe", "How it was run", "Data", "Versions"} <= set(headings(page))
    assert "<dt>oneDNN</dt><dd>yes</dd>" in page.replace("\n", "")
    for fact in ("[training]", "CPU:0", "3.15.1", "t" * 64, "1,077", "9,098 trainable, 129 non-trainable"):
        assert fact in page
    assert "zoo train mlp/digits &#39;training.note=two words&#39;" in page


def test_machine_and_times_are_words_and_not_tables_of_a_program(copy_of: Copy) -> None:
    folder = run_folders.change(copy_of("digits"), host={"name": "vm", "machine": "x86_64", "cpu_count": 2})
    page = written(folder)
    assert "<dd>vm, x86_64, 2 processors</dd>" in page
    assert "<dd>2026-01-01 12:00:00 UTC</dd>" in page
    assert "{" not in page.partition("<h2>How it was run</h2>")[2]


def test_a_failed_run_says_what_happened_at_which_step_and_what_to_type(reported: Copy) -> None:
    page = page_of(reported("failed"))
    assert '<p class="verdict">Failed</p>' in page
    assert "The run failed at step 75, after 2 complete epochs. The loss is NaN." in page
    assert "<pre>zoo train mlp/digits</pre>" in page
    assert "As of epoch 2, the last complete one; nothing was measured on the test split yet." in page


def test_a_run_that_failed_before_its_first_epoch_still_gets_a_page(copy_of: Copy) -> None:
    folder = run_folders.change(
        copy_of("failed"), data=None, devices=None, versions=None, parameters=None, weights=None
    )
    (folder / "metrics.jsonl").unlink()
    assert headings(written(folder)) == ["Recipe", "How it was run"]


def test_a_killed_runs_cut_line_is_told_on_the_page(copy_of: Copy) -> None:
    folder = run_folders.change(copy_of("failed"), status="running", error=None)
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 3, "lo')
    page = written(folder)
    assert "Line 3 of metrics.jsonl was cut off" in page
    assert "has not ended, or its process was killed" in page


def test_a_reproduction_shows_its_verdict_its_seeds_and_links_that_lead_somewhere(reported: Copy) -> None:
    folder = reported("reproduction")
    page = page_of(folder)
    assert '<p class="verdict">Promise kept</p>' in page
    assert "± 0.0089 (standard deviation)" in page
    links = re.findall(r'href="(seed-\d/report\.html)"', page)
    assert links == [f"seed-{seed}/report.html" for seed in range(3)]
    assert all((folder / link).is_file() for link in links)
    assert "Confusion matrix (seed 0)" in headings(page)


def test_a_seeds_own_report_is_not_written_again(copy_of: Copy) -> None:
    folder = copy_of("reproduction")
    for seed in range(3):
        (folder / f"seed-{seed}" / "report.html").write_text("its own")
    write_report(folder)
    assert all((folder / f"seed-{seed}" / "report.html").read_text() == "its own" for seed in range(3))


def test_a_broken_promise_is_told_across_the_room(reported: Copy, tmp_path: Path) -> None:
    # its seeds have their reports
    folder = Path(shutil.copytree(reported("reproduction"), tmp_path / "reproduction"))
    run_folders.change(folder, mean=0.8, kept=False)
    page = written(folder)
    assert '<p class="verdict">Promise not kept</p>' in page
    assert '<div class="outcome bad">' in page


def test_one_seed_alone_is_within_or_short_of_the_promise_but_does_not_keep_or_break_it(reported: Copy) -> None:
    assert '<p class="verdict">Within the promise</p>' in page_of(reported("digits"))
    assert '<p class="verdict">Short of the promise</p>' in page_of(reported("moons"))


def test_a_reproduction_of_one_seed_says_that_the_spread_was_not_measured(tmp_path: Path) -> None:
    assert "spread not measured" in written(run_folders.reproduction(tmp_path / "one", (5,)))


def test_a_reproduction_that_was_interrupted_shows_the_seeds_that_are_there(copy_of: Copy) -> None:
    folder = run_folders.change(
        copy_of("reproduction"), status="interrupted", mean=None, values=None, spread=None, baseline=None,
        seeds=[0, 1, 2, 3], runs=["seed-0", "seed-1", "seed-2", "seed-3"], promise=None,
    )  # fmt: skip
    run_folders.change(folder / "seed-2", status="interrupted", metrics=None)
    page = written(folder)
    assert "seed-3 is not in the folder: this seed has not been run." in page
    assert "<td>2</td><td>interrupted</td>" in page


def test_a_reproduction_before_its_first_seed_gets_a_page(copy_of: Copy) -> None:
    folder = run_folders.change(copy_of("reproduction"), status="running", runs=[], mean=None, values=[])
    assert "0 of 3 seeds are done" in written(folder)


def test_an_early_run_without_predictions_has_no_section_about_them(copy_of: Copy) -> None:
    folder = copy_of("digits")
    (folder / "predictions.npz").unlink()
    page = written(folder)
    assert "Confusion matrix" not in headings(page)
    assert "predictions.npz is not in the folder" in page


def test_a_perfect_classifier_is_told_that_it_makes_no_mistakes(copy_of: Copy) -> None:
    folder = copy_of("moons")
    stored = dict(np.load(folder / "predictions.npz"))
    stored["test_outputs"] = np.eye(2, dtype=np.float32)[stored["test_targets"]]
    np.savez(folder / "predictions.npz", **stored)
    assert "None: all 90 test examples are classified correctly." in written(folder)


def test_more_classes_than_a_matrix_can_show_are_left_to_the_table(copy_of: Copy) -> None:
    folder = copy_of("digits")
    stored = dict(np.load(folder / "predictions.npz"))
    stored["test_outputs"] = np.pad(stored["test_outputs"], [(0, 0), (0, 30)])
    np.savez(folder / "predictions.npz", **stored)
    page = written(folder)
    assert "Confusion matrix" not in headings(page)
    assert "<td>39</td><td>0.0000</td>" in page


def test_a_task_of_another_kind_has_curves_and_the_familys_own_figures(copy_of: Copy) -> None:
    folder = copy_of("digits")
    text = (folder / "recipe.toml").read_text().replace("classification", "clustering")
    (folder / "recipe.toml").write_text(text)

    def unified_distances(record: RunRecord) -> tuple[str, str, Figure]:
        return "U-matrix", f"Distances of {record.name}.", figures.learning_curves(record.curves(), "loss")

    page = write_report(folder, extra=(unified_distances, lambda record: None)).read_text()
    assert "Classes" not in headings(page)
    assert "U-matrix" in headings(page)
    assert "Distances of mlp/digits." in page
    assert (folder / "figures" / "u_matrix.png").is_file()


def test_an_extra_figure_named_like_another_does_not_replace_it(copy_of: Copy) -> None:
    folder = copy_of("digits")
    write_report(folder, extra=(lambda record: ("Confusion matrix", "Mine.", Figure(figsize=(2, 2))),))
    assert len(list((folder / "figures").glob("confusion_matrix*.png"))) == 2


def test_an_extra_figure_that_fails_is_reported_and_the_rest_is_written(
    copy_of: Copy, caplog: pytest.LogCaptureFixture
) -> None:
    def unlucky(record: RunRecord) -> None:
        raise RuntimeError("no weights here")

    page = write_report(copy_of("moons"), extra=(unlucky,)).read_text()
    assert "unlucky could not be drawn: RuntimeError: no weights here" in page
    assert "could not be drawn" in caplog.text
    assert "Decision boundary" in headings(page)


def test_writing_again_gives_the_same_bytes_and_leaves_nothing_else_behind(reported: Copy, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(reported("moons"), tmp_path / "moons"))
    first = page_of(folder)
    assert written(folder) == first
    assert not list(folder.rglob("*.part"))


def test_a_place_that_cannot_be_written_is_one_clear_error(copy_of: Copy) -> None:
    folder = copy_of("moons")
    (folder / "figures").write_text("a file where the folder should be")
    with pytest.raises(ReportNotWritten, match="must be written into its folder") as caught:
        write_report(folder)
    assert caught.value.exit_code == 1


def test_a_full_disk_leaves_the_earlier_report_whole(reported: Copy, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(reported("moons"), tmp_path / "moons"))
    before = (folder / "report.html").read_bytes()
    script = (
        "import resource, signal, sys\n"
        "from zoo.report import write_report\n"
        "from zoo.report.errors import ReportNotWritten\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
        "try:\n    write_report(sys.argv[1])\n"
        "except ReportNotWritten as error:\n    sys.exit(error.exit_code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], env=child_environment(), check=False)
    assert done.returncode == 1
    assert (folder / "report.html").read_bytes() == before
    assert not list(folder.rglob("*.part"))


def test_reading_and_writing_a_report_imports_neither_tensorflow_nor_keras_nor_scipy(copy_of: Copy) -> None:
    script = (
        "import sys\nfrom zoo.report import write_report\nwrite_report(sys.argv[1])\n"
        "slow = ('tensorflow', 'keras', 'sklearn', 'scipy', 'matplotlib.pyplot')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    command = [sys.executable, "-c", script, str(copy_of("moons"))]
    done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_package_loads_nothing_and_an_unknown_name_is_an_attribute_error() -> None:
    import zoo.report

    with pytest.raises(AttributeError, match="no attribute 'write_reports'"):
        _ = zoo.report.write_reports


def test_a_folder_that_is_no_run_gets_no_report(tmp_path: Path) -> None:
    with pytest.raises(NotARunFolder):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


def child_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_the_test_split_is_called_untouched_where_it_is(reported: Copy) -> None:
    assert "about the test split, on which no choice was made." in page_of(reported("digits"))
