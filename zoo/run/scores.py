"""What a network's outputs are worth, beside the trivial baseline on the same split (all metrics by scikit-learn)."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from scipy.special import softmax
from sklearn import metrics

from registry.names import near
from zoo.data.spec import Data, DataSpec, Split
from zoo.recipe import RecipeError

PRIMARY = {"classification": "accuracy", "regression": "mse"}
BASELINE = {"classification": "majority", "regression": "mean"}


def outputs_of(
    network: keras.Model, data_spec: DataSpec, features: np.ndarray, *, batch_size: int = 1024
) -> np.ndarray:
    """What the network says of raw examples.

    Args:
        network: From raw examples to logits or numbers.
        data_spec: Which of the two.
        features: (n, *shape) raw examples.

    Returns:
        float32: class probabilities (n, classes) for classification, numbers (n, targets) for regression.
    """
    raw = network.predict(features, batch_size=batch_size, verbose=0)
    return softmax(raw, axis=-1).astype(np.float32) if data_spec.classes is not None else raw.astype(np.float32)


def score(data_spec: DataSpec, outputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """The metrics of the task.

    Args:
        data_spec: The task, its classes.
        outputs: As `outputs_of` returns them.
        targets: int class numbers (n,) or numbers (n, ...).

    Returns:
        accuracy, balanced_accuracy, macro_f1, log_loss (for two classes auc and average_precision too);
        for regression mse, rmse, mae, r2.
    """
    if data_spec.classes is not None:
        return _classification(outputs, targets, len(data_spec.classes))
    flat = targets.reshape(len(targets), -1)
    mse = float(metrics.mean_squared_error(flat, outputs))
    scores = {"mse": mse, "rmse": mse**0.5, "mae": float(metrics.mean_absolute_error(flat, outputs))}
    if len(targets) > 1:
        scores["r2"] = float(metrics.r2_score(flat, outputs))
    return scores


def _classification(outputs: np.ndarray, targets: np.ndarray, classes: int) -> dict[str, float]:
    labels = np.arange(classes)
    predicted = outputs.argmax(axis=1)
    present = np.unique(targets)
    # rows of float32 probabilities add up to 1 within 1e-6 only
    exact = outputs.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    scores = {
        "accuracy": float(metrics.accuracy_score(targets, predicted)),
        # mean recall over the classes that occur
        "balanced_accuracy": float(
            metrics.recall_score(targets, predicted, labels=present, average="macro", zero_division=0)
        ),
        "macro_f1": float(metrics.f1_score(targets, predicted, labels=labels, average="macro", zero_division=0)),
        "log_loss": float(metrics.log_loss(targets, exact, labels=labels)),
    }
    if classes == 2 and len(present) == 2:
        scores["auc"] = float(metrics.roc_auc_score(targets, exact[:, 1]))
        scores["average_precision"] = float(metrics.average_precision_score(targets, exact[:, 1]))
    return scores


def baseline_outputs(data_spec: DataSpec, train: Split, count: int) -> np.ndarray:
    """What the trivial model says: the class shares, or the mean, of the training split for every example."""
    if data_spec.classes is not None:
        shares = np.bincount(train.targets, minlength=len(data_spec.classes)) / len(train)
        return np.tile(shares.astype(np.float32), (count, 1))
    mean = train.targets.reshape(len(train), -1).mean(axis=0)
    return np.tile(mean.astype(np.float32), (count, 1))


def baseline_scores(data: Data) -> dict[str, Any]:
    """Name of the trivial baseline and its metrics on every split."""
    scores: dict[str, Any] = {"name": BASELINE[data.spec.task]}
    for name, split in data.splits.items():
        scores[name] = score(data.spec, baseline_outputs(data.spec, data.train, len(split)), split.targets)
    return scores


def predictions(network: keras.Model, data: Data) -> dict[str, np.ndarray]:
    """Outputs and targets of every split, and what the figures need of the features: the content of predictions.npz."""
    arrays: dict[str, np.ndarray] = {"test_features": data.test.features}
    for name, split in data.splits.items():
        arrays[f"{name}_outputs"] = outputs_of(network, data.spec, split.features)
        arrays[f"{name}_targets"] = split.targets
    if data.spec.kind == "vector" and data.spec.shape == (2,):
        arrays["train_features"] = data.train.features
        arrays |= _plane(network, data)
    return arrays


def _plane(network: keras.Model, data: Data, points: int = 200) -> dict[str, np.ndarray]:
    """Outputs over the plane that the examples lie in, with a margin of a tenth on each side."""
    features = np.concatenate([data.train.features, data.test.features])
    low, high = features.min(axis=0), features.max(axis=0)
    margin = 0.1 * (high - low)
    axes = [np.linspace(low[i] - margin[i], high[i] + margin[i], points, dtype=np.float32) for i in (0, 1)]
    first, second = np.meshgrid(*axes)
    outputs = outputs_of(network, data.spec, np.stack([first.ravel(), second.ravel()], axis=1), batch_size=8192)
    return {"grid_x": axes[0], "grid_y": axes[1], "grid_outputs": outputs.reshape(points, points, -1)}


def class_weights(data: Data, wanted: str | dict[str, float] | None) -> dict[int, float] | None:
    """Weights by class number for `fit`: `balanced` gives each class the same total weight.

    Args:
        data: The classes, and how often each occurs in the training split.
        wanted: "balanced", or a weight by class name; classes that are not named weigh 1.

    Raises:
        RecipeError: A class name is unknown, a weight negative, or the task has no classes.
    """
    if wanted is None:
        return None
    if data.spec.classes is None:
        raise RecipeError("training.class_weight is for tasks with classes", received=data.spec.task)
    if isinstance(wanted, str):
        counts = np.bincount(data.train.targets, minlength=len(data.spec.classes))
        return {number: len(data.train) / (len(counts) * max(1, int(count))) for number, count in enumerate(counts)}
    weights = dict.fromkeys(range(len(data.spec.classes)), 1.0)
    for name, weight in wanted.items():
        if name not in data.spec.classes:
            raise RecipeError(
                "training.class_weight names classes of the data set",
                received=name,
                near=near(name, list(data.spec.classes)),
                hint=f"one of: {', '.join(data.spec.classes)}",
            )
        if weight < 0.0:
            raise RecipeError(f"training.class_weight.{name} must not be negative", received=weight)
        weights[data.spec.classes.index(name)] = float(weight)
    return weights
