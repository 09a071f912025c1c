"""Two networks that learn from each other, through the runner: noise, averages, resume, warnings, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from registry import Registry, UserError, build
from zoo import jobs
from zoo.data.batches import noisy_batches
from zoo.data.catalogue import load
from zoo.data.spec import Data, Split
from zoo.layers.adversarial import AdversarialModel
from zoo.recipe import RecipeError, bind, read_recipe
from zoo.run.dry_run import dry_run
from zoo.run.events import Event, Noted
from zoo.run.feeding import training_batches
from zoo.run.preparation import Prepared, prepare

SMALL: dict[str, Any] = {
    "hyperparameters.latent": 5,
    "hyperparameters.generator": "dense",
    "hyperparameters.generator_units": [16],
    "hyperparameters.discriminator_units": [16],
    "training.epochs": 2,
    "training.steps_per_epoch": 3,
    "training.batch_size": 16,
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return build(with_plugins=False)


@pytest.fixture(scope="module")
def digits(registry: Registry) -> Data:
    return load(registry, "digits", {}).for_task("picture_generation")


def prepared(registry: Registry, digits: Data, **changes: Any) -> Prepared:
    settings = {**SMALL, **{key.replace("__", "."): value for key, value in changes.items()}}
    return prepare(registry, bind(registry, read_recipe(registry, "gan/digits", settings)), 0, digits)


def fitted(ready: Prepared, steps: int = 3) -> AdversarialModel:
    model: AdversarialModel = ready.model
    batches = training_batches(model, ready.data.train, batch_size=16, seed=0)
    model.fit(batches, steps_per_epoch=steps, verbose=0, shuffle=False)
    return model


def values(*variables: Any) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


def test_noise_is_a_function_of_seed_and_step(registry: Registry, digits: Data) -> None:
    model = prepared(registry, digits, hyperparameters__instance_noise=0.1, hyperparameters__gradient_penalty=1.0).model

    def batches(seed: int, first: int) -> list[dict[str, np.ndarray]]:
        made = noisy_batches(digits.train, batch_size=16, seed=seed, draw=model.draw, first_step=first)
        return list(made.take(3).as_numpy_iterator())

    ones, later, others = batches(0, 0), batches(0, 2), batches(1, 0)
    assert ones[0].keys() == {"pictures", "classes", "latent", "noise", "share"}
    for name in ones[0]:
        assert np.array_equal(ones[2][name], later[0][name]), name
        assert not np.array_equal(ones[0][name], others[0][name]), name
    assert ones[0]["noise"].shape == (16, 2, 8, 8, 1)
    assert abs(ones[0]["noise"].std() - 0.1) < 0.01
    assert 0.0 <= ones[0]["share"].min() <= ones[0]["share"].max() <= 1.0


def test_all_batches_are_full_and_a_pass_holds_each_picture_at_most_once(registry: Registry, digits: Data) -> None:
    model = prepared(registry, digits).model
    numbered = np.arange(50, dtype=np.uint8).reshape(50, 1, 1, 1)
    split = Split(numbered, np.zeros(50, np.int64))
    steps = list(noisy_batches(split, batch_size=16, seed=0, draw=model.draw).take(6).as_numpy_iterator())
    assert {len(batch["pictures"]) for batch in steps} == {16}
    first, second = (np.concatenate([batch["pictures"].ravel() for batch in steps[i : i + 3]]) for i in (0, 3))
    assert len(set(first)) == len(set(second)) == 48
    assert first.tolist() != second.tolist()


@pytest.mark.slow
def test_every_row_has_both_losses_shares_and_diversity(registry: Registry, tmp_path: Path) -> None:
    run = jobs.train(registry, "gan/digits", SMALL, runs=tmp_path, argv=["test"])
    rows = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    named = {"loss", "generator_loss", "discriminator_loss", "real_judged_right", "fake_judged_right", "diversity"}
    assert [set(row) for row in rows] == [{"epoch", "step", "learning_rate", *named}] * 2
    assert rows[-1]["step"] == 6
    assert run.facts["best_epoch"] is None  # no epoch is chosen
    assert run.metrics["test"].keys() >= {"frechet_distance", "pixel_frechet_distance", "modes", "smallest_share"}
    assert sorted(path.name for path in (run.folder / "samples").iterdir()) == [
        "epoch-00001-grid.png",
        "epoch-00002-grid.png",
    ]
    figures = {path.stem for path in (run.folder / "figures").iterdir()}
    assert figures >= {
        "samples_over_training",
        "losses_of_both_networks",
        "between_two_latents",
        "nearest_training_pictures",
        "classes_of_the_samples",
    }
    pictures = run.load(registry).generate(count=3, seed=1)
    assert pictures.shape == (3, 8, 8, 1)
    with pytest.raises(UserError, match="says nothing of given ones"):
        run.load(registry).predict(pictures)
    assert jobs.evaluate(registry, run.folder)["metrics"] == run.metrics["test"]


def test_samples_change_nothing_and_are_the_same_again(registry: Registry, digits: Data) -> None:
    model = fitted(prepared(registry, digits, hyperparameters__average=0.9))
    before = values(*model.variables, *model.optimizer.variables, *model.generator_optimizer.variables)
    assert model.samples(3) == model.samples(3)
    assert model.samples(3) != model.samples(4)
    after = values(*model.variables, *model.optimizer.variables, *model.generator_optimizer.variables)
    assert all(map(np.array_equal, before, after))


def test_the_average_is_what_is_shown_and_kept(registry: Registry, digits: Data) -> None:
    model = fitted(prepared(registry, digits, hyperparameters__average=0.5, training__learning_rate=0.05))
    latents, last = model.latents(4, 0), values(*model.generator.trainable_variables)
    average = values(*model.generator_optimizer._model_variables_moving_average)
    shown = model.generate(latents)
    model.keep()
    kept = values(*model.generator.trainable_variables)
    assert all(map(np.array_equal, kept, average))
    assert not all(map(np.array_equal, kept, last))
    assert np.array_equal(model.generate(latents), shown)


def test_without_an_average_the_last_weights_are_kept(registry: Registry, digits: Data) -> None:
    model = fitted(prepared(registry, digits, hyperparameters__average=0.0))
    last = values(*model.generator.trainable_variables)
    model.keep()
    assert all(map(np.array_equal, last, values(*model.generator.trainable_variables)))


def test_one_step_takes_a_batch_for_each_step_of_the_critic(registry: Registry, digits: Data) -> None:
    ready = prepared(registry, digits, hyperparameters__critic_steps=3, training__steps_per_execution=1)
    batch = next(iter(training_batches(ready.model, digits.train, batch_size=16, seed=0)))
    assert batch["pictures"].shape == (48, 8, 8, 1)
    model = fitted(ready, steps=2)
    assert (int(model.optimizer.iterations), int(model.generator_optimizer.iterations)) == (6, 2)


def test_the_generator_has_a_rate_of_its_own(registry: Registry, digits: Data) -> None:
    model = prepared(registry, digits, training__learning_rate=0.01, hyperparameters__generator_rate=0.5).model
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)
    assert float(model.generator_optimizer.learning_rate) == pytest.approx(0.005)


@pytest.mark.parametrize(
    "changes",
    [
        {"hyperparameters__loss": "minimax", "hyperparameters__label_smoothing": 0.1},
        {"hyperparameters__loss": "hinge", "hyperparameters__spectral_normalization": True},
        {"hyperparameters__loss": "wasserstein", "hyperparameters__critic_steps": 2},
        {"hyperparameters__conditional": True, "hyperparameters__instance_noise": 0.1},
        {"training__mixed_precision": "mixed_bfloat16"},
        pytest.param({"training__jit": True}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_options_train_both_networks_with_finite_losses(
    registry: Registry, digits: Data, changes: dict[str, Any]
) -> None:
    ready = prepared(registry, digits, training__steps_per_execution=1, **changes)
    first = ready.model.get_weights()
    model = fitted(ready, steps=2)
    assert all(np.isfinite(float(value)) for value in model.get_metrics_result().values())
    for network in (model.generator, model.discriminator):
        assert network.trainable_variables
    # the last bias of a critic has no gradient: it moves real and generated pictures alike
    kernels = [pair for pair in zip(first, model.get_weights(), strict=True) if pair[0].ndim > 1]
    assert not any(np.array_equal(before, after) for before, after in kernels)


def test_wasserstein_has_no_shares_that_are_judged_right(registry: Registry, digits: Data) -> None:
    model = prepared(registry, digits, hyperparameters__loss="wasserstein").model
    assert [metric.name for metric in model.metrics] == ["loss", "generator_loss", "discriminator_loss", "diversity"]


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("training.monitor", "loss", "for families that learn by gradient"),
        ("training.patience", 3, "for families that learn by gradient"),
        ("training.loss", "huber", "for families that learn by gradient"),
        ("training.class_weight", "balanced", "for families that learn by gradient"),
        ("training.mixed_precision", "mixed_float16", "float32 or mixed_bfloat16"),
        ("training.optimizer", "lbfgs", "learn in small steps"),
        ("training.batch_size", 5000, "must find its batches among the training examples"),
        ("hyperparameters.judge", "cnn/lenet5_book", "must be a recipe with published weights"),
        ("hyperparameters.judge", "cnn/mnist", "must know pictures of the same form"),
        ("hyperparameters.judge", "mlp/digit", "must be a recipe with published weights"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_trained(
    registry: Registry, digits: Data, setting: str, value: Any, words: str
) -> None:
    changes = {**SMALL, setting: value}
    with pytest.raises(RecipeError, match=words):
        prepare(registry, bind(registry, read_recipe(registry, "gan/digits", changes)), 0, digits)


def test_a_collapse_is_told_once_when_it_begins(registry: Registry, tmp_path: Path) -> None:
    notes: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, Noted):
            notes.append(event.message)

    # first kernels near zero, and steps that do not change them: all pictures are nearly the same grey
    changes = {
        "hyperparameters.filters": 4,
        "hyperparameters.initial_deviation": 1e-4,
        "hyperparameters.judge": None,
        "training.epochs": 3,
        "training.learning_rate": 1e-9,
        "training.steps_per_epoch": 2,
    }
    jobs.train(registry, "dcgan/digits", changes, runs=tmp_path, subscribers=[listen], argv=["test"])
    told = [note for note in notes if "collapse" in note]
    assert len(told) == 1
    assert told[0].startswith("epoch 1: collapse: generated pictures differ from one another by")


def test_a_network_that_judges_nothing_alike_says_nothing(registry: Registry, digits: Data) -> None:
    model = prepared(registry, digits).model
    assert model.warning({"epoch": 2, "diversity": 0.5}) is None
    assert "collapse" in (model.warning({"epoch": 2, "diversity": 0.05}) or "")


def test_of_the_first_epoch_only_a_grave_collapse_is_told(registry: Registry, digits: Data) -> None:
    model = prepared(registry, digits).model
    assert model.warning({"epoch": 1, "diversity": 0.05}) is None
    assert "collapse" in (model.warning({"epoch": 1, "diversity": 0.005}) or "")


def test_cross_validation_of_pictures_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="says nothing of single examples"):
        jobs.cross_validate(registry, "gan/digits", SMALL, folds=2, runs=tmp_path, argv=["test"])


def test_a_dry_run_tells_sizes_and_time_of_both_networks(registry: Registry) -> None:
    facts = dry_run(registry, bind(registry, read_recipe(registry, "gan/digits", SMALL)), seed=0)
    assert [layer["name"] for layer in facts["layers"]] == ["latent", "generator", "discriminator"]
    assert facts["parameters"] == sum(layer["parameters"] for layer in facts["layers"])
    assert facts["seconds_per_step"] > 0
