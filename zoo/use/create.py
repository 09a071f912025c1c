"""Fresh models by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any

import keras
import numpy as np

from registry import Registry, UserError
from zoo.data.catalogue import load as load_data
from zoo.data.spec import DataSpec
from zoo.recipe import bind, read_recipe
from zoo.use.raw import checked_range

PIXELS = (0.0, 255.0)


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
        input_shape: Shape of one example, (height, width, channels), (features,) or (lag,); the data set's if not
            given.
        value_range: Smallest and largest raw value; of pictures 0..255 if only `input_shape` is given, else the data
            set's.
        **hyperparameters: Changes to the family's or the recipe's hyperparameters.

    Returns:
        A Keras model from raw examples to logits or numbers.

    Raises:
        UnknownName, RecipeError, UserError: A name or a value is not right.
    """
    recipe = read_recipe(registry, name, {f"hyperparameters.{key}": value for key, value in hyperparameters.items()})
    bound = bind(registry, recipe)
    shape = None if input_shape is None else checked_shape(input_shape)
    classes = None if num_classes is None else class_names(num_classes, recipe.task)
    if shape is not None and classes is not None:
        own = DataSpec(**form_of(shape), task=recipe.task, classes=classes)
    else:
        own = load_data(registry, bound.dataset.name, bound.data_options.model_dump()).spec
    data_spec = changed(own, shape, classes, None if value_range is None else checked_range(value_range))
    model: keras.Model = bound.family.builder.load()(bound.hyperparameters, data_spec)
    return model


def checked_shape(input_shape: Sequence[int]) -> tuple[int, ...]:
    """The shape of one example as a tuple.

    Raises:
        UserError: It is not three positive sizes or one.
    """
    listed = isinstance(input_shape, Sequence) or (isinstance(input_shape, np.ndarray) and input_shape.ndim == 1)
    sizes = tuple(input_shape) if listed else ()
    if len(sizes) not in (1, 3) or not all(_is_whole(size) and size > 0 for size in sizes):
        raise UserError(
            "input_shape must be (height, width, channels) for pictures or (features,) for vectors",
            received=input_shape,
        )
    return tuple(int(size) for size in sizes)


def class_names(num_classes: int, task: str) -> tuple[str, ...]:
    """Classes that only their number is known of: "0", "1", ...

    Raises:
        UserError: There are fewer than two, or the task has no classes.
    """
    if task != "classification":
        raise UserError("num_classes is for classification", received=f"num_classes = {num_classes}, task = {task!r}")
    if not _is_whole(num_classes) or num_classes < 2:
        raise UserError("num_classes must be a whole number, at least 2", received=num_classes)
    return tuple(str(number) for number in range(num_classes))


def form_of(shape: tuple[int, ...]) -> dict[str, Any]:
    """What a shape alone says of the data: three sizes are a uint8 picture in 0..255, one is a float32 vector."""
    if len(shape) == 3:
        return {"kind": "picture", "shape": shape, "dtype": "uint8", "value_range": PIXELS}
    return {"kind": "vector", "shape": shape, "dtype": "float32", "value_range": None}


def changed(
    own: DataSpec,
    shape: tuple[int, ...] | None,
    classes: tuple[str, ...] | None,
    value_range: tuple[float, float] | None,
) -> DataSpec:
    """The data set's specification with what the caller changed; values in another range are float32."""
    if shape is not None and own.kind == "series" and len(shape) == 1:
        own = replace(own, shape=shape)
    if shape is not None and shape != own.shape:
        own = replace(own, **form_of(shape), feature_names=(), columns=())
    if classes is not None and len(classes) != own.num_classes:
        own = replace(own, classes=classes)
    if value_range is not None and value_range != own.value_range:
        own = replace(own, value_range=value_range, dtype="float32")
    return own


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
