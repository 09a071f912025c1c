"""The figures: what they show of the arrays they are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from zoo.report import figures
from zoo.report.predictions import Predictions
from zoo.report.style import PALETTE, colours

EPOCHS = np.arange(1, 31.0)
CURVES = {
    "epoch": EPOCHS,
    "step": EPOCHS * 10,
    "learning_rate": np.full(30, 0.01),
    "loss": 1 / EPOCHS,
    "accuracy": 1 - 0.5 / EPOCHS,
    "validation_loss": 1.2 / EPOCHS,
    "validation_accuracy": 1 - 0.6 / EPOCHS,
}


def titles(figure: Figure) -> list[str]:
    return [axis.get_title(loc="left") for axis in figure.axes]


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axis in figure.axes for text in axis.texts]


def legend(figure: Figure) -> list[str]:
    found = [one for one in (*figure.legends, *(axis.get_legend() for axis in figure.axes)) if one]
    return [text.get_text() for one in found for text in one.get_texts()]


def test_learning_curves_show_loss_and_primary_metric_of_both_splits_and_the_best_epoch() -> None:
    figure = figures.learning_curves(CURVES, "accuracy", best_epoch=12)
    assert titles(figure) == ["loss", "accuracy"]
    assert legend(figure) == ["train", "validation", "best epoch 12"]
    np.testing.assert_array_equal(figure.axes[1].lines[0].get_ydata(), CURVES["accuracy"])


def test_a_learning_rate_that_varies_gets_a_thin_third_panel() -> None:
    figure = figures.learning_curves({**CURVES, "learning_rate": 0.01 * 0.9**EPOCHS}, "accuracy")
    assert titles(figure) == ["loss", "accuracy", "learning rate"]
    heights = [axis.get_subplotspec().get_gridspec().get_height_ratios() for axis in figure.axes]  # type: ignore[union-attr]
    assert heights[0][2] < heights[0][1] / 2


def test_a_loss_that_falls_a_thousandfold_is_drawn_on_a_logarithmic_scale_with_plain_numbers() -> None:
    figure = figures.learning_curves({"epoch": EPOCHS, "loss": 10.0**-EPOCHS}, "loss")
    figures.to_png(figure)
    assert figure.axes[0].get_yscale() == "log"
    assert not any("$" in label.get_text() for label in figure.axes[0].get_yticklabels())


def test_a_score_is_drawn_on_a_linear_scale_however_far_it_rises() -> None:
    figure = figures.learning_curves({"epoch": EPOCHS, "loss": 1 / EPOCHS, "accuracy": EPOCHS / 31}, "accuracy")
    assert [axis.get_yscale() for axis in figure.axes] == ["linear", "linear"]


def test_there_is_no_mark_for_an_epoch_before_the_first() -> None:
    axis = figures.learning_curves(CURVES, "accuracy").axes[-1]
    low, high = axis.get_xlim()
    assert [tick for tick in axis.get_xticks() if low <= tick <= high] == [5, 10, 15, 20, 25, 30]


def test_curves_of_one_epoch_and_curves_that_end_in_nan_are_drawn() -> None:
    one = {"epoch": np.array([1.0]), "loss": np.array([0.3])}
    assert figures.to_png(figures.learning_curves(one, "accuracy", best_epoch=1)).startswith(b"\x89PNG")
    figures.to_png(figures.learning_curves({"epoch": EPOCHS, "loss": np.full(30, np.nan)}, "loss"))


def test_a_family_without_a_column_called_loss_has_its_own_columns_drawn() -> None:
    figure = figures.learning_curves({"epoch": EPOCHS, "generator": EPOCHS, "discriminator": EPOCHS}, "fid")
    assert titles(figure) == ["generator", "discriminator"]


def test_overlaid_curves_have_a_colour_a_run_and_both_splits() -> None:
    figure = figures.overlaid_curves({f"seed {k}": CURVES for k in range(3)}, "accuracy")
    assert sorted(legend(figure)) == ["seed 0", "seed 1", "seed 2", "train", "validation"]
    assert {line.get_color() for line in figure.axes[0].lines} == set(PALETTE[:3])


def test_runs_without_validation_are_overlaid_too() -> None:
    figure = figures.overlaid_curves({"seed 0": {"epoch": EPOCHS, "loss": 1 / EPOCHS}}, "loss")
    assert legend(figure) == ["seed 0"]


def test_a_confusion_matrix_shows_counts_and_shares_of_the_row() -> None:
    targets, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1])
    assert texts(figures.confusion_matrix(targets, predicted, ["no", "yes"])) == ["2\n67 %", "1\n33 %", "2\n100 %"]


@pytest.mark.parametrize("count", [2, 3, 7, 12, 13, 20, 30])
def test_a_confusion_matrix_of_two_to_thirty_classes_names_each_class_and_keeps_numbers_legible(count: int) -> None:
    targets = np.repeat(np.arange(count), 40)
    figure = figures.confusion_matrix(targets, targets, [f"a class called {k}" for k in range(count)])
    axis = figure.axes[0]
    assert len(axis.get_xticklabels()) == len(axis.get_yticklabels()) == count
    assert min(text.get_fontsize() for text in axis.texts) >= 5.5
    figures.to_png(figure)


def test_a_class_name_with_dollar_signs_is_a_name_and_no_formula() -> None:
    figures.to_png(figures.confusion_matrix(np.array([0, 1]), np.array([0, 1]), ["US$ \\frac$", "a_b^c"]))


def boundary_arguments(path: Path) -> dict[str, Any]:
    stored = Predictions(path / "predictions.npz")
    predicted = stored.array("test_outputs").argmax(axis=1)
    return {
        "grid": tuple(stored.array(key) for key in ("grid_x", "grid_y", "grid_outputs")),
        "train": (stored.array("train_features"), stored.array("train_targets")),
        "test": (stored.array("test_features"), stored.array("test_targets"), predicted),
    }


def test_the_decision_boundary_rings_exactly_the_misclassified_test_examples(masters: Path) -> None:
    arguments = boundary_arguments(masters / "moons")
    figure = figures.decision_boundary(**arguments, classes=["upper", "lower"], feature_names=["x1", "x2"])
    features, targets, predicted = arguments["test"]
    rings = [c for c in figure.axes[0].collections if isinstance(c, PathCollection) and len(c.get_facecolor()) == 0]
    np.testing.assert_allclose(rings[-1].get_offsets(), features[targets != predicted])
    assert legend(figure) == ["upper", "lower", "train", "test", "misclassified"]
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("x1", "x2")


def test_a_boundary_between_many_classes_and_one_without_mistakes_are_drawn() -> None:
    axis = np.linspace(0, 1, 20)
    outputs = np.random.default_rng(0).dirichlet(np.ones(9), (20, 20))
    features, targets = np.array([[0.2, 0.3], [0.7, 0.8]]), np.array([0, 8])
    names = [f"class {k}" for k in range(9)]
    figure = figures.decision_boundary((axis, axis, outputs), (features, targets), (features, targets, targets), names)
    assert "misclassified" not in legend(figure)
    assert figure.axes[0].get_xlabel() == "feature 1"
    assert figures.to_png(figure).startswith(b"\x89PNG")


def test_the_grid_of_mistakes_names_true_class_predicted_class_and_probability() -> None:
    outputs = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8]])
    pictures = np.zeros((3, 8, 8, 1), np.uint8)
    figure = figures.misclassified_grid(pictures, np.array([0, 0, 0]), outputs, ["cat", "dog"], (0, 16))
    shown = [axis.get_title(loc="center") for axis in figure.axes if axis.get_title(loc="center")]
    assert shown == ["true cat\npredicted dog\n80 %", "true cat\npredicted dog\n70 %"]


def test_the_grid_of_mistakes_shows_at_most_24_and_takes_colour_pictures_of_any_range() -> None:
    rng = np.random.default_rng(0)
    pictures, outputs = rng.normal(size=(60, 5, 5, 3)), rng.dirichlet(np.ones(2), 60)
    figure = figures.misclassified_grid(pictures, 1 - outputs.argmax(axis=1), outputs, ["Ankle boot", "T-shirt/top"])
    assert sum(bool(axis.images) for axis in figure.axes) == 24


def test_a_grid_of_mistakes_without_mistakes_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        figures.misclassified_grid(np.zeros((1, 2, 2)), np.array([0]), np.array([[1.0, 0.0]]), ["a", "b"])


def test_the_strip_of_seeds_names_mean_promise_limit_and_a_far_baseline() -> None:
    figure = figures.per_seed([0.97, 0.98], [0, 1], "accuracy", "larger", (0.97, 0.01), 0.1)
    named = {"limit 0.96", "mean 0.975", "promise kept", "promised mean 0.97", "seed"}
    assert set(legend(figure)) == named | {"trivial baseline 0.1, far to the left"}
    assert figure.axes[0].get_xlim()[0] > 0.9


def test_the_strip_of_an_error_has_its_limit_above_the_promise_and_a_near_baseline_in_view() -> None:
    figure = figures.per_seed([2.4, 2.6], [0, 1], "mse", "smaller", (2.5, 0.4), 4.0)
    assert "limit 2.9" in legend(figure)
    assert figure.axes[0].get_xlim()[1] > 4.0


def test_the_strip_of_one_seed_without_promise_and_of_no_finite_value_is_drawn() -> None:
    assert legend(figures.per_seed([0.9], [7], "accuracy", "larger")) == ["seed"]
    figures.to_png(figures.per_seed([float("nan")], [0], "mse", "smaller", None, 9.0))


def test_predicted_against_true_has_a_panel_a_target_and_says_when_it_leaves_some_out() -> None:
    values = np.random.default_rng(0).normal(size=(20, 8))
    assert titles(figures.predicted_against_true(values[:, :2], values[:, :2], ["width", "height"])) == [
        "width",
        "height",
    ]
    assert titles(figures.predicted_against_true(values, values))[0] == "target 1 (the first 6 of 8 targets)"


def test_residuals_are_predicted_minus_true() -> None:
    figure = figures.residuals(np.array([1.0, 2.0]), np.array([1.5, 1.0]))
    np.testing.assert_allclose(figure.axes[0].collections[-1].get_offsets(), [[1.5, 0.5], [1.0, -1.0]])


def test_a_surface_names_its_features() -> None:
    axis = np.linspace(0, 1, 10)
    points, targets = np.array([[0.5, 0.5]]), np.array([[1.0]])
    assert figures.surface((axis, axis, np.zeros((10, 10, 1))), points, targets).axes[0].get_xlabel() == "feature 1"


def test_figures_leave_the_callers_matplotlib_settings_alone_and_need_no_pyplot_state() -> None:
    before = dict(matplotlib.rcParams)
    figures.to_png(figures.learning_curves(CURVES, "accuracy"))
    assert dict(matplotlib.rcParams) == before


def test_equal_figures_give_equal_bytes() -> None:
    first, second = (figures.to_png(figures.learning_curves(CURVES, "accuracy", 3)) for _ in range(2))
    assert first == second


def test_every_class_gets_a_colour_however_many_there_are() -> None:
    assert len(colours(50)) == 50
    assert len(set(colours(8))) == 8
