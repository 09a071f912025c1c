"""Hyperparameters of the text generator; TensorFlow-free."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from zoo.recipe.fields import Settings, setting


class Hyperparameters(Settings):
    """What can be set of a recurrent network over text."""

    cell: Literal["lstm", "gru", "simple"] = setting("lstm", "recurrent cell", search=["lstm", "gru"])
    units: int = setting(256, "units of each recurrent layer", ge=1, le=8192, search=[128, 256, 512])
    layers: int = setting(2, "recurrent layers", ge=1, le=4, search=[1, 2])
    inputs: Literal["embedding", "one_hot", "scalar"] = setting(
        "embedding", "how a unit is given to the network; scalar: its code over their number, as one number"
    )
    embedding_size: int = setting(64, "numbers of an embedded unit", ge=1, le=8192, search=[32, 64, 128])
    tied: bool = setting(False, "use the embedding for the logits too; needs inputs = embedding")
    dropout: float = setting(0.2, "share dropped after each recurrent layer", ge=0.0, lt=1.0, search=[0.0, 0.2, 0.4])
    window: int = setting(100, "units over which the gradient goes back", ge=1, le=65536, search=[50, 100, 200])
    stateful: bool = setting(True, "training goes on from the state of the step before, as a reader would")
    predict: Literal["every", "last"] = setting("every", "which units of a window are learned from")
    temperature: float = setting(0.8, "temperature of generation when none is asked for; 0 is greedy", ge=0.0, le=10.0)

    @model_validator(mode="after")
    def _go_together(self) -> Hyperparameters:
        if self.tied and self.inputs != "embedding":
            raise ValueError(f'tied needs inputs = "embedding", received "{self.inputs}"')
        if self.stateful and self.predict == "last":
            raise ValueError('predict = "last" needs stateful = false: most units would never be learned from')
        return self
