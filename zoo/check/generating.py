"""Checks that speak of two networks that learn from each other, and what a generator is asked instead of examples."""

from __future__ import annotations

import math

import numpy as np

from zoo.check.definition import needing, require
from zoo.check.every_family import BATCH, follows_the_seed, trains
from zoo.check.subject import Subject


@needing(follows_the_seed)
def both_networks_change(subject: Subject) -> str:
    """Each kernel of generator and discriminator changes in the first steps."""
    model, first = subject.first_steps.network, subject.first_steps.first
    before = dict(zip((variable.path for variable in model.trainable_variables), first, strict=True))
    found = []
    for network in (model.generator, model.discriminator):
        # a bias may stand still: the last one of a critic moves real and generated pictures alike
        kernels = [variable for variable in network.trainable_variables if len(variable.shape) > 1]
        kept = [kernel.path for kernel in kernels if np.array_equal(before[kernel.path], np.asarray(kernel))]
        count = len(kernels)
        require(count, f"the {network.name} has no trainable kernel")
        require(not kept, f"{len(kept)} of {count} kernels of the {network.name} stay as they are: {', '.join(kept)}")
        found.append(f"{count} of the {network.name}")
    return ", ".join(found)


@needing(trains)
def losses_stay_finite(subject: Subject) -> str:
    """Every epoch of the short run has a finite loss of each network."""
    rows = subject.run.folder.rows()
    for name in ("generator_loss", "discriminator_loss"):
        values = [row.get(name, math.nan) for row in rows]
        require(all(map(math.isfinite, values)), f"{name} is {values}")
    last = rows[-1]
    return f"generator {last['generator_loss']:.4g}, discriminator {last['discriminator_loss']:.4g}"


@needing(trains)
def generates(subject: Subject) -> str:
    """Pictures have the form, dtype and range of the data, are the same for equal latents and not all alike."""
    model, spec = subject.first_steps.network, subject.data.spec
    pictures = model.generate(model.latents(BATCH, 0))
    require(pictures.shape == (BATCH, *spec.shape), f"pictures have shape {pictures.shape}")
    require(pictures.dtype == spec.dtype, f"pictures are {pictures.dtype}, not {spec.dtype}")
    low, high = spec.value_range or (-math.inf, math.inf)
    require(low <= pictures.min() and pictures.max() <= high, f"values lie in {pictures.min()}..{pictures.max()}")
    require(np.array_equal(pictures, model.generate(model.latents(BATCH, 0))), "equal latents give other pictures")
    require(len(np.unique(pictures.reshape(BATCH, -1), axis=0)) > 1, "all pictures are the same")
    return f"{pictures.shape} {pictures.dtype}"


ADVERSARIAL = (both_networks_change, losses_stay_finite, generates)
