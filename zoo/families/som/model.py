"""The self-organising map as a Keras model that learns by its own rule.

Shapes, for a batch of n examples:

    raw (n, *shape) -> scaled and flat (n, features) -> outputs (n, 4 + classes)

The columns of the outputs are those of `KohonenMap`. The map learns from features alone; classes, where the data have
them, are counted once it lies.

Source: Kohonen 1982, Biological Cybernetics 43 (online rule); Kohonen 2001, Self-Organizing Maps, section 3.14 (batch).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.data.spec import DataSpec, Split
from zoo.families.som.hyperparameters import Hyperparameters
from zoo.families.som.layer import KohonenMap
from zoo.families.som.training import Trainer, make_trainer
from zoo.layers.preprocessing import preprocess, raw_input
from zoo.recipe import Training

SECONDS = 1.0  # of epochs in one compiled call: as long as a signal may wait
GROWTH = 8  # of the number of epochs in a call, from one to the next


class SelfOrganizingMap(keras.Model):
    """From raw examples to cells, distances and class shares; made by `build`.

    Args:
        inputs: Raw examples.
        encoded: What preprocessing makes of them, (n, features).
        kohonen_map: The last layer.
        hyperparameters: How it learns.
    """

    def __init__(
        self, inputs: Any, encoded: Any, kohonen_map: KohonenMap, hyperparameters: Hyperparameters, **kwargs: Any
    ) -> None:
        super().__init__(inputs=inputs, outputs=kohonen_map(encoded), **kwargs)
        self.map, self.hyperparameters = kohonen_map, hyperparameters
        self.encoder = keras.Model(inputs, encoded, name="encoder")

    def encode(self, features: np.ndarray) -> np.ndarray:
        """Encoded examples float32 (n, features) of raw ones (n, *shape)."""
        return np.asarray(self.encoder.predict(features, batch_size=4096, verbose=0), np.float32)

    def learn(
        self,
        train: Split,
        validation: Split,
        training: Training,
        *,
        seed: int,
        first: int,
        strategy: tf.distribute.Strategy | None = None,
    ) -> Iterator[list[dict[str, float]]]:
        """Learn by the batch or the online rule from the epoch `first` on.

        Args:
            train: Raw examples to learn from; the classes are counted, not learned from.
            validation: Raw examples on which errors are measured too.
            training: `epochs`; of the online rule `learning_rate` is the first learning rate.
            seed: Seed of the order of examples of the online rule.
            first: Epochs done before; what they learned is in the layer's variables.
            strategy: Divides the examples of the batch rule among several devices.

        Yields:
            After as many epochs as take about a second, one row for each: quantization_error and topographic_error
            after the epoch on at most 1,024 evenly spaced training and validation examples, sigma and learning_rate of
            its end (the batch rule moves cells all the way: 1).

        Raises:
            RecipeError: The learning rate of the online rule would rise.
        """
        trainer = make_trainer(self, train, validation, training, seed=seed, strategy=strategy)
        # hosts have to do the same passes at the same time, whatever their clocks say
        alike = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        epoch, group = first, 1
        while epoch < training.epochs:
            group = min(group, training.epochs - epoch)
            began = time.monotonic()
            rows = self._epochs(trainer, epoch, group, train)
            taken = time.monotonic() - began
            yield rows
            epoch += group
            group = 1 if alike else max(1, min(GROWTH * group, int(group * SECONDS / max(taken, 1e-9))))

    def _epochs(self, trainer: Trainer, epoch: int, count: int, train: Split) -> list[dict[str, float]]:
        """Some epochs, and what follows for hits and class shares, so that every checkpoint holds a whole map."""
        codebook, rows = trainer.epochs(keras.ops.convert_to_numpy(self.map.codebook), epoch, count)
        self.map.codebook.assign(codebook)
        self.map.count(trainer.cells_of_training(codebook), train.targets)
        return rows

    def transform(self, features: np.ndarray) -> np.ndarray:
        """Distances of raw examples (n, *shape) to all cells, float32 (n, cells)."""
        return self.map.distances(self.encode(features))

    def cells_of(self, features: np.ndarray) -> np.ndarray:
        """Row and column of the best cell of raw examples (n, *shape), int64 (n, 2)."""
        return self.map.grid.places[self.map.cells_of(self.encode(features))]

    def classes_of(self, features: np.ndarray) -> np.ndarray:
        """The class that most training examples of the best cell have, int64 (n,), of raw examples (n, *shape)."""
        shares = keras.ops.convert_to_numpy(self.map.class_shares)
        return np.asarray(shares[self.map.cells_of(self.encode(features))].argmax(axis=1))


def build(hyperparameters: Hyperparameters, data_spec: DataSpec) -> SelfOrganizingMap:
    """Build the map for raw examples of `data_spec`.

    Args:
        hyperparameters: Grid and rule; a grid that is not given is 10 by 10 here (the runner takes it from the data).
        data_spec: Shape and kind of the inputs; classes, if there are any.

    Returns:
        Model from (n, *data_spec.shape) to float32 (n, 4 + classes).
    """
    raw = raw_input(data_spec)
    scaled = preprocess(raw, data_spec, standardize=hyperparameters.standardize)
    encoded = keras.layers.Flatten(dtype="float32")(scaled)
    kohonen_map = KohonenMap(
        *hyperparameters.sides,
        topology=hyperparameters.topology,
        toroid=hyperparameters.toroid,
        initialization=hyperparameters.initialization,
        classes=data_spec.num_classes or 0,
        name="map",
    )
    return SelfOrganizingMap(raw, encoded, kohonen_map, hyperparameters, name="som")
