"""A small family that conforms, and changes of its source that each break one thing.

Each change is written as a module of its own and registered in a fresh registry.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from registry import Family, RecipeFile, Registry, build

SOURCE = """\
import keras
import numpy as np
from keras import layers, ops
from zoo.layers.preprocessing import output_units, preprocess, raw_input
from zoo.recipe.fields import Settings, setting


class Hyperparameters(Settings):
    units: int = setting(8, "units of the hidden layer", ge=1, le=64, search=[4, 8])


def build(hyperparameters, data_spec):
    raw = raw_input(data_spec)
    scaled = preprocess(raw, data_spec)
    flat = layers.Flatten()(scaled)
    hidden = layers.Dense(hyperparameters.units, activation="tanh")(flat)
    outputs = layers.Dense(output_units(data_spec), dtype="float32")(hidden)
    return keras.Model(raw, outputs)
"""
RECIPE = """\
summary = "a few steps on pictures"
family = "small"
dataset = "digits"
task = "classification"

[training]
epochs = 2
batch_size = 64
learning_rate = 0.01
"""


@dataclass(frozen=True)
class BrokenFamily:
    """A family that breaks one rule.

    Args:
        what: What is wrong with it, in words that are its name in the tests.
        check: The check that must fail.
        found: A part of what it must say.
        changes: Text of SOURCE -> what stands there instead.
        layer: Source of a layer that stands before `build`.
        registration: Fields of the registration that differ.
        hyperparameters: Lines of the recipe's table.
        text: The source that is changed.
        recipe: The recipe without its table of hyperparameters.
    """

    what: str
    check: str
    found: str
    changes: Mapping[str, str] = field(default_factory=dict)
    layer: str = ""
    registration: Mapping[str, Any] = field(default_factory=dict)
    hyperparameters: str = ""
    text: str = SOURCE
    recipe: str = RECIPE

    @property
    def module(self) -> str:
        return f"small_{self.what.replace(' ', '_')}"

    def source(self) -> str:
        text = self.text.replace("def build", f"{self.layer}\n\ndef build")
        for old, new in self.changes.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text


def registry_of(family: BrokenFamily, folder: Path) -> Registry:
    """Write the family's module and recipe into a folder that is on the path, and register both.

    Returns:
        A fresh registry with the built-in names, the family `small` and the recipe `small/digits`.
    """
    (folder / f"{family.module}.py").write_text(family.source(), encoding="utf-8")
    recipe = folder / "digits.toml"
    recipe.write_text(f"{family.recipe}\n[hyperparameters]\n{family.hyperparameters}\n", encoding="utf-8")
    importlib.invalidate_caches()
    sys.modules.pop(family.module, None)
    registry = build(with_plugins=False)
    fields: dict[str, Any] = {
        "name": "small",
        "summary": "One hidden layer",
        "tasks": ["classification"],
        "learning": "gradient",
        "builder": f"{family.module}:build",
        "dataset": "digits",
        "hyperparameters": f"{family.module}:Hyperparameters",
        "source": "written for the tests of the zoo",
    }
    registry.add_family(Family(**{**fields, **family.registration}))
    registry.add_recipe(RecipeFile(name="small/digits", path=str(recipe)))
    return registry


SOUND = BrokenFamily("as it should be", "", "")

SETTINGS = SOURCE[SOURCE.index("class Hyperparameters") : SOURCE.index("\n\n\ndef build")]
SCALED = "scaled = preprocess(raw, data_spec)"
HIDDEN = 'hidden = layers.Dense(hyperparameters.units, activation="tanh")(flat)'
AFTER_OUTPUTS = "return keras.Model(raw, outputs)"


def settings(line: str, config: str = "frozen=True, extra='forbid'") -> dict[str, str]:
    """Settings of pydantic alone, as a plugin may have them."""
    text = f"""
from pydantic import BaseModel, ConfigDict, Field


class Hyperparameters(BaseModel):
    model_config = ConfigDict({config})

    {line}"""
    return {SETTINGS: text}


UNITS = 'units: int = Field(8, ge=1, le=64, description="units of the hidden layer")'

BROKEN = (
    BrokenFamily(
        "a builder of another name",
        "registered",
        "did you mean: build",
        registration={"builder": "small_a_builder_of_another_name:biuld"},
    ),
    BrokenFamily(
        "a figure that is no function",
        "registered",
        "figures[0] is a str",
        registration={"figures": ["small_a_figure_that_is_no_function:FIGURE"]},
        layer="FIGURE = 'loss'",
    ),
    BrokenFamily(
        "settings of another kind",
        "registered",
        "is not a class of settings",
        changes={SETTINGS: "def Hyperparameters(units=8):\n    return units"},
    ),
    BrokenFamily("mutable settings", "hyperparameters", "units can be changed", settings(UNITS, "extra='forbid'")),
    BrokenFamily(
        "settings that take anything", "hyperparameters", "that it does not have", settings(UNITS, "frozen=True")
    ),
    BrokenFamily(
        "a setting without a description",
        "hyperparameters",
        "units has no line of description",
        settings("units: int = Field(8, ge=1)"),
    ),
    BrokenFamily(
        "a setting without a default",
        "hyperparameters",
        "units has no default",
        changes={"setting(8,": "setting(...,"},
        hyperparameters="units = 8",
    ),
    BrokenFamily(
        "a search beyond the limits", "hyperparameters", "less than or equal to 64", {"search=[4, 8]": "search=[4, 80]"}
    ),
    BrokenFamily("a builder of lists", "builds", "returns a list", {AFTER_OUTPUTS: "return [raw, outputs]"}),
    BrokenFamily(
        "one output too many",
        "builds",
        "outputs have shape (2, 11), not (2, 10)",
        {"layers.Dense(output_units(data_spec),": "layers.Dense(output_units(data_spec) + 1,"},
    ),
    BrokenFamily(
        "ten classes whatever the data",
        "builds",
        "outputs have shape (2, 10), not (2, 11)",
        {"layers.Dense(output_units(data_spec),": "layers.Dense(10,"},
    ),
    BrokenFamily(
        "a builder that loads data",
        "builds",
        "digits.csv.gz",
        {SCALED: "from sklearn.datasets import load_digits; load_digits()\n    " + SCALED},
    ),
    BrokenFamily(
        "a random output at inference",
        "predicts",
        "the same examples give other outputs",
        {AFTER_OUTPUTS: "return keras.Model(raw, Noise()(outputs))"},
        layer="""
class Noise(layers.Layer):
    def call(self, inputs):
        return inputs + keras.random.normal(ops.shape(inputs))
""",
    ),
    BrokenFamily(
        "the logarithm of nothing",
        "predicts",
        "outputs are not finite",
        {SCALED: f"{SCALED}\n    scaled = layers.ReLU()(ops.log(scaled)) * ops.log(scaled)"},
    ),
    BrokenFamily("half precision outputs", "predicts", "outputs are float16, not float32", {'"float32"': '"float16"'}),
    BrokenFamily(
        "examples that see one another",
        "predicts",
        "an example alone gives",
        {HIDDEN: f"{HIDDEN}\n    hidden = hidden - ops.mean(hidden, axis=0, keepdims=True)"},
    ),
    BrokenFamily(
        "each picture by its own deviation",
        "takes_raw_input",
        "outputs are not finite",
        {HIDDEN: f"flat = flat / ops.std(flat, axis=1, keepdims=True)\n    {HIDDEN}"},
    ),
    BrokenFamily(
        "pictures of any size",
        "refuses_wrong_shapes",
        "shape (9, 8, 1) is taken where (8, 8, 1) is meant",
        {
            "raw = raw_input(data_spec)": "raw = keras.Input((None, None, data_spec.shape[2]), dtype=data_spec.dtype)",
            "layers.Flatten()(scaled)": "layers.GlobalAveragePooling2D()("
            'layers.Conv2D(16, 5, activation="relu", padding="same")(scaled))',
        },
    ),
    BrokenFamily(
        "a loss that is no number",
        "trains",
        "TrainingDiverged: training must keep the loss finite",
        {AFTER_OUTPUTS: "return keras.Model(raw, Nothing()(outputs))"},
        layer="""
class Nothing(layers.Layer):
    def call(self, inputs, training=False):
        return inputs * np.nan if training else inputs
""",
    ),
    BrokenFamily(
        "noise that no seed knows",
        "follows_the_seed",
        "the same seed starts from other weights",
        {
            HIDDEN: "start = keras.initializers.Constant(np.random.default_rng().normal(0, 0.1, (flat.shape[-1], 8)))\n"
            '    hidden = layers.Dense(8, activation="tanh", kernel_initializer=start)(flat)'
        },
    ),
    BrokenFamily(
        "noise in training that no seed knows",
        "follows_the_seed",
        "the same seed steps to other weights",
        {HIDDEN: f"{HIDDEN}\n    hidden = Shaken()(hidden)"},
        layer="""
class Shaken(layers.Layer):
    def call(self, inputs, training=False):
        return inputs + np.random.default_rng().normal(0, 0.1, 8).astype("float32") if training else inputs
""",
    ),
    BrokenFamily(
        "a seed of its own",
        "follows_the_seed",
        "another seed starts from the same weights",
        {SCALED: f"keras.utils.set_random_seed(7)\n    {SCALED}"},
    ),
    BrokenFamily(
        "preprocessing that is not saved",
        "saves_its_weights",
        "the file does not hold everything",
        {SCALED: f"{SCALED}\n    scaled = Centred()(scaled)"},
        layer="""
class Centred(layers.Layer):
    mean = 0.0

    def adapt(self, examples):
        self.mean = float(np.mean(examples))

    def call(self, inputs):
        return inputs - self.mean
""",
    ),
    BrokenFamily(
        "always the first class",
        "beats_the_baseline",
        "majority 0.1",
        {AFTER_OUTPUTS: "return keras.Model(raw, outputs + 1000.0 * ops.one_hot([0], output_units(data_spec)))"},
    ),
    BrokenFamily(
        "state that no checkpoint holds",
        "resumes",
        "the run has other",
        {HIDDEN: f"{HIDDEN}\n    hidden = Fading()(hidden)"},
        layer="""
import tensorflow as tf


class Fading(layers.Layer):
    def __init__(self):
        super().__init__()
        steps = tf.Variable(0.0)
        self.count = lambda: steps.assign_add(1.0)

    def call(self, inputs, training=False):
        return inputs / (1.0 + 0.01 * self.count()) if training else inputs
""",
    ),
    BrokenFamily(
        "a layer cut off from the gradient",
        "gradients_reach_everything",
        "2 of 4 variables have no gradient",
        {HIDDEN: f"{HIDDEN}\n    hidden = ops.stop_gradient(hidden)"},
    ),
    BrokenFamily(
        "a penalty that grows",
        "the_loss_falls",
        "in the last",
        {HIDDEN: f"{HIDDEN}\n    hidden = Growing()(hidden)"},
        layer="""
class Growing(layers.Layer):
    def build(self, shape):
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs, training=False):
        if training:
            self.steps.assign_add(1.0)
            self.add_loss(self.steps)
        return inputs
""",
    ),
)
