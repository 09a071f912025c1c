"""The way that the point took, drawn on the surface that it went down."""

from __future__ import annotations

from matplotlib.figure import Figure

from zoo.report.read import RunRecord
from zoo.report.text import number
from zoo.report.trajectory import read_landscape, read_way, ways_on_surface

SHOWN = 8  # coordinates


def path(record: RunRecord) -> tuple[str, str, Figure] | None:
    """Draw the points after each step.

    Args:
        record: a run of this family.

    Returns:
        Title, caption and figure; None for a run that did not end.
    """
    landscape, way = read_landscape(record), read_way(record)
    if landscape is None or way is None:
        return None
    first, last = (", ".join(number(float(value)) for value in point[:SHOWN]) for point in (way[0], way[-1]))
    caption = f"From ({first}), the ring, in {len(way) - 1:,} steps to ({last}), the cross."
    if len(way[0]) > len(landscape.axes):
        caption += " The surface is drawn over the last two coordinates, the others as the run ended."
    return "Trajectory", caption, ways_on_surface(landscape, {record.name: way})
