"""The recipes: one TOML file each, `<family>/<recipe>.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry import Registry


def register(registry: Registry) -> None:
    """Register every recipe file of this folder."""
    registry.add_recipes(Path(__file__).parent)
