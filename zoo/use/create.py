"""Fresh models by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from registry import Registry, UserError
from zoo.data.catalogue import load as load_data
from zoo.data.spec import DataSpec
from zoo.recipe import bind, read_recipe


def create(
    registry: Registry,
    name: str,
    *,
    num_classes: int | None = None,
    input_shape: Sequence[int] | None = None,
    value_range: tuple[float, float] | None = None,
    **hyperparameters: Any,
) -> keras.Model:
    """Build a fresh, untrained model.

    Args:
        registry: Where names are looked up.
        name: `family` or `family/recipe`.
        num_classes: Number of classes; those of the data set if not given.
        input_shape: Shape of one example, (height, width, channels) or (features,); the data set's if not given.
        value_range: Smallest and largest raw value; 0..255 for pictures when `input_shape` is given.
        **hyperparameters: Changes to the family's or the recipe's hyperparameters.

    Returns:
        A Keras model from raw examples to logits or numbers.

    Raises:
        UnknownName, RecipeError, UserError: A name or a value is not right.
    """
    recipe = read_recipe(registry, name, {f"hyperparameters.{key}": value for key, value in hyperparameters.items()})
    bound = bind(registry, recipe)
    if num_classes is not None and input_shape is not None and recipe.task == "classification":
        data_spec = spec_of(input_shape, num_classes, value_range)
    else:
        own = load_data(registry, bound.dataset.name, bound.data_options.model_dump()).spec
        shape = tuple(input_shape) if input_shape is not None else own.shape
        data_spec = _changed(own, shape, num_classes, value_range)
    model: keras.Model = bound.family.builder.load()(bound.hyperparameters, data_spec)
    return model


def spec_of(input_shape: Sequence[int], num_classes: int, value_range: tuple[float, float] | None = None) -> DataSpec:
    """The specification of data that only shape and number of classes are known of.

    Three sizes are a picture, uint8 in 0..255 unless `value_range` says otherwise; one is a float32 vector.

    Raises:
        UserError: The shape has another number of sizes, or there are fewer than two classes.
    """
    shape = tuple(int(size) for size in input_shape)
    if num_classes < 2:
        raise UserError("num_classes must be at least 2", received=num_classes)
    classes = tuple(str(number) for number in range(num_classes))
    if len(shape) == 3:
        low, high = value_range or (0, 255)
        whole = float(low).is_integer() and float(high).is_integer() and low >= 0 and high <= np.iinfo(np.uint8).max
        return DataSpec("picture", shape, "uint8" if whole else "float32", "classification", (low, high), classes)
    if len(shape) == 1:
        return DataSpec("vector", shape, "float32", "classification", value_range, classes)
    raise UserError(
        "input_shape must be (height, width, channels) for pictures or (features,) for vectors", received=shape
    )


def _changed(
    own: DataSpec, shape: tuple[int, ...], num_classes: int | None, value_range: tuple[float, float] | None
) -> DataSpec:
    """The data set's specification with what the caller changed."""
    if num_classes is not None and own.classes is None:
        raise UserError("num_classes is for tasks with classes", received=num_classes)
    if shape == own.shape and num_classes is None and value_range is None:
        return own
    if own.classes is not None:
        return spec_of(
            shape, num_classes or len(own.classes), value_range or (own.value_range if shape == own.shape else None)
        )
    record: Mapping[str, Any] = {**own.to_json(), "shape": list(shape), "feature_names": []}
    return DataSpec.from_json(record)
