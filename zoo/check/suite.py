"""The suite: which checks a family must pass, and how they are made, all at once or one by one."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from registry import Registry, UserError, default, search
from zoo.check.definition import Check, CheckResult
from zoo.check.every_family import EVERY_FAMILY
from zoo.check.generating import ADVERSARIAL
from zoo.check.gradient import GRADIENT
from zoo.check.subject import Subject
from zoo.data.errors import DamagedData, DataUnavailable
from zoo.recipe import read_recipe
from zoo.run.errors import Interrupted, RunFailed

# learning -> what must hold of a family that learns so
CHECKS: dict[str, tuple[Check, ...]] = {
    "gradient": (*EVERY_FAMILY, *GRADIENT),
    "adversarial": (*EVERY_FAMILY, *ADVERSARIAL),
    "own_rule": EVERY_FAMILY,
    "closed_form": EVERY_FAMILY,
    "estimator": EVERY_FAMILY,
}
# these are not the family's fault
PASSED_ON = (DataUnavailable, DamagedData, RunFailed)


class UnknownLearning(UserError):
    """There are no checks for the way a family learns."""


def smallest_recipe(registry: Registry, name: str) -> str:
    """What a name is checked on.

    Args:
        registry: Where names are looked up.
        name: A family, a recipe or the path of a recipe file.

    Returns:
        For a family its recipe on embedded data that promises the fewest parameters, or the family itself, which
        stands for its defaults on its default data set; anything else as it is.
    """
    if name.endswith(".toml") or registry.resolve(name).recipe is not None:
        return name
    own = search(registry, [f"{name}/*", "embedded"])
    sizes = {entry.name: float(entry.facts.get("parameters", math.inf)) for entry in own}
    return min(sizes, key=lambda recipe: (sizes[recipe], recipe), default=name)


class Suite:
    """The checks of one family or recipe; each is made once, after those that it needs.

    Args:
        registry: Where names are looked up.
        name: A family, a recipe or the path of a recipe file.

    Raises:
        UnknownName: The name is not registered.
        RecipeError: The recipe is not valid.
        UnknownLearning: There are no checks for the way the family learns.
    """

    def __init__(self, registry: Registry, name: str) -> None:
        self.name = name
        self.subject = Subject(registry, read_recipe(registry, smallest_recipe(registry, name)))
        learning = self._learning()
        if learning not in CHECKS:
            raise UnknownLearning(
                f"the conformance suite has no checks yet for families that learn by {learning}",
                received=name,
                hint=f"it checks families that learn by: {', '.join(CHECKS)}",
            )
        self.checks = CHECKS[learning]
        self._made: dict[str, CheckResult] = {}

    def _learning(self) -> str:
        """How the recipe learns; as its family says where its settings cannot be read, which is for a check to find."""
        try:
            return self.subject.learning
        except Exception:
            return self.subject.family.learning

    @property
    def recipe(self) -> str:
        """Name of the recipe that the checks are made on."""
        return self.subject.recipe.name

    def result(self, check: Check) -> CheckResult:
        """Make a check, unless it was made before.

        Raises:
            DataUnavailable, DamagedData: There are no data to check the family on.
            Interrupted, RunFailed: The check was stopped, or there is no place for its short run.
        """
        if check.name not in self._made:
            self._made[check.name] = self._make(check)
        return self._made[check.name]

    def results(self) -> Iterator[CheckResult]:
        """Make all checks, one after the other."""
        return map(self.result, self.checks)

    def close(self) -> None:
        """Remove what the checks left on disk and in memory; their results stay."""
        self.subject.close()

    def _make(self, check: Check) -> CheckResult:
        for need in check.needs:
            if not self.result(need).ok:
                return CheckResult(check.name, None, f"not made: it needs {need.name}")
        try:
            with warnings.catch_warnings():
                # the check of gradients says it for the whole network, and not where warnings are errors
                warnings.filterwarnings("ignore", message="Gradients do not exist for variables")
                return CheckResult(check.name, True, check.find(self.subject))
        except PASSED_ON:
            raise
        except Interrupted as stopped:
            raise Interrupted(
                "the check was stopped; nothing is left of it",
                signal_number=stopped.signal_number,
                hint=f"zoo check {self.name}",
            ) from None
        except AssertionError as error:
            return CheckResult(check.name, False, _one_line(str(error)), error)
        except Exception as error:
            return CheckResult(check.name, False, _one_line(f"{type(error).__name__}: {error}"), error)


def check(registry: Registry, name: str) -> tuple[CheckResult, ...]:
    """Make all checks of a family or a recipe. See `zoo.check`.

    Args:
        registry: Where names are looked up.
        name: A family, which is checked on its smallest recipe with embedded data; a recipe; or a recipe file.

    Returns:
        One result a check, in the order of `CHECKS`.

    Raises:
        As `Suite` and `Suite.result`.
    """
    suite = Suite(registry, name)
    try:
        return tuple(suite.results())
    finally:
        suite.close()


@dataclass(frozen=True)
class Case:
    """One check of a family, to be called by a test.

    Args:
        check: The check.
        suite: What it is made on; the cases of a family share one.
    """

    check: Check
    suite: Suite

    def __str__(self) -> str:
        return self.check.name

    def __call__(self) -> None:
        """Make the check.

        Raises:
            AssertionError: It does not hold, or a check that it needs does not; says what must hold and what was found.
        """
        result = self.suite.result(self.check)
        if not result.ok:
            raise AssertionError(
                f"{self.suite.name} on {self.suite.recipe}: {self.check.rule}\n  found: {result.found}"
            ) from result.error


def conformance(name: str, registry: Registry | None = None) -> tuple[Case, ...]:
    """The checks of a family or a recipe as cases for a test of your own.

    Args:
        name: As `check` takes it.
        registry: Where names are looked up; the installed zoo with its plugins if not given.

    Returns:
        Cases for `pytest.mark.parametrize("case", conformance("mlp"), ids=str)`; the test calls `case()`.
    """
    suite = Suite(default() if registry is None else registry, name)
    return tuple(Case(check, suite) for check in suite.checks)


def _one_line(text: str) -> str:
    return " ".join(text.split())
