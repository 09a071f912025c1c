"""Hyperparameters of radial basis function networks; TensorFlow-free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from zoo.recipe.fields import Settings, setting

if TYPE_CHECKING:
    from zoo.data.spec import Data

Kernel = Literal["gaussian", "multiquadric", "inverse_multiquadric", "thin_plate"]
Placement = Literal["k_means", "mini_batch_k_means", "sample", "every"]
Width = Literal["d_max", "median", "nearest"]


class Hyperparameters(Settings):
    """What can be set of a radial basis function network."""

    centres: int = setting(
        100, "number of centres, which is that of hidden units", ge=2, le=20_000, search=[30, 100, 300, 1000]
    )
    placement: Placement = setting(
        "k_means",
        "centres: k-means of the encoded training examples, k-means in mini-batches, examples drawn, or every different"
        " example, whatever `centres` says",
    )
    k_means_iterations: int = setting(100, "most passes of k-means", ge=1, le=10_000)
    kernel: Kernel = setting(
        "gaussian",
        "of r = distance / width: exp(-r^2/2), sqrt(1 + r^2), 1 / sqrt(1 + r^2), r^2 log r",
        search=["gaussian", "multiquadric", "inverse_multiquadric", "thin_plate"],
    )
    width: Width = setting(
        "median",
        "one for all: largest distance between centres / sqrt(2 centres), or median distance between centres; "
        "or per centre: mean distance to the nearest centres",
        search=["d_max", "median", "nearest"],
    )
    neighbours: int = setting(2, "nearest centres that a width per centre is the mean distance to", ge=1)
    width_factor: float = setting(
        1.0, "every width is this many times as large", gt=0.0, search={"low": 0.3, "high": 3.0, "log": True}
    )
    output: Literal["least_squares", "gradient"] = setting(
        "least_squares", "output weights: closed form, or by the optimiser with the task's loss"
    )
    train_centres: bool = setting(False, "the optimiser moves the centres too")
    train_widths: bool = setting(False, "the optimiser changes the widths too")
    train_scales: bool = setting(
        False, "the optimiser stretches or shrinks each encoded feature: what does not count is shrunk"
    )
    bias: bool = setting(True, "a constant beside the hidden units")
    ridge: float = setting(
        1e-6,
        "weight of the squared output weights (not of the constant) beside the mean loss of an example",
        ge=0.0,
        search={"low": 1e-10, "high": 1e-2, "log": True},
    )
    calibration: Literal["platt", "temperature", "none"] = setting(
        "platt",
        "from least squares' numbers to probabilities, learned on the validation split: slope and offset, slope only "
        "(decides as the numbers do), or none",
    )
    standardize: bool = setting(True, "standardise vectors and scale tables with statistics of the training split")

    @model_validator(mode="after")
    def _settings_go_together(self) -> Hyperparameters:
        if self.neighbours >= self.centres:
            raise ValueError(f"neighbours must be fewer than centres, received {self.neighbours} >= {self.centres}")
        trained = [name for name in ("train_centres", "train_widths", "train_scales") if getattr(self, name)]
        if trained and self.output != "gradient":
            raise ValueError(f"{' and '.join(trained)} take output = 'gradient', received {self.output!r}")
        return self

    def settled(self, data: Data) -> Hyperparameters:
        """The same with the number of different training examples as that of centres, where every one is a centre."""
        if self.placement != "every":
            return self
        import numpy as np

        return self.model_copy(update={"centres": len(np.unique(data.train.features, axis=0))})

    @property
    def learning(self) -> str:
        """How the network learns: in closed form, or by gradient."""
        return "closed_form" if self.output == "least_squares" else "gradient"
