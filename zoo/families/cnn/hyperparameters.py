"""Hyperparameters of the convolutional network; TensorFlow-free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from zoo.layers.penalties import require_consistent
from zoo.recipe.choices import Activation, Initializer, Regularizer
from zoo.recipe.fields import Settings, setting

Filters = Annotated[int, Field(ge=1, le=65536)]
KernelSize = Annotated[int, Field(ge=1, le=31)]
PoolSize = Annotated[int, Field(ge=1, le=8)]


class Hyperparameters(Settings):
    """What can be set of a convolutional network."""

    filters: tuple[Filters, ...] = setting(
        (32, 64),
        "filters of each block's convolutions",
        min_length=1,
        max_length=32,
        search=[[16, 32], [32, 64], [32, 64, 128]],
    )
    kernel_sizes: tuple[KernelSize, ...] = setting((3,), "kernel size of each block; one for all", min_length=1)
    convolutions: int = setting(1, "convolutions in each block, before pooling", ge=1, le=8, search=[1, 2])
    padding: Literal["same", "valid"] = setting("same", "same keeps the size in a convolution; valid shrinks it")
    residual: bool = setting(False, "add the input of each block to the output of its convolutions")
    pooling: Literal["max", "average", "none"] = setting("max", "pooling at the end of each block")
    pool_sizes: tuple[PoolSize, ...] = setting(
        (2,), "what pooling divides height and width by in each block; one for all", min_length=1
    )
    head: Literal["flatten", "global_average"] = setting("flatten", "how the feature maps become a vector")
    dense_units: tuple[Filters, ...] = setting((), "units of dense layers before the outputs", max_length=16)
    activation: Activation = setting("relu", "activation of all hidden layers", search=["relu", "leaky_relu", "gelu"])
    batch_norm: bool = setting(False, "batch normalisation after each convolution", search=[False, True])
    dropout: float = setting(
        0.5,
        "share dropped after each dense layer, or before the outputs if there is none",
        ge=0.0,
        lt=1.0,
        search=[0.0, 0.25, 0.5],
    )
    block_dropout: float = setting(0.0, "share dropped after each block", ge=0.0, lt=1.0)
    initializer: Initializer = setting("glorot_uniform", "initialiser of the hidden layers' kernels")
    regularizer: Regularizer | None = setting(
        None, "penalty on the hidden layers' kernels by name: l1, l2 or both; what l1 and l2 say if not given"
    )
    l1: float | None = setting(None, "L1 penalty on the hidden layers' kernels; none if not given", ge=0.0)
    l2: float = setting(
        0.0, "L2 penalty on the hidden layers' kernels", ge=0.0, search={"low": 1e-6, "high": 1e-2, "log": True}
    )
    input_noise: float | None = setting(
        None, "standard deviation of Gaussian noise on the scaled pictures in training; none if not given", ge=0.0
    )

    @model_validator(mode="after")
    def _the_penalty_has_its_sizes(self) -> Hyperparameters:
        require_consistent(self.regularizer, self.l1 or 0.0, self.l2)
        return self

    @model_validator(mode="after")
    def _one_size_for_all_blocks_or_one_for_each(self) -> Hyperparameters:
        for key in ("kernel_sizes", "pool_sizes"):
            sizes = getattr(self, key)
            if len(sizes) not in (1, len(self.filters)):
                raise ValueError(
                    f"{key} must hold one size, or one for each of the {len(self.filters)} blocks, "
                    f"received {list(sizes)}"
                )
        if self.residual and self.padding != "same":
            raise ValueError('residual needs padding = "same": what is added must have the same size')
        return self

    def blocks(self) -> list[tuple[int, int, int]]:
        """Filters, kernel size and pool size of each block."""
        count = len(self.filters)
        kernels, pools = (sizes * count if len(sizes) == 1 else sizes for sizes in (self.kernel_sizes, self.pool_sizes))
        return list(zip(self.filters, kernels, pools, strict=True))
