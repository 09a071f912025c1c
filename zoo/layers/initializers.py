"""Initialisers by name: Keras' own, and the sparse one, which it does not have."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("zoo")
class Sparse(keras.initializers.Initializer):
    """So many inputs of each unit are normal, all others zero; of convolutions inputs are pixels and channels together.

    Source: Martens 2010, Deep learning via Hessian-free optimization, section 5: 15 incoming connections.

    Args:
        connections: Inputs that are not zero; all of them where a unit has fewer.
        stddev: Standard deviation of those.
        seed: int, a `keras.random.SeedGenerator`, or None for a draw from Keras' own seed.

    Raises:
        ValueError: `connections` is below 1, or `stddev` not above 0.

    Example:
        >>> kernel = Sparse(connections=3, seed=0)((100, 4))
        >>> ops.sum(ops.cast(kernel != 0, "int32"), axis=0).numpy().tolist()
        [3, 3, 3, 3]
    """

    def __init__(self, connections: int = 15, stddev: float = 1.0, seed: Any = None) -> None:
        if connections < 1 or stddev <= 0.0:
            raise ValueError(
                f"connections must be at least 1 and stddev above 0. Received: connections={connections}, "
                f"stddev={stddev}"
            )
        self.connections, self.stddev, self._given = connections, stddev, seed
        # drawn here, as Keras' own random initialisers do, so that one object gives one kernel
        made = keras.initializers.RandomNormal(stddev=stddev, seed=seed)
        self.seed = made.seed

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """A kernel (..., units)."""
        inputs, units = math.prod(shape[:-1]), shape[-1]
        drawn = keras.random.normal((inputs, units), stddev=self.stddev, dtype=dtype, seed=self.seed)
        other = self.seed + 1 if isinstance(self.seed, int) else self.seed
        order = ops.argsort(ops.argsort(keras.random.uniform((inputs, units), seed=other), axis=0), axis=0)
        kept = ops.where(order < self.connections, drawn, ops.zeros_like(drawn))
        return ops.reshape(kept, shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        seed = keras.saving.serialize_keras_object(self._given)
        return {"connections": self.connections, "stddev": self.stddev, "seed": seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Sparse:
        """The inverse of `get_config`."""
        seed = config["seed"]
        return cls(
            **{**config, "seed": keras.saving.deserialize_keras_object(seed) if isinstance(seed, dict) else seed}
        )


def initializer(name: str) -> keras.initializers.Initializer:
    """An initialiser by name, in Keras' own spelling; each call gives one that draws anew."""
    return Sparse() if name == "sparse" else keras.initializers.get(name)
