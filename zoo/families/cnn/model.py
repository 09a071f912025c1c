"""The convolutional network as a Keras model.

Shapes, for a batch of n pictures:

    raw (n, height, width, channels) -> scaled, the same shape
        -> blocks: convolutions (n, h, w, filters[i]), pooling halves h and w
        -> vector (n, features) -> dense (n, dense_units[j]) ... -> outputs (n, units out)

Outputs are logits, one a class, for classification, and plain numbers for regression.

Source: LeCun, Bottou, Bengio and Haffner 1998, Proceedings of the IEEE 86, section II (convolution, sub-sampling);
batch normalisation before the activation: Ioffe and Szegedy 2015, arXiv:1502.03167; residual blocks: He, Zhang, Ren and
Sun 2015, arXiv:1512.03385, section 3.2; global average pooling as a head:
Lin, Chen and Yan 2013, arXiv:1312.4400, section 3.2.
"""

from __future__ import annotations

import keras
from keras import layers

from registry import UserError
from zoo.data.spec import DataSpec
from zoo.families.cnn.hyperparameters import Hyperparameters
from zoo.layers.activations import activation
from zoo.layers.initializers import initializer
from zoo.layers.penalties import penalty
from zoo.layers.preprocessing import output_units, preprocess, raw_input


def penalty_of(hyperparameters: Hyperparameters) -> keras.regularizers.Regularizer | None:
    """The penalty on a hidden layer's kernel, if there is one."""
    return penalty(hyperparameters.regularizer, hyperparameters.l1 or 0.0, hyperparameters.l2)


def convolution(
    inputs: keras.KerasTensor, filters: int, kernel_size: int, hyperparameters: Hyperparameters
) -> keras.KerasTensor:
    """One convolution, normalised but not yet activated: (n, h, w, channels) -> (n, h', w', filters)."""
    outputs = layers.Conv2D(
        filters,
        kernel_size,
        padding=hyperparameters.padding,
        kernel_initializer=initializer(hyperparameters.initializer),
        kernel_regularizer=penalty_of(hyperparameters),
        use_bias=not hyperparameters.batch_norm,
    )(inputs)
    return layers.BatchNormalization()(outputs) if hyperparameters.batch_norm else outputs


def dense(inputs: keras.KerasTensor, units: int, hyperparameters: Hyperparameters) -> keras.KerasTensor:
    """One hidden dense layer with activation and dropout: (n, features) -> (n, units)."""
    outputs = layers.Dense(
        units,
        kernel_initializer=initializer(hyperparameters.initializer),
        kernel_regularizer=penalty_of(hyperparameters),
    )(inputs)
    outputs = activation(hyperparameters.activation)(outputs)
    return layers.Dropout(hyperparameters.dropout)(outputs) if hyperparameters.dropout else outputs


def block(
    inputs: keras.KerasTensor, filters: int, kernel_size: int, pool_size: int, hyperparameters: Hyperparameters
) -> keras.KerasTensor:
    """One block: convolutions with activations, the input added where it is residual, pooling, dropout."""
    outputs = inputs
    for index in range(hyperparameters.convolutions):
        if index:
            outputs = activation(hyperparameters.activation)(outputs)
        outputs = convolution(outputs, filters, kernel_size, hyperparameters)
    if hyperparameters.residual:
        same_channels = inputs.shape[-1] == filters
        outputs = layers.Add()([outputs, inputs if same_channels else convolution(inputs, filters, 1, hyperparameters)])
    outputs = activation(hyperparameters.activation)(outputs)
    if hyperparameters.pooling != "none" and pool_size > 1:
        pool = layers.MaxPooling2D if hyperparameters.pooling == "max" else layers.AveragePooling2D
        outputs = pool(pool_size)(outputs)
    return layers.Dropout(hyperparameters.block_dropout)(outputs) if hyperparameters.block_dropout else outputs


def check_pictures(hyperparameters: Hyperparameters, data_spec: DataSpec) -> None:
    """Refuse what is not a picture, and pictures that the blocks would shrink to nothing.

    Raises:
        UserError: The data are not pictures, or some block leaves no pixel.
    """
    if data_spec.kind != "picture":
        raise UserError(
            "a convolutional network takes pictures, shape (height, width, channels)",
            received=f"{data_spec.kind} of shape {data_spec.shape}",
            near=["mlp"],
            hint="zoo list 'task=classification'",
        )
    size = min(data_spec.shape[:2])
    for index, (_, kernel_size, pool_size) in enumerate(hyperparameters.blocks()):
        if hyperparameters.padding == "valid":
            size -= hyperparameters.convolutions * (kernel_size - 1)
        if hyperparameters.pooling != "none":
            size //= pool_size
        if size < 1:
            raise UserError(
                f"every block must leave a pixel; block {index + 1} of {len(hyperparameters.filters)} leaves none",
                received=f"pictures of {data_spec.shape[0]}x{data_spec.shape[1]} pixels",
                hint='fewer blocks (a shorter list of filters), padding = "same" or pooling = "none"',
            )


def build(hyperparameters: Hyperparameters, data_spec: DataSpec) -> keras.Model:
    """Build the network for raw pictures of `data_spec`.

    Args:
        hyperparameters: Blocks, head and regularisation.
        data_spec: Picture shape and value range; classes or targets.

    Returns:
        Model from (n, height, width, channels) to float32 logits (n, classes) or numbers (n, targets).

    Raises:
        UserError: The pictures are too small for the blocks, or the data are not pictures.
    """
    check_pictures(hyperparameters, data_spec)
    raw = raw_input(data_spec)
    outputs = preprocess(raw, data_spec)
    if hyperparameters.input_noise:
        outputs = layers.GaussianNoise(hyperparameters.input_noise)(outputs)
    for filters, kernel_size, pool_size in hyperparameters.blocks():
        outputs = block(outputs, filters, kernel_size, pool_size, hyperparameters)
    outputs = (
        layers.Flatten()(outputs) if hyperparameters.head == "flatten" else layers.GlobalAveragePooling2D()(outputs)
    )
    for units in hyperparameters.dense_units:
        outputs = dense(outputs, units, hyperparameters)
    if hyperparameters.dropout and not hyperparameters.dense_units:
        outputs = layers.Dropout(hyperparameters.dropout)(outputs)
    # float32 whatever the precision policy: a softmax over float16 logits loses the small probabilities
    outputs = layers.Dense(output_units(data_spec), dtype="float32", name="outputs")(outputs)
    return keras.Model(raw, outputs, name="cnn")
