"""Every name really builds what it says and learns a step of it, on a few rows; what does not suit says why."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from registry import build
from zoo.data.spec import Data, DataSpec, Split
from zoo.layers.initializers import initializer
from zoo.recipe import RecipeError, Training, bind, parse_overrides, read_recipe
from zoo.recipe.choices import METRICS
from zoo.recipe.names import choices, known
from zoo.run.compile import OPTIMIZERS, SCHEDULES, compile_model, make_optimizer
from zoo.run.folds import Folding
from zoo.run.losses import LOSSES, OF_TWO_CLASSES, make_loss, require_targets
from zoo.run.measures import make_metrics, measurable
from zoo.run.preparation import prepare
from zoo.run.scores import classification_score, regression_score
from zoo.run.tasks import TASKS

TWO = DataSpec("vector", (4,), "float32", "classification", classes=("a", "b"))
THREE = DataSpec("vector", (4,), "float32", "classification", classes=("a", "b", "c"))
ONE_NUMBER = DataSpec("vector", (4,), "float32", "regression")
NUMBERS = DataSpec("vector", (4,), "float32", "regression", target_shape=(2,))
SERIES = DataSpec("series", (4,), "float64", "forecasting", horizon=2)
RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(24, 4)).astype(np.float32)
REGISTRY = build(with_plugins=False)


def targets_of(spec: DataSpec) -> np.ndarray:
    if spec.classes is not None:
        return RNG.integers(0, len(spec.classes), len(ROWS))
    return RNG.poisson(2.0, (len(ROWS), *spec.target_shape)).astype(np.float32)


def learned(spec: DataSpec, words: list[str], *, family: str = "mlp") -> keras.Model:
    """A tiny network of a recipe with changes, compiled as a run compiles it, after two steps."""
    sizes = {"mlp": ["units=[4]"], "cnn": ["filters=[2]"]}[family]
    bound = bind(REGISTRY, read_recipe(REGISTRY, family, parse_overrides([*sizes, *words])))
    model = bound.family.builder.load()(bound.hyperparameters, spec)
    settings: dict[str, Any] = {"steps_per_epoch": 2, "steps_per_execution": 1, "jit": False}
    compile_model(model, bound.recipe.training, spec, **settings)
    model.run_eagerly = True  # two steps are not worth a graph
    before = [weight.numpy().copy() for weight in model.trainable_weights]
    rows = ROWS if family == "mlp" else RNG.normal(size=(8, 6, 6, 1)).astype(np.float32)
    for _ in range(2):
        loss = float(model.train_on_batch(rows, targets_of(spec)[: len(rows)], return_dict=True)["loss"])
        assert np.isfinite(loss)
    assert any(not np.array_equal(old, new.numpy()) for old, new in zip(before, model.trainable_weights, strict=True))
    return model


@pytest.mark.parametrize("name", known("activations"))
def test_a_network_learns_with_every_activation(name: str) -> None:
    model = learned(THREE, [f"activation={name}", "dropout=0.0", "optimizer=sgd"])
    hidden = model.layers[-2]
    if name == "prelu":
        assert isinstance(hidden, keras.layers.PReLU)
    else:
        assert hidden.activation is keras.activations.get(name)


def test_convolutions_learn_with_slopes_noise_and_penalties_by_name() -> None:
    pictures = DataSpec("picture", (6, 6, 1), "float32", "classification", value_range=(0.0, 1.0), classes=("a", "b"))
    words = ["activation=prelu", "initializer=sparse", "regularizer=elastic_net", "l1=0.5", "gaussian_noise=0.1"]
    model = learned(pictures, words, family="cnn")
    kinds = {type(layer).__name__ for layer in model.layers}
    assert {"ChannelPReLU", "GaussianNoise"} <= kinds
    (penalty,) = [layer.kernel_regularizer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert (float(penalty.l1), float(penalty.l2)) == pytest.approx((0.5, 0.01))


@pytest.mark.parametrize("name", known("initializers"))
def test_every_initialiser_fills_a_kernel_and_is_read_back(name: str) -> None:
    made = initializer(name)
    kernel = np.asarray(made((20, 20)))
    assert kernel.shape == (20, 20)
    assert type(keras.initializers.deserialize(keras.initializers.serialize(made))) is type(made)
    assert (np.ptp(kernel) == 0.0) == (name in ("zeros", "ones"))


def test_a_network_with_a_sparse_start_learns() -> None:
    learned(THREE, ["initializer=sparse"])


@pytest.mark.parametrize("name", known("regularizers"))
def test_every_penalty_counts_in_the_loss(name: str) -> None:
    model = learned(THREE, [f"regularizer={name}"])
    (penalty,) = model.losses
    assert float(penalty) > 0.0


@pytest.mark.parametrize(
    "words", [["regularizer=l1", "l2=0.1"], ["regularizer=l2", "l1=0.1"]], ids=["l2 with l1", "l1 with l2"]
)
@pytest.mark.parametrize("family", ["mlp", "cnn"])
def test_a_size_that_the_penalty_s_name_leaves_out_is_refused(family: str, words: list[str]) -> None:
    with pytest.raises(RecipeError, match='regularizer = "l1_l2" goes with both l1 and l2'):
        bind(REGISTRY, read_recipe(REGISTRY, family, parse_overrides(words)))


def test_every_optimiser_and_every_schedule_by_name_is_one_that_is_made() -> None:
    assert known("optimizers") == [*OPTIMIZERS, "lbfgs"]
    assert known("schedules") == list(SCHEDULES)
    for optimizer in known("optimizers"):
        make_optimizer(Training(optimizer=optimizer), 4)


@pytest.mark.parametrize("name", known("schedules"))
def test_a_network_learns_by_every_schedule_behind_a_warm_up(name: str) -> None:
    model = learned(THREE, [f"schedule={name}", "warmup_epochs=2", "optimizer=sgd", "learning_rate=0.8"])
    assert float(model.optimizer.learning_rate) == pytest.approx(0.8 * 3 / 4)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("perceptron/and", "is for families that learn by gradient"), ("gan/digits", "no quantity of two networks")],
)
def test_a_plateau_of_what_no_epoch_measures_is_refused(name: str, reason: str) -> None:
    bound = bind(REGISTRY, read_recipe(REGISTRY, name, {"schedule": "plateau"}))
    with pytest.raises(RecipeError, match=reason):
        prepare(REGISTRY, bound, 0)


@pytest.mark.parametrize("name", known("losses"))
@pytest.mark.parametrize("spec", [TWO, THREE, ONE_NUMBER, NUMBERS], ids=["two", "three", "number", "numbers"])
def test_a_loss_is_learned_from_or_refused_with_the_reason(spec: DataSpec, name: str) -> None:
    two_only = spec is THREE and name in OF_TWO_CLASSES
    directionless = spec is ONE_NUMBER and name == "cosine_similarity"
    if name in LOSSES[spec.task] and not two_only and not directionless:
        learned(spec, [f"loss={name}"])
        return
    reason = "two classes" if two_only else "no direction" if directionless else "it is for (classes|numbers)"
    with pytest.raises(RecipeError, match=reason) as refused:
        make_loss(Training(loss=name), spec)
    assert refused.value.hint


def test_every_loss_suits_some_task() -> None:
    assert {name for losses in LOSSES.values() for name in losses} == set(known("losses"))


@pytest.mark.parametrize(("spec", "name"), [(SERIES, "poisson"), (SERIES, "hinge")])
def test_a_loss_that_no_forecast_has_is_refused_with_the_reason(spec: DataSpec, name: str) -> None:
    with pytest.raises(RecipeError, match="a forecast is one number"):
        make_loss(Training(loss=name), spec)


@pytest.mark.parametrize("name", LOSSES["regression"])
def test_every_loss_of_numbers_is_least_without_an_error(name: str) -> None:
    loss = make_loss(Training(loss=name), NUMBERS)
    values = np.array([[1.0, 2.0], [3.0, 1.0]], np.float32)
    assert float(loss(values, values)) + 0.01 < float(loss(values, values[:, ::-1]))


def test_counts_below_zero_are_refused_before_the_first_step() -> None:
    split = Split(ROWS, np.linspace(-1, 1, 24).astype(np.float32))
    with pytest.raises(RecipeError, match="poisson is for counts") as refused:
        require_targets(Training(loss="poisson"), Data(ONE_NUMBER, split, split, split, "exhaustive"))
    assert refused.value.received == "a target of -1 in the training split"


def epoch_measure(spec: DataSpec, name: str, targets: np.ndarray, outputs: np.ndarray) -> float:
    """What a run that monitors a metric measures over an epoch of three batches."""
    metric = next(one for one in make_metrics(Training(monitor=f"val_{name}"), spec) if one.name == name)
    for rows in (slice(0, 50), slice(50, 90), slice(90, None)):
        metric.update_state(targets[rows], outputs[rows])
    return float(metric.result())


@pytest.mark.parametrize("name", [name for name in METRICS["classification"] if name in measurable(TWO)])
def test_a_monitored_metric_of_classes_is_the_score_of_the_split(name: str) -> None:
    targets, logits = RNG.integers(0, 2, 120), RNG.normal(size=(120, 2)).astype(np.float32)
    scores = classification_score(TWO, np.asarray(keras.ops.softmax(logits)), targets)
    # areas are taken at 1000 thresholds
    room = 0.01 if name in ("auc", "average_precision") else 1e-5
    assert epoch_measure(TWO, name, targets, logits) == pytest.approx(scores[name], abs=room)


@pytest.mark.parametrize("name", METRICS["regression"])
def test_a_monitored_metric_of_numbers_is_the_score_of_the_split(name: str) -> None:
    targets, outputs = RNG.normal(size=120).astype(np.float32), RNG.normal(size=(120, 1)).astype(np.float32)
    scores = regression_score(ONE_NUMBER, outputs, targets)
    assert epoch_measure(ONE_NUMBER, name, targets, outputs) == pytest.approx(scores[name], rel=1e-4)


@pytest.mark.parametrize("name", ["mae", "mse", "rmse"])
def test_a_monitored_metric_of_forecasts_is_that_of_one_step(name: str) -> None:
    targets, outputs = RNG.normal(size=120), RNG.normal(size=(120, 1)).astype(np.float32)
    both = np.repeat(outputs, 2, axis=1)
    expected = TASKS["forecasting"].score(SERIES, both, targets)[name]
    assert epoch_measure(SERIES, name, targets, outputs) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("spec", "quantity"),
    [(THREE, "validation_auc"), (THREE, "validation_acuracy"), (SERIES, "validation_closed_loop_mse"), (TWO, "mse")],
)
def test_what_no_epoch_measures_is_not_monitored(spec: DataSpec, quantity: str) -> None:
    with pytest.raises(RecipeError, match="measured in each epoch") as refused:
        make_metrics(Training(monitor=quantity), spec)
    assert "validation_loss" in str(refused.value.hint)


def test_a_run_measures_no_more_than_what_it_monitors() -> None:
    assert [metric.name for metric in make_metrics(Training(), TWO)] == ["accuracy"]
    assert [metric.name for metric in make_metrics(Training(monitor="val_loss"), NUMBERS)] == ["mae"]
    assert [metric.name for metric in make_metrics(Training(monitor="f1"), TWO)] == ["accuracy", "f1"]


def test_every_fold_by_name_is_read() -> None:
    for choice in choices("folds"):
        for text in (choice.name, *choice.aliases):
            asked = text if choice.name == "leave_one_out" else f"{text}:3"
            assert Folding.parse(asked).kind == choice.name
