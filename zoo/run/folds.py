"""How rows are divided into folds, each held out once while the others are learned from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Self, cast

import numpy as np
from sklearn.model_selection import KFold, LeaveOneOut, StratifiedKFold, train_test_split

from registry import UserError
from registry.names import near
from zoo.data.series import divide, known_series
from zoo.data.spec import Data, Split
from zoo.recipe.names import canonical

Kind = Literal["k_fold", "stratified", "leave_one_out", "expanding"]
FORMS = "5, stratified:5, leave_one_out or expanding:5"


class InvalidFolds(UserError):
    """The rows cannot be divided so."""


@dataclass(frozen=True)
class Folding:
    """A way to divide rows.

    Args:
        kind: "k_fold" (drawn), "stratified" (drawn so that every fold has the shares of the classes), "leave_one_out"
            (one row a fold) or "expanding" (of a series: what is held out comes after all that is learned from).
        count: Number of folds; of leave-one-out 0, since it is that of the rows.
    """

    kind: Kind
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `--cv` takes.

        Raises:
            InvalidFolds: It is none of the forms, or fewer than two folds.

        Example:
            >>> Folding.parse("stratified:5")
            Folding(kind='stratified', count=5)
        """
        spelt, _, digits = text.strip().rpartition(":")
        if canonical("folds", text) == "leave_one_out":
            return cls("leave_one_out", 0)
        kind = canonical("folds", spelt or "k_fold")
        if kind in (None, "leave_one_out") or not digits.isdecimal() or not 2 <= int(digits[:9]) < 10**8:
            raise InvalidFolds(
                f"folds are written {FORMS}, two at least",
                received=text,
                near=near(text, ["stratified:5", "leave_one_out", "expanding:5"]),
                hint="--cv 5",
            )
        return cls(cast(Kind, kind), int(digits))

    def __str__(self) -> str:
        return "leave_one_out" if self.kind == "leave_one_out" else f"{self.kind}:{self.count}"

    def require_for(self, kind: str) -> None:
        """Refuse folds that would leak, or have no meaning, for a kind of data.

        Raises:
            InvalidFolds: Drawn folds of a series, or an expanding window of rows without an order.
        """
        if kind == "series" and self.kind != "expanding":
            raise InvalidFolds(
                "folds of a series must come after all that is learned from: drawn ones would tell the future",
                received=str(self),
                hint=f"--cv expanding:{self.count or 5}",
            )
        if kind != "series" and self.kind == "expanding":
            raise InvalidFolds(
                "an expanding window goes with series, whose values have an order",
                received=f"{kind} data",
                hint=f"--cv {self.count}",
            )

    def divide(self, targets: np.ndarray, *, classes: bool, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The rows learned from and the rows held out, fold by fold.

        Args:
            targets: (n, ...), of all rows.
            classes: Whether the targets are class numbers.
            seed: Of the draw.

        Raises:
            InvalidFolds: There are more folds than rows, or than rows of some class, or no classes to stratify by.
        """
        rows = np.arange(len(targets))
        if self.kind == "leave_one_out":
            if len(rows) < 2:
                raise InvalidFolds("one row must be left to learn from", received=f"{len(rows)} rows")
            return LeaveOneOut().split(rows)
        self._require_enough(targets, classes)
        if self.kind == "stratified":
            return StratifiedKFold(self.count, shuffle=True, random_state=seed).split(rows, targets)
        return KFold(self.count, shuffle=True, random_state=seed).split(rows)

    def _require_enough(self, targets: np.ndarray, classes: bool) -> None:
        if self.count > len(targets):
            raise InvalidFolds(
                "every fold must hold a row", received=f"{self.count} folds of {len(targets)} rows", hint="--cv 5"
            )
        if self.kind != "stratified":
            return
        if not classes:
            raise InvalidFolds("stratified folds go with classes", received="numbers", hint=f"--cv {self.count}")
        rarest = int(np.unique(targets, return_counts=True)[1].min())
        if rarest < self.count:
            raise InvalidFolds(
                "every stratified fold must hold a row of every class",
                received=f"{self.count} folds, and {rarest} rows of the rarest class",
                hint=f"--cv {self.count}",
            )


def pooled(data: Data) -> Split:
    """Training and validation rows together, in the order of the source; the test split is left alone."""
    if data.splitting == "exhaustive":  # each split is all there is
        return data.train
    features = np.concatenate([data.train.features, data.validation.features])
    targets = np.concatenate([data.train.targets, data.validation.targets])
    if data.train.rows is None or data.validation.rows is None:
        return Split(features, targets)
    rows = np.concatenate([data.train.rows, data.validation.rows])
    order = np.argsort(rows)
    return Split(features[order], targets[order], rows[order])


def fold_data(data: Data, pool: Split, learned: np.ndarray, held: np.ndarray, *, seed: int) -> Data:
    """The data of one fold for a model that chooses an epoch: a part of what it learns from is its validation split.

    What is held out stands as the test split, which is only measured. The part is as large, next to the rest, as the
    validation split is next to the training split.

    Raises:
        InvalidFolds: Too few rows are left to be divided.
    """
    size = max(1, round(len(learned) * len(data.validation) / (len(data.train) + len(data.validation))))
    targets = pool.targets[learned]
    if size >= len(learned):
        raise InvalidFolds("a fold must leave rows to learn from and to choose by", received=f"{len(learned)} rows")
    counts = np.unique(targets, return_counts=True)[1] if data.spec.classes is not None else np.zeros(1)
    even = data.splitting == "stratified" and counts.min() >= 2 and min(size, len(learned) - size) >= len(counts)
    train, validation = train_test_split(learned, test_size=size, random_state=seed, stratify=targets if even else None)
    parts = [Split(pool.features[rows], pool.targets[rows]) for rows in (np.sort(train), np.sort(validation), held)]
    return Data(data.spec, train=parts[0], validation=parts[1], test=parts[2], splitting=data.splitting)


def expanding_folds(data: Data, count: int) -> list[Data]:
    """Folds of the known part of a series: each is held out once, and what comes before it is learned from.

    What is held out is as many whole horizons as fit into one of `count + 1` equal parts, so that the closed loop goes
    as far as on the continuation. Between what a fold may see and what it holds out lies a gap of the lag. The
    validation split of a fold is the last part of what it may see, as large next to the rest as that of the data.

    Args:
        data: Of a series; its test split is not looked at.
        count: Number of folds.

    Returns:
        The data of each fold, the shortest first; what is held out stands as the test split.

    Raises:
        InvalidFolds: The known values are too few.
    """
    series = known_series(data)
    (lag,), horizon = data.spec.shape, data.spec.horizon or 1
    size = (len(series) - lag) // (count + 1) // horizon * horizon
    first = len(series) - count * size
    assert data.train.rows is not None
    assert data.validation.rows is not None
    gap = int(data.validation.rows[0] - data.train.rows[-1]) - 1
    share = len(data.validation) / len(series)
    if size == 0 or first - lag - round((first - lag) * share) - gap <= lag:
        raise InvalidFolds(
            "each of the folds, and what comes before the first, must hold a horizon and a window",
            received=f"{count} folds of {len(series)} known values, lag {lag}, horizon {horizon}",
            hint="fewer folds, or a smaller data.lag or data.horizon",
        )
    folds = []
    for begin in range(first, len(series), size):
        known = begin - lag
        test = range(begin, begin + size)
        validation = max(1, round(known * share))
        folds.append(divide(series, data.spec, known=known, validation=validation, gap=gap, test=test))
    return folds
