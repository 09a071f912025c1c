"""The kernels of the first convolution: those of the trained weights, and in the report of the run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from registry import Family, Registry
from zoo import jobs
from zoo.families.cnn.figures import kernel_grid, learned_filters
from zoo.report import figures_of, read_run, write_report
from zoo.report.read import RunRecord
from zoo.use.create import create
from zoo.weights.files import save_weights

Weighted = Callable[..., RunRecord]


@pytest.fixture(scope="module")
def trained(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> jobs.Run:
    """A real run of one epoch on digits."""
    return jobs.train(registry, "cnn/digits", {"epochs": 1}, runs=tmp_path_factory.mktemp("runs"))


@pytest.fixture
def weighted(registry: Registry, trained: jobs.Run, tmp_path: Path) -> Weighted:
    """A run folder with the weights of any network of the family."""

    def make(channels: int, **hyperparameters: object) -> RunRecord:
        model = create(registry, "cnn", num_classes=2, input_shape=(16, 16, channels), **hyperparameters)
        save_weights(model, tmp_path / "model.weights.h5")
        (tmp_path / "run.json").write_text(json.dumps(trained.facts), encoding="utf-8")
        (tmp_path / "recipe.toml").write_bytes((trained.folder / "recipe.toml").read_bytes())
        return read_run(tmp_path)

    return make


def test_a_run_of_the_family_has_its_filters_in_the_report(trained: jobs.Run) -> None:
    page = trained.report.read_text(encoding="utf-8")
    assert "<h2>Learned filters</h2>" in page
    assert "The 32 kernels of the first convolution, 3x3 weights each" in page
    assert (trained.folder / "figures" / "learned_filters.png").is_file()


def test_the_weights_drawn_are_those_of_the_first_convolution(registry: Registry, trained: jobs.Run) -> None:
    network = trained.load(registry).network
    first = next(layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D))
    drawn = learned_filters(read_run(trained.folder))
    assert drawn is not None
    expected = kernel_grid(first.get_weights()[0])
    assert np.array_equal(pixels(drawn[2]), pixels(expected))


def pixels(figure: object) -> np.ndarray:
    return np.asarray(figure.axes[0].images[0].get_array())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("channels", "settings", "said"),
    [
        (1, {"filters": [6], "kernel_sizes": [5]}, "The 6 kernels of the first convolution, 5x5 weights each; one"),
        (3, {"filters": [8]}, "red, green and blue weights as one colour"),
        (4, {"filters": [8]}, "the mean over 4 channels"),
        (1, {"filters": [80]}, "The first 64 of 80 kernels"),
        # beside the convolution of 1x1 on the shortcut
        (3, {"filters": [8], "residual": True, "convolutions": 2}, "The 8 kernels of the first convolution, 3x3"),
        (3, {"filters": [8], "residual": True}, "The 8 kernels of the first convolution, 3x3"),
    ],
)
def test_the_caption_says_what_is_drawn(weighted: Weighted, channels: int, settings: dict, said: str) -> None:
    drawn = learned_filters(weighted(channels, **settings))
    assert drawn is not None
    assert said in drawn[1]


def test_kernels_of_one_pixel_are_not_drawn(weighted: Weighted) -> None:
    assert learned_filters(weighted(3, kernel_sizes=[1])) is None


def test_a_run_that_has_no_weights_yet_is_left_out(weighted: Weighted) -> None:
    record = weighted(1)
    (record.folder / "model.weights.h5").unlink()
    (record.folder / "run.json").write_text(json.dumps({**record.facts, "status": "interrupted"}), encoding="utf-8")
    assert learned_filters(read_run(record.folder)) is None


@pytest.mark.parametrize("content", [None, b"not HDF5"])
def test_lost_or_damaged_weights_are_a_note_on_the_page(
    registry: Registry, weighted: Weighted, content: bytes | None
) -> None:
    folder = weighted(1).folder
    (folder / "model.weights.h5").unlink()
    if content is not None:
        (folder / "model.weights.h5").write_bytes(content)
    page = write_report(folder, figures_of(registry, folder)).read_text(encoding="utf-8")
    assert "The figure of zoo.families.cnn.figures:learned_filters could not be drawn: " in page


def test_zero_is_white_and_the_scale_is_symmetric() -> None:
    kernels = np.zeros((2, 2, 1, 2))
    kernels[0, 0, 0, 0], kernels[1, 1, 0, 1] = 1.0, -0.5
    figure = kernel_grid(kernels)
    canvas, bar = pixels(figure), figure.axes[1]
    assert bar.get_ylim() == (-1.0, 1.0)
    positive, zero = canvas[3, 3], canvas[3, 20]
    assert zero.min() > 0.95
    assert positive[0] > positive[2]
    # half as large the other way: blue, and half as strong
    negative = canvas[20, canvas.shape[1] - 5]
    assert negative[2] > negative[0] > positive[2]


def test_three_channels_are_one_colour_with_grey_for_zero() -> None:
    kernels = np.zeros((2, 2, 3, 1))
    kernels[0, 0] = [[2.0], [0.0], [-2.0]]
    canvas = pixels(kernel_grid(kernels))
    assert np.allclose(canvas[3, 3], [1.0, 0.5, 0.0])
    assert np.allclose(canvas[3, 20], 0.5)


def test_kernels_that_are_all_zero_are_drawn() -> None:
    assert np.isfinite(pixels(kernel_grid(np.zeros((3, 3, 1, 4))))).all()


@pytest.mark.parametrize(("count", "columns"), [(64, 8), (32, 8), (6, 6), (20, 10), (13, 7), (1, 1), (3, 3)])
def test_rows_are_full_where_they_can_be(count: int, columns: int) -> None:
    canvas = pixels(kernel_grid(np.ones((3, 3, 1, count))))
    side = 24 + 2 + 3
    assert canvas.shape[1] == columns * side - 3


def test_a_family_that_is_not_installed_is_a_note_on_the_page(trained: jobs.Run, tmp_path: Path) -> None:
    for name in ("recipe.toml", "run.json"):
        (tmp_path / name).write_bytes((trained.folder / name).read_bytes())
    page = write_report(tmp_path, figures_of(Registry(), tmp_path)).read_text(encoding="utf-8")
    assert re.search(r"The figure of the family &#39;cnn&#39; could not be drawn: UnknownFamily", page)


def test_a_broken_reference_of_a_plugin_is_a_note_on_the_page(trained: jobs.Run, tmp_path: Path) -> None:
    for name in ("recipe.toml", "run.json"):
        (tmp_path / name).write_bytes((trained.folder / name).read_bytes())
    registry = Registry()
    registry.add_family(
        Family(
            name="cnn", summary="a plugin's", tasks=("classification",), learning="gradient", dataset="digits",
            builder="nowhere:build", hyperparameters="nowhere:Settings", source="none", figures=("nowhere:draw",),
        )
    )  # fmt: skip
    page = write_report(tmp_path, figures_of(registry, tmp_path)).read_text(encoding="utf-8")
    assert "The figure of nowhere:draw could not be drawn: BrokenReference" in page


def test_zoo_report_draws_them_again_without_tensorflow(trained: jobs.Run) -> None:
    picture = trained.folder / "figures" / "learned_filters.png"
    before = picture.read_bytes()
    picture.unlink()
    program = (
        "import sys\nfrom zoo.cli.main import app\n"
        "app(args=['report', sys.argv[1]], standalone_mode=False)\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(trained.folder)], check=True, capture_output=True)
    assert picture.read_bytes() == before


def test_a_run_stands_for_its_folder_wherever_a_path_is_taken(trained: jobs.Run) -> None:
    assert Path(trained) == trained.folder
