"""How a run can end other than well."""

from __future__ import annotations

import signal

from registry import UserError, ZooError

# 130 is the shell's convention for Ctrl-C; 75 is EX_TEMPFAIL of sysexits.h: try again later
CTRL_C, TEMPORARY = 130, 75


class RunFolderError(UserError):
    """A folder is not a run folder, or not in the state that is asked for."""


class TrainingDiverged(ZooError):
    """The loss is no longer a number.

    Attributes:
        step: The last step of the execution it was seen in.
        learning_rate: The learning rate there; None of a model that learns without an optimiser.
    """

    def __init__(self, message: str, *, step: int, learning_rate: float | None, where: str, hint: str) -> None:
        super().__init__(message, where=where, hint=hint)
        self.step = step
        self.learning_rate = learning_rate


class RunFailed(ZooError):
    """The run cannot go on for a reason outside the recipe, such as a full disk."""


class WorkerLost(ZooError):
    """Another worker of a run on many hosts no longer answers; all are started again, and the run goes on."""

    exit_code = TEMPORARY


class Interrupted(ZooError):
    """The run was stopped by a signal; it can be resumed, from its beginning where it has no checkpoint."""

    def __init__(self, message: str, *, signal_number: int, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.signal_number = signal_number
        self.exit_code = CTRL_C if signal_number == signal.SIGINT else TEMPORARY
