"""From least squares' numbers to logits whose softmax is a probability, learned on the validation split.

Least squares aims at 0 and 1; what it returns is no probability, and no logit either. One slope for all classes and one
offset each make logits of it, chosen by the smallest cross-entropy on examples that the output weights have not seen.

Source: Platt 1999, Probabilistic outputs for support vector machines, section 2; a slope alone: Guo et al. 2017, On
calibration of modern neural networks, section 4.2, temperature scaling.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax


@keras.saving.register_keras_serializable("zoo")
class Calibration(keras.layers.Layer):
    """Linear numbers to float32 logits: (n, units) -> (n, classes).

    Of two classes there is one number, that of the second, and the logits are 0 and slope * (number - 1/2) + offset; of
    more there is one a class, and the logits are slope * number + offset of the class.

    Args:
        units: 1 for two classes, else the number of classes.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", trainable=False, **{key: kwargs[key] for key in kwargs if key == "name"})
        self.units = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make slope and offset: 1 and 0 until they are learned."""
        self.slope = self.add_weight(shape=(), initializer="ones", trainable=False, name="slope")
        self.offset = self.add_weight(shape=(self.units,), initializer="zeros", trainable=False, name="offset")
        self.built = True

    def call(self, numbers: Any) -> Any:
        """Logits of numbers: (n, units) -> (n, classes)."""
        if self.units > 1:
            return self.slope * numbers + self.offset
        logits = self.slope * (numbers - 0.5) + self.offset
        return ops.concatenate([ops.zeros_like(logits), logits], axis=1)

    def learn(self, numbers: np.ndarray, targets: np.ndarray, *, offsets: bool) -> None:
        """Choose slope and offset for numbers (n, units) and class numbers (n,).

        Args:
            numbers: What least squares says of examples that it has not learned from.
            targets: int (n,), their classes.
            offsets: Whether offsets are learned; without them the largest number stays the largest logit.
        """
        slope, offset = fit(numbers, targets, offsets=offsets)
        self.slope.assign(slope)
        self.offset.assign(offset)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """(n, units) -> (n, classes)."""
        return (input_shape[0], max(2, self.units))

    def get_config(self) -> dict[str, Any]:
        """The number of units; slope and offset are weights."""
        return {"name": self.name, "units": self.units}


def fit(numbers: np.ndarray, targets: np.ndarray, *, offsets: bool) -> tuple[float, np.ndarray]:
    """The slope, at least 0, and the offsets of the smallest cross-entropy with slightly smoothed targets.

    Of n examples each belongs to its class by (n + 1) / (n + 2), and to the others by the rest: classes that are parted
    perfectly would ask for an endless slope. Platt, who smooths the same way, takes n of each of his two classes; of
    many classes that would take away most of what is known.

    Args:
        numbers: float (n, units), as `Calibration` takes them.
        targets: int (n,).
        offsets: Whether offsets are learned too.

    Returns:
        Slope, and offsets (units,).
    """
    units = numbers.shape[1]
    scores = numbers.astype(np.float64)
    if units == 1:
        scores = np.concatenate([np.zeros_like(scores), scores - 0.5], axis=1)
    classes = scores.shape[1]
    doubt = 1.0 / (len(scores) + 2)
    wanted = np.where(np.eye(classes, dtype=bool)[targets], 1.0 - doubt, doubt / (classes - 1))
    # of two classes only the difference of the logits counts: the first offset stays 0
    free = slice(1, 2) if units == 1 else slice(0, classes)

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        offset = np.zeros(classes)
        offset[free] = point[1:] if offsets else 0.0
        logits = point[0] * scores + offset
        error = (softmax(logits, axis=1) - wanted) / len(scores)
        slopes = error.sum(axis=0)[free] if offsets else np.empty(0)
        value = -(wanted * log_softmax(logits, axis=1)).sum() / len(scores)
        return float(value), np.concatenate([[(error * scores).sum()], slopes])

    size = units if offsets else 0
    start = np.concatenate([[1.0], np.zeros(size)])
    bounds = [(0.0, None)] + [(None, None)] * size
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1000, "ftol": 1e-14})
    return float(found.x[0]), found.x[1:] if offsets else np.zeros(units)
