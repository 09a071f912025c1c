"""What a user asked a search to be, checked before TensorFlow is imported."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry import Registry, UserError
from registry.names import near
from zoo.recipe import BoundRecipe, bind, read_recipe
from zoo.recipe.names import checked
from zoo.recipe.seeds import check_seeds
from zoo.run.folds import Folding
from zoo.run.placement import Placement
from zoo.run.pretrained import require_source
from zoo.run.unfinished import resumes
from zoo.tune.objective import Objective, objective_of
from zoo.tune.settings import Settings
from zoo.tune.space import Choice, Range, Space, changed, is_range, space_of

EARLY_STOPS = ("none", "median")
FACTOR = 3  # KerasTuner's own: each round of hyperband keeps a third
FOLDS = "5"  # of families that learn all at once: there is no validation split that they need for themselves
WEIGHTS = "pretrained.weights"


@dataclass(frozen=True)
class Asked:
    """A search that can be begun.

    Attributes:
        bound: The recipe, with the settings that were fixed.
        space: What is tried.
        settings: How.
        placement: Where.
        resume: Whether a stopped search of the recipe goes on.
    """

    bound: BoundRecipe
    space: Space
    settings: Settings
    placement: Placement
    resume: bool


def asked(
    registry: Registry,
    name: str,
    changes: Mapping[str, Any],
    *,
    trials: int | None = None,
    tuner: str | None = None,
    objective: str | None = None,
    max_minutes: float | None = None,
    only: bool = False,
    executions: int = 1,
    cv: str | None = None,
    early_stop: str = "none",
    keep: int = 3,
    retrain: int = 3,
    base: bool = True,
    workers: int = 1,
    deadline_minutes: float = 30.0,
    seed: int = 0,
    resume: str = "never",
    placement: Placement | None = None,
) -> Asked:
    """Check what was asked; the arguments are those of `zoo.tune`.

    Raises:
        UserError: Something of it cannot be, or does not go together.
    """
    fixed = {key: value for key, value in changes.items() if not is_range(value)}
    ranges = {key: value for key, value in changes.items() if is_range(value)}
    bound = bind(registry, read_recipe(registry, name, fixed), where=name)
    tuning = bound.recipe.tuning
    tuner = checked("tuners", tuner or (tuning.tuner if tuning else "random"), what="the tuner")
    _require_one_of("early_stop", early_stop, EARLY_STOPS, "--early-stop median")
    counts = (("executions", executions, 1), ("workers", workers, 1), ("keep", keep, 0), ("retrain", retrain, 0))
    for what, value, least in (*counts, ("trials", 1 if trials is None else trials, 1)):
        if value < least:
            raise UserError(f"{what} must be at least {least}", received=value)
    for what, minutes in (("max_minutes", max_minutes), ("deadline_minutes", deadline_minutes)):
        if minutes is not None and not 0 < minutes < math.inf:
            raise UserError(f"{what} must be a number above 0", received=minutes)
    check_seeds([seed])
    placement = placement or Placement()
    if placement.cluster is not None or (workers > 1 and placement.names_several):
        raise UserError(
            "a trial runs in one process: several devices are shared by one worker's trials, or dealt out to workers",
            received=f"--strategy {placement.strategy}" + (f" --workers {workers}" if workers > 1 else ""),
            hint="--workers 2 alone, or --strategy mirrored alone",
        )
    stepped = bound.learning in ("gradient", "adversarial", "own_rule")
    folding = _folding(cv, bound, stepped)
    if tuner == "hyperband":
        _require_rounds(bound, cv if folding else None, trials)
    if early_stop != "none" and (folding or not stepped):
        raise UserError(
            "trials end early by what their epochs measure on the validation split",
            received=f"--early-stop {early_stop} of {'folds' if folding else bound.recipe.family}",
            hint="--early-stop none",
        )
    space = space_of(registry, bound.recipe, ranges, only=only, epochs=tuner != "hyperband", fixed=tuple(fixed))
    _require_sources(registry, bound, space, folds=folding is not None)
    if folding and placement.names_several:
        raise UserError(
            "folds run on one device", received=f"--strategy {placement.strategy}", hint="--strategy one, or --cv none"
        )
    if tuner == "hyperband":
        _require_enough(space, bound.recipe.training.epochs)
    if trials is None:
        trials = tuning.trials if tuning else space.size() if tuner == "grid" else 20
    found: Objective = objective_of(bound, objective)
    settings = Settings(
        tuner=tuner,
        objective=found.metric,
        seed=seed,
        executions=executions,
        folding=folding,
        median=early_stop == "median",
        base=base,
        trials=trials,
        max_minutes=max_minutes,
        keep=keep,
        retrain=retrain,
        workers=workers,
        deadline_minutes=deadline_minutes,
    )
    return Asked(bound, space, settings, placement, resumes(resume))


def _require_sources(registry: Registry, bound: BoundRecipe, space: Space, *, folds: bool) -> None:
    """Refuse trained weights that no trial could begin with, those that are searched too.

    Raises:
        UserError: As `zoo.run.pretrained.require_source`.
    """
    axis = space.axes.get(WEIGHTS)
    if axis is None:
        require_source(registry, bound, folds=folds)
    elif isinstance(axis, Choice):
        for weights in axis.values:
            require_source(registry, changed(registry, bound.recipe, {WEIGHTS: weights}), folds=folds)


def _require_rounds(bound: BoundRecipe, cv: str | None, trials: int | None) -> None:
    """Refuse hyperband where there are no epochs to deal out, or where something else is to say how many trials."""
    received = None
    if bound.learning not in ("gradient", "adversarial"):
        received = f"{bound.recipe.family}, which learns by {bound.learning}"
    elif cv is not None:
        received = f"--cv {cv}"
    elif trials is not None:
        received = f"--trials {trials}"
    if received is not None:
        raise UserError(
            "hyperband deals out epochs by itself, to as many trials as its rounds have, by the validation split",
            received=received,
            hint="--tuner random, or --tuner hyperband epochs=27",
        )


def _require_enough(space: Space, epochs: int) -> None:
    """Refuse hyperband over fewer settings than its first rounds take: it would end before any of them goes on.

    Raises:
        UserError: The space is smaller; a range that is not of whole numbers has no end.
    """
    if any(isinstance(axis, Range) and not axis.whole and axis.step is None for axis in space.axes.values()):
        return
    sizes = [len(axis.points()) if not isinstance(axis, Range) else axis.count() for axis in space.axes.values()]
    brackets = math.floor(math.log(epochs, FACTOR) + 1e-9) + 1
    last = math.ceil(1 + math.log(epochs, FACTOR))
    needed = sum(math.ceil(last / (bracket + 1) * FACTOR**bracket) for bracket in range(brackets))
    if math.prod(sizes) < needed:
        raise UserError(
            f"hyperband of {epochs} epochs takes {needed} different settings",
            received=f"a space of {math.prod(sizes)}",
            hint="--tuner grid, a range with low..high, or fewer epochs",
        )


def _require_one_of(what: str, value: str, known: tuple[str, ...], hint: str) -> None:
    if value not in known:
        raise UserError(f"{what} must be one of {', '.join(known)}", received=value, near=near(value, known), hint=hint)


def _folding(cv: str | None, bound: BoundRecipe, stepped: bool) -> str | None:
    """How trials are scored: of what learns all at once over folds; those of a series must be asked for."""
    if cv == "none" or (cv is None and (stepped or bound.recipe.task == "forecasting")):
        return None
    folding = Folding.parse(cv or FOLDS)
    return "leave_one_out" if folding.kind == "leave_one_out" else f"{folding.kind}:{folding.count}"
