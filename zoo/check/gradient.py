"""What must hold of a family that learns by gradient."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from zoo.check.definition import needing, require
from zoo.check.every_family import trains
from zoo.check.subject import Subject
from zoo.run.compile import make_loss

EXAMPLES = 256
# a small network can have a unit that is dead from one start; not the same one from every start
STARTS = (0, 1, 2)


@needing(trains)
def gradients_reach_everything(subject: Subject) -> str:
    """The loss of a batch has a gradient in every trainable variable."""
    count = len(subject.network.trainable_variables)
    require(count, "the network has no trainable variable")
    cut = _cut_off(subject, STARTS[0])
    for start in STARTS[1:]:
        if cut:
            cut &= _cut_off(subject, start)
    require(not cut, f"{len(cut)} of {count} variables have no gradient: {', '.join(sorted(cut))}")
    return f"{count} variables"


def _cut_off(subject: Subject, seed: int) -> set[str]:
    """Paths of the trainable variables in which the loss of the data, without penalties, has no gradient."""
    model, (inputs, targets) = subject.adapted(seed), subject.examples(EXAMPLES)
    loss = make_loss(subject.recipe.training, subject.data.spec)
    with tf.GradientTape() as tape:
        value = loss(targets, model(inputs, training=True))
    variables = model.trainable_variables
    gradients = tape.gradient(value, [variable.value for variable in variables])
    return {
        variable.path
        for variable, gradient in zip(variables, gradients, strict=True)
        if gradient is None or not np.any(tf.convert_to_tensor(gradient))
    }


@needing(trains)
def the_loss_falls(subject: Subject) -> str:
    """The training loss of the short run is smaller in its last epoch than in its first."""
    rows = subject.run.folder.rows()
    first, last = rows[0]["loss"], rows[-1]["loss"]
    require(last < first, f"{first:.4g} in the first epoch, {last:.4g} in the last")
    return f"{first:.4g} to {last:.4g}"


GRADIENT = (gradients_reach_everything, the_loss_falls)
