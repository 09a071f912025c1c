"""What a check is, and what comes out of one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

from zoo.check.subject import Subject


class Broken(AssertionError):
    """What a check says must hold does not hold; the message is what was found instead."""


@dataclass(frozen=True)
class Check:
    """One thing that must hold of a family.

    Attributes:
        name: What it is called.
        rule: What must hold, one line.
        needs: Checks that must hold before this one can be judged.
        find: Looks, and says what it found; raises where the rule does not hold.
    """

    name: str
    rule: str
    needs: tuple[Check, ...]
    find: Callable[[Subject], str]


@dataclass(frozen=True)
class CheckResult:
    """What came out of one check.

    Attributes:
        name: The check.
        ok: True, False, or None where a check that this one needs does not hold, so that it was not made.
        found: What was found, one line.
        error: What was raised where `ok` is False.
    """

    name: str
    ok: bool | None
    found: str
    error: Exception | None = field(default=None, repr=False, compare=False)


def needing(*needs: Check) -> Callable[[Callable[[Subject], str]], Check]:
    """Make a check of a function; its docstring is the rule.

    Args:
        *needs: Checks that must hold before.
    """

    def made(find: Callable[[Subject], str]) -> Check:
        return Check(find.__name__, inspect.getdoc(find) or "", needs, find)

    return made


def require(holds: object, found: str) -> None:
    """Raise Broken with what was found, unless the rule holds."""
    if not holds:
        raise Broken(found)
