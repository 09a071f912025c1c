"""What a map of the data is worth, and how well distance from it tells anomalies.

A map's outputs for n examples are float32 (n, 4) or (n, 4 + classes):

    column 0: number of the best cell, the one whose codebook vector is nearest
    column 1: distance to it, in the units of the encoded features: the quantisation error of the example
    column 2: 1 if the second-best cell is not a neighbour of the best one, else 0
    column 3: distance to the mean of the training split, the map of one cell
    then, where the data have classes: shares of the classes among the training examples of the best cell

Source: Kohonen, Self-Organizing Maps, 3rd edition 2001, section 3.13 (quantisation error); Kiviluoto 1996, Topology
preservation in self-organizing maps (topographic error).
"""

from __future__ import annotations

import numpy as np

from zoo.data.spec import Data, DataSpec
from zoo.run.scores import baseline_outputs, classification_score

CELL, DISTANCE, FAULT, ONE_CELL, SHARES = 0, 1, 2, 3, 4
LABEL_METRICS = ("accuracy", "balanced_accuracy", "macro_f1")
FIRST = 100  # of the most anomalous examples


def mapping_score(data_spec: DataSpec, outputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """The metrics of a map.

    Returns:
        quantization_error (mean distance), topographic_error (share of faults); where the data have classes purity
        (share of the commonest class of the split in each cell, over all cells) and accuracy, balanced_accuracy and
        macro_f1 of the label that most training examples of the cell have.
    """
    from sklearn import metrics  # at use: 0.1 s that loading a model need not pay

    scores = _of_the_map(outputs)
    if data_spec.classes is None:
        return scores
    counts = metrics.cluster.contingency_matrix(targets, outputs[:, CELL].astype(np.int64))
    labels = classification_score(data_spec, outputs[:, SHARES:], targets)
    return scores | {"purity": float(counts.max(axis=0).sum() / len(targets))} | {k: labels[k] for k in LABEL_METRICS}


def mapping_baseline(data: Data, split: str, outputs: np.ndarray) -> dict[str, float]:
    """The same of a map of one cell, the mean of the training split; it has no neighbours to be wrong about."""
    chosen = data.splits[split]
    scores = {"quantization_error": float(outputs[:, ONE_CELL].mean(dtype=np.float64))}
    if data.spec.classes is None:
        return scores
    shares = baseline_outputs(data.spec, data.train, len(chosen))
    labels = classification_score(data.spec, shares, chosen.targets)
    return scores | {"purity": labels["accuracy"]} | {key: labels[key] for key in LABEL_METRICS}


def anomaly_score(data_spec: DataSpec, outputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """How well the distance to the best cell ranks the anomalies, the second class, before all others.

    Returns:
        average_precision, auc (both absent where the split has one class only), precision_at_100 (share of anomalies
        among the 100 examples farthest from the map, or among all if there are fewer), and the map's own errors.
    """
    return _ranking(outputs[:, DISTANCE], targets) | _of_the_map(outputs)


def anomaly_baseline(data: Data, split: str, outputs: np.ndarray) -> dict[str, float]:
    """The same of a ranking by chance: the share of anomalies, and 0.5."""
    share = float(np.mean(data.splits[split].targets == 1))
    return {
        "average_precision": share,
        "auc": 0.5,
        "precision_at_100": share,
        "quantization_error": float(outputs[:, ONE_CELL].mean(dtype=np.float64)),
    }


def _of_the_map(outputs: np.ndarray) -> dict[str, float]:
    return {
        "quantization_error": float(outputs[:, DISTANCE].mean(dtype=np.float64)),
        "topographic_error": float(outputs[:, FAULT].mean(dtype=np.float64)),
    }


def _ranking(distances: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    # a stable sort: examples at the same distance keep the order of the split
    from sklearn import metrics  # at use: 0.1 s that loading a model need not pay

    first = np.argsort(-distances, kind="stable")[:FIRST]
    scores = {"precision_at_100": float(np.mean(targets[first] == 1))}
    if len(np.unique(targets)) == 2:
        scores["average_precision"] = float(metrics.average_precision_score(targets, distances))
        scores["auc"] = float(metrics.roc_auc_score(targets, distances))
    return scores
