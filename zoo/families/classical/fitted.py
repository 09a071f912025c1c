"""What a fitted baseline has learned, under the names of the columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from zoo.data.spec import DataSpec
from zoo.layers.table_encoding import encoded_names, places_of

RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted baseline and the names of what it was fitted to.

    Attributes:
        estimator: The last step of the pipeline.
        spec: What one raw example looks like.
        names: Of the numbers that the estimator takes: "age", "job=clerk", "x1² x2"; of pixels their places.
        columns: Of each of these the raw column that it comes from; of a product of columns the product itself.
        scaled: Whether the numbers were scaled.
    """

    estimator: Any
    spec: DataSpec
    names: tuple[str, ...]
    columns: tuple[str, ...]
    scaled: bool

    def by_column(self, values: np.ndarray) -> dict[str, float]:
        """Sums over what comes from the same raw column, such as all categories of one."""
        sums = dict.fromkeys(self.columns, 0.0)
        for column, value in zip(self.columns, values, strict=True):
            sums[column] += float(value)
        return sums


def named(pipeline: Pipeline, spec: DataSpec) -> Fitted:
    """Give the numbers of a fitted pipeline their names.

    Args:
        pipeline: As a builder of `zoo.families.classical.model` made it, fitted.
        spec: What one raw example looks like.
    """
    names, columns = _names(spec)
    if "powers" in pipeline.named_steps:
        products = pipeline.named_steps["powers"].get_feature_names_out(np.array(names, object))
        names = columns = tuple(_raised(str(product)) for product in products)
    return Fitted(pipeline.named_steps["estimator"], spec, names, columns, _is_scaled(pipeline))


def _names(spec: DataSpec) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if spec.kind == "table":
        return encoded_names(spec.columns), tuple(_sources(spec))
    if spec.feature_names:
        return spec.feature_names, spec.feature_names
    if spec.kind == "picture":
        places = tuple("-".join(map(str, place)) for place in np.ndindex(*spec.shape))
        return places, places
    numbered = tuple(f"x{number + 1}" for number in range(spec.shape[0]))
    return numbered, numbered


def _sources(spec: DataSpec) -> Sequence[str]:
    """The raw column of every encoded one, in the order of the encoding."""
    indicators = [spec.columns[place].name for place in places_of(spec.columns, "indicator")]
    categories = [spec.columns[place] for place in places_of(spec.columns, "category")]
    encoded = [column.name for column in categories for _ in column.categories]
    numbers = encoded_names(spec.columns)[: len(encoded_names(spec.columns)) - len(indicators) - len(encoded)]
    return [*numbers, *indicators, *encoded]


def _raised(product: str) -> str:
    """`x1^2 x2` as it is printed: x1² x2."""
    factors = (factor.partition("^") for factor in product.split(" "))
    return " ".join(name + power.translate(RAISED) for name, _, power in factors)


def _is_scaled(pipeline: Pipeline) -> bool:
    """Whether any step scaled the numbers: the step of pictures and vectors, or one inside that of tables."""
    if "columns" not in pipeline.named_steps:
        return "scale" in pipeline.named_steps
    inner = (part for _, part, _ in pipeline.named_steps["columns"].transformers_)
    return any("scale" in getattr(part, "named_steps", {}) for part in inner)


def importances(fitted: Fitted) -> tuple[dict[str, float], dict[str, float] | None]:
    """How much of the improvement by all splits is each column's.

    Returns:
        Raw column -> share, which add up to 1; and of forests how much the trees differ in it, as a standard deviation.
    """
    estimator = fitted.estimator
    if hasattr(estimator, "_predictors"):
        return fitted.by_column(_shares(_gains(estimator))), None
    own = fitted.by_column(estimator.feature_importances_)
    trees = getattr(estimator, "estimators_", None)
    if not isinstance(trees, list) or hasattr(estimator, "estimator_weights_"):
        return own, None
    each = [fitted.by_column(tree.feature_importances_) for tree in trees]
    return own, {column: float(np.std([one[column] for one in each])) for column in own}


def _gains(estimator: Any) -> np.ndarray:
    gains = np.zeros(estimator.n_features_in_)
    for step in estimator._predictors:
        for predictor in step:
            inner = predictor.nodes[~predictor.nodes["is_leaf"].astype(bool)]
            np.add.at(gains, inner["feature_idx"], inner["gain"])
    return gains


def _shares(values: np.ndarray) -> np.ndarray:
    return values / (values.sum() or 1.0)


@dataclass(frozen=True)
class Branch:
    """One drawn node of a decision tree.

    Attributes:
        node: Its number.
        level: Splits above it.
        place: Where it stands, in drawn leaves from the top; a node stands in the middle of its leaves.
        children: The drawn nodes below: of "yes", then of "no"; none of a leaf and where the drawing ends.
        below: Nodes below it that are not drawn.
    """

    node: int
    level: int
    place: float
    children: tuple[Branch, ...]
    below: int

    def all(self) -> list[Branch]:
        """The node and all drawn below it, from the top down."""
        return [self, *(branch for child in self.children for branch in child.all())]


def layout(tree: Any, depth: int) -> Branch:
    """Where the nodes of a tree stand, down to a depth: leaves one below the other, parents in between.

    Args:
        tree: The fitted `tree_` of a decision tree.
        depth: Levels below the root that are drawn.
    """
    leaves = iter(range(tree.node_count))

    def place(node: int, level: int) -> Branch:
        below = () if tree.children_left[node] < 0 else (tree.children_left[node], tree.children_right[node])
        if not below or level == depth:
            return Branch(node, level, next(leaves), (), _count(tree, node) - 1)
        children = tuple(place(int(child), level + 1) for child in below)
        return Branch(node, level, (children[0].place + children[-1].place) / 2, children, 0)

    return place(0, 0)


def _count(tree: Any, node: int) -> int:
    """Nodes from one downwards."""
    waiting, count = [node], 0
    while waiting:
        node = waiting.pop()
        count += 1
        if tree.children_left[node] >= 0:
            waiting += [tree.children_left[node], tree.children_right[node]]
    return count


def question(fitted: Fitted, node: int, letters: int) -> str:
    """What an inner node of a decision tree asks, with the unit where it fits; yes goes to its first child."""
    tree = fitted.estimator.tree_
    name, threshold = fitted.names[tree.feature[node]], float(tree.threshold[node])
    column = fitted.columns[tree.feature[node]]
    if name != column and name.startswith(f"{column}="):
        return f"{column} ≠ {name.removeprefix(f'{column}=')}"
    if name != column and name == f"{column} missing":
        return f"{column} is known"
    units = {one.name: one.unit for one in fitted.spec.columns}
    asked = f"{name} ≤ {threshold:.4g}"
    with_unit = f"{asked} {_raised(units[column] or '')}" if units.get(column) else asked
    return with_unit if len(with_unit) <= letters else asked
