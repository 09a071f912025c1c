"""What a classical baseline has learned: coefficients, the columns that matter, and the tree itself.

Drawn from the `model.skops` of a run, without TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from zoo.data.spec import DataSpec
from zoo.families.classical.fitted import Branch, Fitted, importances, layout, named, question
from zoo.report.read import RunRecord
from zoo.report.style import FAINT, GREY, INK, PALETTE, WIDTH, colours, new_figure, shortened, styled
from zoo.weights.estimators import load_estimator

Drawn = tuple[str, str, Figure] | None
FILE = "model.skops"
MOST = 20  # bars, or rows of a table of coefficients
MOST_CLASSES = 12  # columns of such a table
DEPTH = 3  # levels of a tree below its root: at most 8 leaves, which can be read
BAR = 0.26  # inches
BOX = 0.4  # inches: height of a node; its place is BOX + GAP high
GAP = 0.12
SHADES = "RdBu_r"


def _fitted(record: RunRecord) -> Fitted | None:
    """What the run has learned; None for one that left nothing."""
    path = record.folder / FILE
    if record.status != "finished" and not path.is_file():
        return None
    return named(load_estimator(path.read_bytes(), where=str(path)), DataSpec.from_json(record.spec))


def coefficients(record: RunRecord) -> Drawn:
    """Draw the coefficients of a linear baseline.

    Args:
        record: a run of one of the linear families.

    Returns:
        Title, caption and figure; None for a run that left nothing.

    Raises:
        FileNotFoundError: the run is finished and its file is gone.
    """
    fitted = _fitted(record)
    if fitted is None:
        return None
    weights = np.atleast_2d(np.asarray(fitted.estimator.coef_, np.float64))
    per = "standard deviation" if fitted.scaled else "unit"
    classes = fitted.spec.classes if fitted.spec.task == "classification" else None
    if fitted.spec.kind == "picture":
        return "Coefficients", "Coefficients of the pixels; one colour scale for all.", pixels(weights, fitted, classes)
    order = np.argsort(-np.abs(weights).max(axis=0), kind="stable")
    of = f" of {fitted.spec.target_name}" if classes is None else " of each class"
    if classes is not None and len(weights) == 1:
        of = f" of {classes[-1]} against {classes[0]}"
    what = "Change" if classes is None else "Change of the log-odds"
    categories = ", or by a category" if any(column.categories for column in fitted.spec.columns) else ""
    zeros = int(np.count_nonzero(np.abs(weights).max(axis=0) == 0))
    zero = f" {zeros} of {weights.shape[1]} are exactly zero." if zeros else ""
    which = f" The {MOST} largest of {weights.shape[1]}." if weights.shape[1] > MOST else ""
    caption = f"{what}{of} per {per} of a column{categories}.{which}{zero}"
    names = [fitted.names[place] for place in order[:MOST]]
    if len(weights) == 1:
        return "Coefficients", caption, signed_bars(names, weights[0, order[:MOST]])
    heads = list(classes or [f"{fitted.spec.target_name} {number + 1}" for number in range(len(weights))])
    return "Coefficients", caption, coefficient_table(names, heads, weights[:MOST_CLASSES, order[:MOST]].T)


def feature_importance(record: RunRecord) -> Drawn:
    """Draw how much of the improvement by all splits is each column's.

    Args:
        record: a run of one of the families of trees.

    Returns:
        Title, caption and figure; None for a run that left nothing, and for a model without a split.

    Raises:
        FileNotFoundError: the run is finished and its file is gone.
    """
    fitted = _fitted(record)
    if fitted is None:
        return None
    shares, spreads = importances(fitted)
    if not any(shares.values()):
        return None
    told = "Share of the improvement by all splits; what comes from one column is added up."
    if fitted.spec.kind == "picture":
        return "Feature importance", told, pixels(np.array([list(shares.values())]), fitted, None)
    order = sorted(shares, key=lambda column: -shares[column])[:MOST]
    which = f" The {MOST} largest of {len(shares)}." if len(shares) > MOST else ""
    lines = " Lines: standard deviation over the trees." if spreads else ""
    errors = [spreads[column] for column in order] if spreads else None
    return "Feature importance", f"{told}{which}{lines}", share_bars(order, [shares[name] for name in order], errors)


def decision_tree(record: RunRecord) -> Drawn:
    """Draw a decision tree, as far down as it can be read.

    Args:
        record: a run of the family decision_tree.

    Returns:
        Title, caption and figure; None for a run that left nothing.

    Raises:
        FileNotFoundError: the run is finished and its file is gone.
    """
    fitted = _fitted(record)
    if fitted is None or fitted.spec.target_shape:
        return None
    tree = fitted.estimator.tree_
    cut = f", of which the first {DEPTH} levels are drawn" if tree.max_depth > DEPTH else ""
    hidden = " +: nodes further down." if cut else ""
    caption = (
        f"{tree.n_leaves} leaves, {tree.max_depth} levels deep{cut}; learned from {tree.n_node_samples[0]:,} examples. "
        f"Where the answer is yes, the way goes up.{hidden}"
    )
    return "Decision tree", caption, drawn_tree(fitted)


@styled
def signed_bars(names: Sequence[str], values: np.ndarray) -> Figure:
    """Draw one bar a coefficient, to the right above zero and to the left below."""
    figure, axis = _bars(names)
    places = np.arange(len(names))
    axis.barh(places, values, color=np.where(values >= 0, PALETTE[0], PALETTE[1]), height=0.68)
    axis.axvline(0, color=GREY, linewidth=0.8)
    largest = float(np.abs(values).max()) or 1.0
    for place, value in zip(places, values, strict=True):
        side = 1 if value >= 0 else -1
        axis.annotate(
            _number(float(value), 3), (value, place), (4 * side, 0), textcoords="offset points",
            va="center", ha="left" if side > 0 else "right", fontsize=8.5, color=INK,
        )  # fmt: skip
    # room for the numbers beside the longest bars
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    axis.set_xlim(low - 0.16 * largest * (low < 0), high + 0.16 * largest * (high > 0))
    axis.set_xlabel("coefficient")
    return figure


@styled
def share_bars(names: Sequence[str], shares: Sequence[float], spreads: Sequence[float] | None) -> Figure:
    """Draw one bar a column, with lines of one standard deviation where there is one."""
    figure, axis = _bars(names)
    places = np.arange(len(names))
    axis.barh(places, shares, color=PALETTE[0], height=0.68)
    ends = np.array(shares)
    if spreads is not None:
        low = np.minimum(spreads, shares)  # no share is below zero
        axis.errorbar(
            shares, places, xerr=np.stack([low, spreads]), fmt="none", ecolor=INK, elinewidth=1.0, capsize=2.5
        )
        ends = ends + spreads
    for place, share, end in zip(places, shares, ends, strict=True):
        axis.annotate(
            f"{100 * share:.1f} %", (end, place), (4, 0), textcoords="offset points",
            va="center", fontsize=8.5, color=INK,
        )  # fmt: skip
    axis.set_xlim(0, 1.14 * float(ends.max()))
    axis.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axis.set_xlabel("share of the improvement")
    return figure


def _number(value: float, digits: int) -> str:
    """A number as it is printed; a zero has no sign."""
    return f"{value + 0.0:.{digits}g}".replace("-", "\N{MINUS SIGN}")


def _bars(names: Sequence[str]) -> tuple[Figure, Axes]:
    figure = new_figure(BAR * len(names) + 0.65)
    axis = figure.subplots()
    axis.set_yticks(np.arange(len(names)), [shortened(name, 28) for name in names])
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.grid(axis="y", visible=False)
    axis.tick_params(axis="y", length=0)
    return figure, axis


@styled
def coefficient_table(names: Sequence[str], classes: Sequence[str], values: np.ndarray) -> Figure:
    """Draw coefficients (columns, classes) as a table of shades with numbers; white is zero."""
    rows, columns = values.shape
    figure = new_figure(BAR * rows + 0.75, width=min(WIDTH, 2.6 + 0.85 * columns))
    axis = figure.subplots()
    largest = float(np.abs(values).max()) or 1.0
    axis.imshow(values, cmap=SHADES, vmin=-largest, vmax=largest, aspect="auto")
    for row, column in np.ndindex(rows, columns):
        strong = abs(values[row, column]) > 0.62 * largest
        text = _number(float(values[row, column]), 2)
        axis.text(column, row, text, ha="center", va="center", fontsize=8.5, color="white" if strong else INK)
    axis.set_xticks(range(columns), [shortened(name, 12) for name in classes[:columns]])
    axis.set_yticks(range(rows), [shortened(name, 28) for name in names])
    axis.xaxis.tick_top()
    _bare(axis)
    return figure


@styled
def pixels(values: np.ndarray, fitted: Fitted, classes: Sequence[str] | None) -> Figure:
    """Draw numbers (pictures, pixels) as pictures, the mean over channels, on one scale about zero."""
    pictures = values.reshape(len(values), *fitted.spec.shape).mean(axis=3)
    titles = list(classes) if classes is not None and len(classes) == len(pictures) else [""] * len(pictures)
    across = min(5, len(pictures))
    down = -(-len(pictures) // across)
    side = min(2.6, (WIDTH - 0.9) / across)
    figure = new_figure((side + 0.25 * bool(titles[0])) * down, width=side * across + 0.9)
    axes = np.atleast_1d(figure.subplots(down, across)).ravel()
    largest = float(np.abs(pictures).max()) or 1.0
    below = bool((pictures < 0).any())
    scale = Normalize(-largest if below else 0.0, largest)
    shades = colormaps[SHADES if below else "Blues"]
    for axis, picture, title in zip(axes, pictures, titles, strict=False):
        axis.imshow(picture, cmap=shades, norm=scale, interpolation="nearest")
        axis.set_title(title)
    for axis in axes:
        axis.set_axis_off()
    bar = figure.colorbar(ScalarMappable(scale, shades), ax=list(axes), fraction=0.05, aspect=12 * down)
    bar.outline.set_visible(False)
    return figure


def _bare(axis: Axes) -> None:
    axis.grid(visible=False)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)


@styled
def drawn_tree(fitted: Fitted) -> Figure:
    """Draw a tree from left to right; yes goes up."""
    branches = layout(fitted.estimator.tree_, DEPTH).all()
    levels, leaves = 1 + max(one.level for one in branches), 1 + max(one.place for one in branches)
    figure = new_figure((BOX + GAP) * leaves + 0.1, constrained=False)
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_axis_off()
    axis.set_xlim(0, WIDTH)
    axis.set_ylim((BOX + GAP) * leaves + 0.1, 0)
    step = (WIDTH - 0.1) / levels
    width = min(step - 0.3, 2.6)
    for branch in branches:
        left, middle = 0.05 + branch.level * step, 0.05 + (BOX + GAP) * (branch.place + 0.5)
        for child, answer in zip(branch.children, ("yes", "no"), strict=False):
            below = 0.05 + (BOX + GAP) * (child.place + 0.5)
            turn = left + width + 0.06
            axis.plot(
                [left + width, turn, turn, left + step], [middle, middle, below, below], color=GREY, linewidth=1.0
            )
            axis.text(turn + 0.03, below - 0.03, answer, fontsize=7.0, color=GREY, ha="left", va="bottom")
        _box(axis, fitted, branch, left, middle, width)
    return figure


def _box(axis: Axes, fitted: Fitted, branch: Branch, left: float, middle: float, width: float) -> None:
    tree = fitted.estimator.tree_
    value = tree.value[branch.node, 0]
    first, second = _words(fitted, branch, _letters(width))
    axis.add_patch(
        FancyBboxPatch(
            (left, middle - BOX / 2), width, BOX, boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=_shade(fitted, value), edgecolor=GREY if branch.children else FAINT, linewidth=0.9,
        )
    )  # fmt: skip
    letters = _letters(width)
    axis.text(left + 0.06, middle - 0.08, shortened(first, letters), fontsize=7.6, va="center", weight="bold")
    axis.text(left + 0.06, middle + 0.09, shortened(second, letters + 2), fontsize=7.2, va="center")
    if branch.below:
        axis.text(left + width + 0.04, middle, f"+{branch.below}", fontsize=7.2, color=GREY, va="center")


def _letters(width: float) -> int:
    """Bold letters that fit in a box; one is 0.066 inches wide on average."""
    return int((width - 0.1) / 0.066)


def _words(fitted: Fitted, branch: Branch, letters: int) -> tuple[str, str]:
    """What stands in a box: the question, or what a leaf says; and how many examples, of what."""
    tree, node = fitted.estimator.tree_, branch.node
    value, count = tree.value[node, 0], f"{tree.n_node_samples[node]:,}"
    inner = tree.children_left[node] >= 0
    if fitted.spec.task != "classification":
        unit = f" {fitted.spec.unit}" if fitted.spec.unit else ""
        said = f"{value[0]:.4g}{unit}"
        return (question(fitted, node, letters), f"{count} · mean {said}") if inner else (said, f"{count} examples")
    names = fitted.spec.classes or ()
    likely = int(value.argmax())
    name, share = names[int(fitted.estimator.classes_[likely])], f"{100 * value[likely] / value.sum():.0f} %"
    if inner:
        return question(fitted, node, letters), f"{count} · {name} {share}"
    return name, f"{count} example{'s' if count != 1 else ''} · {share}"


def _shade(fitted: Fitted, value: np.ndarray) -> tuple[float, ...]:
    """A light tint: the colour of the commonest class by its share, or of the value between the leaves' ends."""
    if fitted.spec.task != "classification":
        leaves = fitted.estimator.tree_.value[:, 0, 0]
        return tuple(colormaps["Blues"](0.05 + 0.4 * Normalize(leaves.min(), leaves.max())(value[0]))[:3])
    chance = 1 / len(value)
    sure = (value.max() / value.sum() - chance) / (1 - chance)
    colour = np.array(to_rgb(colours(len(value))[int(value.argmax())]))
    return tuple(1 - (0.06 + 0.3 * sure) * (1 - colour))
