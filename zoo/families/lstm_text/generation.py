"""Writing text: one compiled loop that carries the state from unit to unit, so that each costs the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from zoo.families.lstm_text.model import TextGenerator

CHUNK = 64  # units in one compiled call: a few milliseconds, so that a terminal shows them as they come


@dataclass(frozen=True)
class Parts:
    """The layers of a text generator, for going on by one unit.

    Attributes:
        inputs: Codes to numbers.
        recurrent: Recurrent layers, in order.
        head: Dense layers behind them.
        tied: Whether the embedding makes the logits.
        states: States of one recurrent layer.
    """

    inputs: Any
    recurrent: tuple[Any, ...]
    head: tuple[Any, ...]
    tied: bool
    states: int

    def step(self, codes: tf.Tensor, states: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Read one unit.

        Args:
            codes: (n,).
            states: Of all layers, each (n, units).

        Returns:
            Logits of the next unit, float32 (n, vocabulary), and the states afterwards.
        """
        hidden, ended = self.inputs(codes), []
        for number, layer in enumerate(self.recurrent):
            hidden, after = layer.cell(hidden, states[number * self.states : (number + 1) * self.states])
            ended += after
        for layer in self.head:
            hidden = layer(hidden)
        logits = self.inputs(hidden, reverse=True) if self.tied else hidden
        return tf.cast(logits, tf.float32), ended


class Generator:
    """The compiled calls of one network.

    Args:
        model: The network; its weights are read whenever it writes.
    """

    def __init__(self, model: TextGenerator) -> None:
        self._model = model
        self._prime = tf.function(self._primed, reduce_retracing=True)
        self._write = tf.function(self._written, reduce_retracing=True)

    def parts(
        self,
        prompt: np.ndarray,
        *,
        length: int,
        seed: int,
        samples: int = 1,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
    ) -> Iterator[np.ndarray]:
        """Go on with a prompt.

        Args:
            prompt: Codes (units of the prompt,), at least one.
            length: Units to write.
            seed: All draws follow from it: unit i of row j is drawn by (seed, i, j).
            samples: Texts to write side by side.
            temperature: What the logits are divided by; 0 takes the most probable unit.
            top_k: Draw from so many most probable units only; from all if not given.
            top_p: Draw from the fewest most probable units only that have this probability together.

        Yields:
            Codes (samples, at most `CHUNK`), `length` in all, each part as soon as it is written.
        """
        logits, states = self._prime(tf.constant(prompt[None]))
        logits, states = tf.repeat(logits, samples, axis=0), [tf.repeat(state, samples, axis=0) for state in states]
        filters = top_k is not None or top_p is not None
        size = len(self._model.vocabulary)
        for first in range(0, length, CHUNK):
            codes, logits, states = self._write(
                logits,
                states,
                tf.constant([seed, first], tf.int64),
                tf.constant(temperature, tf.float32),
                tf.constant(min(top_k or size, size)),
                tf.constant(1.0 if top_p is None else top_p, tf.float32),
                greedy=temperature == 0,
                filters=filters,
            )
            yield np.asarray(codes)[:, : length - first]

    def _primed(self, prompt: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        zeros = [tf.zeros((1, state.shape[1]), state.dtype) for state in self._model.carrying.inputs[1:]]
        logits, *states = self._model.carrying([prompt, *zeros], training=False)
        return tf.cast(logits[:, -1], tf.float32), states

    def _written(
        self,
        logits: tf.Tensor,
        states: list[tf.Tensor],
        key: tf.Tensor,
        temperature: tf.Tensor,
        top_k: tf.Tensor,
        top_p: tf.Tensor,
        *,
        greedy: bool,
        filters: bool,
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        """`CHUNK` units; the key is the seed and the number of the first of them."""

        def draw(turn: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
            # the unknown unit, the first one, is read and never written
            logits = tf.concat([tf.fill((tf.shape(logits)[0], 1), -np.inf), logits[:, 1:]], axis=1)
            if greedy:
                return tf.argmax(logits, axis=1, output_type=tf.int32)
            scaled = logits / temperature
            if filters:
                scaled = filtered(scaled, top_k, top_p)
            place = key + tf.stack([tf.constant(0, tf.int64), tf.cast(turn, tf.int64)])
            return tf.argmax(scaled + gumbel(tf.shape(scaled), place), axis=1, output_type=tf.int32)

        def once(turn: Any, codes: Any, logits: Any, states: Any) -> tuple[Any, ...]:
            chosen = draw(turn, logits)
            logits, states = self._model.parts.step(chosen, states)
            return turn + 1, codes.write(turn, chosen), logits, states

        codes = tf.TensorArray(tf.int32, CHUNK, element_shape=(None,))
        _, codes, logits, states = tf.while_loop(
            lambda turn, *_: turn < CHUNK, once, (tf.constant(0), codes, logits, states)
        )
        return tf.transpose(codes.stack()), logits, states


def filtered(logits: tf.Tensor, top_k: tf.Tensor, top_p: tf.Tensor) -> tf.Tensor:
    """Put -inf for all units but the most probable ones.

    Args:
        logits: float (n, units).
        top_k: How many are left at most; units as probable as the last of them stay too.
        top_p: Of these the fewest stay whose probabilities, among the `top_k`, add up to this.

    Returns:
        The logits of those that stay.
    """
    ranked = tf.sort(logits, axis=1, direction="DESCENDING")
    is_in = tf.range(tf.shape(logits)[1])[None] < top_k
    shares = tf.nn.softmax(tf.where(is_in, ranked, -np.inf))
    before = tf.cumsum(shares, axis=1, exclusive=True)
    # the first always stays
    left = tf.maximum(1, tf.reduce_sum(tf.cast(is_in & (before < top_p), tf.int32), axis=1))
    least = tf.gather(ranked, left - 1, batch_dims=1)
    return tf.where(logits >= least[:, None], logits, -np.inf)


def gumbel(shape: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Gumbel noise: the largest of logits and noise together is a draw from their softmax."""
    uniform = tf.random.stateless_uniform(shape, key, minval=np.finfo(np.float32).tiny, alg="philox")
    return -tf.math.log(-tf.math.log(uniform))
