"""Recurrent network that reads a text unit by unit, says what comes next, and so writes texts of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import Family

if TYPE_CHECKING:
    from registry import Registry


def register(registry: Registry) -> None:
    """Register the family `lstm_text`."""
    registry.add_family(
        Family(
            name="lstm_text",
            summary="Recurrent network that writes text: LSTM, GRU or simple cells, characters or words",
            tasks=("text_generation",),
            learning="gradient",
            builder="zoo.families.lstm_text.model:build",
            dataset="python_docs",
            hyperparameters="zoo.families.lstm_text.hyperparameters:Hyperparameters",
            figures=(
                "zoo.families.lstm_text.figures:baselines",
                "zoo.families.lstm_text.figures:samples",
            ),
            source="Hochreiter, Schmidhuber 1997, Long short-term memory; Graves 2013, Generating sequences, "
            "arXiv:1308.0850",
        )
    )
