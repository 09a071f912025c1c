"""Errors of the data stage. All of them are the user's to mend, so each ends a command with exit code 2."""

from __future__ import annotations

from registry.errors import UserError


class InvalidData(UserError):
    """Arrays or a specification that break the contract of a data set."""


class DataUnavailable(UserError):
    """Data that are neither on this machine nor within reach of it."""


class DamagedData(UserError):
    """Data that are present but are not what was published."""
