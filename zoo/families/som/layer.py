"""The map as a Keras layer: its codebook, what it learned of the classes, and what it says of an example."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.families.som.grid import Grid, Topology
from zoo.families.som.initialization import Initialization, Spread, first_codebook
from zoo.families.som.search import best_cells, best_two, extended, scores

FIXED = 4  # columns of the outputs before the class shares
BLOCK = 8192  # examples searched at once


@keras.saving.register_keras_serializable("zoo")
class KohonenMap(keras.layers.Layer):
    """A grid of cells, each with a codebook vector: (n, features) -> (n, 4 + classes), float32.

    The columns are: number of the best cell; distance to it; 1 where the second-best cell is not its neighbour, else 0;
    distance to the mean of the training split; then the shares of the classes among the training examples of the cell.

    Args:
        rows: Rows of the grid.
        columns: Columns of the grid.
        topology: "rectangular" or "hexagonal".
        toroid: Whether opposite edges meet.
        initialization: How `adapt` makes the first codebook: "random", "sample" or "pca".
        classes: Number of classes, 0 where there are none.

    Attributes:
        codebook: (cells, features), row by row of the grid.
        center: (features,), mean of the training split.
        hits: (cells,), training examples whose best cell this is.
        class_shares: (cells, classes), of an empty cell those of the nearest cell that has examples.
    """

    adapts_in_pieces = True  # what `zoo.run.adapt` looks for

    def __init__(
        self,
        rows: int,
        columns: int,
        *,
        topology: Topology = "rectangular",
        toroid: bool = False,
        initialization: Initialization = "pca",
        classes: int = 0,
        **kwargs: Any,
    ) -> None:
        # float32 whatever the precision policy: half precision has no digits for cell numbers above 2,048
        super().__init__(autocast=False, **{**kwargs, "dtype": "float32"})
        self.grid = Grid(rows, columns, topology, toroid)
        self.initialization, self.classes = initialization, classes

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the variables; the codebook is zero until `adapt`."""
        cells, features = self.grid.cells, input_shape[-1]
        self.input_spec = keras.layers.InputSpec(ndim=2, axes={-1: features})

        def weight(name: str, *shape: Any, initializer: str = "zeros", trainable: bool = False) -> Any:
            return self.add_weight(shape=shape, initializer=initializer, trainable=trainable, name=name)

        self.codebook = weight("codebook", cells, features, trainable=True)
        self.center = weight("center", features)
        self.hits = weight("hits", cells)
        self.class_shares = weight("class_shares", cells, self.classes) if self.classes else None

    def adapt(self, pieces: Iterable[np.ndarray]) -> None:
        """Make the first codebook from encoded training examples (m, features), a piece at a time.

        The draw follows Python's random state, which the runner seeds with the run's seed.
        """
        spread = Spread.of(pieces)
        start = first_codebook(pieces, spread, self.grid, self.initialization, random.randrange(2**32))
        self.codebook.assign(start)
        self.center.assign(spread.mean)

    def call(self, examples: Any) -> Any:
        """What the map says of encoded examples (n, features); see the class."""
        center = tf.convert_to_tensor(self.center)
        rows = extended(tf.cast(examples, "float32"), center)
        neighbors = tf.constant(self.grid.neighbors)
        best, distances, faults = best_two(rows, tf.convert_to_tensor(self.codebook), center, neighbors)
        alone = tf.sqrt(tf.reduce_sum(rows[:, :-1] ** 2, axis=1))
        columns = [tf.cast(best, "float32"), distances, tf.cast(faults, "float32"), alone]
        outputs = tf.stack(columns, axis=1)
        if self.class_shares is None:
            return outputs
        return tf.concat([outputs, tf.gather(tf.convert_to_tensor(self.class_shares), best)], axis=1)

    def compute_output_spec(self, examples: Any) -> keras.KerasTensor:
        """(n, features) -> (n, 4 + classes), float32."""
        return keras.KerasTensor((examples.shape[0], FIXED + self.classes), dtype="float32")

    def distances(self, examples: np.ndarray) -> np.ndarray:
        """Distances of encoded examples (n, features) to all cells, float32 (n, cells)."""
        center, codebook = tf.convert_to_tensor(self.center), tf.convert_to_tensor(self.codebook)
        rows = extended(tf.constant(examples, "float32"), center)
        squares = tf.reduce_sum(rows[:, :-1] ** 2, axis=1, keepdims=True) + 2.0 * scores(rows, codebook, center)
        return np.asarray(tf.sqrt(tf.maximum(squares, 0.0)))

    def cells_of(self, examples: np.ndarray) -> np.ndarray:
        """Numbers of the best cells of encoded examples (n, features), int32 (n,)."""
        center, codebook = tf.convert_to_tensor(self.center), tf.convert_to_tensor(self.codebook)
        blocks = (examples[start : start + BLOCK] for start in range(0, len(examples), BLOCK))
        found = [best_cells(extended(tf.constant(block, "float32"), center), codebook, center) for block in blocks]
        return np.asarray(tf.concat(found, axis=0))

    def count(self, cells: np.ndarray, targets: np.ndarray) -> None:
        """Learn hits and class shares.

        Args:
            cells: int (n,), best cells of the training examples.
            targets: int (n,), their classes; not looked at where the map has none.
        """
        hits = np.bincount(cells, minlength=self.grid.cells)
        self.hits.assign(hits)
        if self.class_shares is None:
            return
        counts = np.zeros((self.grid.cells, self.classes))
        np.add.at(counts, (cells, targets), 1.0)
        codebook = np.asarray(keras.ops.convert_to_numpy(self.codebook), np.float64)
        filled = np.flatnonzero(hits)
        for cell in np.flatnonzero(hits == 0):
            counts[cell] = counts[filled[((codebook[filled] - codebook[cell]) ** 2).sum(axis=1).argmin()]]
        self.class_shares.assign(counts / counts.sum(axis=1, keepdims=True))

    def get_config(self) -> dict[str, Any]:
        """Grid, initialisation and number of classes."""
        config: dict[str, Any] = super().get_config()
        grid = self.grid
        return config | {
            "rows": grid.rows,
            "columns": grid.columns,
            "topology": grid.topology,
            "toroid": grid.toroid,
            "initialization": self.initialization,
            "classes": self.classes,
        }
