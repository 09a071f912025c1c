"""What can go wrong in closed form."""

from __future__ import annotations

from registry import ZooError


class SingularSystem(ZooError):
    """Least squares has no solution to compute."""
