"""What can be wrong with a run folder, and with writing a report into it."""

from __future__ import annotations

from registry.errors import UserError, ZooError


class NotARunFolder(UserError):
    """The folder is not one that a run of this kind left behind."""


class BrokenRunFolder(UserError):
    """A file of the run folder is missing, damaged or contradicts another."""


class NewerRunFolder(UserError):
    """The run folder was written by a newer keras-zoo."""


class ReportNotWritten(ZooError):
    """The report could not be written: the disk is full, or the place read-only."""


class InvalidComparison(UserError):
    """The runs cannot be compared as asked: too few of them, one twice, or no place for the page."""
