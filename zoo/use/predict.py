"""A loaded model: raw input in, probabilities or numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from registry import Registry
from zoo.data.errors import InvalidData
from zoo.data.spec import DataSpec
from zoo.recipe import Recipe
from zoo.run.forecasting import ClosedLoop, forecast
from zoo.run.mapping_scores import SHARES
from zoo.run.outputs import outputs_of
from zoo.use.generate_pictures import generate_pictures
from zoo.use.generate_text import generate_text, next_probabilities
from zoo.use.raw import as_examples
from zoo.weights.load import load_network


@dataclass(frozen=True)
class LoadedModel:
    """A trained model with its preprocessing.

    Attributes:
        network: The Keras model, from raw examples of the data set to logits or numbers.
        data_spec: What one raw example looks like, and the class names.
        recipe: The recipe it was trained by, every default written out.
        record: All that was recorded with the weights, as JSON gave it.
        adapted: What `load` changed of it, a sentence each; nothing where it is as it was trained.

    Example:
        >>> import numpy as np, zoo
        >>> model = zoo.load("mlp/digits")
        >>> model.predict(np.zeros((2, 8, 8), "uint8")).shape
        (2, 10)
    """

    network: keras.Model
    data_spec: DataSpec
    recipe: Recipe
    record: dict[str, Any]
    adapted: tuple[str, ...] = ()

    def predict(
        self, inputs: Any, *, value_range: tuple[float, float] | None = None, batch_size: int = 1024
    ) -> np.ndarray:
        """Class probabilities (n, classes), numbers (n, targets), or probabilities of what follows (n, vocabulary).

        Args:
            inputs: One example or a batch; pictures of any size, grey or colour, with opacity or without; rows of a
                table as a DataFrame, a list of dictionaries or the path of a CSV file, as they are; texts; windows of a
                series.
            value_range: Smallest and largest value of the pictures; the data set's own if not given.
            batch_size: Examples a step.

        Raises:
            InvalidData: The inputs cannot be such examples.
        """
        if self.data_spec.kind == "text":
            return next_probabilities(self.network, self.data_spec, inputs)
        examples = as_examples(inputs, self.data_spec, value_range=value_range)
        return outputs_of(self.network, self.data_spec, examples, batch_size=batch_size)

    def predict_labels(self, inputs: Any, *, value_range: tuple[float, float] | None = None) -> list[str]:
        """The most probable class, by name, of each example.

        Raises:
            InvalidData: The inputs cannot be such examples, or the model has no classes.
        """
        return labels_of(self.data_spec, self.predict(inputs, value_range=value_range))

    def forecast(self, history: Any, steps: int) -> np.ndarray:
        """Go on after a series in closed loop: the forecasts themselves go into the windows.

        Args:
            history: The last values, at least as many as a window holds; older ones do not count.
            steps: How many values.

        Returns:
            float32 (steps,), in the units of the series.

        Raises:
            InvalidData: The model is none of a series, the history too short, or no series of finite numbers.
        """
        if self.data_spec.kind != "series":
            raise InvalidData("forecasts are of series", received=f"{self.data_spec.kind} data")
        values = np.asarray(history, np.float64)
        if values.ndim != 1 or len(values) < self.data_spec.shape[0] or not np.isfinite(values).all():
            raise InvalidData(
                f"history must be at least {self.data_spec.shape[0]} finite numbers in a row",
                received=f"shape {values.shape}",
            )
        if steps < 1:
            raise InvalidData("steps must be at least 1", received=steps)
        return forecast(ClosedLoop(self.network, self.data_spec), self.data_spec, values, steps)

    def generate(self, prompt: str | None = None, **settings: Any) -> Any:
        """What follows a prompt, one text a sample; of a generator of pictures raw pictures (count, *shape).

        Args:
            prompt: At least one character; none for pictures.
            **settings: length, temperature, top_k, top_p, seed, samples and stop, see `zoo.use.generate_text`; for
                pictures count, seed and classes, see `zoo.use.generate_pictures`.

        Raises:
            InvalidData: The model makes no such thing, or a setting is out of range.
        """
        if prompt is None:
            return generate_pictures(self.network, **settings)
        return generate_text(self.network, self.data_spec, prompt, **settings)


def labels_of(data_spec: DataSpec, outputs: np.ndarray) -> list[str]:
    """Class names of the largest outputs.

    Raises:
        InvalidData: The specification has no classes.
    """
    classes = _classes(data_spec)
    return [classes[index] for index in class_outputs(data_spec, outputs).argmax(axis=1)]


def class_outputs(data_spec: DataSpec, outputs: np.ndarray) -> np.ndarray:
    """The part of the outputs that is about classes, (n, classes): all of them, but for maps the shares of the cell."""
    return outputs[:, SHARES:] if is_map(data_spec) else outputs


def is_map(data_spec: DataSpec) -> bool:
    """Whether the outputs are cells of a map and distances from it, see `zoo.run.mapping_scores`."""
    return data_spec.task in ("mapping", "anomaly_detection")


def load(
    registry: Registry,
    name: str | Path,
    *,
    num_classes: int | None = None,
    input_shape: Sequence[int] | None = None,
    features: bool = False,
    trainable: str | None = None,
    seed: int = 0,
) -> LoadedModel:
    """Load a trained model, as it is or made to fit.

    What was changed stands in `adapted` of the result, a sentence each; metrics in `record` are of the model as it was
    trained.

    Args:
        registry: Where names are looked up.
        name: A recipe with published weights, or a run folder.
        num_classes: Another number of classes puts a new, untrained head on the trained body: the output layers, which
            are the first ones with weights on the way back from the outputs. With the number that was trained all
            weights stay.
        input_shape: (height, width, channels) of the pictures that the network itself works on; `predict` takes any
            size without it. Kernels that look at the channels are summed for one channel, and repeated and divided for
            more. Refused where a layer would lose its weights, as behind a Flatten.
        features: `predict` gives what the output layers are given, (n, features), instead of what they make of it.
        trainable: "head" freezes all but the output layers, for `fit`: batch normalisation then keeps its statistics.
        seed: What a new head is drawn from.

    Raises:
        UnknownName: There is no such recipe.
        WeightsError: There are no weights, or the file is not the one recorded.
        UserError: An option says nothing to such a model, or would leave a layer in its middle untrained.
    """
    loaded = load_network(registry, name)
    record = loaded.record
    if num_classes is None and input_shape is None and features is False and trainable is None:
        return LoadedModel(loaded.network, record.data_spec, record.recipe, record.table)
    from zoo.use.adapted import Wishes, adapt_network  # and what builds fresh models, which loading does without

    fitted = adapt_network(registry, loaded, Wishes(num_classes, input_shape, features, trainable, seed))
    return LoadedModel(fitted.network, fitted.data_spec, record.recipe, record.table, fitted.notes)


def top_classes(data_spec: DataSpec, outputs: np.ndarray, count: int = 3) -> list[list[dict[str, Any]]]:
    """For each example its `count` most probable classes: `[{"label": .., "probability": ..}, ..]`.

    Raises:
        InvalidData: The specification has no classes.
    """
    classes = _classes(data_spec)
    shares = class_outputs(data_spec, outputs)
    best = np.argsort(-shares, axis=1, kind="stable")[:, :count]
    return [
        [{"label": classes[index], "probability": float(row[index])} for index in order]
        for row, order in zip(shares, best, strict=True)
    ]


def _classes(data_spec: DataSpec) -> tuple[str, ...]:
    if data_spec.classes is None:
        raise InvalidData("labels are for tasks with classes", received=data_spec.task, hint="model.predict(inputs)")
    return data_spec.classes
