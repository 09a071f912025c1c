"""Epochs of a map inside a run: schedules, rows of metrics, data in memory or in chunks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from zoo.data.spec import Split
from zoo.families.som.batch_rule import kept_of, pass_over, pass_over_replicas, passes
from zoo.families.som.decay import decayed
from zoo.families.som.grid import suggested_sigma
from zoo.families.som.neighborhood import Neighborhood, apart
from zoo.families.som.online_rule import order_of, steps
from zoo.families.som.search import best_cells, errors, extended
from zoo.recipe import RecipeError, Training

if TYPE_CHECKING:
    from zoo.families.som.model import SelfOrganizingMap

PROBES = 1024  # examples of a split on which errors are measured after each epoch: a fraction of the cost of a pass
BLOCK = 8192  # examples searched at once when hits are counted
ERRORS = ("quantization_error", "topographic_error", "validation_quantization_error", "validation_topographic_error")


class Trainer(Protocol):
    """One way to do epochs."""

    def epochs(self, codebook: np.ndarray, first: int, count: int) -> tuple[np.ndarray, list[dict[str, float]]]:
        """Do some epochs: the codebook before, the first epoch (from 0) -> the codebook after, and a row each."""
        ...

    def cells_of_training(self, codebook: np.ndarray) -> np.ndarray:
        """Best cells of all training examples, int32 (n,)."""
        ...


@dataclass(frozen=True)
class Setting:
    """What all ways have in common: tensors of the grid, schedules and probes.

    Attributes:
        distances: What `apart` made, (cells, cells).
        neighbors: bool (cells, cells).
        center: (features,).
        probes: Extended examples of the training and the validation split.
        neighborhood: Name of the neighbourhood.
        sigmas: Width at the end of each epoch, float64 (epochs,).
    """

    distances: tf.Tensor
    neighbors: tf.Tensor
    center: tf.Tensor
    probes: tuple[tf.Tensor, tf.Tensor]
    neighborhood: Neighborhood
    sigmas: np.ndarray

    def rows(self, found: np.ndarray, first: int, rates: np.ndarray) -> list[dict[str, float]]:
        """Rows of metrics: `found` are errors (epochs, 2 probes, 2), `rates` the learning rates of all epochs."""
        return [
            dict(zip(ERRORS, map(float, measured.ravel()), strict=True))
            | {"sigma": float(self.sigmas[epoch]), "learning_rate": float(rates[epoch])}
            for epoch, measured in enumerate(found, first)
        ]


@dataclass(frozen=True)
class InMemory:
    """The batch rule on encoded examples in memory: all epochs of a call are one compiled loop."""

    setting: Setting
    examples: tf.Tensor  # extended
    kept: int  # examples that a pass learns from, 0 for all

    def epochs(self, codebook: np.ndarray, first: int, count: int) -> tuple[np.ndarray, list[dict[str, float]]]:
        """See `Trainer`."""
        own = self.setting
        trained, found = passes(
            self.examples,
            tf.constant(codebook),
            own.center,
            tf.constant(own.sigmas, tf.float32),
            own.distances,
            own.neighbors,
            own.probes,
            tf.constant(first),
            tf.constant(first + count),
            own.neighborhood,
            self.kept,
        )
        return np.asarray(trained), own.rows(np.asarray(found), first, np.ones(len(own.sigmas)))

    def cells_of_training(self, codebook: np.ndarray) -> np.ndarray:
        """See `Trainer`."""
        return _cells(self.examples, codebook, self.setting.center)


@dataclass(frozen=True)
class InParts:
    """The batch rule on several devices, each of which has examples of its own in memory."""

    setting: Setting
    examples: tf.Tensor  # extended, all of them: hits are counted on every host
    strategy: tf.distribute.Strategy

    def epochs(self, codebook: np.ndarray, first: int, count: int) -> tuple[np.ndarray, list[dict[str, float]]]:
        """See `Trainer`."""
        replicas = self.strategy.num_replicas_in_sync

        def own_rows(context: Any) -> tf.Tensor:
            number, size = context.replica_id_in_sync_group, int(self.examples.shape[0])
            return self.examples[number * size // replicas : (number + 1) * size // replicas]

        parts = self.strategy.experimental_distribute_values_from_function(own_rows)
        own = self.setting

        def one_pass(current: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
            return pass_over_replicas(
                self.strategy, parts, current, own.center, sigma, own.distances, own.neighborhood, chunked=False
            )

        return _pass_by_pass(own, one_pass, codebook, first, count)

    def cells_of_training(self, codebook: np.ndarray) -> np.ndarray:
        """See `Trainer`."""
        return _cells(self.examples, codebook, self.setting.center)


@dataclass(frozen=True)
class InChunks:
    """The batch rule on data larger than memory: raw examples are read and encoded a chunk at a time, every epoch."""

    setting: Setting
    chunks: Callable[[int, int], tf.data.Dataset]  # number of hosts, number of this one -> its encoded chunks, in order
    strategy: tf.distribute.Strategy | None = None

    def epochs(self, codebook: np.ndarray, first: int, count: int) -> tuple[np.ndarray, list[dict[str, float]]]:
        """See `Trainer`."""
        return _pass_by_pass(self.setting, self._pass, codebook, first, count)

    def _pass(self, codebook: tf.Tensor, sigma: tf.Tensor) -> tf.Tensor:
        own, strategy = self.setting, self.strategy
        if strategy is None:
            return pass_over(self.chunks(1, 0), codebook, own.center, sigma, own.distances, own.neighborhood)
        parts = strategy.distribute_datasets_from_function(
            lambda context: self.chunks(context.num_input_pipelines, context.input_pipeline_id)
        )
        return pass_over_replicas(
            strategy, parts, codebook, own.center, sigma, own.distances, own.neighborhood, chunked=True
        )

    def cells_of_training(self, codebook: np.ndarray) -> np.ndarray:
        """See `Trainer`."""
        center = self.setting.center
        return np.concatenate([_cells(extended(chunk, center), codebook, center) for chunk in self.chunks(1, 0)])


def _pass_by_pass(
    own: Setting,
    one_pass: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    codebook: np.ndarray,
    first: int,
    count: int,
) -> tuple[np.ndarray, list[dict[str, float]]]:
    """Some passes of the batch rule, each a call of its own."""
    current, found = tf.constant(codebook), []
    for epoch in range(first, first + count):
        current = one_pass(current, tf.constant(own.sigmas[epoch], tf.float32))
        found.append([np.asarray(errors(probe, current, own.center, own.neighbors)) for probe in own.probes])
    return np.asarray(current), own.rows(np.asarray(found), first, np.ones(len(own.sigmas)))


@dataclass(frozen=True)
class Online:
    """The online rule: an epoch is one compiled loop over the examples in an order of its own."""

    setting: Setting
    examples: tf.Tensor
    sigmas: np.ndarray  # (epochs, examples)
    rates: np.ndarray  # (epochs, examples)
    seed: int

    def epochs(self, codebook: np.ndarray, first: int, count: int) -> tuple[np.ndarray, list[dict[str, float]]]:
        """See `Trainer`."""
        own, current, found = self.setting, tf.constant(codebook), []
        for epoch in range(first, first + count):
            current = steps(
                self.examples,
                current,
                tf.constant(order_of(self.seed, epoch, len(self.examples))),
                tf.constant(self.rates[epoch], tf.float32),
                tf.constant(self.sigmas[epoch], tf.float32),
                own.distances,
                own.neighborhood,
            )
            found.append([np.asarray(errors(probe, current, own.center, own.neighbors)) for probe in own.probes])
        return np.asarray(current), own.rows(np.asarray(found), first, self.rates[:, -1])

    def cells_of_training(self, codebook: np.ndarray) -> np.ndarray:
        """See `Trainer`."""
        return _cells(extended(self.examples, self.setting.center), codebook, self.setting.center)


def _cells(rows: tf.Tensor, codebook: np.ndarray, center: tf.Tensor) -> np.ndarray:
    fixed = tf.constant(codebook)
    starts = range(0, rows.shape[0], BLOCK)
    return np.concatenate([best_cells(rows[start : start + BLOCK], fixed, center) for start in starts])


def make_trainer(
    model: SelfOrganizingMap,
    train: Split,
    validation: Split,
    training: Training,
    *,
    seed: int,
    strategy: tf.distribute.Strategy | None = None,
) -> Trainer:
    """Choose the way to do epochs that the hyperparameters ask for, and bring the data into its form.

    Args:
        model: The map.
        train: Raw examples to learn from.
        validation: Raw examples on which errors are measured too.
        training: Epochs and learning rate.
        seed: Seed of the run.
        strategy: Divides the examples among several devices; of the batch rule alone.

    Raises:
        RecipeError: The learning rate of the online rule would rise.
    """
    own, grid = model.hyperparameters, model.map.grid
    sigma = own.sigma if own.sigma is not None else max(suggested_sigma(grid), own.sigma_end)
    center = tf.convert_to_tensor(model.map.center)
    online = own.rule == "online"
    size = len(train) if online else 1
    progress = _progress(training.epochs, size)
    sigmas = decayed(own.sigma_decay, sigma, own.sigma_end, progress)
    setting = Setting(
        tf.constant(apart(grid, own.neighborhood), tf.float32),
        tf.constant(grid.neighbors),
        center,
        tuple(extended(tf.constant(model.encode(_spaced(split.features))), center) for split in (train, validation)),
        own.neighborhood,
        sigmas[:, -1],
    )
    if online:
        rates = decayed(own.learning_rate_decay, _first_rate(training, own), own.learning_rate_end, progress)
        return Online(setting, tf.constant(model.encode(train.features)), sigmas, rates, seed)
    if own.chunk_size is not None:
        chunks = partial(encoded_chunks, model.encoder, train.features, own.chunk_size)
        return InChunks(setting, chunks, strategy)
    examples = extended(tf.constant(model.encode(train.features)), center)
    if strategy is not None:
        return InParts(setting, examples, strategy)
    return InMemory(setting, examples, kept_of(len(train), own.trim))


def _progress(epochs: int, steps_per_epoch: int) -> np.ndarray:
    """Share of the training done before each step, float64 (epochs, steps); the batch rule's last pass is at 1."""
    if steps_per_epoch == 1:
        return (np.arange(epochs) / max(1, epochs - 1))[:, None]
    return (np.arange(epochs * steps_per_epoch) / (epochs * steps_per_epoch)).reshape(epochs, steps_per_epoch)


def _first_rate(training: Training, own: Any) -> float:
    if training.learning_rate < own.learning_rate_end:
        raise RecipeError(
            f"training.learning_rate must not be below hyperparameters.learning_rate_end, {own.learning_rate_end}",
            received=training.learning_rate,
            hint="training.learning_rate=0.5",
        )
    return training.learning_rate


def _spaced(features: np.ndarray) -> np.ndarray:
    """At most `PROBES` evenly spaced examples."""
    return features[np.linspace(0, len(features) - 1, min(PROBES, len(features))).astype(np.int64)]


def encoded_chunks(
    encoder: keras.Model, features: np.ndarray, size: int, hosts: int = 1, host: int = 0
) -> tf.data.Dataset:
    """Raw examples in order, `size` at a time, encoded on the way: only the chunk at hand is in memory.

    Args:
        encoder: From raw to encoded examples.
        features: (n, *shape) raw examples; may be mapped from a file.
        size: Examples in a chunk; the last may be shorter.
        hosts: Hosts that take every chunk in turn.
        host: Number of the one whose chunks these are.
    """

    def pieces() -> Any:
        for start in range(host * size, len(features), hosts * size):
            yield np.ascontiguousarray(features[start : start + size])

    form = tf.TensorSpec((None, *features.shape[1:]), features.dtype)
    raw = tf.data.Dataset.from_generator(pieces, output_signature=form)
    return raw.map(lambda piece: encoder(piece, training=False)).prefetch(1)
