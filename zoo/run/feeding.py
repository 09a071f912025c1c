"""What a network is fed: examples one by one, or what it makes of a split itself, such as windows of a text."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import keras
import numpy as np
import tensorflow as tf

from zoo.data import batches
from zoo.data.batches import Augment
from zoo.data.share import Share
from zoo.data.spec import Split
from zoo.layers.adversarial import AdversarialModel
from zoo.recipe import RecipeError


@runtime_checkable
class FeedsItself(Protocol):
    """A Keras model that says itself how a split becomes batches; it learns by gradient, in its own `train_step`.

    Its batches are functions of (seed, step) as those of `zoo.data.batches` are. What a step hands on to the next one
    stands in `carried`, which a checkpoint holds.
    """

    @property
    def carried(self) -> list[Any]:
        """Variables that the next step goes on from and that are no weights."""
        ...

    def prepare_steps(self, batch_size: int) -> None:
        """Make room for what steps hand on; called once, before the first."""
        ...

    def steps_per_pass(self, examples: int, batch_size: int) -> int:
        """Steps in one pass over a split."""
        ...

    def training_batches(
        self, split: Split, *, batch_size: int, seed: int, first_step: int = 0, share: Share | None = None
    ) -> tf.data.Dataset:
        """Endless batches, from step `first_step` on; where devices share them, what one host's are fed."""
        ...

    def evaluation_batches(self, split: Split, share: Share | None = None) -> tf.data.Dataset:
        """A whole split once; where devices share the batches, what one host's are fed, pass after pass."""
        ...

    def evaluation_steps(self, split: Split) -> int:
        """Batches of a whole split."""
        ...

    def examples(self, split: Split, count: int) -> tuple[np.ndarray, np.ndarray]:
        """At most `count` inputs as the network takes them, and their targets."""
        ...

    def log_probabilities(self, split: Split) -> np.ndarray:
        """What is kept of the outputs for a split, and scored."""
        ...


def steps_per_pass(model: keras.Model, split: Split, batch_size: int) -> int:
    """Steps in one pass over a split."""
    if isinstance(model, FeedsItself):
        return model.steps_per_pass(len(split), batch_size)
    if isinstance(model, AdversarialModel):
        return _full_steps(model, len(split), batch_size)
    return batches.steps_per_pass(len(split), batch_size)


def training_batches(
    model: keras.Model,
    split: Split,
    *,
    batch_size: int,
    seed: int,
    first_step: int = 0,
    augment: Augment | None = None,
    share: Share | None = None,
    shuffle: bool = True,
) -> tf.data.Dataset:
    """Endless batches of the training split, from step `first_step` on; of several devices what one host's are fed."""
    if isinstance(model, FeedsItself):
        return model.training_batches(split, batch_size=batch_size, seed=seed, first_step=first_step, share=share)
    if isinstance(model, AdversarialModel):
        _full_steps(model, len(split), batch_size)
        rows = batch_size * model.critic_steps
        return batches.noisy_batches(
            split, batch_size=rows, seed=seed, draw=model.draw, first_step=first_step, augment=augment, share=share
        )
    return batches.training_batches(
        split, batch_size=batch_size, seed=seed, first_step=first_step, augment=augment, share=share, shuffle=shuffle
    )


def _full_steps(model: AdversarialModel, examples: int, batch_size: int) -> int:
    """Full batches in one pass; a step takes as many as the discriminator has steps.

    Raises:
        RecipeError: There are too few examples for one step.
    """
    rows = batch_size * model.critic_steps
    if rows > examples:
        raise RecipeError(
            "a step of an adversarial family must find its batches among the training examples",
            received=f"{rows} pictures a step (training.batch_size times critic_steps), {examples} examples",
            hint=f"training.batch_size={examples // model.critic_steps}",
        )
    return examples // rows


def evaluation_batches(model: keras.Model, split: Split, share: Share | None = None) -> tf.data.Dataset | None:
    """Batches in which each example of a split counts once; None of a generator, which has no outputs for examples."""
    if isinstance(model, AdversarialModel):
        return None
    if isinstance(model, FeedsItself):
        return model.evaluation_batches(split, share)
    return batches.evaluation_batches(split, share=share)


def evaluation_steps(model: keras.Model, split: Split) -> int | None:
    """How many they are; None of a generator."""
    if isinstance(model, AdversarialModel):
        return None
    if isinstance(model, FeedsItself):
        return model.evaluation_steps(split)
    return batches.steps_per_pass(len(split), batches.EVALUATION_BATCH)


def examples(model: Any, split: Split, count: int) -> tuple[Any, np.ndarray]:
    """The first inputs of a split as the model takes them, and their targets; at most `count`; or latents."""
    if isinstance(model, AdversarialModel):
        return model.inputs_of(model.latents(min(count, len(split)), 0)), split.targets[:count]
    if isinstance(model, FeedsItself):
        return model.examples(split, count)
    return split.features[:count], split.targets[:count]
