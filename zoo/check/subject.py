"""What is checked: one family on one recipe, and what several checks need of it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from registry import Registry
from zoo.data.batches import steps_per_pass
from zoo.data.catalogue import load as load_data
from zoo.data.spec import Data, DataSpec
from zoo.recipe import BoundRecipe, Recipe, bind
from zoo.run import estimator, lbfgs, trainer
from zoo.run.adapt import adapt
from zoo.run.devices import find_devices, precision_policy
from zoo.run.events import Event, RunStarted, StepsDone
from zoo.run.feeding import examples, training_batches
from zoo.run.folder import RunFolder, make_folder
from zoo.run.outputs import outputs_of
from zoo.run.placement import Placement
from zoo.run.preparation import Prepared, prepare, settled
from zoo.run.seeds import start_from

# the short run: enough to beat the trivial baseline, seconds on a CPU
EPOCHS = 5
# of a method that makes one step an epoch
ITERATIONS = 30
STEPS = (20, 100)  # of an epoch: a pass over few examples is too short to learn, over many too long
Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Stepped:
    """A model that learned for one compiled call, for the first epochs of its own rule, or all at once.

    Attributes:
        network: The model.
        first: Its trainable weights before; none of an estimator.
        last: All its weights afterwards; of an estimator its outputs for the training split.
    """

    network: Any
    first: Arrays
    last: Arrays


@dataclass(frozen=True)
class ShortRun:
    """A short run through the runner, and what its folder held in the middle.

    Attributes:
        folder: The finished run.
        half: A copy of the folder, made when more than half of the steps were done: what `kill -9` would have left.
    """

    folder: RunFolder
    half: RunFolder


class _CopyHalfway:
    """Copies a run folder, its checkpoint included, when more than half of the steps are done."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.source, self.steps = target, 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.source, self.steps = event.folder, event.epochs * event.steps_per_epoch
        elif isinstance(event, StepsDone) and 2 * event.step > self.steps and not self.target.exists():
            shutil.copytree(self.source, self.target, ignore=shutil.ignore_patterns(".lock"))


class Subject:
    """A family on a recipe; what is expensive is made once, when a check first asks for it.

    Args:
        registry: Where the names are looked up.
        recipe: What the family is checked on.
    """

    def __init__(self, registry: Registry, recipe: Recipe) -> None:
        self.registry, self.recipe = registry, recipe
        self.family = registry.family(recipe.family)

    @cached_property
    def bound(self) -> BoundRecipe:
        """The recipe with its family and validated settings."""
        return bind(self.registry, self.recipe)

    @cached_property
    def data(self) -> Data:
        """The recipe's data."""
        data = load_data(self.registry, self.bound.dataset.name, self.bound.data_options.model_dump())
        return data.for_task(self.recipe.task)

    @cached_property
    def settled(self) -> BoundRecipe:
        """The same with what it leaves to the training split."""
        return settled(self.bound, self.data)

    @property
    def learning(self) -> str:
        """How the family learns under this recipe."""
        return self.bound.learning

    @cached_property
    def short(self) -> BoundRecipe:
        """The recipe with a short training: few epochs, each neither very short nor long, and no early end."""
        training = self.recipe.training
        own = training.steps_per_epoch or steps_per_pass(len(self.data.train), training.batch_size)
        steps = min(max(own, STEPS[0]), STEPS[1])
        whole = self.learning == "gradient" and training.optimizer == lbfgs.NAME
        changes: dict[str, Any] = {
            # a second epoch, because the runner writes no checkpoint after the last step
            "epochs": max(2, min(ITERATIONS if whole else EPOCHS, training.epochs)),
            "steps_per_epoch": None if whole else steps,
            "warmup_epochs": min(1.0, training.warmup_epochs),
            "patience": None,
            "checkpoint_seconds": 0.0,
        }
        if steps != own:  # what divided the epoch may not divide the other one
            changes["steps_per_execution"] = "auto"
        short = self.recipe.model_copy(update={"training": training.model_copy(update=changes)})
        return replace(self.bound, recipe=short)

    @cached_property
    def folder(self) -> Path:
        """A folder for the short run; it goes when nothing refers to the subject any more, or with `close`."""
        folder = tempfile.mkdtemp(prefix="zoo-check-")
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def close(self) -> None:
        """Remove the folder, if there is one, and let go of what was made: networks take memory."""
        if "folder" in vars(self):
            self._remove()
        for name in [name for name in vars(self) if isinstance(getattr(type(self), name, None), cached_property)]:
            delattr(self, name)

    def build(self, data_spec: DataSpec) -> Any:
        """What the builder makes of a data specification, under the recipe's precision."""
        with precision_policy(find_devices(Placement("one")).precision(self.recipe.training)):
            return self.family.builder.load()(self.settled.hyperparameters, data_spec)

    def adapted(self, seed: int) -> Any:
        """A model that has learned what it learns before the first step; an estimator as it comes."""
        start_from(seed)
        model = self.build(self.data.spec)
        if self.learning == "estimator":
            estimator.seed(model, seed)
        else:
            adapt(model, self.data.train)
        return model

    def examples(self, count: int) -> Arrays:
        """The first training examples as the network takes them, and their targets; at most `count`."""
        return list(examples(self.network, self.data.train, count))

    @cached_property
    def network(self) -> Any:
        """An adapted, untrained network; of what says nothing before it has learned, a fitted one."""
        return self.first_steps.network if self.learning == "estimator" else self.adapted(0)

    def stepped(self, seed: int) -> Stepped:
        """A model that the runner prepared and that learned for as long as it does at one go."""
        ready = prepare(self.registry, self.short, seed)
        if self.learning == "estimator":
            estimator.fit(ready.model, ready.data, self.bound)
            return Stepped(ready.model, [], [outputs_of(ready.model, ready.data.spec, ready.data.train.features)])
        first = [np.asarray(variable) for variable in ready.model.trainable_variables]
        self._learn(ready, seed)
        return Stepped(ready.model, first, ready.model.get_weights())

    def _learn(self, ready: Prepared, seed: int) -> None:
        training = self.short.recipe.training
        if self.learning not in ("gradient", "adversarial"):
            next(ready.model.learn(ready.data.train, ready.data.validation, training, seed=seed, first=0))
            return
        if training.optimizer == lbfgs.NAME:
            next(lbfgs.iterations(ready.model, ready.data, training, obey=lambda: None, where=self.recipe.name))
            return
        batches = training_batches(ready.model, ready.data.train, batch_size=training.batch_size, seed=seed)
        ready.model.fit(batches, steps_per_epoch=ready.plan.steps_per_execution, shuffle=False, verbose=0)

    @cached_property
    def first_steps(self) -> Stepped:
        """The model of seed 0 after its first steps."""
        return self.stepped(0)

    @cached_property
    def run(self) -> ShortRun:
        """A short run through the runner."""
        folder, half = RunFolder(make_folder(self.folder / "run")), RunFolder(self.folder / "half")
        copy = _CopyHalfway(half.path)
        trainer.start(
            self.registry, self.short, folder, seed=0, argv=["zoo", "check", self.recipe.name], subscribers=(copy,)
        )
        return ShortRun(folder, half)
