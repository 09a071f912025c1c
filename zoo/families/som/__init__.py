"""Self-organising map: cells on a grid whose codebook vectors spread over the data and keep their neighbourhoods.

The algorithm stands by itself: `train_batch` in `zoo.families.som.batch_rule`, `train_online` in
`zoo.families.som.online_rule`, the grid in `zoo.families.som.grid`, measures of a map in `zoo.families.som.measures`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import Family

if TYPE_CHECKING:
    from registry import Registry


def register(registry: Registry) -> None:
    """Register the family `som`."""
    registry.add_family(
        Family(
            name="som",
            summary="Self-organising map: rectangular or hexagonal grid, online or batch rule; maps and anomalies",
            tasks=("mapping", "anomaly_detection"),
            learning="own_rule",
            builder="zoo.families.som.model:build",
            dataset="digits",
            hyperparameters="zoo.families.som.hyperparameters:Hyperparameters",
            figures=(
                "zoo.families.som.figures:distance_map",
                "zoo.families.som.figures:hit_map",
                "zoo.families.som.figures:class_map",
                "zoo.families.som.figures:component_planes",
                "zoo.families.som.figures:outliers",
            ),
            source="Kohonen 1982, Self-organized formation of topologically correct feature maps, Biol. Cybernetics 43",
        )
    )
