"""Forecasts of a series by a network: one step from true values, and closed loop from its own."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.data.spec import DataSpec

BATCH = 4096


class ClosedLoop:
    """A network that feeds on its own forecasts: one compiled loop, traced once for any number of windows and steps.

    Args:
        model: From windows (n, lag) to forecasts (n, 1).
        data_spec: Lag and dtype of the windows.
    """

    def __init__(self, model: keras.Model, data_spec: DataSpec) -> None:
        self.model = model
        signature = (tf.TensorSpec((None, *data_spec.shape), data_spec.dtype), tf.TensorSpec((), tf.int32))
        self._compiled = tf.function(self._run, input_signature=signature)

    def __call__(self, starts: np.ndarray, steps: int) -> np.ndarray:
        """Go on from windows (n, lag) for so many steps: float32 (n, steps)."""
        forecasts: np.ndarray = self._compiled(tf.constant(starts), tf.constant(steps)).numpy()
        return forecasts

    def _run(self, starts: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
        count = tf.shape(starts)[0]

        def step(number: tf.Tensor, window: tf.Tensor, said: tf.TensorArray) -> tuple[Any, ...]:
            forecast = tf.reshape(self.model(window, training=False), (count, 1))
            following = tf.concat([window[:, 1:], tf.cast(forecast, window.dtype)], axis=1)
            return number + 1, following, said.write(number, forecast[:, 0])

        said = tf.TensorArray(tf.float32, size=steps, element_shape=(None,))
        _, _, said = tf.while_loop(
            lambda number, *_: number < steps,
            step,
            (tf.constant(0), starts, said),
            shape_invariants=(tf.TensorShape(()), starts.shape, tf.TensorShape(None)),
        )
        return tf.transpose(said.stack())


def forecasts_of(model: keras.Model, data_spec: DataSpec, features: np.ndarray, loop: ClosedLoop) -> np.ndarray:
    """What a run keeps and scores of windows that follow one another; see `zoo.run.forecasting_scores`.

    Args:
        model: From windows to forecasts.
        data_spec: Lag and horizon.
        features: (n, lag), each one step after the one before.
        loop: The model's own loop.

    Returns:
        float32 (n, 2): one step, and closed loop that starts again from true values after every `horizon` steps.
    """
    horizon = min(data_spec.horizon or 1, len(features))
    one_step = model.predict(features, batch_size=BATCH, verbose=0).reshape(-1)
    closed = loop(features[::horizon], horizon).reshape(-1)[: len(features)]
    return np.stack([one_step, closed], axis=1).astype(np.float32)


def forecast(loop: ClosedLoop, data_spec: DataSpec, history: np.ndarray, steps: int) -> np.ndarray:
    """Go on after a series, of which the last `lag` values count: float32 (steps,)."""
    last = np.ascontiguousarray(history[-data_spec.shape[0] :], dtype=data_spec.dtype)
    return loop(last[None], steps)[0]
