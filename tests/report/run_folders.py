"""Real run folders in the documented format: real data, a real small classifier's outputs, no TensorFlow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes, load_digits, make_moons
from sklearn.linear_model import LinearRegression, SGDClassifier
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error
from sklearn.svm import SVC

PROMISE = {
    "command": "zoo reproduce mlp/digits",
    "metric": "accuracy",
    "mean": 0.95,
    "spread": 0.004,
    "tolerance": 0.02,
    "seeds": [0, 1, 2],
    "baseline": 0.1,
}

RECIPE = """summary = "A dense network on 8x8 digits"
family = "mlp"
dataset = "digits"
task = "{task}"

[promise]
metric = "{metric}"
mean = {mean}

[training]
learning_rate = 0.01  # "source": https://example.org/paper
"""


def facts(name: str, task: str, **changes: Any) -> dict[str, Any]:
    """A run.json as the runner writes it, without what was measured."""
    table = {
        "format": 1,
        "name": name,
        "id": "20260101-120000-abcdef",
        "kind": "run",
        "status": "finished",
        "argv": ["/usr/local/bin/zoo", "train", name, "training.note=two words"],
        "started": "2026-01-01T12:00:00+00:00",
        "ended": "2026-01-01T12:00:09+00:00",
        "seconds": 9.26,
        "seed": 0,
        "versions": {"keras": "3.15.1", "tensorflow": "2.21.0"},
        "git": {"commit": "0123abc", "dirty": False},
        "host": "somewhere",
        "devices": {"strategy": "one", "replicas": 1, "devices": ["CPU:0"], "global_batch": 32},
        "determinism": {"level": "seeded", "intra_op_threads": 2, "inter_op_threads": 2, "onednn": True},
        "data": {"name": name.split("/")[1], "spec": {"task": task}},
        "parameters": {"trainable": 9098, "non_trainable": 129},
        "weights": {"file": "model.weights.h5", "sha256": "ab" * 32, "bytes": 60_000},
        "primary": "accuracy",
        "promise": PROMISE,
        "error": None,
    }
    return table | changes


def write(folder: Path, table: dict[str, Any], rows: list[dict[str, Any]], arrays: dict[str, np.ndarray]) -> Path:
    """Write the files of a run folder."""
    folder.mkdir(parents=True, exist_ok=True)
    task = table["data"]["spec"]["task"]
    promise = table["promise"] or PROMISE
    recipe = RECIPE.format(task=task, metric=promise["metric"], mean=promise["mean"])
    (folder / "recipe.toml").write_text(recipe, encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(table), encoding="utf-8")
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    if arrays:
        np.savez(folder / "predictions.npz", **arrays)
    return folder


def digits(folder: Path, seed: int = 0, **changes: Any) -> Path:
    """A classifier on pictures: linear, trained epoch by epoch on real digits."""
    pictures, targets = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(targets))
    parts = dict(zip(("train", "validation", "test"), np.split(order, [1077, 1437]), strict=True))
    flat = pictures / 16.0
    model = SGDClassifier(loss="log_loss", random_state=seed, learning_rate="constant", eta0=0.05)
    rows = []
    for epoch in range(1, 16):
        model.partial_fit(flat[parts["train"]], targets[parts["train"]], classes=np.arange(10))
        row = {"epoch": epoch, "step": 34 * epoch, "learning_rate": 0.05 * 0.8**epoch}
        for split, prefix in (("train", ""), ("validation", "validation_")):
            row |= {f"{prefix}{key}": value for key, value in _scores(model, flat, targets, parts[split]).items()}
        rows.append(row)
    arrays = {
        **{f"{split}_outputs": model.predict_proba(flat[part]).astype(np.float32) for split, part in parts.items()},
        **{f"{split}_targets": targets[part].astype(np.int32) for split, part in parts.items()},
        "test_features": pictures[parts["test"]].reshape(-1, 8, 8, 1).astype(np.uint8),
    }
    spec = {
        "kind": "picture",
        "shape": [8, 8, 1],
        "dtype": "uint8",
        "task": "classification",
        "value_range": [0, 16],
        "classes": [str(digit) for digit in range(10)],
    }
    measured = {split: _scores(model, flat, targets, part) for split, part in parts.items()}
    table = facts(
        "mlp/digits",
        "classification",
        seed=seed,
        data=_data("digits", spec, parts),
        metrics=measured,
        baseline={"name": "majority", "test": {"accuracy": 0.1028}},
        best_epoch=int(np.argmin([row["validation_loss"] for row in rows])) + 1,
        epochs=15,
        steps=510,
    )
    return write(folder, table | changes, rows, arrays)


def moons(folder: Path, **changes: Any) -> Path:
    """A classifier on the plane: a support vector machine on noisy moons; no epochs."""
    features, targets = make_moons(300, noise=0.28, random_state=1)
    features = features.astype(np.float32)
    parts = {"train": np.arange(180), "validation": np.arange(180, 210), "test": np.arange(210, 300)}
    model = SVC(C=10.0).fit(features[:180], targets[:180])
    x, y = (np.linspace(features[:, k].min() - 0.4, features[:, k].max() + 0.4, 200) for k in (0, 1))
    plane = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    outputs = _probabilities(model, features)
    arrays = {
        **{f"{split}_outputs": outputs[part] for split, part in parts.items()},
        **{f"{split}_targets": targets[part].astype(np.int32) for split, part in parts.items()},
        "test_features": features[parts["test"]],
        "train_features": features[parts["train"]],
        "grid_x": x,
        "grid_y": y,
        "grid_outputs": _probabilities(model, plane).reshape(200, 200, 2),
    }
    spec = {
        "kind": "vector",
        "shape": [2],
        "dtype": "float32",
        "task": "classification",
        "classes": ["upper moon", "lower moon"],
        "feature_names": ["x1", "x2"],
    }
    accuracy = {split: {"accuracy": model.score(features[part], targets[part])} for split, part in parts.items()}
    baseline = {"name": "majority", "test": {"accuracy": 0.5}}
    table = facts("mlp/moons", "classification", data=_data("moons", spec, parts), metrics=accuracy, baseline=baseline)
    return write(folder, table | changes, [], arrays)


def diabetes(folder: Path, **changes: Any) -> Path:
    """A regressor: least squares on two measurements of real patients."""
    features, targets = load_diabetes(return_X_y=True)
    features = features[:, [2, 8]].astype(np.float32)
    parts = {"train": np.arange(300), "validation": np.arange(300, 340), "test": np.arange(340, 442)}
    model = LinearRegression().fit(features[:300], targets[:300])
    x, y = (np.linspace(features[:, k].min(), features[:, k].max(), 200) for k in (0, 1))
    plane = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    arrays = {
        **{
            f"{split}_outputs": model.predict(features[part])[:, None].astype(np.float32)
            for split, part in parts.items()
        },
        **{f"{split}_targets": targets[part][:, None].astype(np.float32) for split, part in parts.items()},
        "test_features": features[parts["test"]],
        "train_features": features[parts["train"]],
        "grid_x": x,
        "grid_y": y,
        "grid_outputs": model.predict(plane).reshape(200, 200, 1).astype(np.float32),
    }
    errors = {
        split: {"mse": float(mean_squared_error(targets[part], model.predict(features[part])))}
        for split, part in parts.items()
    }
    spec = {
        "kind": "vector",
        "shape": [2],
        "dtype": "float32",
        "task": "regression",
        "feature_names": ["body mass index", "triglycerides"],
        "target_name": "progression",
        "unit": "points",
    }
    variance = float(np.mean((targets[340:] - targets[:300].mean()) ** 2))
    promise = {"metric": "mse", "mean": 3600.0, "tolerance": 300.0, "seeds": [0]}
    table = facts(
        "mlp/diabetes",
        "regression",
        data=_data("diabetes", spec, parts),
        metrics=errors,
        baseline={"name": "mean", "test": {"mse": variance}},
        primary="mse",
        promise=promise,
    )
    return write(folder, table | changes, [], arrays)


def failed(folder: Path, **changes: Any) -> Path:
    """A run that NaN stopped in its third epoch."""
    rows = [
        {"epoch": epoch, "step": 34 * epoch, "learning_rate": 10.0, "loss": 2.0 * epoch, "accuracy": 0.1,
         "validation_loss": 2.5 * epoch, "validation_accuracy": 0.11}
        for epoch in (1, 2)
    ]  # fmt: skip
    error = {"type": "NotFinite", "message": "the loss is NaN", "step": 75, "learning_rate": 10.0,
             "hint": "a smaller learning rate"}  # fmt: skip
    table = facts("mlp/digits", "classification", status="failed", error=error, steps=75, ended=None)
    return write(folder, table | changes, rows, {})


def reproduction(folder: Path, seeds: tuple[int, ...] = (0, 1, 2), **changes: Any) -> Path:
    """A multi-seed folder over digits."""
    values = []
    for seed in seeds:
        digits(folder / f"seed-{seed}", seed)
        values.append(json.loads((folder / f"seed-{seed}" / "run.json").read_text())["metrics"]["test"]["accuracy"])
    table = {
        "format": 1,
        "name": "mlp/digits",
        "id": "20260101-120000-fedcba",
        "kind": "reproduce",
        "status": "finished",
        "argv": ["zoo", "reproduce", "mlp/digits"],
        "started": "2026-01-01T12:00:00+00:00",
        "ended": "2026-01-01T12:00:30+00:00",
        "seconds": 30.4,
        "seeds": list(seeds),
        "runs": [f"seed-{seed}" for seed in seeds],
        "primary": "accuracy",
        "mean": float(np.mean(values)),
        "spread": float(np.std(values, ddof=1)) if len(values) > 1 else None,
        "values": values,
        "baseline": 0.1028,
        "promise": PROMISE,
        "kept": True,
        "versions": {"keras": "3.15.1"},
        "host": "somewhere",
    }
    (folder / "run.json").write_text(json.dumps(table | changes), encoding="utf-8")
    return folder


def change(folder: Path, **changes: Any) -> Path:
    """Change keys of a folder's run.json; None as a value stays in it."""
    path = folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes), encoding="utf-8")
    return folder


def _data(name: str, spec: dict[str, Any], parts: dict[str, np.ndarray]) -> dict[str, Any]:
    sizes = {split: len(part) for split, part in parts.items()}
    return {"name": name, "spec": spec, "sizes": sizes, "hashes": {split: split[0] * 64 for split in parts}}


def _scores(model: SGDClassifier, features: np.ndarray, targets: np.ndarray, part: np.ndarray) -> dict[str, float]:
    outputs = model.predict_proba(features[part])
    return {
        "accuracy": float(accuracy_score(targets[part], outputs.argmax(axis=1))),
        "loss": float(log_loss(targets[part], outputs, labels=np.arange(10))),
    }


def _probabilities(model: SVC, features: np.ndarray) -> np.ndarray:
    upper = 1 / (1 + np.exp(-2 * model.decision_function(features)))
    return np.stack([1 - upper, upper], axis=1).astype(np.float32)
