"""The judge of generated pictures: a published classifier of the zoo, by its features and its classes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import keras
import numpy as np

from registry import UserError, default
from zoo.data.spec import DataSpec
from zoo.recipe import RecipeError
from zoo.weights.load import load_network

BATCH = 1000


@dataclass(frozen=True)
class Judge:
    """A trained classifier.

    Attributes:
        name: The recipe that it was trained by.
        data_spec: What pictures it takes, and its classes.
        network: From raw pictures to what stands before the last layer, and to logits.
    """

    name: str
    data_spec: DataSpec
    network: keras.Model

    def look(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features float64 (n, features) and class numbers int64 (n,) of raw pictures."""
        features, logits = self.network.predict(pictures, batch_size=BATCH, verbose=0)
        return features.reshape(len(pictures), -1).astype(np.float64), logits.argmax(axis=1)


@lru_cache(maxsize=2)
def load_judge(name: str) -> Judge:
    """Load a judge by the name of its recipe.

    Raises:
        UnknownName, WeightsError: There is no such recipe, or it has no published weights.
        RecipeError: It is no classifier of pictures with features before its last layer.
    """
    loaded = load_network(default(), name)
    network, spec = loaded.network, loaded.record.data_spec
    if not isinstance(network, keras.Model) or spec.kind != "picture" or spec.task != "classification":
        raise RecipeError(
            "hyperparameters.judge must be a network that classifies pictures", received=f"{name}: {spec.task}"
        )
    both = keras.Model(network.inputs, [network.layers[-1].input, network.outputs[0]])
    return Judge(name, spec, both)


def require_judge(name: str | None, data_spec: DataSpec) -> None:
    """Find out before a run whether its pictures can be judged at its end.

    Raises:
        RecipeError: The judge knows pictures of another form or range, or is not published.
    """
    if name is None:
        return
    try:
        judge = load_judge(name)
    except UserError as error:
        raise RecipeError(
            f"hyperparameters.judge must be a recipe with published weights: {error.message}",
            received=name,
            near=error.near,
        ) from error
    own = judge.data_spec
    if (own.shape, own.dtype, own.value_range) != (data_spec.shape, data_spec.dtype, data_spec.value_range):
        raise RecipeError(
            "hyperparameters.judge must know pictures of the same form as the data",
            received=f"{name} knows {own.dtype} {own.shape} in {own.value_range}; "
            f"the data are {data_spec.dtype} {data_spec.shape} in {data_spec.value_range}",
        )
