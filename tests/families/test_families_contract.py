"""What holds of a family under all kinds of settings and data; `tests/check` has what holds of every family."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from registry import Registry
from zoo.data.catalogue import load as load_data
from zoo.data.spec import Data, DataSpec
from zoo.recipe import Training
from zoo.run.compile import compile_model, make_loss
from zoo.run.seeds import start_from
from zoo.weights.files import load_weights, save_weights

TEN = tuple("0123456789")
SPECS = {
    "grey pictures": DataSpec("picture", (8, 8, 1), "uint8", "classification", (0, 16), TEN),
    "colour pictures": DataSpec("picture", (12, 9, 3), "float32", "classification", (-1.0, 1.0), ("no", "yes")),
    "pictures to a number": DataSpec("picture", (8, 8, 1), "uint8", "regression", (0, 255)),
    "vectors": DataSpec("vector", (5,), "float32", "classification", classes=("a", "b", "c")),
    "whole numbers": DataSpec("vector", (3,), "int64", "classification", classes=("a", "b")),
    "vectors to a number": DataSpec("vector", (5,), "float64", "regression"),
    "vectors to two numbers": DataSpec("vector", (5,), "float32", "regression", target_shape=(2,)),
}
PICTURES = [name for name, spec in SPECS.items() if spec.kind == "picture"]
# a new family says here what it takes and which of its settings change the network
TAKES = {"mlp": list(SPECS), "cnn": PICTURES, "rbf": list(SPECS)}
VARIED: dict[str, list[dict[str, Any]]] = {
    "mlp": [
        {},
        {"units": []},
        {"units": [7, 6, 5], "activation": "tanh", "batch_norm": True, "dropout": 0.0},
        {"l1": 0.01, "l2": 0.01, "input_noise": 0.1, "standardize": False, "initializer": "orthogonal"},
    ],
    "cnn": [
        {},
        {"filters": [4], "kernel_sizes": [5], "padding": "valid", "batch_norm": True, "dropout": 0.0},
        {"filters": [4, 5], "kernel_sizes": [3, 1], "convolutions": 2, "pooling": "average", "head": "global_average"},
        {"filters": [4, 5, 6, 7], "pooling": "none", "dense_units": [9], "l2": 0.01, "block_dropout": 0.2},
        {"filters": [4, 4], "residual": True, "convolutions": 2, "pool_sizes": [2, 1], "batch_norm": True},
    ],
    "rbf": [
        {},
        {"centres": 5, "kernel": "thin_plate", "width": "d_max", "bias": False, "standardize": False},
        {"centres": 5, "output": "gradient", "kernel": "multiquadric", "train_widths": True, "ridge": 0.0},
        {"centres": 5, "output": "gradient", "width": "nearest", "train_centres": True, "train_scales": True},
    ],
}
CASES = [
    pytest.param(family, kind, varied, id=f"{family}-{kind}-{index}")
    for family in TAKES
    for kind in TAKES[family]
    for index, varied in enumerate(VARIED[family])
]


@pytest.fixture(scope="module")
def digits(registry: Registry) -> Data:
    return load_data(registry, "digits", {})


def build(registry: Registry, family: str, spec: DataSpec, **hyperparameters: Any) -> keras.Model:
    entry = registry.family(family)
    model: keras.Model = entry.builder.load()(entry.hyperparameters.load()(**hyperparameters), spec)
    return model


def examples(spec: DataSpec, count: int = 6) -> np.ndarray:
    low, high = spec.value_range or (0, 9)
    return np.random.default_rng(0).uniform(low, high, (count, *spec.shape)).astype(spec.dtype)


@pytest.mark.parametrize(("family", "kind", "varied"), CASES)
def test_outputs_are_float32_of_the_shape_that_the_data_ask_for(
    registry: Registry, family: str, kind: str, varied: dict[str, Any]
) -> None:
    spec = SPECS[kind]
    model = build(registry, family, spec, **varied)
    outputs = model(examples(spec))
    assert outputs.shape == (6, spec.num_classes or max(1, sum(spec.target_shape)))
    assert outputs.dtype == "float32"
    assert np.isfinite(outputs).all()


@pytest.mark.parametrize(("family", "kind", "varied"), [case for case in CASES if "colour" in str(case.id)])
def test_a_float16_policy_leaves_the_outputs_float32(
    registry: Registry, family: str, kind: str, varied: dict[str, Any]
) -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        outputs = build(registry, family, SPECS[kind], **varied)(examples(SPECS[kind]))
    finally:
        keras.config.set_dtype_policy("float32")
    assert outputs.dtype == "float32"


@pytest.mark.parametrize(("family", "kind", "varied"), [case for case in CASES if "-grey pictures-" in str(case.id)])
def test_gradients_reach_every_trainable_variable(
    registry: Registry, digits: Data, family: str, kind: str, varied: dict[str, Any]
) -> None:
    start_from(0)
    model = build(registry, family, digits.spec, **varied)
    with tf.GradientTape() as tape:
        outputs = model(digits.train.features[:64], training=True)
        loss = make_loss(Training(), digits.spec)(digits.train.targets[:64], outputs)
    gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    reached = {
        variable.path: gradient is not None and bool(np.any(gradient))
        for variable, gradient in zip(model.trainable_variables, gradients, strict=True)
    }
    assert reached
    assert all(reached.values()), reached


@pytest.mark.parametrize("family", ["mlp", "cnn"])
def test_numbers_are_learned_by_the_loss_of_regression(registry: Registry, digits: Data, family: str) -> None:
    start_from(0)
    spec = SPECS["pictures to a number"]
    model = build(registry, family, spec, dropout=0.0)
    compile_model(model, Training(), spec, steps_per_epoch=8, steps_per_execution=8, jit=False)
    # how bright a picture is, between 0 and 1: a target (n,) beside outputs (n, 1)
    rows = digits.train.features[:256] * 15
    targets = rows.mean(axis=(1, 2, 3)) / 255
    model.fit(rows, targets, batch_size=32, epochs=8, verbose=0)
    assert model.evaluate(rows, targets, batch_size=256, verbose=0)[0] < 0.02
    assert model.predict(rows[:3], verbose=0).shape == (3, 1)


@pytest.mark.parametrize(("family", "kind", "varied"), [case for case in CASES if "-grey pictures-" in str(case.id)])
def test_saved_and_loaded_weights_give_equal_outputs(
    registry: Registry, digits: Data, tmp_path: Path, family: str, kind: str, varied: dict[str, Any]
) -> None:
    model = build(registry, family, digits.spec, **varied)
    rng = np.random.default_rng(0)  # batch normalisation too must have something to carry
    model.set_weights([rng.uniform(0.1, 1.0, weight.shape) for weight in model.get_weights()])
    path = tmp_path / "model.weights.h5"
    save_weights(model, path)
    other = build(registry, family, digits.spec, **varied)
    load_weights(other, path.read_bytes(), where=str(path))
    assert np.array_equal(model(digits.test.features[:16]), other(digits.test.features[:16]))
