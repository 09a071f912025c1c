"""keras-zoo: every model by name, every recipe a promise that can be checked.

>>> import zoo
>>> "mlp/digits" in zoo.names("mlp/*")
True

Each function says in its docstring what it takes; importing `zoo` imports neither TensorFlow nor anything slow.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    import keras

    from zoo.check import CheckResult
    from zoo.outcome import Run
    from zoo.recipe import Recipe
    from zoo.report import Comparison
    from zoo.run.events import Subscriber
    from zoo.use.exporting.export import Exported
    from zoo.use.predict import LoadedModel

__all__ = [
    "check",
    "compare",
    "create",
    "evaluate",
    "export",
    "load",
    "names",
    "recipe",
    "reproduce",
    "resume",
    "study",
    "train",
    "tune",
]


def names(*query: str) -> list[str]:
    """Names of families and recipes; `query` as in `zoo list`: wildcards and facts, all of which must hold."""
    from registry import default, search

    return [entry.name for entry in search(default(), query)]


def recipe(name: str, **changes: Any) -> Recipe:
    """The validated recipe of a name or a TOML file, with changes such as `epochs=3` or `**{"training.epochs": 3}`."""
    from registry import default
    from zoo.recipe import read_recipe

    return read_recipe(default(), name, changes)


def create(
    name: str,
    *,
    num_classes: int | None = None,
    input_shape: Sequence[int] | None = None,
    value_range: tuple[float, float] | None = None,
    **hyperparameters: Any,
) -> keras.Model:
    """A fresh Keras model, raw examples to logits: `zoo.create("cnn", num_classes=7, input_shape=(32, 32, 3))`."""
    from registry import default
    from registry.importing import collector_paused

    with collector_paused():
        from zoo.use.create import create

    return create(
        default(), name, num_classes=num_classes, input_shape=input_shape, value_range=value_range, **hyperparameters
    )


def load(
    name: str | PathLike[str],
    *,
    num_classes: int | None = None,
    input_shape: Sequence[int] | None = None,
    features: bool = False,
    trainable: Literal["all", "head"] | None = None,
    seed: int = 0,
) -> LoadedModel:
    """A trained model by recipe name or run folder; raw input in: `zoo.load("mlp/digits").predict(pictures)`.

    Made to fit: `zoo.load("cnn/digits", num_classes=3, trainable="head").network` has a new head, drawn with `seed`, on
    a frozen body; `input_shape=(16, 16, 3)` adapts it to other pictures; `features=True` lets `predict` give what the
    output layer is given. What was changed stands in `adapted`; what cannot be is refused. See `zoo.use.predict.load`.
    """
    from registry import default
    from registry.importing import collector_paused

    with collector_paused():
        from zoo.use.predict import load

    return load(
        default(),
        os.fspath(name),
        num_classes=num_classes,
        input_shape=input_shape,
        features=features,
        trainable=trainable,
        seed=seed,
    )


def train(
    name: str,
    *,
    pretrained: str | PathLike[str] | None = None,
    trainable: Literal["all", "head"] | None = None,
    seed: int | None = None,
    runs: str | PathLike[str] | None = None,
    subscribers: Sequence[Subscriber] = (),
    resume: Literal["auto", "never"] = "never",
    determinism: Literal["off", "seeded", "strict"] | None = None,
    strategy: Literal["auto", "one", "mirrored", "multiworker"] = "auto",
    devices: Sequence[str] = (),
    logical_devices: int | None = None,
    **changes: Any,
) -> Run:
    """Make one run of a recipe (or of a family's defaults) below the folder `runs`; changes as in `recipe`.

    With `resume="auto"` the newest run of the recipe and seed goes on where it was stopped, as a job does that is
    started again; where there is none, or it came to its end, a new one begins. The seed is 0, or with
    `determinism="off"` a drawn one; "strict" takes deterministic kernels only, for the whole process and for good.

    `pretrained` begins with trained weights, those of a recipe or of a run folder, and `trainable="head"` then lets the
    output layer alone learn: `zoo.train("cnn/mnist", pretrained="cnn/mnist", dataset="fashion_mnist")`.

    `strategy="mirrored"` shares every batch among `devices` such as ("gpu:0", "gpu:1"), or all that are visible;
    `logical_devices=2` splits the CPU to try it out. Many hosts are those of TF_CONFIG.
    """
    from registry import default
    from zoo import jobs
    from zoo.recipe import pretrained_options, with_options
    from zoo.run.placement import place
    from zoo.run.unfinished import resumes

    again = resumes(resume)
    weights = None if pretrained is None else os.fspath(pretrained)
    changes = with_options(changes, pretrained_options(weights, trainable))
    return jobs.train(
        default(),
        name,
        changes,
        seed=seed,
        runs=runs,
        subscribers=subscribers,
        resume=again,
        determinism=determinism,
        placement=place(strategy, devices=tuple(devices), logical_devices=logical_devices),
    )


def resume(run: str | PathLike[str], *, subscribers: Sequence[Subscriber] = ()) -> Run:
    """Go on with a stopped run from its last checkpoint, to exactly where the unbroken run would have ended."""
    from registry import default
    from zoo import jobs

    return jobs.resume(default(), run, subscribers=subscribers)


def reproduce(
    name: str,
    *,
    seeds: Sequence[int] | None = None,
    runs: str | PathLike[str] | None = None,
    subscribers: Sequence[Subscriber] = (),
    determinism: Literal["off", "seeded", "strict"] | None = None,
    strategy: Literal["auto", "one", "mirrored"] = "auto",
    devices: Sequence[str] = (),
    logical_devices: int | None = None,
    **changes: Any,
) -> Run:
    """Run a recipe's seeds and judge its promise: `zoo.reproduce("mlp/digits").facts["kept"]`.

    `strategy`, `devices` and `logical_devices` are those of `train`, on one host.
    """
    from registry import default
    from zoo import jobs
    from zoo.run.placement import place

    return jobs.reproduce(
        default(),
        name,
        changes,
        seeds=seeds,
        runs=runs,
        subscribers=subscribers,
        determinism=determinism,
        placement=place(strategy, devices=tuple(devices), logical_devices=logical_devices),
    )


def tune(
    name: str,
    *,
    trials: int | None = None,
    tuner: Literal["random", "grid", "bayesian", "hyperband"] | None = None,
    objective: str | None = None,
    max_minutes: float | None = None,
    only: bool = False,
    executions: int = 1,
    cv: str | None = None,
    early_stop: Literal["none", "median"] = "none",
    keep: int = 3,
    retrain: int = 3,
    base: bool = True,
    workers: int = 1,
    seed: int = 0,
    runs: str | PathLike[str] | None = None,
    resume: Literal["auto", "never"] = "never",
    subscribers: Sequence[Subscriber] = (),
    **changes: Any,
) -> Run:
    """Search better settings: `zoo.tune("mlp/digits", trials=30, learning_rate="1e-4..1e-1:log", units=[[64], [128]])`.

    A change that is a list, a table `{"low": .., "high": ..}` or a text `low..high` is a range to try, besides those
    that the family declares unless `only`; any other one is fixed. The run's folder holds the trials and the recipe
    found, `facts["winner"]["file"]`. Scores are of the validation split, or over folds (`cv="5"`); the test split
    is measured once, by the winner trained again with `retrain` seeds.
    """
    from registry import default
    from zoo import jobs
    from zoo.tune.ask import asked

    search = asked(
        default(),
        name,
        changes,
        trials=trials,
        tuner=tuner,
        objective=objective,
        max_minutes=max_minutes,
        only=only,
        executions=executions,
        cv=cv,
        early_stop=early_stop,
        keep=keep,
        retrain=retrain,
        base=base,
        workers=workers,
        seed=seed,
        resume=resume,
    )
    return jobs.tune(default(), search, runs=runs, subscribers=subscribers)


def study(
    name: str,
    *,
    seeds: Sequence[int] | None = None,
    workers: int = 1,
    runs: str | PathLike[str] | None = None,
    subscribers: Sequence[Subscriber] = (),
    determinism: Literal["off", "seeded", "strict"] | None = None,
    **changes: Any,
) -> Run:
    """Train every cell of a recipe's study with every seed: `zoo.study("objective/quadratic").facts["cells"]`.

    The folder holds a run for each cell and seed, and a report with the table and the plot over the axes. With
    `workers` as many processes share the cells, each with a GPU of its own or a share of the processor cores.
    """
    from registry import default
    from zoo import jobs

    return jobs.study(
        default(),
        name,
        changes,
        seeds=seeds,
        workers=workers,
        runs=runs,
        subscribers=subscribers,
        determinism=determinism,
    )


def evaluate(name: str | PathLike[str], *, split: str = "test") -> dict[str, Any]:
    """Metrics of a trained model on a split of its data set, beside the trivial baseline."""
    from registry import default
    from zoo import jobs

    return jobs.evaluate(default(), name, split=split)


def export(
    name: str | PathLike[str],
    format: Literal["savedmodel", "onnx", "litert", "keras"],
    out: str | PathLike[str] | None = None,
    *,
    int8: bool = False,
) -> Exported:
    """A trained model for other programs: `zoo.export("cnn/digits", "onnx", "digits.onnx").difference`.

    Raw examples in, preprocessing inside. What was written is run and compared with Keras on real samples, and removed
    where it differs. `int8` is for LiteRT, calibrated on the training split; `metrics` of the result tells its cost.
    """
    from registry import default
    from zoo.use.exporting.request import check_request

    request = check_request(default(), os.fspath(name), format, out, int8=int8)
    from zoo.use.exporting.export import export

    return export(default(), request)


def compare(*runs: str | PathLike[str], page: str | PathLike[str] | None = None) -> Comparison:
    """Set runs and reproductions side by side, and write `page` if given: `print(zoo.compare(run, "runs/..."))`."""
    from zoo.report import compare_runs

    comparison = compare_runs(runs)
    if page is not None:
        from zoo.report import write_comparison

        write_comparison(comparison, page)
    return comparison


def check(name: str) -> tuple[CheckResult, ...]:
    """What every family must hold, checked of one family or recipe: `all(result.ok for result in zoo.check("mlp"))`."""
    from registry import default
    from zoo.check import check

    return check(default(), name)


class _Facade(ModuleType):
    """Python binds a subpackage to its parent when it is imported; `zoo.recipe` stays the function all the same."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Facade


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("keras-zoo")
    raise AttributeError(f"module 'zoo' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
