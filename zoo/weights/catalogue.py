"""The weights that ship in the package; TensorFlow-free."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from registry.spec import Weights

if TYPE_CHECKING:
    from registry import Registry

PUBLISHED = Path(__file__).parent / "published"


def register(registry: Registry) -> None:
    """Register every record `published/<family>/<recipe>.json`."""
    for path in sorted(PUBLISHED.glob("*/*.json")):
        table = json.loads(path.read_text(encoding="utf-8"))
        weights = table["weights"]
        registry.add_weights(
            Weights(
                name=table["name"],
                record=str(path),
                file=str(path.parent / weights["file"]),
                bytes=weights["bytes"],
                sha256=weights["sha256"],
            )
        )
