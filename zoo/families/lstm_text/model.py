"""The text generator as a Keras model: embedded or one-hot units, recurrent layers, logits of the unit that follows.

Shapes, for b rows of t units out of a vocabulary of v:

    codes (b, t) -> inputs (b, t, embedding_size | v | 1) -> recurrent layers (b, t, units) -> logits (b, t, v)

Training goes on from step to step in the state where the one before ended (truncated backpropagation through time,
`stateful`), or starts each window from nothing.

Source: Hochreiter and Schmidhuber 1997, Long short-term memory; Graves 2013, Generating sequences with recurrent neural
networks, arXiv:1308.0850; Press and Wolf 2017, Using the output embedding (tied weights), arXiv:1608.05859.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.data.errors import InvalidData
from zoo.data.share import Portion, Share
from zoo.data.spec import DataSpec, Split
from zoo.data.text import Vocabulary
from zoo.data.windows import Streams, scoring_batches, stream_batches, window_batches, window_steps
from zoo.families.lstm_text.generation import Generator, Parts
from zoo.families.lstm_text.hyperparameters import Hyperparameters
from zoo.families.lstm_text.inputs import OneHot, Scalar
from zoo.layers.replicas import CarriedRows, apply_gradients, mean_of_portion, replica_count

CELLS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple": keras.layers.SimpleRNN}
STATES = {"lstm": 2, "gru": 1, "simple": 1}
# A text is measured in pieces of SCORED units, each read from at least WARM_UP units before: a state from nothing has
# forgotten by then that it began there. Larger pieces cost less and fill more memory.
WARM_UP, SCORED = 256, 1024
LARGEST_LOGITS = 2**24  # numbers in one batch of measured pieces
SAMPLE_LENGTH, SAMPLE_TEMPERATURES = 200, (0.5, 0.8, 1.0)
SAMPLE_PROMPTS = ("The ", "the ", "\n")  # the first whose units are all known


class TextGenerator(keras.Model):
    """From codes to logits of the codes that follow; made by `build`.

    Args:
        codes: Input, (batch, units of text).
        logits: Output of the network that begins from nothing.
        carrying: The same layers from [codes, *states] to [logits, *states].
        parts: The layers one by one.
        hyperparameters: How it learns.
        vocabulary: The units.
    """

    def __init__(
        self,
        codes: Any,
        logits: Any,
        carrying: keras.Model,
        parts: Parts,
        hyperparameters: Hyperparameters,
        vocabulary: Vocabulary,
        **kwargs: Any,
    ) -> None:
        super().__init__(inputs=codes, outputs=logits, **kwargs)
        self.carrying, self.parts = carrying, parts
        self.hyperparameters, self.vocabulary = hyperparameters, vocabulary
        self.mean_loss = keras.metrics.Mean(name="loss")
        self._carried: list[CarriedRows] = []
        self._generator: Generator | None = None

    # what the runner asks for

    def prepare_steps(self, batch_size: int) -> None:
        """Make room for the states of a training batch on each replica; called once, before the first step."""
        sizes = [int(state.shape[1]) for state in self.carrying.inputs[1:]] if self.hyperparameters.stateful else []
        rows = -(-batch_size // replica_count())
        self._carried = [CarriedRows(rows, size, f"carried_{number}") for number, size in enumerate(sizes)]

    @property
    def carried(self) -> list[CarriedRows]:
        """What a checkpoint has to hold beside weights and optimiser: the states that the next step goes on from."""
        return self._carried

    def steps_per_pass(self, examples: int, batch_size: int) -> int:
        """Steps in which the network sees as many units as the training text has."""
        own = self.hyperparameters
        if own.stateful:
            return Streams(examples, batch_size, own.window).steps
        predicted = own.window if own.predict == "every" else 1
        return window_steps(examples, window=own.window, batch_size=batch_size, predicted=predicted)

    def training_batches(
        self, split: Split, *, batch_size: int, seed: int, first_step: int = 0, share: Share | None = None
    ) -> tf.data.Dataset:
        """Endless batches ((codes, begins), targets), see `zoo.data.windows`."""
        make = stream_batches if self.hyperparameters.stateful else window_batches
        window = self.hyperparameters.window
        return make(split, window=window, batch_size=batch_size, seed=seed, first_step=first_step, share=share)

    def evaluation_batches(self, split: Split, share: Share | None = None) -> tf.data.Dataset:
        """Batches (codes, targets, weights) in which each unit of the split counts once."""
        warm_up, scored, rows = self._pieces()
        return scoring_batches(split, warm_up=warm_up, scored=scored, rows=rows, share=share)

    def evaluation_steps(self, split: Split) -> int:
        """Batches of `evaluation_batches`."""
        _, scored, rows = self._pieces()
        return -(-len(split) // (scored * rows))

    def _pieces(self) -> tuple[int, int, int]:
        """Units that a piece is read from before those that count, units that count, pieces in a batch."""
        own = self.hyperparameters
        # what learned from whole windows only is measured on whole windows only
        warm_up, scored = (WARM_UP, SCORED) if own.predict == "every" else (own.window - 1, 1)
        rows = max(1, LARGEST_LOGITS // ((warm_up + scored) * len(self.vocabulary)))
        return warm_up, scored, min(rows, 1024)

    def examples(self, split: Split, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The first windows of a split and what follows in them, (at most count, window)."""
        window = min(self.hyperparameters.window, len(split))
        count = min(count, len(split) // window)
        return tuple(array[: count * window].reshape(count, window) for array in (split.features, split.targets))  # type: ignore[return-value]

    def log_probabilities(self, split: Split) -> np.ndarray:
        """Natural logarithm of the probability that each target of a split had, float32 (n,)."""
        found = [
            np.asarray(self._measured(codes, targets))[np.asarray(weights) > 0]
            for codes, targets, weights in self.evaluation_batches(split)
        ]
        return -np.concatenate(found).astype(np.float32)

    def samples(self, seed: int) -> dict[str, bytes]:
        """Texts by temperature, as the report shows them; all draws follow from the seed."""
        known = (text for text in SAMPLE_PROMPTS if self.vocabulary.encode(text).all())
        prompt = next(known, self.vocabulary.units[1])
        texts = {}
        for temperature in SAMPLE_TEMPERATURES:
            parts = self.generate_codes(
                self.vocabulary.encode(prompt), length=SAMPLE_LENGTH, temperature=temperature, seed=seed
            )
            texts[f"{temperature:g}"] = "".join(self.vocabulary.decode(part[0]) for part in parts)
        return {"samples.json": json.dumps({"prompt": prompt, "texts": texts}).encode()}

    def generate_codes(self, prompt: np.ndarray, *, length: int, seed: int, **sampling: Any) -> Iterator[np.ndarray]:
        """Go on with a prompt, see `zoo.families.lstm_text.generation.Generator`."""
        if self._generator is None:
            self._generator = Generator(self)
        return self._generator.parts(prompt, length=length, seed=seed, **sampling)

    # how a step goes

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step of gradient descent; the states that it ends in are where the next one begins."""
        (codes, begins), targets = data[:2]
        with tf.GradientTape() as tape:
            logits, states = self._from_before(codes, begins)
            if self.hyperparameters.predict == "last":
                logits, targets = logits[:, -1:], targets[:, -1:]
            nats = cross_entropy(targets, logits)
            # what replicas find is added up: each brings its share of the mean over the batch
            loss = mean_of_portion(nats, data) if isinstance(data, Portion) else tf.reduce_mean(nats)
            scaled = self.optimizer.scale_loss(loss)
        variables = self.trainable_variables
        apply_gradients(self.optimizer, tape.gradient(scaled, variables), variables)
        for carried, state in zip(self._carried, states, strict=True):
            carried.keep(state)
        replicas = replica_count()
        self.mean_loss.update_state(loss * replicas, sample_weight=1.0 / replicas)
        return self.get_metrics_result()

    def test_step(self, data: Any) -> dict[str, Any]:
        """Measure a batch of `evaluation_batches`: the mean is over the units that count."""
        codes, targets, weights = data
        self.mean_loss.update_state(cross_entropy(targets, self(codes, training=False)), sample_weight=weights)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """What an epoch came to so far, over all devices: Keras asks for it where a step names the same quantities."""
        loss = self.mean_loss.result()
        return {"loss": loss, "perplexity": tf.exp(loss)}

    def _from_before(self, codes: tf.Tensor, begins: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        if not self.hyperparameters.stateful:
            return self(codes, training=True), []
        goes_on = tf.cast(~begins, self.compute_dtype)[:, None]
        states = [carried.own(self.compute_dtype) * goes_on for carried in self._carried]
        logits, *states = self.carrying([codes, *states], training=True)
        return logits, states

    @tf.function(reduce_retracing=True)
    def _measured(self, codes: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        return cross_entropy(targets, self(codes, training=False))


def cross_entropy(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Nats of each target, float32 of the targets' shape."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(targets, tf.int32), tf.cast(logits, tf.float32))


def build(hyperparameters: Hyperparameters, data_spec: DataSpec) -> TextGenerator:
    """Build the network for the units of `data_spec`.

    Args:
        hyperparameters: Cell, layers, inputs.
        data_spec: The vocabulary.

    Returns:
        Model from codes (n, units of text) to logits (n, units of text, vocabulary).

    Raises:
        InvalidData: The data are no text.

    Example:
        >>> from zoo.data.text import Vocabulary
        >>> spec = DataSpec("text", (), "uint8", "text_generation", vocabulary=Vocabulary.learn("to be"))
        >>> build(Hyperparameters(units=8, layers=1), spec).output_shape
        (None, None, 6)
    """
    vocabulary = data_spec.vocabulary
    if vocabulary is None:
        raise InvalidData("lstm_text takes text", received=f"{data_spec.kind} of shape {data_spec.shape}")
    own, size = hyperparameters, len(vocabulary)
    codes = keras.Input((None,), dtype=data_spec.dtype, name="raw")
    inputs: Any
    if own.inputs == "embedding":
        kind = keras.layers.ReversibleEmbedding if own.tied else keras.layers.Embedding
        inputs = kind(size, own.embedding_size, name="embedding")
    else:
        inputs = OneHot(size, name="one_hot") if own.inputs == "one_hot" else Scalar(size, name="scalar")
    recurrent = [
        CELLS[own.cell](own.units, return_sequences=True, return_state=True, name=f"{own.cell}_{number}")
        for number in range(1, own.layers + 1)
    ]
    dropout = [keras.layers.Dropout(own.dropout, name=f"dropout_{number}") for number in range(1, own.layers + 1)]
    head: list[Any] = []
    if own.tied and own.embedding_size != own.units:
        head.append(keras.layers.Dense(own.embedding_size, name="projection"))
    if not own.tied:
        head.append(keras.layers.Dense(size, dtype="float32", name="logits"))

    def connect(states: list[Any]) -> tuple[Any, list[Any]]:
        hidden, ended, each = inputs(codes), [], STATES[own.cell]
        for number, (layer, drop) in enumerate(zip(recurrent, dropout, strict=True)):
            before = states[number * each : (number + 1) * each] or None
            hidden, *after = layer(hidden, initial_state=before)
            hidden = drop(hidden)
            ended += after
        for layer in head:
            hidden = layer(hidden)
        return (inputs(hidden, reverse=True) if own.tied else hidden), ended

    logits, _ = connect([])
    states = [keras.Input((own.units,)) for _ in range(STATES[own.cell] * own.layers)]
    carried_logits, ended = connect(states)
    carrying = keras.Model([codes, *states], [carried_logits, *ended], name="carrying")
    parts = Parts(inputs, tuple(recurrent), tuple(head), own.tied, STATES[own.cell])
    return TextGenerator(codes, logits, carrying, parts, own, vocabulary, name="lstm_text")
