"""What a recipe may say: the promise, the training settings and the recipe as a whole, all frozen and typed."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator, model_validator

from zoo.recipe.choices import Loss, Metric, Optimizer, Schedule, Tuner, monitored
from zoo.recipe.fields import Settings, setting
from zoo.recipe.seeds import LARGEST

Scalar = int | float | bool | str


class Promise(Settings):
    """What a recipe promises on the test split, measured by running it."""

    command: str = setting(..., "the command that keeps the promise")
    metric: Metric = setting(..., "the metric promised, on the test split")
    statistic: Literal["mean", "median"] = setting(
        "mean", "what of the seeds is judged; the median where single seeds can go wrong by far"
    )
    mean: float = setting(..., "its mean over the seeds, or its median where that is the statistic")
    spread: float | None = setting(None, "its standard deviation over the seeds; none for one seed", ge=0.0)
    tolerance: float = setting(0.0, "how much worse than the promised value is still accepted", ge=0.0)
    seeds: tuple[int, ...] = setting(..., "the seeds of the runs", min_length=1)
    minutes_cpu: float = setting(..., "minutes per seed on 2 CPU cores", gt=0.0)
    minutes_gpu: float | Literal["not measured"] = setting("not measured", "minutes per seed on one GPU")
    baseline: float = setting(..., "the trivial baseline's value of the metric on the same split")
    beats_baseline: bool = setting(
        True, "whether the baseline must be beaten; false for negative controls and recipes kept as printed"
    )
    parameters: int = setting(..., "number of trainable and fixed parameters of the model", ge=0)
    source: str = setting(..., "where the model and the settings come from")
    mended: str = setting(..., "what was wrong in the source, and what is done instead")

    @model_validator(mode="after")
    def _spread_goes_with_several_seeds(self) -> Promise:
        if len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"seeds must differ from one another, received {list(self.seeds)}")
        if not all(0 <= seed <= LARGEST for seed in self.seeds):
            raise ValueError(f"seeds must be whole numbers from 0 to {LARGEST}, received {list(self.seeds)}")
        if (len(self.seeds) > 1) != (self.spread is not None):
            raise ValueError("a spread goes with two or more seeds, and only with them")
        return self


class Augmentation(Settings):
    """Random changes of training pictures; each a pure function of (seed, step)."""

    shift: float = setting(0.0, "largest shift, as a share of height and width", ge=0.0, le=0.5, search=[0.0, 0.1])
    rotation: float = setting(0.0, "largest rotation, in degrees", ge=0.0, le=180.0, search=[0.0, 10.0])
    zoom: float = setting(0.0, "largest change of scale, as a share", ge=0.0, le=0.9, search=[0.0, 0.1])
    flip: bool = setting(False, "mirror half of the pictures left to right")
    noise: float = setting(0.0, "standard deviation of Gaussian noise, as a share of the value range", ge=0.0, le=1.0)


class Training(Settings):
    """How a model is trained: everything the shared runner reads."""

    epochs: int = setting(20, "number of epochs", ge=1, le=10**6, search={"low": 5, "high": 100, "log": True})
    batch_size: int = setting(
        32, "global batch: examples a step, over all devices", ge=1, le=2**20, search=[16, 32, 64, 128]
    )
    steps_per_epoch: int | None = setting(
        None, "steps an epoch; one pass over the training split if not given", ge=1, le=10**9
    )
    shuffle: bool | None = setting(
        None, "false: training examples in the order of the split; drawn anew in each pass if not given"
    )
    optimizer: Optimizer = setting("adam", "optimiser by name", search=["adam", "sgd", "rmsprop", "adamw"])
    optimizer_options: dict[str, Scalar] = setting({}, "further arguments of the optimiser, such as momentum")
    learning_rate: float = setting(
        1e-3, "learning rate after warm-up", gt=0.0, search={"low": 1e-4, "high": 1e-1, "log": True}
    )
    learning_rate_batch: int | None = setting(
        None, "batch size that learning_rate is for: another one scales it in proportion; not scaled if not given", ge=1
    )
    schedule: Schedule = setting(
        "constant", "how the learning rate changes over the epochs", search=["constant", "cosine"]
    )
    schedule_options: dict[str, float] = setting(
        {}, "end, rate, every_epochs, power, patience, cooldown: what it takes"
    )
    warmup_epochs: float = setting(0.0, "epochs over which the learning rate rises from zero", ge=0.0)
    weight_decay: float | None = setting(None, "decoupled weight decay", ge=0.0)
    clip_norm: float | None = setting(None, "clip the gradient of each variable to this norm", gt=0.0)
    clip_global_norm: float | None = setting(None, "clip all gradients together to this norm", gt=0.0)
    clip_value: float | None = setting(None, "clip each entry of the gradients to this size", gt=0.0)
    loss: Loss | None = setting(None, "loss by name; the task's own if not given")
    class_weight: Literal["balanced"] | dict[str, float] | None = setting(
        None, "weights of the classes: balanced, or by class name"
    )
    monitor: str | None = setting(None, "quantity that picks the best epoch; validation_loss if not given")
    patience: int | None = setting(None, "stop after this many epochs without improvement", ge=1)
    min_delta: float = setting(0.0, "smallest change of the monitored quantity that counts", ge=0.0)
    restore_best: bool = setting(True, "end with the weights of the best epoch")
    steps_per_execution: int | Literal["auto"] = setting(
        "auto", "steps in one compiled call; auto: the largest divisor of an epoch up to 16"
    )
    mixed_precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = setting("auto", "auto: float32")
    jit: Literal["auto"] | bool = setting("auto", "compile with XLA; auto: on a single GPU, off on a CPU")
    checkpoint_seconds: float = setting(30.0, "least seconds between two checkpoints inside the run", ge=0.0)
    augmentation: Augmentation = setting(Augmentation(), "random changes of training pictures")

    @field_validator("monitor")
    @classmethod
    def _measured_by_its_own_name(cls, value: str | None) -> str | None:
        return None if value is None else monitored(value)

    @field_validator("steps_per_execution")
    @classmethod
    def _at_least_one(cls, value: int | str) -> int | str:
        if isinstance(value, int) and value < 1:
            raise ValueError("must be at least 1")
        return value

    @model_validator(mode="after")
    def _one_way_to_clip(self) -> Training:
        given = [key for key in ("clip_norm", "clip_global_norm", "clip_value") if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError(
                f"at most one of clip_norm, clip_global_norm and clip_value may be given, received {given}"
            )
        return self

    @model_validator(mode="after")
    def _warmup_ends(self) -> Training:
        if self.warmup_epochs > self.epochs:
            raise ValueError(f"warmup_epochs must not exceed epochs, received {self.warmup_epochs} > {self.epochs}")
        return self


class Pretrained(Settings):
    """Trained weights that a run begins with instead of fresh ones: fine-tuning."""

    weights: str = setting(..., "a recipe with published weights, or a run folder, of the same family", min_length=1)
    trainable: Literal["all", "head"] = setting(
        "all", "what learns: all layers, or the output layer alone on a frozen body"
    )
    sha256: str | None = setting(
        None, "sha256 of the weights file; others are refused, and any taken if not given", pattern="^[0-9a-f]{64}$"
    )


class Tuning(Settings):
    """How `zoo tune` searches for better settings of a recipe; what the command line says goes first."""

    objective: str | None = setting(None, "what is searched for, on the validation split: val_accuracy, val_loss")
    tuner: Tuner = setting("random", "who proposes settings")
    trials: int = setting(20, "settings tried at most", ge=1, le=10**6)
    only: bool = setting(False, "search only what `space` names, not the ranges that the family declares")
    space: dict[str, Any] = setting({}, "ranges by setting: a list of values, or a table low, high, log, step")


class Together(Settings):
    """One axis of a study along which several settings vary together, value by value."""

    name: str = setting(..., "what the axis is called", min_length=1)
    labels: tuple[str, ...] = setting((), "a short name for each value; made of the values if not given")
    values: dict[str, Any] = setting(..., "settings, each with a list of values, all of one length", min_length=1)

    @model_validator(mode="after")
    def _values_are_of_one_length(self) -> Together:
        lengths = {key: len(value) if isinstance(value, list | tuple) else None for key, value in self.values.items()}
        if None in lengths.values() or len(set(lengths.values())) != 1 or 0 in lengths.values():
            raise ValueError(f"every setting of the axis {self.name} needs as many values, received {lengths}")
        if self.labels and {len(self.labels)} != set(lengths.values()):
            raise ValueError(f"the axis {self.name} needs a label for each value, received {len(self.labels)} labels")
        return self


class Study(Settings):
    """A grid of settings and seeds that a recipe is trained with, for `zoo study`."""

    axes: dict[str, Any] = setting({}, "settings, each with a list of values: every value goes with every other axis'")
    zip: tuple[Together, ...] = setting((), "axes along which several settings vary together")
    seeds: tuple[int, ...] = setting((0,), "the seeds of each cell", min_length=1)
    metric: str | None = setting(None, "what cells are compared by; the promise's or the task's if not given")
    show: tuple[str, ...] = setting(
        (),
        "further columns: best_epoch, epochs, seconds, parameters, a metric, train_mse, validation_mse, ...",
    )
    plot: str | None = setting(None, "what is plotted over the axes: the metric, or one of `show`")

    @model_validator(mode="after")
    def _has_axes_of_values(self) -> Study:
        if not self.axes and not self.zip:
            raise ValueError('a study needs at least one axis: axes = { "training.learning_rate" = [0.1, 0.01] }')
        for key, values in self.axes.items():
            if not isinstance(values, list | tuple) or not values:
                raise ValueError(f"axes.{key} must be a list of values, received {values!r}")
        names = [*self.axes, *(axis.name for axis in self.zip)]
        if len(set(names)) != len(names):
            raise ValueError(f"axes must have different names, received {names}")
        if len(set(self.seeds)) != len(self.seeds) or not all(0 <= seed <= LARGEST for seed in self.seeds):
            raise ValueError(f"seeds must be different whole numbers from 0 to {LARGEST}, received {list(self.seeds)}")
        return self


class Recipe(Settings):
    """A whole recipe: family, data set, their settings, the training and what it promises.

    `data` and `hyperparameters` are kept as plain tables here; `zoo.recipe.bind` checks them against the data set's and
    the family's own classes.
    """

    name: str = setting(..., "family/recipe")
    summary: str = setting(..., "one line", min_length=1)
    family: str = setting(..., "family, by name")
    dataset: str = setting(..., "data set, by name")
    task: str = setting("classification", "what is learned")
    weights_url: str | None = setting(
        None,
        "folder at an https address that published weights are fetched from where they do not ship",
        pattern=r"^(https|http|file)://",
    )
    promise: Promise | None = setting(None, "what is promised; none for a fresh model")
    data: dict[str, Any] = setting({}, "options of the data set")
    hyperparameters: dict[str, Any] = setting({}, "hyperparameters of the family")
    pretrained: Pretrained | None = setting(None, "trained weights to begin with; fresh ones if not given")
    training: Training = setting(Training(), "how it is trained")
    tuning: Tuning | None = setting(None, "how better settings are searched for; as the family declares if not given")
    study: Study | None = setting(None, "a grid of settings and seeds for `zoo study`; none if not given")
