"""Recurrent networks: simple, LSTM or GRU cells from windows of a series to its next value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import Family

if TYPE_CHECKING:
    from registry import Registry


def register(registry: Registry) -> None:
    """Register the family `rnn`."""
    registry.add_family(
        Family(
            name="rnn",
            summary="Recurrent network that forecasts a series: simple, LSTM or GRU cells",
            tasks=("forecasting",),
            learning="gradient",
            builder="zoo.families.rnn.model:build",
            dataset="sine_mix",
            hyperparameters="zoo.families.rnn.hyperparameters:Hyperparameters",
            source="Elman 1990, Finding structure in time; Hochreiter, Schmidhuber 1997 (LSTM); Cho et al. 2014 (GRU)",
        )
    )
