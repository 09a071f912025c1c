"""Hyperparameters of recurrent forecasters; TensorFlow-free."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zoo.recipe.fields import Settings, setting


class Hyperparameters(Settings):
    """What can be set of a recurrent forecaster."""

    cell: Literal["simple", "lstm", "gru"] = setting(
        "gru", "what is carried from value to value: tanh units, or units with gates", search=["simple", "lstm", "gru"]
    )
    units: tuple[Annotated[int, Field(ge=1, le=16384)], ...] = setting(
        (32,), "units of each recurrent layer", min_length=1, max_length=16, search=[[16], [32], [64], [32, 32]]
    )
    dropout: float = setting(
        0.0, "share of each recurrent layer's inputs dropped in training", ge=0.0, lt=1.0, search=[0.0, 0.1, 0.2]
    )
    recurrent_dropout: float = setting(0.0, "share of the carried state dropped in training", ge=0.0, lt=1.0)
    l2: float = setting(
        0.0,
        "L2 penalty on the kernels of the recurrent layers, those of the inputs and of the carried state",
        ge=0.0,
        search={"low": 1e-7, "high": 1e-3, "log": True},
    )
    input_noise: float = setting(
        0.0,
        "standard deviation of Gaussian noise on the inputs in training, as a share of the series' own",
        ge=0.0,
        search=[0.0, 0.02, 0.05, 0.1],
    )
    ensemble: int = setting(
        1, "networks that start differently and learn each by itself; a forecast is their mean", ge=1, le=64
    )
    forced_steps: int = setting(
        1,
        "teacher forcing: how many values at the end of a window are forecast from the true ones before them, the next "
        "value included; 1: only the next value",
        ge=1,
        le=100_000,
        search=[1, 10, 20],
    )
