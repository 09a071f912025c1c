"""Ridge least squares in one pass: sums over batches, then one system of equations as large as the hidden layer.

For hidden units G (n, K), targets Y (n, m) and example weights D of mean 1, the output weights W solve

    (G'DG / n + ridge I) W = G'DY / n

and only G'DG, G'DY and Y'DY are kept of the examples: the memory does not depend on n. All sums are float64.

Source: Hoerl and Kennard 1970, Technometrics 12; as the output layer of these networks: Broomhead and Lowe 1988.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from scipy import linalg

from zoo.families.rbf.errors import SingularSystem

Hidden = Callable[[tf.Tensor], tf.Tensor]
Batch = tuple[tf.Tensor, ...]


@dataclass(frozen=True, eq=False)
class NormalEquations:
    """What least squares needs of the examples.

    Attributes:
        gram: G'DG, float64 (K, K).
        moments: G'DY, float64 (K, m).
        energy: Sum of the weighted squared targets, Y'DY, float64 (m,).
        total: Sum of the example weights.
    """

    gram: np.ndarray
    moments: np.ndarray
    energy: np.ndarray
    total: float

    def solve(self, *, ridge: float, constants: int = 0) -> np.ndarray:
        """The output weights (K, m).

        Args:
            ridge: Weight of the squared output weights beside the mean squared error; with 0, and fewer independent
                units than K, the smallest of the solutions.
            constants: How many of the last units the ridge leaves out.

        Raises:
            SingularSystem: The hidden units are not finite.
        """
        gram, moments = self.gram / self.total, self.moments / self.total
        if not np.isfinite(gram).all():
            raise SingularSystem(
                "hidden units must be finite numbers",
                received=f"{np.count_nonzero(~np.isfinite(gram))} sums that are not",
                hint="hyperparameters.width_factor, larger",
            )
        penalty = np.full(len(gram), ridge)
        penalty[len(gram) - constants :] = 0.0
        gram = gram + np.diag(penalty)
        if ridge > 0.0:
            try:
                return np.asarray(linalg.cho_solve(linalg.cho_factor(gram), moments))
            except linalg.LinAlgError:
                pass  # positive definite, but not in 16 digits: what cannot be told from 0 is left out below
        values, vectors = linalg.eigh(gram)
        kept = values > len(gram) * np.finfo(np.float64).eps * values[-1]
        return np.asarray(vectors[:, kept] @ ((vectors[:, kept].T @ moments) / values[kept, None]))

    def mean_squared_error(self, weights: np.ndarray) -> float:
        """Weighted mean squared error of output weights (K, m) on the examples, over all outputs."""
        explained = 2.0 * (weights * self.moments).sum(axis=0) - (weights * (self.gram @ weights)).sum(axis=0)
        return float(np.maximum(self.energy - explained, 0.0).mean() / self.total)


class Accumulator:
    """Sums up batches in one compiled pass; compiled once for all passes over like batches.

    Args:
        hidden: From a batch of raw examples to hidden units (n, units), of any float dtype.
        units: Number of hidden units.
        targets: Number of targets.
        bias: Whether a unit that is always 1 comes last.
    """

    def __init__(self, hidden: Hidden, *, units: int, targets: int, bias: bool) -> None:
        self.hidden, self.units, self.targets, self.bias = hidden, units + bias, targets, bias
        # one compiled call a batch: a reduction inside the graph would set its function up anew at every pass
        self._compiled = tf.function(self._add)

    def __call__(self, batches: Iterable[Batch]) -> NormalEquations:
        """Pass over the batches once.

        Args:
            batches: (raw examples (n, ...), targets float64 (n, targets), weights float64 (n,)) of any number, from a
                tf.data.Dataset or from `in_order`.
        """
        sums: tuple[tf.Tensor, ...] = (
            tf.zeros((self.units, self.units), tf.float64),
            tf.zeros((self.units, self.targets), tf.float64),
            tf.zeros((self.targets,), tf.float64),
            tf.zeros((), tf.float64),
        )
        add = None
        for batch in batches:
            if add is None:
                any_size = tuple(tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in batch)
                add = self._compiled.get_concrete_function(sums, any_size)
            sums = add(sums, batch)
        gram, moments, energy, total = sums
        return NormalEquations(gram.numpy(), moments.numpy(), energy.numpy(), float(total))

    def _add(self, sums: tuple[tf.Tensor, ...], batch: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, ...]:
        features, targets, weights = batch
        units = tf.cast(self.hidden(features), tf.float64)
        if self.bias:
            units = tf.concat([units, tf.ones((tf.shape(units)[0], 1), tf.float64)], axis=1)
        weighted = units * weights[:, None]
        gram, moments, energy, total = sums
        return (
            gram + tf.matmul(weighted, units, transpose_a=True),
            moments + tf.matmul(weighted, targets, transpose_a=True),
            energy + tf.linalg.matvec(tf.square(targets), weights, transpose_a=True),
            total + tf.reduce_sum(weights),
        )


def in_order(features: np.ndarray, targets: np.ndarray, weights: np.ndarray, *, batch_size: int) -> Iterator[Batch]:
    """Batches of examples as they stand, each once, for `Accumulator`: slices of arrays, of which nothing is kept.

    A tf.data pipeline would cost more than the sums do: about 5 ms a pass, against 2 ms for 30,000 examples of 8 units.

    Args:
        features: (n, ...) raw examples.
        targets: float64 (n, targets).
        weights: float64 (n,), of mean 1.
        batch_size: Examples a batch; the last may be smaller.
    """
    for start in range(0, len(features), batch_size):
        parts = (array[start : start + batch_size] for array in (features, targets, weights))
        yield tuple(tf.convert_to_tensor(part) for part in parts)
