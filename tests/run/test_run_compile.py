"""Optimisers, losses and schedules by name, with what the recipe sets of them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from zoo.data.spec import DataSpec
from zoo.layers.schedules import WarmUp
from zoo.recipe import RecipeError, Training
from zoo.recipe.names import known
from zoo.run.compile import OPTIMIZERS, SCHEDULES, compile_model, learning_rate, make_optimizer, peak_rate
from zoo.run.losses import make_loss

CLASSES = DataSpec("vector", (2,), "float32", "classification", classes=("a", "b"))
NUMBERS = DataSpec("vector", (2,), "float32", "regression")
STEPS = 10  # an epoch


def rate(step: int, **settings: Any) -> float:
    """The learning rate of a step of 20 epochs of 10 steps that begin at 0.8."""
    schedule = learning_rate(Training(epochs=20, learning_rate=0.8, **settings), STEPS)
    return float(schedule(step)) if callable(schedule) else schedule


@pytest.mark.parametrize(
    ("settings", "start", "middle", "end"),
    [
        ({"schedule": "plateau"}, 0.8, 0.8, 0.8),
        ({"schedule": "constant"}, 0.8, 0.8, 0.8),
        ({"schedule": "cosine"}, 0.8, 0.4, 0.0),
        ({"schedule": "cosine", "schedule_options": {"end": 0.5}}, 0.8, 0.6, 0.4),
        ({"schedule": "exponential"}, 0.8, 0.8 * 0.9**10, 0.8 * 0.9**20),
        (
            {"schedule": "exponential", "schedule_options": {"rate": 0.5, "every_epochs": 4.0}},
            0.8,
            0.8 * 0.5**2.5,
            0.8 * 0.5**5,
        ),
        ({"schedule": "step"}, 0.8, 0.08, 0.008),
        (
            {"schedule": "step", "schedule_options": {"rate": 0.5, "every_epochs": 4.0}},
            0.8,
            0.8 * 0.5**2,
            0.8 * 0.5**5,
        ),
        ({"schedule": "polynomial"}, 0.8, 0.4, 0.0),
        ({"schedule": "polynomial", "schedule_options": {"end": 0.1, "power": 2.0}}, 0.8, 0.08 + 0.72 * 0.25, 0.08),
        ({"schedule": "inverse_time"}, 0.8, 0.8 / 11, 0.8 / 21),
        (
            {"schedule": "inverse_time", "schedule_options": {"rate": 0.5, "every_epochs": 5.0}},
            0.8,
            0.8 / (1 + 0.5 * 2),
            0.8 / (1 + 0.5 * 4),
        ),
    ],
    ids=str,
)
def test_a_schedule_has_its_values_at_start_middle_and_end(
    settings: dict[str, Any], start: float, middle: float, end: float
) -> None:
    assert [rate(step, **settings) for step in (0, 100, 200)] == pytest.approx([start, middle, end], abs=1e-6)


@pytest.mark.parametrize("schedule", known("schedules"))
def test_the_warm_up_comes_before_any_schedule(schedule: str) -> None:
    settings: dict[str, Any] = {"schedule": schedule, "warmup_epochs": 4.0}
    assert rate(0, **settings) == pytest.approx(0.8 / 40)
    assert rate(19, **settings) == pytest.approx(0.4)
    assert [rate(step, **settings) for step in (39, 40)] == pytest.approx([0.8, 0.8])
    assert rate(200, **settings) <= rate(120, **settings) < 0.801


@pytest.mark.parametrize("schedule", ["cosine", "polynomial"])
def test_a_schedule_behind_a_warm_up_still_ends_with_the_run(schedule: str) -> None:
    assert rate(120, schedule=schedule, warmup_epochs=4.0) == pytest.approx(0.4)
    assert rate(200, schedule=schedule, warmup_epochs=4.0) == pytest.approx(0.0, abs=1e-7)


def test_a_warm_up_of_half_an_epoch_is_counted_in_steps() -> None:
    schedule = learning_rate(Training(warmup_epochs=0.5), STEPS)
    assert isinstance(schedule, WarmUp)
    assert schedule.steps == 5


def test_every_schedule_of_a_recipe_is_known() -> None:
    assert known("schedules") == list(SCHEDULES)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_an_option_that_a_schedule_does_not_take_is_refused_with_those_it_takes(schedule: str) -> None:
    with pytest.raises(RecipeError, match=f"not an option of the schedule {schedule}") as caught:
        rate(0, schedule=schedule, schedule_options={"speed": 1.0})
    assert all(option in str(caught.value.hint) for option in SCHEDULES[schedule])


def test_a_misspelt_option_is_refused_with_the_nearest() -> None:
    with pytest.raises(RecipeError, match="did you mean: every_epochs"):
        rate(0, schedule="step", schedule_options={"every_epoch": 1.0})


@pytest.mark.parametrize(
    ("schedule", "option", "value"),
    [
        ("step", "every_epochs", 0.0),
        ("step", "every_epochs", 0.05),
        ("exponential", "rate", -0.5),
        ("cosine", "end", -1.0),
        ("plateau", "patience", 0.0),
    ],
)
def test_a_schedule_s_option_out_of_range_is_refused(schedule: str, option: str, value: float) -> None:
    with pytest.raises(RecipeError, match=f"training.schedule_options.{option} must be at least"):
        rate(0, schedule=schedule, schedule_options={option: value})


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("rate", 1.0, "a share below 1"),
        ("end", 1.0, "a share below 1"),
        ("patience", 1.5, "a whole number of epochs"),
        ("cooldown", 0.5, "a whole number of epochs"),
    ],
)
def test_an_option_that_no_plateau_can_have_is_refused(option: str, value: float, message: str) -> None:
    with pytest.raises(RecipeError, match=f"training.schedule_options.{option} must be {message}"):
        rate(0, schedule="plateau", schedule_options={option: value})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_takes_a_step_with_all_that_can_be_set(name: str) -> None:
    training = Training(optimizer=name, learning_rate=0.1, warmup_epochs=1.0, weight_decay=0.01, clip_norm=1.0)
    optimizer = make_optimizer(training, STEPS)
    variable = keras.Variable(np.ones(3, np.float32))
    optimizer.build([variable])
    optimizer.apply([np.ones(3, np.float32)], [variable])
    assert np.all(np.asarray(variable.value) < 1.0)
    assert optimizer.weight_decay == 0.01


@pytest.mark.parametrize(
    ("setting", "attribute"),
    [("clip_norm", "clipnorm"), ("clip_global_norm", "global_clipnorm"), ("clip_value", "clipvalue")],
)
def test_clipping_reaches_the_optimiser(setting: str, attribute: str) -> None:
    training = Training(optimizer="sgd", learning_rate=1.0, **{setting: 0.5})
    optimizer = make_optimizer(training, STEPS)
    assert getattr(optimizer, attribute) == 0.5
    variable = keras.Variable(np.zeros(1, np.float32))
    optimizer.build([variable])
    optimizer.apply([np.full(1, 9.0, np.float32)], [variable])
    assert float(variable[0]) == pytest.approx(-0.5)


def test_weight_decay_shrinks_a_weight_without_a_gradient() -> None:
    optimizer = make_optimizer(Training(optimizer="sgd", learning_rate=0.5, weight_decay=0.1), STEPS)
    variable = keras.Variable(np.ones(1, np.float32))
    optimizer.build([variable])
    optimizer.apply([np.zeros(1, np.float32)], [variable])
    assert float(variable[0]) == pytest.approx(1 - 0.5 * 0.1)


@pytest.mark.parametrize(("name", "nesterov"), [("momentum", False), ("nesterov", True)])
def test_momentum_and_nesterov_are_names_of_their_own(name: str, nesterov: bool) -> None:
    optimizer = make_optimizer(Training(optimizer=name), STEPS)
    assert isinstance(optimizer, keras.optimizers.SGD)
    assert (optimizer.momentum, optimizer.nesterov) == (0.9, nesterov)
    changed = make_optimizer(Training(optimizer=name, optimizer_options={"momentum": 0.5}), STEPS)
    assert isinstance(changed, keras.optimizers.SGD)
    assert changed.momentum == 0.5


@pytest.mark.parametrize("key", ["learning_rate", "clipnorm", "weight_decay", "use_ema", "name", "momentun"])
def test_what_is_not_an_option_of_the_optimiser_s_own_is_refused(key: str) -> None:
    with pytest.raises(RecipeError, match=f"optimizer_options.{key} is not an option of sgd") as caught:
        make_optimizer(Training(optimizer="sgd", optimizer_options={key: 1.0}), STEPS)
    assert caught.value.hint == "one of: momentum, nesterov"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"momentum": "high"}, "optimizer_options.momentum must be a number"),
        ({"momentum": True}, "optimizer_options.momentum must be a number"),
        ({"nesterov": 1}, "optimizer_options.nesterov must be true or false"),
        ({"momentum": 2.0}, "must be in the ranges of sgd"),
    ],
)
def test_an_option_s_wrong_value_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        make_optimizer(Training(optimizer="sgd", optimizer_options=options), STEPS)


@pytest.mark.parametrize(("spec", "expected"), [(CLASSES, 0.3132617), (NUMBERS, 1.0)])
def test_the_task_has_a_loss_of_its_own(spec: DataSpec, expected: float) -> None:
    # from logits 1 and 0 the class 0 has probability 0.731; the number 2 is 1 away from 1
    outputs = np.array([[1.0, 0.0]], np.float32) if spec.classes else np.array([[2.0]], np.float32)
    targets = np.array([0]) if spec.classes else np.array([1.0], np.float32)
    assert float(make_loss(Training(), spec)(targets, outputs)) == pytest.approx(expected, rel=1e-5)


def test_a_compiled_model_has_its_optimiser_built() -> None:
    raw = keras.Input((2,))
    model = keras.Model(raw, keras.layers.Dense(2)(raw))
    compile_model(model, Training(optimizer="adam"), CLASSES, steps_per_epoch=STEPS, steps_per_execution=4, jit=False)
    assert model.optimizer.built
    assert len(model.optimizer.variables) > 2 * len(model.trainable_variables)
    assert (model.steps_per_execution, model.jit_compile) == (4, False)


def test_the_learning_rate_is_scaled_with_the_batch_only_if_asked() -> None:
    assert peak_rate(Training(learning_rate=0.1, batch_size=512)) == 0.1
    assert peak_rate(Training(learning_rate=0.1, batch_size=512, learning_rate_batch=128)) == pytest.approx(0.4)
    assert float(learning_rate(Training(learning_rate=0.1, batch_size=64, learning_rate_batch=128), 10)) == 0.05
