"""Errors of the weights stage."""

from __future__ import annotations

from registry import UserError


class WeightsError(UserError):
    """A weights file or its record is missing, damaged, or belongs to another network."""


class WeightsUnavailable(WeightsError):
    """Published weights that are neither on this machine nor within reach of it."""
