"""A small pair of networks that learn from each other and conforms, and changes that each break one thing."""

from __future__ import annotations

from typing import Any

from broken_families import RECIPE, BrokenFamily

ADVERSARIAL = """\
import math

import keras
from keras import layers, ops
from zoo.layers.adversarial import AdversarialModel
from zoo.layers.adversarial_settings import AdversarialSettings


class Hyperparameters(AdversarialSettings):
    pass


class Model(AdversarialModel):
    pass


def build(hyperparameters, data_spec):
    latent = keras.Input((hyperparameters.latent,))
    hidden = layers.Dense(32, activation="relu")(latent)
    made = layers.Reshape(data_spec.shape)(layers.Dense(math.prod(data_spec.shape), activation="tanh")(hidden))
    generator = keras.Model(latent, made, name="generator")
    pictures = keras.Input(data_spec.shape)
    judged = layers.Dense(32, activation="relu")(layers.Flatten()(pictures))
    discriminator = keras.Model(pictures, layers.Dense(1)(judged), name="discriminator")
    return Model(generator, discriminator, hyperparameters, data_spec, grid=(2, 2))
"""
# forty steps are too few for pictures that are better than noise
NEED_NOT = """
[promise]
command = "zoo reproduce small/digits"
metric = "pixel_frechet_distance"
mean = 1.0
seeds = [0]
minutes_cpu = 1.0
baseline = 1.0
beats_baseline = false
parameters = 1
source = "written for the tests of the zoo"
mended = "nothing"
"""
PAIR: dict[str, Any] = {
    "text": ADVERSARIAL,
    "recipe": RECIPE.replace("classification", "picture_generation") + NEED_NOT,
    "registration": {"tasks": ["picture_generation"], "learning": "adversarial"},
}
SOUND_PAIR = BrokenFamily("a pair as it should be", "", "", **PAIR)
BROKEN_PAIRS = (
    BrokenFamily(
        "a generator cut off from the gradient",
        "both_networks_change",
        "1 of 2 kernels of the generator stay as they are",
        {
            "    made = layers": "    hidden = ops.stop_gradient(hidden)\n    made = layers",
        },
        **PAIR,
    ),
    BrokenFamily(
        "a pair that hides its losses",
        "losses_stay_finite",
        "generator_loss is [nan",
        {
            "class Model(AdversarialModel):\n    pass": "class Model(AdversarialModel):\n"
            "    def _quantities(self):\n        return ['loss', 'diversity']"
        },
        **PAIR,
    ),
    BrokenFamily(
        "pictures in numbers of another kind",
        "generates",
        "pictures are float32, not uint8",
        {
            "class Model(AdversarialModel):\n    pass": "class Model(AdversarialModel):\n"
            "    def generate(self, *given):\n        return super().generate(*given).astype('float32')"
        },
        **PAIR,
    ),
)
