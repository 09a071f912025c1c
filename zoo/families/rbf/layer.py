"""The hidden layer: how near each example is to each centre."""

from __future__ import annotations

import random
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.families.rbf.centres import choose_centres, choose_widths


@keras.saving.register_keras_serializable("zoo")
class RadialBasis(keras.layers.Layer):
    """Kernels of the distance to centres: (n, features) -> (n, centres).

    Args:
        units: Number of centres.
        kernel: "gaussian", "multiquadric", "inverse_multiquadric" or "thin_plate", see `kernel_of`.
        placement: How `adapt` chooses the centres, see `zoo.families.rbf.centres.choose_centres`.
        iterations: Most passes of k-means.
        width: How `adapt` chooses the widths, see `zoo.families.rbf.centres.choose_widths`.
        neighbours: Nearest centres that a width per centre is the mean distance to.
        width_factor: What every width is multiplied by.
        train_centres: Whether the centres are trainable variables.
        train_widths: Whether the widths are; their logarithms are trained, so that they stay positive.
        train_scales: Whether each feature is multiplied by a trained number before distances are taken, 1 at first.

    Example:
        >>> layer = RadialBasis(2, placement="sample", width="d_max", dtype="float64")
        >>> layer.adapt(np.array([[0.0, 0.0], [0.0, 2.0]]))
        >>> layer.widths.tolist(), sorted(np.asarray(layer(np.array([[0.0, 0.0]])))[0].round(4).tolist())
        ([1.0], [0.1353, 1.0])
    """

    def __init__(
        self,
        units: int,
        *,
        kernel: str = "gaussian",
        placement: str = "k_means",
        iterations: int = 100,
        width: str = "median",
        neighbours: int = 2,
        width_factor: float = 1.0,
        train_centres: bool = False,
        train_widths: bool = False,
        train_scales: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units, self.kernel = units, kernel
        self.placement, self.iterations = placement, iterations
        self.width, self.neighbours, self.width_factor = width, neighbours, width_factor
        self.train_centres, self.train_widths, self.train_scales = train_centres, train_widths, train_scales

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the variables; `adapt` fills them."""
        self.input_spec = keras.layers.InputSpec(ndim=2, axes={-1: input_shape[-1]})
        self.centres = self.add_weight(
            shape=(self.units, input_shape[-1]), initializer="zeros", trainable=self.train_centres, name="centres"
        )
        self.log_widths = self.add_weight(
            shape=(self.units if self.width == "nearest" else 1,),
            initializer="zeros",
            trainable=self.train_widths,
            name="log_widths",
        )
        self.log_scales = (
            self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="log_scales")
            if self.train_scales
            else None
        )
        self.built = True

    def adapt(self, examples: np.ndarray) -> None:
        """Choose centres and widths for encoded training examples (n, features).

        The draw follows from the state of Python's generator, as Keras' initialisers do: `keras.utils.set_random_seed`.

        Raises:
            InvalidData: There are fewer different examples than centres.
        """
        examples = np.asarray(examples)
        if not self.built:
            self.build(examples.shape)
        centres = choose_centres(
            examples,
            self.units,
            placement=self.placement,
            iterations=self.iterations,
            random_state=random.randrange(2**31),
        )
        widths = choose_widths(centres, rule=self.width, neighbours=self.neighbours, factor=self.width_factor)
        self.centres.assign(centres)
        self.log_widths.assign(np.log(widths))

    @property
    def widths(self) -> np.ndarray:
        """The widths, one for all or one a centre, in encoded units."""
        return np.exp(ops.convert_to_numpy(self.log_widths))

    def call(self, examples: Any) -> Any:
        """Kernels of the distances: (n, features) -> (n, centres)."""
        # Keras casts floats by itself, and leaves whole numbers as they are
        examples, centres = ops.cast(examples, self.compute_dtype), ops.convert_to_tensor(self.centres)
        if self.log_scales is not None:
            scales = ops.exp(self.log_scales)
            examples, centres = examples * scales, centres * scales
        squares = squared_distances(examples, centres)
        return kernel_of(self.kernel, squares * ops.exp(-2.0 * self.log_widths))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        """(n, features) -> (n, centres)."""
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        """The arguments; centres and widths are weights."""
        names = ("units", "kernel", "placement", "iterations", "width", "neighbours", "width_factor")
        trained = ("train_centres", "train_widths", "train_scales")
        config: dict[str, Any] = super().get_config()
        return config | {name: getattr(self, name) for name in (*names, *trained)}


def squared_distances(examples: Any, centres: Any) -> Any:
    """Squared Euclidean distances by one matrix product: (n, features), (K, features) -> (n, K).

    Both are moved so that the centres' mean is 0 before they are squared: |x|^2 - 2 x.c + |c|^2 takes the difference of
    large numbers otherwise, where the data are far from the origin.
    """
    origin = ops.stop_gradient(ops.mean(centres, axis=0))
    examples, centres = examples - origin, centres - origin
    products = ops.matmul(examples, ops.transpose(centres))
    sizes = ops.sum(ops.square(examples), axis=1, keepdims=True) + ops.sum(ops.square(centres), axis=1)
    return ops.maximum(sizes - 2.0 * products, 0.0)


def kernel_of(kernel: str, squares: Any) -> Any:
    """The kernel of squared distances in widths, r^2; none takes a root of r^2, so that gradients are finite at 0.

    Args:
        kernel: "gaussian": exp(-r^2/2); "multiquadric": sqrt(1 + r^2); "inverse_multiquadric": 1 / sqrt(1 + r^2);
            "thin_plate": r^2 log r, 0 at 0.
        squares: r^2, of any shape.
    """
    match kernel:
        case "gaussian":
            return ops.exp(-0.5 * squares)
        case "multiquadric":
            return ops.sqrt(1.0 + squares)
        case "inverse_multiquadric":
            return ops.rsqrt(1.0 + squares)
        case _:
            return 0.5 * squares * ops.log(ops.maximum(squares, 1e-30))
