"""How many examples were still wrong in each epoch: whether the rule came to an end."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from zoo.report.read import RunRecord
from zoo.report.style import PALETTE, new_figure, styled


def errors_per_epoch(record: RunRecord) -> tuple[str, str, Figure] | None:
    """Draw the errors of each epoch.

    Args:
        record: a run of this family.

    Returns:
        Title, caption and figure; None for a run without a complete epoch.
    """
    errors = np.array([row["errors"] for row in record.rows if "errors" in row])
    if not errors.size:
        return None
    if errors[-1] == 0:
        last = np.flatnonzero(errors)
        after = int(last[-1]) + 1 if last.size else 0
        caption = f"No training example was wrong after epoch {after}: the rule changed nothing from there on."
    else:
        caption = f"{errors[-1]:,.0f} corrections in the last epoch: the rule has not come to an end."
    return "Errors per epoch", caption, error_curve(errors)


@styled
def error_curve(errors: np.ndarray) -> Figure:
    """Draw errors (epochs,) over the epochs."""
    figure = new_figure(2.8)
    axis = figure.subplots()
    epochs = np.arange(1, len(errors) + 1)
    axis.plot(epochs, errors, color=PALETTE[0], marker="o" if len(errors) <= 30 else None, markersize=3.5)
    axis.set_ylim(bottom=0)
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel("epoch")
    axis.set_ylabel("examples corrected")
    return figure
